package access

import "time"

// WithClock sets the local clock.
func WithClock(clock func() time.Time) Option { return func(o *options) { o.gateway.Clock = clock } }

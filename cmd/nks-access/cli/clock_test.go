package cli

import "time"

// SetClock stops the clock.
func SetClock(now time.Time) { clock = func() time.Time { return now } }

package cli

import "time"

// clock returns the time. Tests replace it.
var clock = time.Now

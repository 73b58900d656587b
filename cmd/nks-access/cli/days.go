package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// days is the value of a flag: a time that can be given in days, such as 7d.
type days time.Duration

const oneDay = 24 * time.Hour

// defaultWindow is how far ahead a plan looks for access that ends.
const defaultWindow = days(7 * oneDay)

// String returns the time as Set takes it.
func (d days) String() string {
	length := time.Duration(d)
	if length%oneDay == 0 {
		return fmt.Sprintf("%dd", length/oneDay)
	}
	if length%time.Hour == 0 {
		return fmt.Sprintf("%dh", length/time.Hour)
	}
	return length.String()
}

// Type returns the type of the flag's value.
func (d *days) Type() string { return "days" }

// Set reads a time such as 7d, 12h or 90m.
func (d *days) Set(text string) error {
	value, err := time.ParseDuration(text)
	if number, isDays := strings.CutSuffix(text, "d"); isDays {
		var n uint64
		n, err = strconv.ParseUint(number, 10, 16) // more would not fit into a duration
		value = time.Duration(n) * oneDay
	}
	const most = 100 * 366 * oneDay
	if err != nil || value < 0 || value > most {
		return usagef("--ends-within: invalid time %q (want a time such as 7d or 12h, up to 36600d)", text)
	}
	*d = days(value)
	return nil
}

// inTime says when something is, in words: in 3 days.
func inTime(d time.Duration) string {
	if d < time.Minute {
		return "in less than a minute"
	}
	return "in " + span(d)
}

// ago says when something was, in words: 3 days ago.
func ago(d time.Duration) string {
	if d < time.Minute {
		return "just now"
	}
	return span(d) + " ago"
}

// span is a time in words, rounded down.
func span(d time.Duration) string {
	if d < time.Hour {
		return term.Plural(int(d/time.Minute), "minute")
	}
	if d < 2*oneDay {
		return term.Plural(int(d/time.Hour), "hour")
	}
	return term.Plural(int(d/oneDay), "day")
}

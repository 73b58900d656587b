package emulator

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Faults are the failures and delays that an emulator injects. The zero value injects none. All but
// Skew affect requests to the API only.
type Faults struct {
	Busy        time.Duration // after a change the cluster is WORKING for this time, and refuses changes with 409
	Latency     time.Duration // every response takes this much longer
	Rate        float64       // requests per second; more are refused with 429; 0 allows any number
	Fail        Failure       // some requests fail before anything else
	Lose        float64       // the probability that the response to a change is dropped with its connection
	Skew        time.Duration // how far the clock of the emulator is off
	LowerScopes bool          // responses spell scopes cluster and namespace, not Cluster and Namespace
}

// Failure is a status that requests fail with, at random.
type Failure struct {
	Status      int     // 400 to 599
	Probability float64 // 0 to 1
}

// FaultNames are the names of faults, in flags, in the admin API and in Set.
var FaultNames = []string{"busy", "latency", "rate", "fail", "lose", "skew", "scopes"}

// Set changes a fault to a value in text: a duration for busy, latency and skew (2s), a number per
// second for rate (10/s), a status and a probability for fail (503:0.05), a probability for lose
// (0.05), and the word lower for scopes. "" and "0" turn a fault off.
func (f *Faults) Set(name, value string) (err error) {
	value = strings.TrimSpace(value)
	if value == "" {
		value = "0"
	}
	changed := *f
	switch name {
	case "busy":
		changed.Busy, err = duration(value, 0, time.Hour)
	case "latency":
		changed.Latency, err = duration(value, 0, time.Minute)
	case "skew":
		changed.Skew, err = duration(value, -1000*time.Hour, 1000*time.Hour)
	case "rate":
		changed.Rate, err = number(strings.TrimSuffix(value, "/s"), 1e6, "10/s")
	case "lose":
		changed.Lose, err = number(value, 1, "0.05")
	case "fail":
		changed.Fail, err = failure(value)
	case "scopes":
		if changed.LowerScopes = value == "lower"; !changed.LowerScopes && value != "0" {
			err = fmt.Errorf("%q is not lower, which is the only value", value)
		}
	default:
		return fmt.Errorf("unknown fault %q (want %s)", name, strings.Join(FaultNames, ", "))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*f = changed
	return nil
}

// Get returns the value of a fault as Set takes it, "" if it is off.
func (f Faults) Get(name string) string { return f.values()[name] }

// values returns the values of all faults by name.
func (f Faults) values() map[string]string {
	decimal := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return map[string]string{
		"busy":    textOf(f.Busy, f.Busy.String()),
		"latency": textOf(f.Latency, f.Latency.String()),
		"rate":    textOf(f.Rate, decimal(f.Rate)+"/s"),
		"fail":    textOf(f.Fail.Probability, strconv.Itoa(f.Fail.Status)+":"+decimal(f.Fail.Probability)),
		"lose":    textOf(f.Lose, decimal(f.Lose)),
		"skew":    textOf(f.Skew, f.Skew.String()),
		"scopes":  textOf(f.LowerScopes, "lower"),
	}
}

// textOf returns the text of a value, "" for the zero value.
func textOf[T comparable](value T, text string) string {
	if value == *new(T) {
		return ""
	}
	return text
}

func duration(value string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < least || d > most {
		return 0, fmt.Errorf("%q is not a duration from %s to %s, such as 2s or 500ms", value, least, most)
	}
	return d, nil
}

func number(value string, most float64, example string) (float64, error) {
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > most {
		return 0, fmt.Errorf("%q is not a number from 0 to %.0f, such as %s", value, most, example)
	}
	return x, nil
}

// failure returns a failure in text. The probability is 1 if it is left out.
func failure(value string) (Failure, error) {
	if value == "0" {
		return Failure{}, nil
	}
	code, probability, given := strings.Cut(value, ":")
	status, err := strconv.Atoi(code)
	if err != nil || status < 400 || status > 599 {
		return Failure{}, fmt.Errorf("%q is not STATUS:PROBABILITY, such as 503:0.05", value)
	}
	if !given {
		return Failure{status, 1}, nil
	}
	p, err := number(probability, 1, "0.05")
	return Failure{status, p}, err
}

// newLimiter returns a limiter of requests per second. 0 allows any number.
func newLimiter(perSecond float64) *rate.Limiter {
	if perSecond == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
}

// wait takes a request from the limiter. If there is none, it returns the seconds to wait, rounded
// up.
func wait(limiter *rate.Limiter, now time.Time) int {
	reservation := limiter.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay > 0 {
		reservation.CancelAt(now)
	}
	return int(math.Ceil(delay.Seconds()))
}

package emulator

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/nks-access/nks-access/internal/meant"
)

// Faults are the failures and delays that an emulator injects. The zero value injects none. All but
// Skew affect requests to the API only.
type Faults struct {
	Busy        time.Duration // how long a cluster is WORKING after a change
	Lag         time.Duration // how long the list of entries does not show a change
	Latency     time.Duration // the delay of each response
	Rate        float64       // requests per second; more are refused with 429; 0 allows any number
	Fail        Failure       // some requests fail before anything else
	Lose        float64       // the probability that the response to a successful change is dropped
	Skew        time.Duration // how far the clock of the emulator is off
	LowerScopes bool          // responses spell scopes cluster and namespace, not Cluster and Namespace
	Directory   int           // 401 or 403: the status that refuses to read names; 0 refuses nothing

	// The docs leave it open, or other sources say, that the service sends these.
	Create     int    // the status of a successful create, such as 201; 0 means 200
	Delete     string // the response to a successful delete: 204, or empty for 200 without a body
	Lists      string // what responses have in place of an empty list: null, or absent for nothing
	Errors     string // the form of errors: xml, html, or empty for no body
	RequestID  bool   // responses of the service have the header x-ncp-request-id
	Unknown    bool   // objects in responses have an unknown field, and policies may have any type
	Duplicates string // a second entry for a principal: 400 refuses it with 400, accept creates it

	// Only limits all but Busy, Lag and Skew to requests with one of these methods or operationIds,
	// which are separated by commas. Empty means all requests.
	Only string
}

// Failure is a status that requests fail with, at random.
type Failure struct {
	Status      int     // 400 to 599
	Probability float64 // 0 to 1
}

// FaultKind describes one fault.
type FaultKind struct {
	Name    string // of its flag, and in the configuration file and the admin API
	Label   string // in the console
	Usage   string // what it does, as the help of a flag says it
	Example string // a value, as Faults.Set takes it

	// Deviation says that the service may respond like this, too: the sources disagree, or the docs
	// leave it open.
	Deviation bool

	value func(*Faults) faultValue
}

// Want returns what values the fault takes, in words: "a number from 0 to 1, such as 0.05".
func (k FaultKind) Want() string { return k.value(new(Faults)).want() }

// Values returns the only values that the fault takes, apart from "0". It returns nil if there are
// too many to list.
func (k FaultKind) Values() []string { return slices.Clone(k.value(new(Faults)).words()) }

// faultKinds is the one table of faults. Flags, configuration file, console, admin API and
// docs/emulator.md have what is in it.
var faultKinds = []FaultKind{
	{
		Name: "busy", Label: "Busy", Example: "5s",
		Usage: "keep a cluster WORKING for this time after a change; it refuses changes with 409 meanwhile",
		value: func(f *Faults) faultValue { return durationValue(&f.Busy, 0, time.Hour) },
	}, {
		Name: "lag", Label: "Late lists", Example: "2s",
		Usage: "show a change in the list of entries only after this time",
		value: func(f *Faults) faultValue { return durationValue(&f.Lag, 0, time.Hour) },
	}, {
		Name: "latency", Label: "Latency", Example: "300ms",
		Usage: "delay each response by this time",
		value: func(f *Faults) faultValue { return durationValue(&f.Latency, 0, time.Minute) },
	}, {
		Name: "rate", Label: "Rate limit", Example: "5/s",
		Usage: "refuse more requests than this with 429, code 410 and Retry-After",
		value: func(f *Faults) faultValue { return rateValue(&f.Rate) },
	}, {
		Name: "fail", Label: "Failures", Example: "503:0.2",
		Usage: "let requests fail with this status, before anything else, with this probability (503 alone: all)",
		value: func(f *Faults) faultValue { return failureValue(&f.Fail) },
	}, {
		Name: "lose", Label: "Lost responses", Example: "0.2",
		Usage: "drop the response to a successful change with this probability; errors are always sent",
		value: func(f *Faults) faultValue { return probabilityValue(&f.Lose) },
	}, {
		Name: "skew", Label: "Clock skew", Example: "7m",
		Usage: "set the clock of the emulator off by this time; beyond 5 minutes, signatures are refused",
		value: func(f *Faults) faultValue { return durationValue(&f.Skew, -1000*time.Hour, 1000*time.Hour) },
	}, {
		Name: "scopes", Label: "Lower scopes", Example: "lower", Deviation: true,
		Usage: "spell scopes in responses cluster and namespace, not Cluster and Namespace",
		value: func(f *Faults) faultValue { return switchValue(&f.LowerScopes, "lower") },
	}, {
		Name: "directory", Label: "No names", Example: "403",
		Usage: "refuse to list users, roles and groups with this status, 401 or 403",
		value: func(f *Faults) faultValue { return statusValue(&f.Directory, 401, 403) },
	}, {
		Name: "create", Label: "Status of a create", Example: "201", Deviation: true,
		Usage: "respond to a successful create with this status, from 200 to 299",
		value: func(f *Faults) faultValue { return statusRange(&f.Create, 200, 299) },
	}, {
		Name: "delete", Label: "Response to a delete", Example: "204", Deviation: true,
		Usage: "respond to a successful delete with 204, or with 200 and an empty body",
		value: func(f *Faults) faultValue { return choiceValue(&f.Delete, "204", "empty") },
	}, {
		Name: "lists", Label: "Empty lists", Example: "null", Deviation: true,
		Usage: "send empty lists as null, or not at all (absent)",
		value: func(f *Faults) faultValue { return choiceValue(&f.Lists, "null", "absent") },
	}, {
		Name: "errors", Label: "Form of errors", Example: "xml", Deviation: true,
		Usage: "send errors as xml, as html like a proxy, or without a body (empty)",
		value: func(f *Faults) faultValue { return choiceValue(&f.Errors, "xml", "html", "empty") },
	}, {
		Name: "request-id", Label: "Request IDs", Example: "on", Deviation: true,
		Usage: "send the header x-ncp-request-id, except with errors of the gateway",
		value: func(f *Faults) faultValue { return switchValue(&f.RequestID, "on") },
	}, {
		Name: "unknown", Label: "Unknown fields", Example: "on", Deviation: true,
		Usage: "add an unknown field to every object of a response, and accept policies of any type",
		value: func(f *Faults) faultValue { return switchValue(&f.Unknown, "on") },
	}, {
		Name: "duplicates", Label: "Second entries", Example: "accept", Deviation: true,
		Usage: "accept a second entry for a principal, or refuse it with 400 in place of 409",
		value: func(f *Faults) faultValue { return choiceValue(&f.Duplicates, "accept", "400") },
	}, {
		Name: "only", Label: "Only for", Example: "POST,getAccessEntry",
		Usage: "limit all faults but busy, lag and skew to these methods or operations, separated by commas",
		value: func(f *Faults) faultValue { return requestsValue{&f.Only} },
	},
}

// forRequest returns the faults that affect a request.
func (f Faults) forRequest(method, operation string) Faults {
	if f.Only == "" {
		return f
	}
	for limit := range strings.SplitSeq(f.Only, ",") {
		if limit == method || limit == operation {
			return f
		}
	}
	return Faults{Busy: f.Busy, Lag: f.Lag, Skew: f.Skew}
}

// FaultKinds returns all faults.
func FaultKinds() []FaultKind { return slices.Clone(faultKinds) }

func faultKind(name string) (FaultKind, bool) {
	for _, kind := range faultKinds {
		if kind.Name == name {
			return kind, true
		}
	}
	return FaultKind{}, false
}

func faultNames() []string {
	var names []string
	for _, kind := range faultKinds {
		names = append(names, kind.Name)
	}
	return names
}

// Set changes the fault with a name to a value in text, in the form of its example. "" and "0" turn a
// fault off. It returns an error for an unknown name and for an invalid value, and then changes
// nothing.
func (f *Faults) Set(name, value string) error {
	kind, ok := faultKind(name)
	if !ok {
		return fmt.Errorf("unknown fault %q (%s)", name, meant.Want(name, faultNames()...))
	}
	value = strings.TrimSpace(value)
	if value == "" {
		value = "0"
	}
	if err := kind.value(f).set(value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Get returns the value of the fault with a name as Set takes it. It returns "" if the fault is off
// or unknown.
func (f Faults) Get(name string) string {
	kind, ok := faultKind(name)
	if !ok {
		return ""
	}
	return kind.value(&f).get()
}

// values returns the values of all faults by name.
func (f Faults) values() map[string]string {
	values := map[string]string{}
	for _, kind := range faultKinds {
		values[kind.Name] = kind.value(&f).get()
	}
	return values
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

package emulator

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Faults are what an emulator does wrong on purpose. The zero value is none. All but Skew are about requests to the API alone.
type Faults struct {
	Busy    time.Duration // after each change the cluster is WORKING for so long, and refuses changes with 409
	Latency time.Duration // every answer takes so much longer
	Rate    float64       // requests a second, beyond which they are refused with 429; 0 for any number
	Fail    Failure       // some requests fail before they are looked at
	Lose    float64       // the probability that a change is made, and its answer dropped with the connection
	Skew    time.Duration // how far the clock of the emulator is off
}

// Failure is a status that requests fail with, at random.
type Failure struct {
	Status      int     // 400 to 599
	Probability float64 // 0 to 1
}

// FaultNames are the names of faults, in flags, in the admin API and in Set.
var FaultNames = []string{"busy", "latency", "rate", "fail", "lose", "skew"}

// Set changes a fault to a value in text: busy, latency and skew take a duration (2s), rate a number a second (10/s), fail a
// status and a probability (503:0.05), lose a probability (0.05). "" and "0" turn it off.
func (f *Faults) Set(name, value string) error {
	value = strings.TrimSpace(value)
	if value == "" {
		value = "0"
	}
	var err error
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
	default:
		return fmt.Errorf("there is no fault %q, only %s", name, strings.Join(FaultNames, ", "))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*f = changed
	return nil
}

// Get returns a fault as Set takes it, "" when it is off.
func (f Faults) Get(name string) string {
	format := func(on bool, value string) string {
		if !on {
			return ""
		}
		return value
	}
	decimal := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	switch name {
	case "busy":
		return format(f.Busy != 0, f.Busy.String())
	case "latency":
		return format(f.Latency != 0, f.Latency.String())
	case "skew":
		return format(f.Skew != 0, f.Skew.String())
	case "rate":
		return format(f.Rate != 0, decimal(f.Rate)+"/s")
	case "lose":
		return format(f.Lose != 0, decimal(f.Lose))
	case "fail":
		return format(f.Fail.Probability != 0, strconv.Itoa(f.Fail.Status)+":"+decimal(f.Fail.Probability))
	}
	return ""
}

// MarshalJSON writes an object of all faults as Set takes them.
func (f Faults) MarshalJSON() ([]byte, error) {
	object := make(map[string]string, len(FaultNames))
	for _, name := range FaultNames {
		object[name] = f.Get(name)
	}
	return json.Marshal(object)
}

// UnmarshalJSON changes the faults that are named, and keeps the others. On an error it keeps all.
func (f *Faults) UnmarshalJSON(data []byte) error {
	var object map[string]string
	if err := json.Unmarshal(data, &object); err != nil {
		return fmt.Errorf("faults are an object of strings, such as {\"busy\": \"2s\", \"fail\": \"503:0.05\"}: %w", err)
	}
	changed := *f
	for name, value := range object {
		if err := changed.Set(name, value); err != nil {
			return err
		}
	}
	*f = changed
	return nil
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

func failure(value string) (Failure, error) {
	if value == "0" {
		return Failure{}, nil
	}
	code, probability, _ := strings.Cut(value, ":")
	status, err := strconv.Atoi(code)
	if err != nil || status < 400 || status > 599 {
		return Failure{}, fmt.Errorf("%q is not STATUS:PROBABILITY, such as 503:0.05", value)
	}
	if probability == "" {
		return Failure{status, 1}, nil
	}
	p, err := number(probability, 1, "0.05")
	return Failure{status, p}, err
}

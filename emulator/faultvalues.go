package emulator

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/contract"
)

// faultValue is a field of Faults, which can be set to a text and shown as one.
type faultValue interface {
	set(text string) error // "0" turns the fault off
	get() string           // "" if the fault is off
	want() string          // what set takes, in words
	words() []string       // the only texts that set takes, or nil
}

// field is a faultValue of any type.
type field[T comparable] struct {
	target *T
	takes  string
	only   []string
	parse  func(text string) (value T, ok bool)
	format func(T) string
}

func (f field[T]) set(text string) error {
	var off T
	if text == "0" {
		*f.target = off
		return nil
	}
	value, ok := f.parse(text)
	if !ok {
		return errors.New("want " + f.takes)
	}
	*f.target = value
	return nil
}

func (f field[T]) get() string {
	var off T
	if *f.target == off {
		return ""
	}
	return f.format(*f.target)
}

func (f field[T]) want() string { return f.takes }

func (f field[T]) words() []string { return f.only }

func durationValue(target *time.Duration, least, most time.Duration) faultValue {
	parse := func(text string) (time.Duration, bool) {
		d, err := time.ParseDuration(text)
		return d, err == nil && d >= least && d <= most
	}
	takes := fmt.Sprintf("a duration from %s to %s, such as 2s or 500ms", formatDuration(least), formatDuration(most))
	return field[time.Duration]{target: target, takes: takes, parse: parse, format: formatDuration}
}

// formatDuration writes 7m0s as 7m, and 1h0m0s as 1h.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func probabilityValue(target *float64) faultValue {
	parse := func(text string) (float64, bool) { return parseNumber(text, 1) }
	return field[float64]{target: target, takes: "a number from 0 to 1, such as 0.05", parse: parse, format: formatNumber}
}

const maxRate = 1e6

// rateValue is a number per second, with or without the unit: 10/s or 10.
func rateValue(target *float64) faultValue {
	parse := func(text string) (float64, bool) { return parseNumber(strings.TrimSuffix(text, "/s"), maxRate) }
	format := func(perSecond float64) string { return formatNumber(perSecond) + "/s" }
	takes := fmt.Sprintf("a number from 0 to %.0f, such as 10/s", maxRate)
	return field[float64]{target: target, takes: takes, parse: parse, format: format}
}

func parseNumber(text string, most float64) (x float64, ok bool) {
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsNaN(x) && x >= 0 && x <= most
}

func formatNumber(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// failureValue is a status and a probability, which is 1 if it is left out.
func failureValue(target *Failure) faultValue {
	const takes = "a status from 400 to 599 and a probability, such as 503:0.05"
	format := func(f Failure) string { return strconv.Itoa(f.Status) + ":" + formatNumber(f.Probability) }
	return field[Failure]{target: target, takes: takes, parse: parseFailure, format: format}
}

func parseFailure(text string) (f Failure, ok bool) {
	code, probability, given := strings.Cut(text, ":")
	status, err := strconv.Atoi(code)
	if err != nil || status < 400 || status > 599 {
		return Failure{}, false
	}
	if !given {
		return Failure{status, 1}, true
	}
	p, ok := parseNumber(probability, 1)
	if p == 0 {
		return Failure{}, ok // it never fails
	}
	return Failure{status, p}, ok
}

// switchValue is on if its text is word.
func switchValue(target *bool, word string) faultValue {
	return field[bool]{
		target: target, takes: word + ", which is the only value", only: []string{word},
		parse:  func(text string) (on, ok bool) { return true, text == word },
		format: func(bool) string { return word },
	}
}

// statusValue is one of some statuses.
func statusValue(target *int, statuses ...int) faultValue {
	var words []string
	for _, status := range statuses {
		words = append(words, strconv.Itoa(status))
	}
	parse := func(text string) (int, bool) {
		status, _ := strconv.Atoi(text) // words has no other than numbers
		return status, slices.Contains(words, text)
	}
	return field[int]{target: target, takes: oneOf(words), only: words, parse: parse, format: strconv.Itoa}
}

// statusRange is a status of a range.
func statusRange(target *int, least, most int) faultValue {
	parse := func(text string) (int, bool) {
		status, err := strconv.Atoi(text)
		return status, err == nil && status >= least && status <= most
	}
	takes := fmt.Sprintf("a status from %d to %d", least, most)
	return field[int]{target: target, takes: takes, parse: parse, format: strconv.Itoa}
}

// choiceValue is one of some words.
func choiceValue(target *string, words ...string) faultValue {
	parse := func(text string) (string, bool) { return text, slices.Contains(words, text) }
	return field[string]{target: target, takes: oneOf(words), only: words, parse: parse, format: asIs}
}

func oneOf(words []string) string { return strings.Join(words, " or ") }

func asIs(text string) string { return text }

// requestsValue is a list of methods and operationIds. It reads the contracts only when it is set or
// asked for words, because a command that shows faults should start fast.
type requestsValue struct{ target *string }

func (v requestsValue) set(text string) error {
	if text == "0" {
		*v.target = ""
		return nil
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	known := knownRequests()
	for _, word := range words {
		if !slices.Contains(known, word) {
			return errors.New("want " + v.want())
		}
	}
	*v.target = strings.Join(words, ",")
	return nil
}

func (v requestsValue) get() string { return *v.target }

func (v requestsValue) want() string {
	return "methods and operations separated by commas, of " + strings.Join(knownRequests(), ", ")
}

func (requestsValue) words() []string { return nil }

func knownRequests() []string {
	return slices.Concat(methods, contract.OperationIDs(), otherOperations, contract.NameOperationIDs())
}

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

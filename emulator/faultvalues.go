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
}

// field is a faultValue of any type.
type field[T comparable] struct {
	target *T
	parse  func(text string) (T, error)
	format func(T) string
}

func (f field[T]) set(text string) error {
	value, err := f.parse(text)
	if err == nil {
		*f.target = value
	}
	return err
}

func (f field[T]) get() string {
	var off T
	if *f.target == off {
		return ""
	}
	return f.format(*f.target)
}

func durationValue(target *time.Duration, least, most time.Duration) faultValue {
	parse := func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil || d < least || d > most {
			return 0, fmt.Errorf("want a duration from %s to %s, such as 2s or 500ms", least, most)
		}
		return d, nil
	}
	return field[time.Duration]{target, parse, time.Duration.String}
}

func probabilityValue(target *float64) faultValue {
	parse := func(text string) (float64, error) { return parseNumber(text, 1, "0.05") }
	return field[float64]{target, parse, formatNumber}
}

// rateValue is a number per second, with or without the unit: 10/s or 10.
func rateValue(target *float64) faultValue {
	parse := func(text string) (float64, error) {
		return parseNumber(strings.TrimSuffix(text, "/s"), 1e6, "10/s")
	}
	format := func(perSecond float64) string { return formatNumber(perSecond) + "/s" }
	return field[float64]{target, parse, format}
}

func parseNumber(text string, most float64, example string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > most {
		return 0, fmt.Errorf("want a number from 0 to %.0f, such as %s", most, example)
	}
	return x, nil
}

func formatNumber(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// failureValue is a status and a probability, which is 1 if it is left out.
func failureValue(target *Failure) faultValue {
	format := func(f Failure) string { return strconv.Itoa(f.Status) + ":" + formatNumber(f.Probability) }
	return field[Failure]{target, parseFailure, format}
}

func parseFailure(text string) (Failure, error) {
	if text == "0" {
		return Failure{}, nil
	}
	code, probability, given := strings.Cut(text, ":")
	status, err := strconv.Atoi(code)
	if err != nil || status < 400 || status > 599 {
		return Failure{}, errors.New("want STATUS:PROBABILITY, such as 503:0.05")
	}
	if !given {
		return Failure{status, 1}, nil
	}
	p, err := parseNumber(probability, 1, "0.05")
	if err != nil || p == 0 {
		return Failure{}, err
	}
	return Failure{status, p}, nil
}

// switchValue is on if its text is word.
func switchValue(target *bool, word string) faultValue {
	parse := func(text string) (bool, error) {
		if text != word && text != "0" {
			return false, fmt.Errorf("want %s, which is the only value", word)
		}
		return text == word, nil
	}
	return field[bool]{target, parse, func(bool) string { return word }}
}

// statusValue is one of some statuses.
func statusValue(target *int, statuses ...int) faultValue {
	var words []string
	for _, status := range statuses {
		words = append(words, strconv.Itoa(status))
	}
	parse := func(text string) (int, error) {
		status, err := strconv.Atoi(text)
		if err != nil || status != 0 && !slices.Contains(statuses, status) {
			return 0, errors.New("want " + strings.Join(words, " or "))
		}
		return status, nil
	}
	return field[int]{target, parse, strconv.Itoa}
}

// statusRange is a status of a range.
func statusRange(target *int, least, most int) faultValue {
	parse := func(text string) (int, error) {
		status, err := strconv.Atoi(text)
		if err != nil || status != 0 && (status < least || status > most) {
			return 0, fmt.Errorf("want a status from %d to %d", least, most)
		}
		return status, nil
	}
	return field[int]{target, parse, strconv.Itoa}
}

// choiceValue is one of some words.
func choiceValue(target *string, words ...string) faultValue {
	parse := func(text string) (string, error) {
		if text == "0" {
			return "", nil
		}
		if !slices.Contains(words, text) {
			return "", errors.New("want " + strings.Join(words, " or "))
		}
		return text, nil
	}
	return field[string]{target, parse, asIs}
}

func asIs(text string) string { return text }

// requestsValue is a list of methods and operationIds.
func requestsValue(target *string) faultValue {
	parse := func(text string) (string, error) {
		if text == "0" {
			return "", nil
		}
		known := slices.Concat(methods, contract.OperationIDs(), otherOperations)
		for _, operation := range contract.NameOperations() {
			known = append(known, operation.ID)
		}
		limits := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		for _, limit := range limits {
			if !slices.Contains(known, limit) {
				return "", fmt.Errorf("want methods and operations separated by commas, of %s", strings.Join(known, ", "))
			}
		}
		return strings.Join(limits, ","), nil
	}
	return field[string]{target, parse, asIs}
}

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

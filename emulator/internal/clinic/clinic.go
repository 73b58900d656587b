// Package clinic explains why a signature was refused: it repeats the usual mistakes until one
// gives the received signature.
package clinic

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/signer"
)

// Diagnosis explains a refused signature. It holds no secret key, not even one that came in a
// header.
type Diagnosis struct {
	Received Received `json:"received"`
	// Expected is the string to sign. It is empty if the headers are not enough to know it.
	Expected string `json:"expected"`
	// Signed is the string that the client signed. It is empty if it was not found.
	Signed string `json:"signed,omitempty"`
	// Findings are the mistakes, the most likely one first. There is at least one.
	Findings []Finding `json:"findings"`
}

// Received is what a request says about its signature.
type Received struct {
	Method          string `json:"method"`
	Target          string `json:"target"` // path and query
	Timestamp       string `json:"timestamp"`
	AccessKey       string `json:"accessKey"`
	Signature       string `json:"signature"`
	SignatureHeader string `json:"signatureHeader"` // the header with the signature
}

// Finding is one mistake.
type Finding struct {
	Mistake string `json:"mistake"` // a stable name: timestamp-in-seconds
	Words   string `json:"words"`   // what was found, and what would be right
}

// Summary returns the words of all findings.
func (d Diagnosis) Summary() string {
	words := make([]string, len(d.Findings))
	for i, finding := range d.Findings {
		words[i] = finding.Words
	}
	return strings.Join(words, " ")
}

// Diagnose explains why a verifier that knows keys refused r with the error refused. The body of r
// can still be read.
func Diagnose(r *http.Request, refused error, keys []signer.Credentials, now time.Time) Diagnosis {
	c := &clinic{request: r, received: receive(r), hide: NewHider(keys), keys: keys, now: now}
	c.lookUp()
	var (
		findings []Finding
		missing  *signer.MissingHeaderError
		skew     *signer.SkewError
		notInt   *signer.TimestampError
		unknown  *signer.UnknownKeyError
		target   *signer.TargetError
		signed   string
	)
	switch {
	case errors.As(refused, &missing):
		findings = c.missingHeaders()
	case errors.As(refused, &unknown):
		findings = c.unknownKey()
	case errors.As(refused, &notInt):
		findings = c.notANumber()
	case errors.As(refused, &skew):
		findings = c.skew(skew.Timestamp)
	case errors.As(refused, &target):
		findings = []Finding{{"request-target", "The request line has no clear target: " + target.Reason + ". Send the path and the query only."}}
	}
	if missing == nil && target == nil {
		var more []Finding
		more, signed = c.signature(len(findings) == 0)
		findings = append(findings, more...)
	}
	if len(findings) == 0 {
		findings = []Finding{{"unknown", "No known mistake explains why the request was refused."}}
	}
	d := Diagnosis{Received: c.received, Signed: signed, Findings: findings}
	if target == nil {
		d.Expected = c.expected()
	}
	for _, value := range []*string{
		&d.Received.Method, &d.Received.Target, &d.Received.Timestamp, &d.Received.AccessKey, &d.Received.Signature, &d.Expected, &d.Signed,
	} {
		*value = clip(c.hide.In(*value), maxShown)
	}
	return d
}

// clinic holds the state that the checks share.
type clinic struct {
	request  *http.Request
	received Received
	hide     Hider
	keys     []signer.Credentials
	now      time.Time
	key      signer.Credentials // the key pair that the client most likely meant
	known    bool               // whether key is set
}

func receive(r *http.Request) Received {
	received := Received{
		Method: cmp.Or(r.Method, http.MethodGet), Target: Target(r),
		Timestamp: r.Header.Get(signer.HeaderTimestamp), AccessKey: r.Header.Get(signer.HeaderAccessKey),
	}
	for _, name := range []string{signer.HeaderSignature, signer.HeaderSignatureV1} {
		if received.Signature = r.Header.Get(name); received.Signature != "" {
			received.SignatureHeader = strings.ToLower(name)
			break
		}
	}
	return received
}

// Target returns the target of r as the verifier takes it, or as received if the verifier refuses
// it.
func Target(r *http.Request) string {
	target, err := signer.Target(r)
	if err != nil {
		return r.RequestURI
	}
	return target
}

// lookUp sets the key pair of the received access key. Of two with the same access key the last one
// counts, as in the emulator.
func (c *clinic) lookUp() {
	for _, key := range c.keys {
		if key.AccessKey == c.received.AccessKey {
			c.key, c.known = key, true
		}
	}
}

// expected returns the string to sign, with the access key that the client most likely meant.
func (c *clinic) expected() string {
	if _, err := strconv.ParseInt(c.received.Timestamp, 10, 64); err != nil || c.received.AccessKey == "" {
		return ""
	}
	accessKey := c.received.AccessKey
	if c.known {
		accessKey = c.key.AccessKey
	}
	return signer.StringToSign(c.received.Method, c.received.Target, c.received.Timestamp, accessKey)
}

// missingHeaders names the missing headers, and headers with similar names. Their values are not
// shown: they may hold anything.
func (c *clinic) missingHeaders() []Finding {
	var findings []Finding
	for name, word := range map[string]string{
		signer.HeaderTimestamp: "timestamp", signer.HeaderAccessKey: "access", signer.HeaderSignature: "signature",
	} {
		if c.request.Header.Get(name) != "" || name == signer.HeaderSignature && c.received.Signature != "" {
			continue
		}
		words := "missing header " + strings.ToLower(name)
		for _, other := range slices.Sorted(maps.Keys(c.request.Header)) {
			lower := strings.ToLower(other)
			if other == name {
				words += ": it is empty"
			} else if strings.Contains(lower, word) || name == signer.HeaderSignature && other == "Authorization" {
				words += fmt.Sprintf("; the request has %s", c.quote(lower))
			}
		}
		findings = append(findings, Finding{"missing-header", clip(words, 2*maxQuoted) + "."})
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Words, b.Words) })
	return findings
}

// unknownKey compares the access key with the known ones. If it is close to one, the other checks
// use that one.
func (c *clinic) unknownKey() []Finding {
	words := fmt.Sprintf("unknown access key %s.", c.quote(c.received.AccessKey))
	bare := strings.Trim(strings.Join(strings.Fields(c.received.AccessKey), ""), `"'`)
	for _, key := range c.keys {
		if bare != "" && bare == key.SecretKey {
			c.key, c.known = key, true
			return []Finding{{"secret-key-as-access-key", words + fmt.Sprintf(" It is the secret key of access key %s. "+
				"Send the access key, and replace the secret key: others may have seen it.", c.quote(key.AccessKey))}}
		}
	}
	for _, key := range c.keys {
		if strings.EqualFold(bare, key.AccessKey) {
			c.key, c.known = key, true
			return []Finding{{"access-key-misspelled", words + fmt.Sprintf(" It must be %s, in this case, without white space and quotes.", c.quote(key.AccessKey))}}
		}
	}
	return []Finding{{"unknown-access-key", words}}
}

func (c *clinic) notANumber() []Finding {
	return []Finding{{"timestamp-not-a-number", fmt.Sprintf("The timestamp %s is not an integer. It must be the number of milliseconds since 1970 in UTC: now %d.",
		c.quote(c.received.Timestamp), c.now.UnixMilli())}}
}

const day = 24 * time.Hour

// timestampUnits are the wrong units of timestamps, in milliseconds.
var timestampUnits = []struct {
	name         string
	milliseconds float64
}{{"seconds", 1000}, {"microseconds", 1e-3}, {"nanoseconds", 1e-6}}

// skew explains a timestamp that is too far off: a wrong unit if it fits to a day, else a wrong
// clock.
func (c *clinic) skew(at time.Time) []Finding {
	number, now := at.UnixMilli(), c.now.UnixMilli()
	for _, unit := range timestampUnits {
		if math.Abs(float64(number)*unit.milliseconds-float64(now)) < float64(day.Milliseconds()) {
			return []Finding{{"timestamp-in-" + unit.name, fmt.Sprintf("The timestamp %s is in %s. It must be in milliseconds since 1970: now %d.",
				c.quote(c.received.Timestamp), unit.name, now)}}
		}
	}
	off, direction := at.Sub(c.now).Abs(), "ahead of"
	if at.Before(c.now) {
		direction = "behind"
	}
	words := fmt.Sprintf("The timestamp %s is %s off the clock of the server, more than %s. The clock of the client says %s, which is %s that of the server, %s.",
		c.quote(c.received.Timestamp), off.Round(time.Millisecond), signer.MaxSkew, inUTC(at), direction, inUTC(c.now))
	// Time zones are whole or half hours off UTC, up to 14 hours.
	if nearest := off.Round(30 * time.Minute); nearest >= time.Hour && nearest <= 14*time.Hour && (off-nearest).Abs() <= 2*time.Minute {
		return []Finding{{"timestamp-in-local-time", words + " The difference looks like a time zone: count from 1970 in UTC, not in local time."}}
	}
	return []Finding{{"clock-skew", words + " Set the clock, or use the Date header of this response."}}
}

func inUTC(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") }

package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/signer"
)

// Diagnosis explains a refused signature. It holds no secret key, not even one that came in a header.
type Diagnosis struct {
	Received Received `json:"received"`
	// Expected is the string to sign, "" when the headers do not say enough to know it.
	Expected string `json:"expected"`
	// Signed is the string that the client signed, "" when it was not found.
	Signed string `json:"signed,omitempty"`
	// Findings are the mistakes, the most likely one first. There is at least one.
	Findings []Finding `json:"findings"`
}

// Received is what came of a signature.
type Received struct {
	Method          string `json:"method"`
	Target          string `json:"target"` // path and query
	Timestamp       string `json:"timestamp"`
	AccessKey       string `json:"accessKey"`
	Signature       string `json:"signature"`
	SignatureHeader string `json:"signatureHeader"` // the header that the signature came in
}

// Finding is one mistake.
type Finding struct {
	Mistake string `json:"mistake"` // a name for it, which does not change: timestamp-in-seconds
	Words   string `json:"words"`   // what was found and what would be right
}

// Summary is the words of all findings.
func (d Diagnosis) Summary() string {
	words := make([]string, len(d.Findings))
	for i, finding := range d.Findings {
		words[i] = finding.Words
	}
	return strings.Join(words, " ")
}

// diagnose explains why a verifier that knows keys refused r. It leaves r as it was.
func diagnose(r *http.Request, refused error, keys []signer.Credentials, now time.Time) Diagnosis {
	c := &clinic{request: r, received: receive(r), hide: newHider(keys), keys: keys, now: now}
	c.key, c.known = c.lookUp(c.received.AccessKey)

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
		findings = []Finding{{"request-target", "The request line has no clear target: " + target.Reason + ". Send the path and the query alone."}}
	}
	findings = append(findings, c.repeatedHeaders()...)
	if missing == nil && target == nil {
		var more []Finding
		more, signed = c.signature(len(findings) == 0)
		findings = append(findings, more...)
	}
	if len(findings) == 0 {
		findings = []Finding{{"unknown", "The request was refused for a reason that has no explanation here: only its signature headers were looked at."}}
	}
	d := Diagnosis{Received: c.received, Signed: signed, Findings: findings}
	if target == nil {
		d.Expected = c.expected()
	}
	for _, value := range []*string{
		&d.Received.Method, &d.Received.Target, &d.Received.Timestamp, &d.Received.AccessKey, &d.Received.Signature, &d.Expected, &d.Signed,
	} {
		*value = clip(c.hide.in(*value), maxShown)
	}
	return d
}

// clinic is what the parts of a diagnosis go by.
type clinic struct {
	request  *http.Request
	received Received
	hide     hider
	keys     []signer.Credentials
	now      time.Time
	key      signer.Credentials // the pair that the client most likely meant, when known
	known    bool
}

func receive(r *http.Request) Received {
	received := Received{
		Method: cmp.Or(r.Method, http.MethodGet), Target: requestTarget(r),
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

// expected is the string to sign, with the access key that the client most likely meant.
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

// lookUp finds the pair of an access key. The last one counts, as it does for the emulator.
func (c *clinic) lookUp(accessKey string) (signer.Credentials, bool) {
	for _, key := range slices.Backward(c.keys) {
		if key.AccessKey == accessKey {
			return key, true
		}
	}
	return signer.Credentials{}, false
}

// signatureHeaders are the headers, and what a header that is meant to be one of them has in its name.
var signatureHeaders = []struct {
	name  string
	words []string
}{
	{signer.HeaderTimestamp, []string{"timestamp", "date"}},
	{signer.HeaderAccessKey, []string{"accesskey", "apikey", "authorization"}},
	{signer.HeaderSignature, []string{"signature", "authorization"}},
}

func (c *clinic) missingHeaders() []Finding {
	var findings []Finding
	for _, want := range signatureHeaders {
		if c.request.Header.Get(want.name) != "" || want.name == signer.HeaderSignature && c.received.Signature != "" {
			continue
		}
		words := "missing header " + strings.ToLower(want.name)
		if similar := c.similarHeaders(want.words); c.request.Header[want.name] != nil {
			words += ": it came, but it is empty"
		} else if len(similar) > 0 {
			words += "; what came is " + strings.Join(similar, ", ")
		}
		findings = append(findings, Finding{"missing-header", words + "."})
	}
	return findings
}

// similarHeaders are the headers with one of words in their name. Their values may hold anything, so they are not shown.
func (c *clinic) similarHeaders(words []string) []string {
	var similar []string
	for name := range c.request.Header {
		letters := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
		for _, word := range words {
			if !isSignatureHeader(name) && strings.Contains(letters, word) {
				similar = append(similar, clip(c.hide.in(strings.ToLower(name)), maxQuoted))
				break
			}
		}
	}
	slices.Sort(similar)
	return similar[:min(len(similar), 3)]
}

func isSignatureHeader(name string) bool {
	return slices.Contains([]string{signer.HeaderTimestamp, signer.HeaderAccessKey, signer.HeaderSignature, signer.HeaderSignatureV1}, name)
}

func (c *clinic) repeatedHeaders() []Finding {
	var findings []Finding
	for _, want := range signatureHeaders {
		if n := len(c.request.Header[want.name]); n > 1 {
			findings = append(findings, Finding{"repeated-header", fmt.Sprintf("%s came %d times. It must come once; the first was taken.", strings.ToLower(want.name), n)})
		}
	}
	v2, v1 := c.request.Header.Get(signer.HeaderSignature), c.request.Header.Get(signer.HeaderSignatureV1)
	if v1 != "" && v2 != "" && v1 != v2 {
		findings = append(findings, Finding{"two-signatures", fmt.Sprintf("%s and %s came with different signatures. One is enough; the first was taken.",
			strings.ToLower(signer.HeaderSignature), strings.ToLower(signer.HeaderSignatureV1))})
	}
	return findings
}

// unknownKey compares the access key with what is known. When it is nearly a known one, the rest of the diagnosis goes by that.
func (c *clinic) unknownKey() []Finding {
	received := c.received.AccessKey
	words := fmt.Sprintf("unknown access key %s.", c.quote(received))
	bare := strings.Trim(strings.Join(strings.Fields(received), ""), `"'`)
	for _, key := range c.keys {
		if key.SecretKey != "" && strings.Trim(strings.TrimSpace(received), `"'`) == strings.TrimSpace(key.SecretKey) {
			c.key, c.known = key, true
			return []Finding{{"secret-key-as-access-key", words + fmt.Sprintf(" It is the secret key of access key %s: "+
				"send the access key, and treat the secret key as known to others.", c.quote(key.AccessKey))}}
		}
	}
	for _, key := range c.keys {
		if !strings.EqualFold(bare, key.AccessKey) {
			continue
		}
		c.key, c.known = key, true
		if bare == received {
			return []Finding{{"access-key-in-other-case", words + fmt.Sprintf(" It must be spelled %s.", c.quote(key.AccessKey))}}
		}
		return []Finding{{"access-key-with-white-space", words + fmt.Sprintf(" It must be %s, without white space and quotes.", c.quote(key.AccessKey))}}
	}
	return []Finding{{"unknown-access-key", words}}
}

// dateLayouts are the layouts of timestamps that other services take.
var dateLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "20060102T150405Z", "2006-01-02", time.RFC1123, time.RFC1123Z,
	time.ANSIC, time.UnixDate, "Mon Jan 02 2006 15:04:05 GMT-0700",
}

func (c *clinic) notANumber() []Finding {
	timestamp := c.received.Timestamp
	right := fmt.Sprintf("It must be the number of milliseconds since 1970 in UTC, in digits alone: now %d.", c.now.UnixMilli())
	found := func(mistake, what string) []Finding {
		return []Finding{{mistake, fmt.Sprintf("The timestamp %s is %s. %s", c.quote(timestamp), what, right)}}
	}
	if _, ok := c.date(); ok {
		return found("timestamp-is-a-date", "a date")
	}
	bare := strings.Trim(strings.ReplaceAll(timestamp, " ", ""), `"'`)
	number, err := strconv.ParseFloat(bare, 64)
	switch {
	case err != nil:
		return found("timestamp-not-a-number", "no number")
	case math.Abs(number-float64(c.now.Unix())) < day.Seconds():
		return found("timestamp-in-seconds", "in seconds")
	case bare != timestamp:
		return found("timestamp-not-a-number", "a number with something around it")
	}
	return found("timestamp-not-an-integer", "no integer of 64 bits")
}

func (c *clinic) date() (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, c.received.Timestamp); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// moment is the timestamp in milliseconds, whatever it came as.
func (c *clinic) moment() (int64, bool) {
	if t, ok := c.date(); ok {
		return t.UnixMilli(), true
	}
	number, err := strconv.ParseFloat(c.received.Timestamp, 64)
	if err != nil {
		return 0, false
	}
	if math.Abs(number-float64(c.now.Unix())) < day.Seconds() {
		number *= 1000
	}
	return int64(number), true
}

const day = 24 * time.Hour

// timestampUnits are what timestamps are in by mistake, in milliseconds.
var timestampUnits = []struct {
	mistake, name string
	milliseconds  float64
}{
	{"timestamp-in-seconds", "seconds", 1000},
	{"timestamp-in-microseconds", "microseconds", 1e-3},
	{"timestamp-in-nanoseconds", "nanoseconds", 1e-6},
}

// skew explains a timestamp that is off. A day is taken for the clock of the client, anything more for another unit.
func (c *clinic) skew(at time.Time) []Finding {
	number, now := at.UnixMilli(), c.now.UnixMilli()
	for _, unit := range timestampUnits {
		if math.Abs(float64(number)*unit.milliseconds-float64(now)) < float64(day.Milliseconds()) {
			return []Finding{{unit.mistake, fmt.Sprintf("The timestamp %s is in %s. It must be in milliseconds since 1970: now %d.",
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
		return []Finding{{"timestamp-in-local-time", words + " That is about a time zone: the timestamp must count from 1970 in UTC, not in local time."}}
	}
	return []Finding{{"clock-skew", words + " Set the clock right, or go by the Date header of this answer."}}
}

func inUTC(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") }

// quote makes a value from the request fit to be shown. An escape may be what completes a secret key: \x16 ends with a 6.
func (c *clinic) quote(value string) string {
	return c.hide.in(strconv.Quote(clip(c.hide.in(value), maxQuoted)))
}

// A diagnosis may be kept, and a header may have a megabyte.
const (
	maxShown  = maxLoggedBytes // bytes of a value
	maxQuoted = 200            // bytes of a value in the words of a finding
)

func clip(value string, most int) string {
	if len(value) > most {
		return strings.ToValidUTF8(value[:most], "") + "…"
	}
	return value
}

// hider hides secret keys: those that clients send where they do not belong.
type hider []string

func newHider(keys []signer.Credentials) hider {
	var secrets []string
	for _, key := range keys {
		secret := strings.TrimSpace(key.SecretKey)
		secrets = append(secrets, secret)
		for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
			if escaped != secret {
				secrets = append(secrets, escaped)
			}
		}
	}
	// One secret may be part of another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

const hidden = "(hidden)"

func (h hider) in(value string) string {
	for _, secret := range h {
		// A shorter one would be found in ordinary words.
		if len(secret) >= 8 {
			value = strings.ReplaceAll(value, secret, hidden)
		} else if secret != "" && strings.TrimSpace(value) == secret {
			return hidden
		}
	}
	return value
}

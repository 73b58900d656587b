// Package clinic explains why a signature was refused: it repeats the usual mistakes until one
// gives the received signature.
package clinic

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/signature"
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
	var words []string
	for _, finding := range d.Findings {
		words = append(words, finding.Words)
	}
	return strings.Join(words, " ")
}

// Clinic explains refused signatures. It is safe for concurrent use. Fmt prints no secret key of a
// pointer to it, because the key pairs are in closures.
type Clinic struct {
	// Hide replaces secret keys in a text, and cuts it off after 2 KiB.
	Hide func(string) string

	keys     func() []signer.Credentials
	owners   func() map[string]string // access keys by their secret keys
	gateways []gateway
	history  history
	working  chan struct{} // holds a token for the diagnosis that is being made
}

// New returns a clinic that knows the key pairs of the server and the base URLs of the service. Of two
// pairs with the same access key the last one counts.
func New(keys []signer.Credentials, baseURLs []string) *Clinic {
	owners := map[string]string{}
	for _, key := range keys {
		owners[key.SecretKey] = key.AccessKey
	}
	delete(owners, "")
	return &Clinic{
		Hide:     newHider(keys),
		keys:     func() []signer.Credentials { return keys },
		owners:   func() map[string]string { return owners },
		gateways: newGateways(baseURLs),
		working:  make(chan struct{}, 1),
	}
}

// See notes the timestamp of a request, accepted or not.
func (c *Clinic) See(r *http.Request, now time.Time) {
	c.history.add(r.Header.Get(signer.HeaderAccessKey), r.Header.Get(signer.HeaderTimestamp), now)
}

// Diagnose explains why a verifier that knows the same keys refused r with the error refused. It may
// read the body of r. Call it before See.
func (c *Clinic) Diagnose(r *http.Request, refused error, now time.Time) Diagnosis {
	// One at a time, so that other requests are served meanwhile.
	c.working <- struct{}{}
	defer func() { <-c.working }()
	x := c.examine(r, now)
	switch refused := refused.(type) {
	case *signature.TargetError:
		x.add("request-target", "The request line has no clear target: %s. "+
			"Send the path and the query only.", refused.Reason)
	case *signature.MissingHeaderError:
		x.missingHeaders()
		x.expect()
	case *signature.UnknownKeyError:
		x.unknownKey()
		x.explainSignature()
	case *signature.TimestampError:
		x.noTimestamp()
		x.explainSignature()
	case *signature.SkewError:
		x.skew(refused.Timestamp)
		x.explainSignature()
	default:
		x.explainSignature()
	}
	if len(x.Findings) == 0 {
		x.add("unknown", "No known mistake explains why the request was refused.")
	}
	shown := &x.Received
	for _, value := range []*string{
		&shown.Method, &shown.Target, &shown.Timestamp, &shown.AccessKey, &shown.Signature, &x.Expected, &x.Signed,
	} {
		*value = c.Hide(*value)
	}
	return x.Diagnosis
}

// examination holds the state that the checks of one request share.
type examination struct {
	Diagnosis
	*Clinic
	request *http.Request
	now     time.Time
	key     signer.Credentials // the key pair that the client most likely meant, if there is one
	right   parts              // what the client should have put together
	sum     []byte             // the received signature, decoded
	hasher  hasher
}

// examine reads the request, and looks up the key pair.
func (c *Clinic) examine(r *http.Request, now time.Time) *examination {
	x := &examination{Clinic: c, request: r, now: now}
	x.Received = Received{
		Method: cmp.Or(r.Method, http.MethodGet), Target: Target(r),
		Timestamp: r.Header.Get(signer.HeaderTimestamp), AccessKey: r.Header.Get(signer.HeaderAccessKey),
	}
	for _, name := range []string{signature.HeaderV1, signer.HeaderSignature} {
		if sent := r.Header.Get(name); sent != "" {
			x.Received.Signature = sent
			x.Received.SignatureHeader = strings.ToLower(name)
		}
	}
	for _, key := range c.keys() {
		if key.AccessKey == x.Received.AccessKey {
			x.key = key
		}
	}
	return x
}

func (x *examination) add(name, format string, args ...any) {
	x.Findings = append(x.Findings, Finding{name, fmt.Sprintf(format, args...)})
}

// quote quotes a value of the request. It hides secrets twice: an escape such as \x16 may complete
// a secret key.
func (x *examination) quote(value string) string {
	return x.Hide(strconv.Quote(clip(x.Hide(value), maxQuoted)))
}

// Target returns the target of r as the verifier takes it, or as received if the verifier refuses
// it.
func Target(r *http.Request) string {
	target, _ := signature.Target(r)
	return cmp.Or(target, r.RequestURI)
}

// missingHeaders names the missing headers, and headers with similar names. Their values are not
// shown: they may hold anything.
func (x *examination) missingHeaders() {
	for _, header := range []struct{ name, value, word string }{
		{signer.HeaderSignature, x.Received.Signature, "signature"},
		{signer.HeaderTimestamp, x.Received.Timestamp, "timestamp"},
		{signer.HeaderAccessKey, x.Received.AccessKey, "access"},
	} {
		if header.value != "" {
			continue
		}
		words := "missing header " + strings.ToLower(header.name)
		for _, other := range slices.Sorted(maps.Keys(x.request.Header)) {
			if len(words) > 2*maxQuoted {
				break // there are many
			}
			lower := strings.ToLower(other)
			if other == header.name {
				words += ": it is empty"
			} else if strings.Contains(lower, header.word) {
				words += "; the request has " + x.quote(lower)
			}
		}
		x.add("missing-header", "%s.", clip(words, 2*maxQuoted))
	}
}

// unknownKey compares the access key with the known ones. If it is close to one, the other checks
// use that one.
func (x *examination) unknownKey() {
	received := x.quote(x.Received.AccessKey)
	bare := strings.Trim(strings.Join(strings.Fields(x.Received.AccessKey), ""), `"'`)
	for _, key := range x.keys() {
		if bare == key.SecretKey && bare != "" {
			x.key = key
			x.add("secret-key-as-access-key", "unknown access key %s. It is the secret key of access key %s. "+
				"Send the access key, and replace the secret key: others may have seen it.", received, x.quote(key.AccessKey))
			return
		}
		if strings.EqualFold(bare, key.AccessKey) {
			x.key = key
			x.add("access-key-misspelled", "unknown access key %s. It must be %s, in this case, "+
				"without white space and quotes.", received, x.quote(key.AccessKey))
			return
		}
	}
	if isUnfilled(x.Received.AccessKey) {
		x.add("variable-not-filled-in", "unknown access key %s. It is a variable that was not filled in.", received)
		return
	}
	x.add("unknown-access-key", "unknown access key %s.", received)
}

// noTimestamp explains a timestamp that is no integer.
func (x *examination) noTimestamp() {
	received := x.quote(x.Received.Timestamp)
	if isUnfilled(x.Received.Timestamp) {
		x.add("variable-not-filled-in", "The timestamp %s is a variable that was not filled in. "+
			"It must be the number of milliseconds since 1970 in UTC: now %d.", received, x.now.UnixMilli())
		return
	}
	x.add("timestamp-not-a-number", "The timestamp %s is not an integer. "+
		"It must be the number of milliseconds since 1970 in UTC: now %d.", received, x.now.UnixMilli())
}

// skew explains a timestamp that is too far off: a wrong unit, one that was made once and is used
// again, local time, or a wrong clock.
func (x *examination) skew(at time.Time) {
	if x.wrongUnit(at) {
		return
	}
	const clockFormat = "2006-01-02 15:04:05.000 UTC"
	off := at.Sub(x.now)
	facts := fmt.Sprintf("The timestamp %s is %s off the clock of the server, more than %s. "+
		"The clock of the client says %s, that of the server %s.", x.quote(x.Received.Timestamp),
		off.Abs().Round(time.Millisecond), signature.MaxSkew, at.UTC().Format(clockFormat), x.now.UTC().Format(clockFormat))
	first, again := x.history.first(x.Received.AccessKey, x.Received.Timestamp)
	if again && x.now.Sub(first) > time.Second {
		x.add("timestamp-used-again", "%s The same timestamp came %s ago already: it is made once and used again. "+
			"Make a new timestamp for each request, and for each retry.", facts, x.now.Sub(first).Round(time.Second))
		return
	}
	clockIsRight := x.history.recentlyRight(x.Received.AccessKey, x.now)
	if isTimeZone(off) && !clockIsRight {
		x.add("timestamp-in-local-time", "%s The difference looks like a time zone: "+
			"count from 1970 in UTC, not in local time.", facts)
		return
	}
	if off > 0 {
		x.add("clock-skew", "%s Set the clock, or use the Date header of this response.", facts)
		return
	}
	advice := "If the client makes one for each request already, set its clock, or use the Date header of this response."
	if clockIsRight {
		advice = "Another request with this access key came with the right time just now, so the clock is right."
	}
	x.add("old-timestamp", "%s It may have been made once, when the program started, or be left in a script. "+
		"Make a new timestamp for each request, and for each retry. %s", facts, advice)
}

// wrongUnit explains a timestamp that fits to a day in another unit.
func (x *examination) wrongUnit(at time.Time) bool {
	const day = 24 * 60 * 60 * 1000
	now := x.now.UnixMilli()
	for unit, milliseconds := range map[string]float64{"seconds": 1000, "microseconds": 1e-3, "nanoseconds": 1e-6} {
		if math.Abs(float64(at.UnixMilli())*milliseconds-float64(now)) < day {
			x.add("timestamp-in-"+unit, "The timestamp %s is in %s. It must be in milliseconds since 1970: now %d.",
				x.quote(x.Received.Timestamp), unit, now)
			return true
		}
	}
	return false
}

// isTimeZone reports whether a difference may be that of a time zone: whole or half hours, up to 14.
func isTimeZone(off time.Duration) bool {
	zone := off.Round(30 * time.Minute)
	return zone.Abs() >= time.Hour && zone.Abs() <= 14*time.Hour && (off-zone).Abs() <= 2*time.Minute
}

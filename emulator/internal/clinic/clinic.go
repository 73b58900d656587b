// Package clinic explains why a signature was refused: it repeats the usual mistakes until one
// gives the received signature.
package clinic

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
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

// clinic holds the state that the checks share.
type clinic struct {
	Diagnosis
	request *http.Request
	hide    func(string) string
	keys    []signer.Credentials
	now     time.Time
	owners  map[string]string  // access keys by their secret keys
	key     signer.Credentials // the key pair that the client most likely meant, if there is one
	right   parts              // what the client should have put together
}

// Diagnose explains why a verifier that knows keys refused r with the error refused. It may read the
// body of r.
func Diagnose(r *http.Request, refused error, keys []signer.Credentials, now time.Time) Diagnosis {
	c := &clinic{request: r, hide: Hider(keys), keys: keys, now: now, owners: map[string]string{}}
	c.receive()
	switch refused := refused.(type) {
	case *signature.TargetError:
		c.add("request-target", "The request line has no clear target: %s. Send the path and the query only.", refused.Reason)
	case *signature.MissingHeaderError:
		c.missingHeaders()
		c.expect()
	case *signature.UnknownKeyError:
		c.unknownKey()
		c.explainSignature()
	case *signature.TimestampError:
		c.add("timestamp-not-a-number", "The timestamp %s is not an integer. "+
			"It must be the number of milliseconds since 1970 in UTC: now %d.", c.quote(c.Received.Timestamp), now.UnixMilli())
		c.explainSignature()
	case *signature.SkewError:
		c.skew(refused.Timestamp)
		c.explainSignature()
	default:
		c.explainSignature()
	}
	if len(c.Findings) == 0 {
		c.add("unknown", "No known mistake explains why the request was refused.")
	}
	shown := &c.Received
	for _, value := range []*string{
		&shown.Method, &shown.Target, &shown.Timestamp, &shown.AccessKey, &shown.Signature, &c.Expected, &c.Signed,
	} {
		*value = c.hide(*value)
	}
	return c.Diagnosis
}

func (c *clinic) add(mistake, format string, args ...any) {
	c.Findings = append(c.Findings, Finding{mistake, fmt.Sprintf(format, args...)})
}

// receive reads the request, and looks up the key pair. Of two with the same access key the last
// one counts, as in the emulator.
func (c *clinic) receive() {
	r := c.request
	c.Received = Received{
		Method: cmp.Or(r.Method, http.MethodGet), Target: Target(r),
		Timestamp: r.Header.Get(signer.HeaderTimestamp), AccessKey: r.Header.Get(signer.HeaderAccessKey),
	}
	for _, name := range []string{signature.HeaderV1, signer.HeaderSignature} {
		if sent := r.Header.Get(name); sent != "" {
			c.Received.Signature = sent
			c.Received.SignatureHeader = strings.ToLower(name)
		}
	}
	for _, key := range c.keys {
		c.owners[key.SecretKey] = key.AccessKey
		if key.AccessKey == c.Received.AccessKey {
			c.key = key
		}
	}
	delete(c.owners, "")
}

// Target returns the target of r as the verifier takes it, or as received if the verifier refuses
// it.
func Target(r *http.Request) string {
	target, _ := signature.Target(r)
	return cmp.Or(target, r.RequestURI)
}

// expect sets what the client should have put together. The expected string has the access key that
// the client most likely meant.
func (c *clinic) expect() {
	got := c.Received
	path, _, _ := strings.Cut(got.Target, "?")
	c.right = parts{
		method: got.Method, urlPath: path, query: got.Target[len(path):], timestamp: got.Timestamp, accessKey: got.AccessKey,
		layout: "M PQ\nT\nA", secret: c.key.SecretKey, encoding: got.Signature,
	}
	key := cmp.Or(c.key.AccessKey, got.AccessKey)
	if _, err := strconv.ParseInt(got.Timestamp, 10, 64); err == nil && key != "" {
		c.Expected = signer.StringToSign(got.Method, got.Target, got.Timestamp, key)
	}
}

// missingHeaders names the missing headers, and headers with similar names. Their values are not
// shown: they may hold anything.
func (c *clinic) missingHeaders() {
	for _, header := range []struct{ name, value, word string }{
		{signer.HeaderSignature, c.Received.Signature, "signature"},
		{signer.HeaderTimestamp, c.Received.Timestamp, "timestamp"},
		{signer.HeaderAccessKey, c.Received.AccessKey, "access"},
	} {
		if header.value != "" {
			continue
		}
		words := "missing header " + strings.ToLower(header.name)
		for _, other := range slices.Sorted(maps.Keys(c.request.Header)) {
			if other == header.name {
				words += ": it is empty"
			} else if other = strings.ToLower(other); strings.Contains(other, header.word) {
				words += "; the request has " + c.quote(other)
			}
		}
		c.add("missing-header", "%s.", clip(words, 2*maxQuoted))
	}
}

// unknownKey compares the access key with the known ones. If it is close to one, the other checks
// use that one.
func (c *clinic) unknownKey() {
	words := fmt.Sprintf("unknown access key %s.", c.quote(c.Received.AccessKey))
	bare := strings.Trim(strings.Join(strings.Fields(c.Received.AccessKey), ""), `"'`)
	for _, key := range c.keys {
		switch {
		case bare == key.SecretKey && bare != "":
			c.add("secret-key-as-access-key", "%s It is the secret key of access key %s. "+
				"Send the access key, and replace the secret key: others may have seen it.", words, c.quote(key.AccessKey))
		case strings.EqualFold(bare, key.AccessKey):
			c.add("access-key-misspelled", "%s It must be %s, in this case, without white space and quotes.",
				words, c.quote(key.AccessKey))
		default:
			continue
		}
		c.key = key
		return
	}
	c.add("unknown-access-key", "%s", words)
}

// skew explains a timestamp that is too far off: a wrong unit if it fits to a day, else a wrong
// clock.
func (c *clinic) skew(at time.Time) {
	const day = 24 * 60 * 60 * 1000
	now, received := c.now.UnixMilli(), c.quote(c.Received.Timestamp)
	for unit, milliseconds := range map[string]float64{"seconds": 1000, "microseconds": 1e-3, "nanoseconds": 1e-6} {
		if math.Abs(float64(at.UnixMilli())*milliseconds-float64(now)) < day {
			c.add("timestamp-in-"+unit, "The timestamp %s is in %s. It must be in milliseconds since 1970: now %d.",
				received, unit, now)
			return
		}
	}
	mistake, advice := "clock-skew", "Set the clock, or use the Date header of this response."
	// Time zones are whole or half hours off UTC, up to 14 hours.
	off := at.Sub(c.now)
	zone := off.Round(30 * time.Minute)
	if zone.Abs() >= time.Hour && zone.Abs() <= 14*time.Hour && (off-zone).Abs() <= 2*time.Minute {
		mistake = "timestamp-in-local-time"
		advice = "The difference looks like a time zone: count from 1970 in UTC, not in local time."
	}
	const layout = "2006-01-02 15:04:05.000 UTC"
	c.add(mistake, "The timestamp %s is %s off the clock of the server, more than %s. "+
		"The clock of the client says %s, that of the server %s. %s", received, off.Abs().Round(time.Millisecond),
		signature.MaxSkew, at.UTC().Format(layout), c.now.UTC().Format(layout), advice)
}

// A diagnosis may be stored, and a header may be long.
const (
	maxShown  = 2 << 10 // bytes of a value
	maxQuoted = 200     // bytes of a value inside a sentence
)

func clip(value string, most int) string {
	if len(value) > most {
		return strings.ToValidUTF8(value[:most], "") + "…"
	}
	return value
}

// quote quotes a value of the request. It hides secrets twice: an escape such as \x16 may complete
// a secret key.
func (c *clinic) quote(value string) string {
	return c.hide(strconv.Quote(clip(c.hide(value), maxQuoted)))
}

const hidden = "(hidden)"

// Hider returns a function that replaces secret keys in texts, and cuts off what is too long to
// store. Clients send secret keys where they do not belong.
func Hider(keys []signer.Credentials) func(string) string {
	var short, long []string
	for _, key := range keys {
		// A shorter secret would be found in ordinary words. It is replaced if it is all of a text.
		if secret := strings.TrimSpace(key.SecretKey); len(secret) >= 8 {
			long = append(long, secret, url.QueryEscape(secret), url.PathEscape(secret))
		} else if secret != "" {
			short = append(short, secret)
		}
	}
	// The longest first: one secret may be part of another.
	slices.SortFunc(long, func(a, b string) int { return len(b) - len(a) })
	return func(text string) string {
		if slices.Contains(short, strings.TrimSpace(text)) {
			return hidden
		}
		for _, secret := range long {
			text = strings.ReplaceAll(text, secret, hidden)
		}
		return clip(text, maxShown)
	}
}

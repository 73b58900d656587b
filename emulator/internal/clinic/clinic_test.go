package clinic

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/signature"
	"github.com/nks-access/nks-access/signer"
)

var (
	alice = signer.Credentials{AccessKey: "ALICEaccessKEY000001", SecretKey: "QWxpY2VTZWNyZXRLZXlJc0ZvcnR5TGV0dGVyczAx"}
	bob   = signer.Credentials{AccessKey: "BOBACCESSKEY00000002", SecretKey: "626f62277320736563726574206b65792d2d2d2d"}
	keys  = []signer.Credentials{alice, bob}
	noon  = time.Date(2026, 1, 1, 12, 0, 0, 123e6, time.UTC)

	baseURLs = []string{
		"https://nks.apigw.ntruss.com/vnks/v2", "https://nks.apigw.ntruss.com/vnks/sgn-v2", "https://nks.apigw.ntruss.com/vnks/jpn-v2",
		"https://nks.apigw.fin-ntruss.com/nks/v2", "https://nks.apigw.gov-ntruss.com/vnks/v2", "https://nks.apigw.gov-ntruss.com/vnks/krs-v2",
	}
)

// client is a program in any language that signs a request by hand. It does so rightly, until a
// test changes a step of it.
type client struct {
	method, target string
	body           string
	now            time.Time
	accessKey      string
	secretKey      string

	timestamp func() string                                            // for the header
	message   func(method, target, timestamp, accessKey string) string // the string to sign
	sign      func(secretKey, message string) []byte                   // the signature
	encode    func([]byte) string                                      // its text
	headers   func(timestamp, accessKey, signature string) [][2]string // what is sent of it
	signed    string                                                   // what it signed last
}

func newClient() *client {
	return &client{
		method: "POST", target: "/vnks/v2/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000/access-entries",
		now: noon, accessKey: alice.AccessKey, secretKey: alice.SecretKey,
		message: signer.StringToSign,
		sign:    hmacOf(sha256.New),
		encode:  base64.StdEncoding.EncodeToString,
		headers: func(timestamp, accessKey, signature string) [][2]string {
			return [][2]string{{"x-ncp-apigw-timestamp", timestamp}, {"x-ncp-iam-access-key", accessKey}, {"x-ncp-apigw-signature-v2", signature}}
		},
	}
}

func hmacOf(newHash func() hash.Hash) func(secretKey, message string) []byte {
	return func(secretKey, message string) []byte {
		mac := hmac.New(newHash, []byte(secretKey))
		io.WriteString(mac, message)
		return mac.Sum(nil)
	}
}

// request is what a server makes of what the client sends over the wire.
func (c *client) request(t testing.TB) *http.Request {
	t.Helper()
	timestamp := strconv.FormatInt(c.now.UnixMilli(), 10)
	if c.timestamp != nil {
		timestamp = c.timestamp()
	}
	c.signed = c.message(c.method, c.target, timestamp, c.accessKey)
	signature := c.encode(c.sign(c.secretKey, c.signed))
	wire := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost:8080\r\n", c.method, c.target)
	for _, header := range c.headers(timestamp, c.accessKey, signature) {
		wire += header[0] + ": " + header[1] + "\r\n"
	}
	wire += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(c.body), c.body)
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// diagnosed sends the request of a client, and fails the test when that is not refused, or when the
// diagnosis tells a secret.
func diagnosed(t testing.TB, r *http.Request) Diagnosis {
	t.Helper()
	refused := verifierOf(keys).Verify(r)
	if refused == nil {
		t.Fatal("the signature is right")
	}
	d := New(keys, baseURLs).Diagnose(r, refused, noon)
	checkNoSecret(t, d)
	return d
}

// verifierAt returns a verifier of the keys by another clock.
func verifierAt(now time.Time) *signature.Verifier { return newVerifier(keys, now) }

func verifierOf(keys []signer.Credentials) *signature.Verifier { return newVerifier(keys, noon) }

func newVerifier(keys []signer.Credentials, now time.Time) *signature.Verifier {
	secretKey := func(accessKey string) (string, bool) {
		for _, key := range keys {
			if key.AccessKey == accessKey {
				return key.SecretKey, true
			}
		}
		return "", false
	}
	return signature.NewVerifier(secretKey, func() time.Time { return now })
}

func checkNoSecret(t testing.TB, d Diagnosis) {
	t.Helper()
	texts := []string{d.Received.Method, d.Received.Target, d.Received.Timestamp, d.Received.AccessKey, d.Received.Signature,
		d.Received.SignatureHeader, d.Expected, d.Signed, d.Summary()}
	for _, text := range texts {
		for _, key := range keys {
			if strings.Contains(text, key.SecretKey) {
				t.Errorf("a secret key is in %q", text)
			}
		}
	}
}

func (d Diagnosis) mistakes() []string {
	var mistakes []string
	for _, finding := range d.Findings {
		mistakes = append(mistakes, finding.Mistake)
	}
	return mistakes
}

// signs makes the client sign other values than it sends.
func (c *client) signs(change func(method, target, timestamp, accessKey *string)) {
	right := c.message
	c.message = func(method, target, timestamp, accessKey string) string {
		change(&method, &target, &timestamp, &accessKey)
		return right(method, target, timestamp, accessKey)
	}
}

func TestMistakesInTheStringToSign(t *testing.T) {
	target := func(change func(target string) string) func(*client) {
		return func(c *client) {
			c.signs(func(_, target, _, _ *string) { *target = change(*target) })
		}
	}
	message := func(format string) func(*client) {
		return func(c *client) {
			c.message = func(method, target, timestamp, accessKey string) string {
				return strings.NewReplacer("METHOD", method, "TARGET", target, "TIME", timestamp, "KEY", accessKey).Replace(format)
			}
		}
	}
	sends := func(target string, then func(*client)) func(*client) {
		return func(c *client) { c.target = target; then(c) }
	}
	signsTarget := func(signed string) func(*client) { return target(func(string) string { return signed }) }
	const clusters = "/vnks/v2/clusters"

	for _, c := range []struct {
		name    string
		mistake func(*client)
		want    string
		words   string
	}{
		{"GET signed, POST sent", func(c *client) { c.signs(func(method, _, _, _ *string) { *method = "GET" }) }, "wrong-method", `begins with "GET"`},
		{"the method in lower case", func(c *client) { c.signs(func(method, _, _, _ *string) { *method = "post" }) }, "method-in-lower-case", `must begin with the method as sent, "POST"`},
		{"no method", message(" TARGET\nTIME\nKEY"), "missing-method", ""},
		{"no space", message("METHODTARGET\nTIME\nKEY"), "missing-space", ""},
		{"a line for the method", message("METHOD\nTARGET\nTIME\nKEY"), "line-break-after-method", ""},

		{"the URL with its scheme", target(func(target string) string { return "http://localhost:8080" + target }), "scheme-and-host-in-string", `"http://localhost:8080/vnks/v2/`},
		{"the URL of the gateway", target(func(target string) string { return "https://nks.apigw.ntruss.com" + target }), "scheme-and-host-in-string", ""},
		{"the host", target(func(target string) string { return "localhost:8080" + target }), "scheme-and-host-in-string", ""},
		{"the host without its port", target(func(target string) string { return "localhost" + target }), "scheme-and-host-in-string", ""},

		{"no base path", target(func(target string) string { return strings.TrimPrefix(target, "/vnks/v2") }), "missing-base-path", `"/clusters/`},
		{"half of the base path", target(func(target string) string { return strings.TrimPrefix(target, "/vnks") }), "missing-base-path", ""},
		{"the base path of another region", target(func(target string) string { return strings.Replace(target, "v2", "sgn-v2", 1) }), "wrong-base-path", ""},
		{"a slash at the end", target(func(target string) string { return target + "/" }), "trailing-slash", ""},
		{"no slash at the end", sends(clusters+"/", signsTarget(clusters)), "trailing-slash", ""},
		{"no slash at the beginning", target(func(target string) string { return target[1:] }), "missing-leading-slash", ""},
		{"the path before two slashes were made one", sends("/vnks/v2//clusters", signsTarget(clusters)), "path-cleaned", ""},
		{"the path in lower case", sends("/vnks/v2/clusters/ABC", signsTarget("/vnks/v2/clusters/abc")), "path-in-other-case", ""},
		{"another path entirely", signsTarget("/server/v2/getServerInstanceList"), "unknown", "that were tried"},

		{"an unescaped path", sends(clusters+"/nrn%3APUB%2F%EA%B0%80", signsTarget(clusters+"/nrn:PUB/가")), "path-unescaped", ""},
		{"a path escaped twice", sends(clusters+"/nrn%3APUB", signsTarget(clusters+"/nrn%253APUB")), "path-escaped-twice", ""},
		{"an escaped path", sends(clusters+"/nrn:PUB", signsTarget(clusters+"/nrn%3APUB")), "path-escaped", ""},
		{"a path with all slashes escaped", sends("/vnks/v2/a", signsTarget("%2Fvnks%2Fv2%2Fa")), "path-escaped", ""},
		{"escapes in lower case", sends(clusters+"/nrn%3APUB", signsTarget(clusters+"/nrn%3aPUB")), "path-escaped", "the case of the escapes"},
		{"some escapes in lower case", sends(clusters+"/a%20b%2Fc", signsTarget(clusters+"/a%20b%2fc")), "path-escaped", ""},
		{"escapes in upper case", sends(clusters+"/nrn%3aPUB", signsTarget(clusters+"/nrn%3APUB")), "path-escaped", ""},

		{"no query", sends(clusters+"?pageNo=1", signsTarget(clusters)), "missing-query", `must be the query as sent, "?pageNo=1". The query was sent but not signed.`},
		{"no question mark", sends(clusters+"?pageNo=1", signsTarget(clusters+"pageNo=1")), "missing-question-mark", ""},
		{"a question mark too many", sends(clusters, signsTarget(clusters+"?")), "stray-question-mark", ""},
		{"a question mark too few", sends(clusters+"?", signsTarget(clusters)), "missing-query", ""},
		{"a query sorted and sent unsorted", sends(clusters+"?b=1&c=2&a=3", signsTarget(clusters+"?a=3&b=1&c=2")), "query-order", `"?a=3&b=1&c=2"`},
		{"a query sent sorted and signed unsorted", sends(clusters+"?a=3&b=1&c=2", signsTarget(clusters+"?c=2&a=3&b=1")), "query-order", ""},
		{"six parameters sorted", sends(clusters+"?f&e&d&b&c&a", signsTarget(clusters+"?a&b&c&d&e&f")), "query-order", ""},
		{"an unescaped query", sends(clusters+"?q=a%2Fb", signsTarget(clusters+"?q=a/b")), "query-escaped", ""},
		{"a query with a space for a plus", sends(clusters+"?q=a+b", signsTarget(clusters+"?q=a b")), "query-escaped", ""},
		{"a query with a plus for %20", sends(clusters+"?q=a%20b", signsTarget(clusters+"?q=a+b")), "query-escaped", ""},
		{"a query with %20 for a plus", sends(clusters+"?q=a+b&r", signsTarget(clusters+"?q=a%20b&r")), "query-escaped", ""},
		{"a query escaped twice", sends(clusters+"?q=a%2Fb", signsTarget(clusters+"?q=a%252Fb")), "query-escaped", ""},
		{"a query with escapes in lower case", sends(clusters+"?q=%2F(", signsTarget(clusters+"?q=%2f(")), "query-escaped", ""},

		{"seconds", func(c *client) {
			c.signs(func(_, _, timestamp, _ *string) { *timestamp = (*timestamp)[:10] })
		}, "seconds-in-string", `"1767268800". It must be the one in the header, "1767268800123". Both must be the same digits, in milliseconds.`},
		{"a second look at the clock", func(c *client) {
			c.signs(func(_, _, timestamp, _ *string) { *timestamp = strconv.FormatInt(c.now.UnixMilli()-3, 10) })
		}, "timestamps-differ", "Read the clock once"},
		{"a look at the clock two seconds later", func(c *client) {
			c.signs(func(_, _, timestamp, _ *string) { *timestamp = strconv.FormatInt(c.now.UnixMilli()+2000, 10) })
		}, "timestamps-differ", ""},
		{"a timestamp with a plus", func(c *client) {
			c.timestamp = func() string { return "+" + strconv.FormatInt(c.now.UnixMilli(), 10) }
			c.signs(func(_, _, timestamp, _ *string) { *timestamp = (*timestamp)[1:] })
		}, "timestamps-differ", ""},

		{"the access key in upper case", func(c *client) {
			c.signs(func(_, _, _, accessKey *string) { *accessKey = strings.ToUpper(*accessKey) })
		}, "access-keys-differ", ""},
		{"the secret key for the access key", func(c *client) { c.signs(func(_, _, _, accessKey *string) { *accessKey = alice.SecretKey }) }, "secret-key-in-string", alice.AccessKey},

		{"CR LF", message("METHOD TARGET\r\nTIME\r\nKEY"), "crlf", ""},
		{"CR", message("METHOD TARGET\rTIME\rKEY"), "crlf", ""},
		{"a backslash and n", message(`METHOD TARGET\nTIME\nKEY`), "literal-backslash-n", ""},
		{"nothing between the lines", message("METHOD TARGETTIMEKEY"), "missing-line-breaks", ""},
		{"spaces between the lines", message("METHOD TARGET TIME KEY"), "missing-line-breaks", ""},
		{"timestamp and access key swapped", message("METHOD TARGET\nKEY\nTIME"), "lines-in-another-order", ""},
		{"the timestamp first", message("TIME\nMETHOD TARGET\nKEY"), "lines-in-another-order", ""},
		{"no access key", message("METHOD TARGET\nTIME"), "missing-lines", ""},
		{"no timestamp", message("METHOD TARGET\nKEY"), "missing-lines", ""},
		{"one line", message("METHOD TARGET"), "missing-lines", ""},
		{"a line break at the end", message("METHOD TARGET\nTIME\nKEY\n"), "trailing-newline", ""},
		{"CR LF at the end", message("METHOD TARGET\nTIME\nKEY\r\n"), "trailing-newline", ""},
		{"a backslash and n at the end", message("METHOD TARGET\nTIME\nKEY\\n"), "literal-backslash-n", ""},
		{"echo -n of a shell that does not know it", message("-n METHOD TARGET\nTIME\nKEY\n"), "echo-n", "Use printf."},
		{"a space at the end", message("METHOD TARGET\nTIME\nKEY "), "trailing-space", ""},
		{"the body", func(c *client) { c.body = `{"type":"USER"}`; message("METHOD TARGET\nTIME\nKEY" + c.body)(c) }, "body-in-string", ""},
		{"the body on a line", func(c *client) { c.body = `{"type":"USER"}`; message("METHOD TARGET\nTIME\nKEY\n" + c.body)(c) }, "body-in-string", ""},

		{"two mistakes at once", message("METHODTARGET\r\nTIME\r\nKEY"), "unknown", ""},

		{"two spaces", message("METHOD  TARGET\nTIME\nKEY"), "two-spaces", ""},
		{"a tab for the space", message("METHOD\tTARGET\nTIME\nKEY"), "tab-for-space", ""},
		{"a tab for one line break", message("METHOD TARGET\tTIME\nKEY"), "tab-for-line-break", ""},
		{"tabs for line breaks", message("METHOD TARGET\tTIME\tKEY"), "tab-for-line-break", ""},
		{"an empty line", message("METHOD TARGET\n\nTIME\nKEY"), "extra-line", ""},
		{"an empty line at the end", message("METHOD TARGET\nTIME\nKEY\n\n"), "extra-line", ""},
		{"a byte order mark", message("\ufeffMETHOD TARGET\nTIME\nKEY"), "byte-order-mark", ""},
		{"a line break at the beginning", message("\nMETHOD TARGET\nTIME\nKEY"), "leading-newline", ""},
		{"an indented here-document", message("\tMETHOD TARGET\n\tTIME\n\tKEY\n"), "indented-lines", ""},
		{"a string indented by spaces", message("METHOD TARGET\n    TIME\n    KEY"), "indented-lines", ""},
		{"a path in upper case", target(strings.ToUpper), "path-in-other-case", ""},
		{"all of a UUID in upper case", target(func(target string) string {
			return strings.Replace(target, "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000", "0000A20E-E0FB-4DC9-AF1B-97FD3F8D0000", 1)
		}), "path-in-other-case", ""},
		{"needless escapes", target(func(target string) string { return strings.ReplaceAll(target, "-", "%2D") }), "path-escaped", ""},
		{"needless escapes that were sent", sends("/vnks/v2/%63lusters/a%2Fb", signsTarget(clusters+"/a%2Fb")), "path-escaped", ""},
		{"needless escapes in a query", sends(clusters+"?a=b-c", signsTarget(clusters+"?a=b%2Dc")), "query-escaped", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient()
			c.mistake(client)
			r := client.request(t)
			d := diagnosed(t, r)
			if got := strings.Join(d.mistakes(), " "); got != c.want || !strings.Contains(d.Summary(), c.words) {
				t.Errorf("got %s: %s", got, d.Summary())
			}
			if want := strings.ReplaceAll(client.signed, alice.SecretKey, hidden); d.Signed != want && c.want != "unknown" {
				t.Errorf("signed was %q, found %q", want, d.Signed)
			}
			if want := signer.StringToSign(client.method, client.target, r.Header.Get("X-Ncp-Apigw-Timestamp"), alice.AccessKey); d.Expected != want {
				t.Errorf("expected is %q, want %q", d.Expected, want)
			}
		})
	}
}

// utf16le encodes ASCII, two bytes a character.
func utf16le(text string) string { return strings.Join(strings.Split(text, ""), "\x00") + "\x00" }

func TestMistakesInTheKey(t *testing.T) {
	secret := func(secret string) func(*client) { return func(c *client) { c.secretKey = secret } }
	decoded, err := base64.StdEncoding.DecodeString(alice.SecretKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		mistake func(*client)
		want    string
	}{
		{"a line break after it", secret(alice.SecretKey + "\n"), "secret-key-with-white-space"},
		{"CR LF after it", secret(alice.SecretKey + "\r\n"), "secret-key-with-white-space"},
		{"a space after it", secret(alice.SecretKey + " "), "secret-key-with-white-space"},
		{"a space before it", secret(" " + alice.SecretKey), "secret-key-with-white-space"},
		{"a line break before it", secret("\n" + alice.SecretKey), "secret-key-with-white-space"},
		{"in quotes", secret(`"` + alice.SecretKey + `"`), "secret-key-in-quotes"},
		{"decoded from base64", secret(string(decoded)), "secret-key-base64-decoded"},
		{"encoded in base64", secret(base64.StdEncoding.EncodeToString([]byte(alice.SecretKey))), "secret-key-base64-encoded"},
		{"of another", secret(bob.SecretKey), "secret-key-of-another"},
		{"of another, whose access key was signed", func(c *client) {
			c.secretKey = bob.SecretKey
			c.signs(func(_, _, _, accessKey *string) { *accessKey = bob.AccessKey })
		}, "key-pair-of-another"},
		{"of nobody", secret("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "unknown"},
		{"empty", secret(""), "secret-key-empty"},
		{"the access key", secret(alice.AccessKey), "access-key-as-secret-key"},
		{"in lower case", secret(strings.ToLower(alice.SecretKey)), "secret-key-in-other-case"},
		{"as the message", func(c *client) {
			right := c.sign
			c.sign = func(secretKey, message string) []byte { return right(message, secretKey) }
		}, "hmac-arguments-swapped"},
		{"before the message", func(c *client) {
			c.sign = func(secretKey, message string) []byte {
				sum := sha256.Sum256([]byte(secretKey + message))
				return sum[:]
			}
		}, "plain-hash"},
		{"after the message", func(c *client) {
			c.sign = func(secretKey, message string) []byte {
				sum := sha256.Sum256([]byte(message + secretKey))
				return sum[:]
			}
		}, "plain-hash"},
		{"not used", func(c *client) {
			c.sign = func(_, message string) []byte { sum := sha256.Sum256([]byte(message)); return sum[:] }
		}, "plain-hash"},
		{"without its last character", secret(alice.SecretKey[:len(alice.SecretKey)-1]), "secret-key-cut-short"},
		{"without its first character", secret(alice.SecretKey[1:]), "secret-key-cut-short"},
		{"in UTF-16", func(c *client) {
			c.sign = func(secretKey, message string) []byte { return hmacOf(sha256.New)(utf16le(secretKey), message) }
		}, "utf-16"},
		{"and string in UTF-16", func(c *client) {
			c.sign = func(secretKey, message string) []byte {
				return hmacOf(sha256.New)(utf16le(secretKey), utf16le(message))
			}
		}, "utf-16"},
		{"as it is, and the string in UTF-16 with a byte order mark", func(c *client) {
			c.sign = func(secretKey, message string) []byte {
				return hmacOf(sha256.New)(secretKey, "\xff\xfe"+utf16le(message))
			}
		}, "utf-16"},
		{"as it is, and the string in UTF-16", func(c *client) {
			c.sign = func(secretKey, message string) []byte { return hmacOf(sha256.New)(secretKey, utf16le(message)) }
		}, "utf-16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient()
			c.mistake(client)
			d := diagnosed(t, client.request(t))
			if got := strings.Join(d.mistakes(), " "); got != c.want {
				t.Errorf("got %s: %s", got, d.Summary())
			}
		})
	}
}

func TestMistakesInTheSignature(t *testing.T) {
	std := base64.StdEncoding.EncodeToString
	encoded := func(encode func([]byte) string) func(*client) { return func(c *client) { c.encode = encode } }
	noQuery := func(c *client) {
		c.target += "?pageNo=1"
		c.signs(func(_, target, _, _ *string) { *target, _, _ = strings.Cut(*target, "?") })
	}
	both := func(mistakes ...func(*client)) func(*client) {
		return func(c *client) {
			for _, mistake := range mistakes {
				mistake(c)
			}
		}
	}
	// A signature with a - or a _ in it, whatever the key.
	urlSafe := func(encoding *base64.Encoding) func(*client) {
		return func(c *client) {
			for !strings.ContainsAny(encoding.EncodeToString(c.sign(c.secretKey, c.message(c.method, c.target, strconv.FormatInt(c.now.UnixMilli(), 10), c.accessKey))), "-_") {
				c.target += "x"
			}
			c.encode = encoding.EncodeToString
		}
	}
	withPlus := func(c *client) {
		for !strings.Contains(std(c.sign(c.secretKey, c.message(c.method, c.target, strconv.FormatInt(c.now.UnixMilli(), 10), c.accessKey))), "+") {
			c.target += "x"
		}
	}
	for _, c := range []struct {
		name    string
		mistake func(*client)
		want    string
	}{
		{"hex in lower case", encoded(hex.EncodeToString), "signature-in-hex"},
		{"hex in upper case", encoded(func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }), "signature-in-hex"},
		{"hex in base64", encoded(func(b []byte) string { return std([]byte(hex.EncodeToString(b))) }), "base64-of-hex"},
		{"URL-safe base64", urlSafe(base64.URLEncoding), "signature-in-url-safe-base64"},
		{"URL-safe base64 without padding", urlSafe(base64.RawURLEncoding), "signature-in-url-safe-base64 signature-padding"},
		{"base64 without padding", encoded(base64.RawStdEncoding.EncodeToString), "signature-padding"},
		{"base64 with too much padding", encoded(func(b []byte) string { return std(b) + "=" }), "signature-padding"},
		{"in quotes", encoded(func(b []byte) string { return `"` + std(b) + `"` }), "signature-in-quotes"},
		{"Python bytes", encoded(func(b []byte) string { return `b'` + std(b) + `'` }), "signature-in-quotes"},
		{"after the name of the algorithm", encoded(func(b []byte) string { return "HMAC-SHA256 " + std(b) }), "signature-with-prefix"},
		{"hex after the name of the algorithm", encoded(func(b []byte) string { return "HMAC-SHA256 Signature: " + hex.EncodeToString(b) }), "signature-with-prefix signature-in-hex"},
		{"percent-encoded", encoded(func(b []byte) string { return url.QueryEscape(std(b)) }), "signature-percent-encoded"},
		{"percent-encoded with a line break", encoded(func(b []byte) string { return url.QueryEscape(std(b) + "\n") }), "signature-percent-encoded signature-with-white-space"},
		{"a space for a plus", both(withPlus, encoded(func(b []byte) string { return strings.ReplaceAll(std(b), "+", " ") })), "signature-with-white-space"},
		{"HMAC-SHA1", func(c *client) { c.sign = hmacOf(sha1.New) }, "signature-length"},
		{"very long", encoded(func([]byte) string { return strings.Repeat("A", 2<<10) }), "signature-length"},
		{"cut very short", encoded(func(b []byte) string { return std(b[:9]) }), "signature-length"},
		{"words", encoded(func([]byte) string { return "sign me!" }), "signature-not-base64 signature-with-white-space"},
		{"the secret key", encoded(func([]byte) string { return alice.SecretKey }), "secret-key-as-signature"},

		{"hex, and no query", both(noQuery, encoded(hex.EncodeToString)), "missing-query signature-in-hex"},
		{"no padding, and a key with a line break", both(encoded(base64.RawStdEncoding.EncodeToString), func(c *client) { c.secretKey += "\n" }),
			"secret-key-with-white-space signature-padding"},
		{"hex, and another path", both(encoded(hex.EncodeToString), func(c *client) {
			c.signs(func(_, target, _, _ *string) { *target = "/other" })
		}), "signature-in-hex unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient()
			c.mistake(client)
			d := diagnosed(t, client.request(t))
			if got := strings.Join(d.mistakes(), " "); got != c.want {
				t.Errorf("got %s: %s", got, d.Summary())
			}
		})
	}
}

func TestMistakesInTheHeaders(t *testing.T) {
	headers := func(change func(h [][2]string) [][2]string) func(*client) {
		return func(c *client) {
			right := c.headers
			c.headers = func(timestamp, accessKey, signature string) [][2]string {
				return change(right(timestamp, accessKey, signature))
			}
		}
	}
	rename := func(i int, name string) func(*client) {
		return headers(func(h [][2]string) [][2]string { h[i][0] = name; return h })
	}
	sent := func(timestamp string) func(*client) {
		return func(c *client) { c.timestamp = func() string { return timestamp } }
	}
	at := func(d time.Duration) func(*client) { return func(c *client) { c.now = noon.Add(d) } }
	key := func(accessKey string) func(*client) { return func(c *client) { c.accessKey = accessKey } }
	for _, c := range []struct {
		name    string
		mistake func(*client)
		want    string
		words   string
	}{
		{"no headers", headers(func([][2]string) [][2]string { return nil }), "missing-header missing-header missing-header",
			"missing header x-ncp-apigw-signature-v2. missing header x-ncp-apigw-timestamp. missing header x-ncp-iam-access-key."},
		{"a signature of version 3", rename(2, "x-ncp-apigw-signature-v3"), "missing-header", "x-ncp-apigw-signature-v2; the request has \"x-ncp-apigw-signature-v3\"."},
		{"an access key without iam", rename(1, "x-ncp-access-key"), "missing-header", "x-ncp-iam-access-key; the request has \"x-ncp-access-key\"."},
		{"underscores", rename(0, "x_ncp_apigw_timestamp"), "missing-header", "the request has \"x_ncp_apigw_timestamp\"."},
		{"an empty header", headers(func(h [][2]string) [][2]string { h[2][1] = ""; return h }), "missing-header", "it is empty."},
		{"a secret key in the name of a header", rename(0, bob.SecretKey+"-timestamp"), "missing-header", "the request has \"(hidden)-timestamp\"."},

		{"an unknown key", func(c *client) { c.accessKey, c.secretKey = "NOBODY", "nobody's" }, "unknown-access-key", `unknown access key "NOBODY".`},
		{"an unknown key with the secret key of another", key("NOBODY"), "unknown-access-key secret-key-of-another", `belongs to access key "` + alice.AccessKey},
		{"a key that is very long", key(strings.Repeat("X", 1000)), "unknown-access-key secret-key-of-another", "XXX…"},
		{"a key in lower case", key(strings.ToLower(alice.AccessKey)), "access-key-misspelled", `must be "` + alice.AccessKey + `"`},
		{"a key in quotes", key(`"` + alice.AccessKey + `"`), "access-key-misspelled", alice.AccessKey},
		{"a key with a space in it", key(alice.AccessKey[:5] + " " + alice.AccessKey[5:]), "access-key-misspelled", alice.AccessKey},
		{"a secret key as access key", key(alice.SecretKey), "secret-key-as-access-key", `unknown access key "(hidden)". It is the secret key of access key "` + alice.AccessKey},
		{"access key and secret key swapped", func(c *client) { c.accessKey, c.secretKey = c.secretKey, c.accessKey }, "secret-key-as-access-key access-key-as-secret-key", ""},
		{"a key in lower case, and no space", func(c *client) {
			c.accessKey = strings.ToLower(c.accessKey)
			c.message = func(method, target, timestamp, accessKey string) string {
				return method + target + "\n" + timestamp + "\n" + accessKey
			}
		}, "access-key-misspelled missing-space", ""},
		{"a key in quotes, which are not signed", func(c *client) {
			c.signs(func(_, _, _, accessKey *string) { *accessKey = alice.AccessKey })
			c.accessKey = `"` + c.accessKey + `"`
		}, "access-key-misspelled", ""},

		{"an ISO date", sent(noon.Format(time.RFC3339Nano)), "timestamp-not-a-number", "milliseconds since 1970 in UTC: now 1767268800123"},
		{"now", sent("now"), "timestamp-not-a-number", "not an integer"},
		{"a number of more than 64 bits", sent("99999999999999999999"), "timestamp-not-a-number", ""},
		{"seconds", sent("1767268800"), "timestamp-in-seconds", `"1767268800" is in seconds`},
		{"seconds, and hex", func(c *client) { sent("1767268800")(c); c.encode = hex.EncodeToString }, "timestamp-in-seconds signature-in-hex", ""},
		{"microseconds", sent("1767268800123456"), "timestamp-in-microseconds", ""},
		{"nanoseconds", sent("1767268800123456789"), "timestamp-in-nanoseconds", ""},
		{"a clock that is behind", at(-6 * time.Minute), "old-timestamp", "6m0s off the clock of the server, more than 5m0s. The clock of the client says 2026-01-01 11:54:00.123 UTC, that of the server 2026-01-01 12:00:00.123 UTC."},
		{"a clock that is ahead", at(6 * time.Minute), "clock-skew", "The clock of the client says 2026-01-01 12:06:00.123 UTC"},
		{"a clock that was never set", at(-noon.Sub(time.Unix(100, 0))), "old-timestamp", "1970-01-01 00:01:40.000 UTC"},
		{"the end of time", sent("-9223372036854775808"), "old-timestamp", "2562047h47m"},
		{"the time in Seoul", at(9*time.Hour + time.Second), "timestamp-in-local-time", "9h0m1s off"},
		{"the time in Newfoundland", at(-210 * time.Minute), "timestamp-in-local-time", "not in local time"},
		{"a clock that is half an hour behind", at(-30 * time.Minute), "old-timestamp", ""},
		{"a clock that is behind, and no space", func(c *client) {
			at(-time.Hour)(c)
			c.message = func(method, target, timestamp, accessKey string) string {
				return method + target + "\n" + timestamp + "\n" + accessKey
			}
		}, "timestamp-in-local-time missing-space", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient()
			c.mistake(client)
			d := diagnosed(t, client.request(t))
			if got := strings.Join(d.mistakes(), " "); got != c.want || !strings.Contains(d.Summary(), c.words) {
				t.Errorf("got %s: %s", got, d.Summary())
			}
		})
	}
}

// The documentation names every slip, and a test above makes every mistake that it names.
func TestDocumentedMistakes(t *testing.T) {
	document, err := os.ReadFile("../../../docs/signature.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests []byte
	for _, name := range []string{"clinic_test.go", "kinds_test.go"} {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, file...)
	}
	_, table, _ := strings.Cut(string(document), "## Mistakes")
	names := 0
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, name := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			if names++; !regexp.MustCompile(`["\s]` + name[1] + `["\s]`).Match(tests) {
				t.Errorf("no test makes the mistake %s", name[1])
			}
		}
	}
	if names < 30 {
		t.Errorf("the table has %d mistakes", names)
	}
	for _, mistake := range mistakes {
		if !strings.Contains(table, "`"+mistake.name+"`") {
			t.Errorf("the documentation does not name %s", mistake.name)
		}
	}
	for _, mistake := range encodings {
		if !strings.Contains(table, "`"+mistake.name+"`") {
			t.Errorf("the documentation does not name %s", mistake.name)
		}
	}
}

func TestATargetThatIsNotClear(t *testing.T) {
	r := newClient().request(t)
	r.RequestURI = "x:" + r.RequestURI
	d := diagnosed(t, r)
	if got := strings.Join(d.mistakes(), " "); got != "request-target" || d.Expected != "" {
		t.Errorf("got %s: %s; expected %q", got, d.Summary(), d.Expected)
	}
}

func TestWhatIsNotLookedInto(t *testing.T) {
	long := func(length int) *client {
		c := newClient()
		c.target += "?q=" + strings.Repeat("x", length)
		return c
	}
	c := long(1 << 10)
	c.encode = hex.EncodeToString
	c.message = func(method, target, timestamp, accessKey string) string {
		return signer.StringToSign(method, target, timestamp, accessKey) + "\n"
	}
	if d := diagnosed(t, c.request(t)); strings.Join(d.mistakes(), " ") != "trailing-newline signature-in-hex" {
		t.Errorf("a long query: %s", d.Summary())
	}
	c = long(3 << 10)
	c.encode = hex.EncodeToString
	c.secretKey = "another"
	if d := diagnosed(t, c.request(t)); strings.Join(d.mistakes(), " ") != "signature-in-hex unknown" || !strings.Contains(d.Summary(), "too long") {
		t.Errorf("a query that is too long: %s", d.Summary())
	}
	c = long(100 << 10)
	c.secretKey = "another"
	if d := diagnosed(t, c.request(t)); len(d.Expected) > maxShown+len("…") || len(d.Received.Target) > maxShown+len("…") || !strings.HasSuffix(d.Expected, "x…") {
		t.Errorf("a query of 100 KiB: %d and %d bytes are shown", len(d.Expected), len(d.Received.Target))
	}
	c = newClient()
	c.body = strings.Repeat("x", maxBody+1)
	c.message = func(method, target, timestamp, accessKey string) string {
		return signer.StringToSign(method, target, timestamp, accessKey) + c.body
	}
	if d := diagnosed(t, c.request(t)); strings.Join(d.mistakes(), " ") != "unknown" {
		t.Errorf("a body that is too long: %s", d.Summary())
	}
	// A request that was refused for another reason, or not at all, is no reason to fail.
	r := newClient().request(t)
	if d := New(keys, baseURLs).Diagnose(r, nil, noon); strings.Join(d.mistakes(), " ") != "unknown" {
		t.Errorf("a right signature: %s", d.Summary())
	}
	r.RequestURI = "" // as a request that did not come over HTTP
	if d := New(nil, baseURLs).Diagnose(r, nil, noon); d.Received.Target != newClient().target || d.Expected == "" {
		t.Errorf("no HTTP: %+v", d)
	}
}

func TestSecretKeysAreHidden(t *testing.T) {
	keys := []signer.Credentials{{AccessKey: "a", SecretKey: "key"}, {AccessKey: "b", SecretKey: "/+secret/key+"}, {AccessKey: "c", SecretKey: "the/+secret/key+"}, {AccessKey: "d"}}
	hide := New(keys, nil).Hide
	for _, c := range []struct{ name, value, want string }{
		{"a short one", "key", "(hidden)"},
		{"a short one in other words", "the key", "the key"},
		{"one in a path", "/x/the/+secret/key+?", "/x/(hidden)?"},
		{"one in a query", "?q=the%2F%2Bsecret%2Fkey%2B", "?q=(hidden)"},
		{"one that is part of another", "another/+secret/key+", "another(hidden)"},
		{"nothing", "", ""},
	} {
		if got := hide(c.value); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.name, c.value, got, c.want)
		}
	}
	c := newClient()
	c.target += "?secretKey=" + alice.SecretKey
	c.message = func(method, target, timestamp, accessKey string) string {
		return "get" + target + alice.SecretKey
	}
	if d := diagnosed(t, c.request(t)); !strings.HasSuffix(d.Received.Target, "?secretKey=(hidden)") || !strings.Contains(d.Expected, "?secretKey=(hidden)\n") {
		t.Errorf("got %+v", d)
	}
}

func TestADiagnosisAsJSON(t *testing.T) {
	c := newClient()
	c.method, c.target = "GET", "/vnks/v2/clusters"
	c.encode = func([]byte) string { return "AA==" }
	r := c.request(t)
	r.Header.Set(signature.HeaderV1, r.Header.Get(signer.HeaderSignature))
	r.Header.Del(signer.HeaderSignature)
	data, err := json.Marshal(diagnosed(t, r))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"received":{"method":"GET","target":"/vnks/v2/clusters","timestamp":"1767268800123","accessKey":"ALICEaccessKEY000001","signature":"AA==","signatureHeader":"x-ncp-apigw-signature-v1"},` +
		`"expected":"GET /vnks/v2/clusters\n1767268800123\nALICEaccessKEY000001",` +
		`"findings":[{"mistake":"signature-length","words":"The signature does not have 32 bytes, as SHA-256 has. Send the 32 bytes of the HMAC-SHA256 in standard base64: 44 characters, the last one =."}]}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
}

// The work of a diagnosis is bounded, whatever it is asked.
func TestWorkIsBounded(t *testing.T) {
	many := slices.Clone(keys)
	for i := range 20_000 {
		many = append(many, signer.Credentials{AccessKey: fmt.Sprint("ACCESS", i), SecretKey: fmt.Sprintf("secret-key-of-number-%019d", i)})
	}
	for name, target := range map[string]string{
		"short":      "/vnks/v2/clusters",
		"an entry":   listPath + "/" + entryUUID,
		"parameters": "/vnks/v2/clusters?" + strings.Repeat("%2F&", 512-5),
		"slashes":    "/vnks/v2" + strings.Repeat("/", 2<<10-8),
		"values":     "/vnks/v2/clusters?" + strings.Repeat("a=b:c(d)%2f%3A&", 130),
		"long":       "/vnks/v2/clusters?" + strings.Repeat("x", 1<<20),
	} {
		for _, known := range [][]signer.Credentials{keys, many} {
			client := newClient()
			client.target = target
			client.secretKey = "another"
			client.body = strings.Repeat("x", maxBody)
			x := New(known, baseURLs).examine(client.request(t), noon)
			x.explainSignature()
			if x.hasher.work > maxWork+10<<10 || strings.Join(x.mistakes(), " ") != "unknown" {
				t.Errorf("%s, %d keys: work is %d, found %v", name, len(known), x.hasher.work, x.mistakes())
			}
			if target == listPath+"/"+entryUUID && len(known) == len(keys) && x.hasher.work > maxWork {
				t.Errorf("%s: not all mistakes were tried", name)
			}
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	timestamp := strconv.FormatInt(noon.UnixMilli(), 10)
	right := newClient()
	sent := right.encode(right.sign(alice.SecretKey, "GET /vnks/v2/clusters\n"+timestamp+"\n"+alice.AccessKey))
	f.Add("GET", "/vnks/v2/clusters", "localhost", timestamp, alice.AccessKey, sent, "")
	f.Add("get", "/vnks/v2/clusters?b=%2f&a", "localhost:1", timestamp, bob.AccessKey, sent, "{}")
	f.Add("POST", "https://x/%zz//..?", "", "1767268800", alice.SecretKey, `b'`+sent+`'`, alice.SecretKey)
	f.Add("", "*", "[::1]:1", "2026-01-01T12:00:00Z", " "+bob.SecretKey, "%61%0A", "x")
	f.Add("\n", alice.SecretKey, bob.SecretKey, "-1e400", "", hex.EncodeToString(make([]byte, 32)), "")
	f.Add("", "\x80", "\xd0", "2026-01-01T12:00:00Z", "\x16"+bob.SecretKey[1:], "%61", "")
	clinic := New(keys, baseURLs)
	f.Fuzz(func(t *testing.T, method, target, host, timestamp, accessKey, sent, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			u = &url.URL{Path: target}
		}
		r := &http.Request{
			Method: method, URL: u, RequestURI: target, Host: host, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
			Header: http.Header{
				signer.HeaderTimestamp: {timestamp}, signer.HeaderAccessKey: {accessKey}, signature.HeaderV1: {sent},
				http.CanonicalHeaderKey("x-timestamp-" + host): {sent},
			},
		}
		d := clinic.Diagnose(r, verifierOf(keys).Verify(r), noon)
		clinic.See(r, noon)
		checkNoSecret(t, d)
		if len(d.Findings) == 0 {
			t.Error("no findings")
		}
		for _, finding := range d.Findings {
			if finding.Mistake == "" || finding.Words == "" {
				t.Errorf("a finding is empty: %+v", finding)
			}
		}
	})
}

// The worst case is a signature that nothing explains, with as much to try as there is, and odd
// requests: an emulator accepts headers of 64 KiB.
func BenchmarkDiagnose(b *testing.B) {
	many := slices.Clone(keys)
	for len(many) < 1000 {
		many = append(many, signer.Credentials{AccessKey: fmt.Sprint("ACCESS", len(many)), SecretKey: fmt.Sprintf("secret-key-of-number-%019d", len(many))})
	}
	long := strings.Repeat("x:", 32<<10)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	nothing := func(*http.Request) {}
	for _, c := range []struct {
		name   string
		target string
		keys   []signer.Credentials
		change func(*http.Request)
	}{
		{"a list", listPath, keys, nothing},
		{"an entry", listPath + "/" + entryUUID, keys, nothing},
		{"a query", listPath + "?b=%2F&c=3&a=1&d=4", keys, nothing},
		{"2 KiB of parameters", "/vnks/v2/clusters?" + strings.Repeat("%2F&", 512-5), keys, nothing},
		{"2 KiB of slashes", "/vnks/v2" + strings.Repeat("/", 2<<10-8), keys, nothing},
		{"2 KiB of values", "/vnks/v2/clusters?" + strings.Repeat("a=b:c(d)%2f%3A&", 130), keys, nothing},
		{"64 KiB of parameters", "/vnks/v2/clusters?" + strings.Repeat("%2F&", 16<<10), keys, nothing},
		{"64 KiB of slashes", "/vnks/v2" + strings.Repeat("/", 64<<10), keys, nothing},
		{"1000 keys", "/vnks/v2/clusters?b=%2F&c=3&a=1&d=4", many, nothing},
		{"64 KiB of signature", listPath, keys, header(signer.HeaderSignature, long)},
		{"64 KiB of timestamp", listPath, keys, header(signer.HeaderTimestamp, long)},
		{"64 KiB of access key", listPath, keys, header(signer.HeaderAccessKey, long)},
		{"no headers", listPath, keys, func(r *http.Request) { r.Header = http.Header{} }},
		{"many headers", listPath, keys, func(r *http.Request) {
			r.Header = http.Header{}
			for i := range 5000 {
				r.Header.Set(fmt.Sprint("signature-timestamp-access-", i), "")
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			client := newClient()
			client.target = c.target
			client.secretKey = "another"
			client.body = strings.Repeat("x", maxBody)
			r := client.request(b)
			c.change(r)
			refused := verifierOf(c.keys).Verify(r)
			clinic := New(c.keys, baseURLs)
			for b.Loop() {
				r.Body = io.NopCloser(strings.NewReader(client.body))
				if d := clinic.Diagnose(r, refused, noon); len(d.Findings) == 0 || d.Signed != "" {
					b.Fatal(d.Summary())
				}
			}
		})
	}
}

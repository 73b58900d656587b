package clinic

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// part is a part of what a client puts together to sign a request.
type part int

const (
	partMethod part = iota
	partSpace       // between method and path
	partOrigin      // scheme and host
	partPath
	partQuery // with its question mark
	partTimestamp
	partAccessKey
	partBody
	partLayout // R stands for the five parts of the request line, T, A and B for the three parts after them
	partSecret
	partHow // how the text and the secret key are hashed; empty for HMAC
	numParts
)

type parts [numParts]string

// parts returns the right parts for the request.
func (c *clinic) parts() parts {
	p := parts{
		partMethod: c.received.Method, partSpace: " ", partPath: c.received.Target, partTimestamp: c.received.Timestamp,
		partAccessKey: c.received.AccessKey, partBody: shortBody(c.request),
		partLayout: "R\nT\nA", partSecret: c.key.SecretKey,
	}
	if i := strings.IndexByte(p[partPath], '?'); i >= 0 {
		p[partPath], p[partQuery] = p[partPath][:i], p[partPath][i:]
	}
	return p
}

// text returns the string to sign.
func (p *parts) text() string {
	var text strings.Builder
	for _, letter := range p[partLayout] {
		switch letter {
		case 'R':
			for _, part := range p[partMethod:partTimestamp] {
				text.WriteString(part)
			}
		case 'T':
			text.WriteString(p[partTimestamp])
		case 'A':
			text.WriteString(p[partAccessKey])
		case 'B':
			text.WriteString(p[partBody])
		default:
			text.WriteRune(letter)
		}
	}
	return text.String()
}

// slip is a mistake in one part. It has no name where the part is right and the header is wrong.
type slip struct {
	mistake string
	part    part
	values  func(c *clinic, right string) []string // what the part was by mistake
	words   string                                 // {signed} is the wrong value, {right} the right one
	also    func(c *clinic, p *parts)              // changes another part with it
}

const (
	methodWords  = "The signed string begins with {signed}. It must begin with the method as sent, {right}."
	originWords  = "The signed string has {signed} before the path. Sign the path and the query only."
	pathWords    = "The signed path is {signed}. It must be the path as sent, {right}."
	basePath     = "The signed path is {signed}. It must be the whole path as sent, with the base path: {right}."
	queryWords   = "The signed query is {signed}. It must be escaped as sent, {right}."
	keyWords     = "The signed access key is {signed}. It must be the one in the header, {right}."
	leadingWords = "The signed string begins with a line break. It must begin with the method."
	endWords     = "It must end with the access key."
	trimWords    = " Remove white space where the secret key is read."
	asIs         = " The key of the HMAC must be its characters as they are."
)

// slips are the mistakes that are tried, the likely ones first.
var slips = []slip{
	{"method-in-lower-case", partMethod, edits(strings.ToLower), methodWords, nil},
	{"wrong-method", partMethod, these("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"), methodWords, nil},
	{"missing-method", partMethod, these(""), "The signed string has no method. It must begin with {right}.", nil},
	{"missing-space", partSpace, these(""), "The signed string has nothing between the method and the path. There must be one space.", nil},
	{"two-spaces", partSpace, these("  "), "The signed string has two spaces between the method and the path. There must be one.", nil},
	{"tab-for-space", partSpace, these("\t"), "The signed string has a tab between the method and the path. There must be one space.", nil},
	{"line-break-after-method", partSpace, these("\n", "\r\n"),
		"The signed string has a line break between the method and the path. There must be one space.", nil},

	{"scheme-and-host-in-string", partOrigin, origins, originWords, nil},

	{"missing-base-path", partPath, withoutBase, basePath, nil},
	{"wrong-base-path", partPath, otherBases, "The signed path is {signed}, with the base path of another region. It must be the path as sent, {right}.", nil},
	{"trailing-slash", partPath, edits(trimEnd("/"), suffix("/")), pathWords + " They differ in the slash at the end.", nil},
	{"missing-leading-slash", partPath, edits(func(s string) string { return strings.TrimPrefix(s, "/") }), pathWords + " It begins with a slash.", nil},
	{"path-unescaped", partPath, edits(unescaped, unescapeUnreserved), pathWords + " Do not decode it.", nil},
	{"path-escaped-twice", partPath, edits(escapePercent), pathWords + " Escape it once.", nil},
	{"path-escaped", partPath, edits(segments(url.PathEscape), segments(escapeAll), url.QueryEscape, escapesIn(strings.ToLower), escapesIn(strings.ToUpper)),
		pathWords + " They differ in what is escaped, or in the case of the escapes.", nil},
	{"path-escaped", partPath, edits(escapeMarks("%2D"), escapeMarks("%2d")), pathWords + " Do not escape what is sent as it is.", nil},
	{"path-cleaned", partPath, edits(path.Clean), pathWords + " Sign slashes and dots as sent.", nil},
	{"path-in-other-case", partPath, edits(strings.ToLower, strings.ToUpper, uuidsIn(strings.ToUpper), uuidsIn(strings.ToLower)),
		pathWords + " They differ in the case of letters.", nil},

	{"missing-query", partQuery, these(""), "The query {right} was sent but not signed. Sign it with the path.", nil},
	{"stray-question-mark", partQuery, these("?"), "The signed path ends with a question mark that was not sent.", nil},
	{"missing-question-mark", partQuery, edits(func(s string) string { return strings.TrimPrefix(s, "?") }),
		"The signed query is {signed}, without its question mark. It must be {right}.", nil},
	{"query-order", partQuery, queryOrders, "The signed query is {signed}. The parameters must be in the order in which they are sent, {right}.", nil},
	{"query-unescaped", partQuery, edits(unescaped, queryUnescaped, unescapeUnreserved), queryWords, nil},
	{"query-escaped-twice", partQuery, edits(escapePercent), queryWords, nil},
	{"query-escaped", partQuery, edits(parameters(url.QueryEscape), parameters(escapeAll),
		escapesIn(strings.ToLower), escapesIn(strings.ToUpper), escapeMarks("%2D"), escapeMarks("%2d")), queryWords, nil},

	{"seconds-in-string", partTimestamp, seconds, "The signed timestamp is {signed}, in seconds. It must be the one in the header, {right}.", nil},
	{"", partAccessKey, func(c *clinic, _ string) []string { return []string{c.key.AccessKey} }, "", nil},
	{"access-keys-differ", partAccessKey, edits(strings.ToLower, strings.ToUpper), keyWords, nil},
	{"secret-key-in-string", partAccessKey, func(c *clinic, _ string) []string { return []string{c.key.SecretKey} },
		"The signed string has the secret key in place of the access key. It must be {right}.", nil},

	{"crlf", partLayout, these("R\r\nT\r\nA", "R\r\nT\r\nA\r\n", "R\rT\rA"), "The lines of the signed string end with CR. They must end with LF only, \\n.", nil},
	{"literal-backslash-n", partLayout, these(`R\nT\nA`, `R\r\nT\r\nA`, `R\nT\nA\n`, "R\nT\nA\\n"),
		"The signed string contains a backslash and the letter n. It must contain a line break, LF.", nil},
	{"tab-for-line-break", partLayout, these("R\tT\tA", "R\tT\nA", "R\nT\tA"), "The signed string has a tab in place of a line break. The lines must end with LF, \\n.", nil},
	{"missing-line-breaks", partLayout, these("RTA", "R T A", "RT\nA", "R\nTA"),
		"The signed string lacks line breaks. There must be one, LF, before the timestamp and one before the access key.", nil},
	{"extra-line", partLayout, these("R\n\nT\n\nA", "R\n\nT\nA", "R\nT\n\nA", "R\nT\nA\n\n"), "The signed string has an empty line. It must have three lines, none of them empty.", nil},
	{"lines-in-another-order", partLayout, these("R\nA\nT", "T\nR\nA", "T\nA\nR", "A\nR\nT", "A\nT\nR"),
		"The lines of the signed string are in another order. They must be method and path, timestamp, access key.", nil},
	{"missing-lines", partLayout, these("R", "R\nA", "R\nT"), "The signed string lacks a line. It must have three: method and path, timestamp, access key.", nil},
	{"leading-newline", partLayout, these("\nR\nT\nA", "\r\nR\nT\nA"), leadingWords, nil},
	{"trailing-newline", partLayout, these("R\nT\nA\n", "R\nT\nA\r\n"), "The signed string ends with a line break. " + endWords, nil},
	{"trailing-space", partLayout, these("R\nT\nA "), "The signed string ends with a space. " + endWords, nil},
	{"echo-n", partLayout, these("-n R\nT\nA", "-n R\nT\nA\n"), "The signed string begins with \"-n \": the echo of this shell does not know -n. Use printf.", nil},
	{"byte-order-mark", partLayout, these("\ufeffR\nT\nA"), "The signed string begins with a byte order mark. It must begin with the method.", nil},
	{"indented-lines", partLayout, indented, "The lines of the signed string are indented, as in a here-document. They must begin without white space.", nil},
	{"body-in-string", partLayout, these("R\nT\nAB", "R\nT\nA\nB"), "The signed string ends with the body of the request. The body is not signed. " + endWords, nil},

	{"secret-key-with-white-space", partSecret, edits(suffix("\n"), suffix("\r\n"), suffix("\r")), "The secret key that was used ends with a line break." + trimWords, nil},
	{"secret-key-with-white-space", partSecret, edits(suffix(" "), suffix("\t"), prefix(" "), prefix("\t"), prefix("\n"), between(" ")),
		"The secret key that was used begins or ends with white space." + trimWords, nil},
	{"secret-key-with-white-space", partSecret, edits(prefix("\ufeff")), "The secret key that was used begins with a byte order mark, which some editors write." + trimWords, nil},
	{"secret-key-in-quotes", partSecret, edits(between(`"`), between("'")), "The secret key that was used is in quotes. Remove them where it is read.", nil},
	{"secret-key-cut-short", partSecret, edits(func(s string) string { return s[:max(0, len(s)-1)] }, func(s string) string { return s[min(1, len(s)):] }),
		"The secret key that was used lacks its first or last character. Copy all of it.", nil},
	{"secret-key-base64-decoded", partSecret, decodedKeys, "The secret key was decoded from base64." + asIs, nil},
	{"secret-key-base64-encoded", partSecret, edits(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"The secret key was encoded in base64." + asIs, nil},
	{"utf-16", partHow, these("UTF-16LE", "UTF-16LE text", "UTF-16LE key", "UTF-16BE", "UTF-16BE text", "UTF-16BE key"),
		"The string to sign or the secret key was encoded in UTF-16. Encode both in UTF-8.", nil},
	{"hmac-arguments-swapped", partHow, these("swapped"), "The arguments of the HMAC are swapped. The secret key must be its key, and the string to sign its message.", nil},
	{"plain-hash", partHow, these("key and text", "text and key", "text"), "The signature is a plain hash. It must be HMAC-SHA256, keyed with the secret key.", nil},
	{"secret-key-of-another", partSecret, otherSecretKeys,
		"The secret key that was used belongs to access key {owner}, but the access key in the header is {header}. They must be of one pair.", nil},
	{"key-pair-of-another", partSecret, otherSecretKeys,
		"The request is signed with the key pair of access key {owner}, but the access key in the header is {header}. They must be the same.", ownAccessKey},
	{"access-key-as-secret-key", partSecret, func(c *clinic, _ string) []string { return []string{c.received.AccessKey, c.key.AccessKey} },
		"The key of the HMAC was the access key. It must be the secret key.", nil},
	{"secret-key-empty", partSecret, these(""), "The secret key that was used is empty. Check where it is read from.", nil},
}

func these(values ...string) func(*clinic, string) []string {
	return func(*clinic, string) []string { return values }
}

// edits makes values out of the right one.
func edits(edit ...func(string) string) func(*clinic, string) []string {
	return func(_ *clinic, right string) []string {
		values := make([]string, len(edit))
		for i := range edit {
			values[i] = edit[i](right)
		}
		return values
	}
}

func prefix(text string) func(string) string { return func(s string) string { return text + s } }
func suffix(text string) func(string) string { return func(s string) string { return s + text } }
func between(text string) func(string) string {
	return func(s string) string { return text + s + text }
}
func trimEnd(text string) func(string) string {
	return func(s string) string { return strings.TrimSuffix(s, text) }
}

var (
	escape     = regexp.MustCompile("%[0-9A-Fa-f]{2}")
	unreserved = regexp.MustCompile("%(2[dDeE]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")
	uuid       = regexp.MustCompile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
)

func escapesIn(turn func(string) string) func(string) string {
	return func(s string) string { return escape.ReplaceAllStringFunc(s, turn) }
}

func uuidsIn(turn func(string) string) func(string) string {
	return func(s string) string { return uuid.ReplaceAllStringFunc(s, turn) }
}

func escapePercent(s string) string      { return strings.ReplaceAll(s, "%", "%25") }
func unescapeUnreserved(s string) string { return unreserved.ReplaceAllStringFunc(s, unescaped) }

// unescaped returns s if it cannot be unescaped.
func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func queryUnescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// escapeAll escapes everything but letters, digits and -._~.
func escapeAll(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// escapeMarks escapes -._~, too, in the case of its argument.
func escapeMarks(hyphen string) func(string) string {
	digits := []string{"-", hyphen, ".", "%2E", "_", "%5F", "~", "%7E"}
	if hyphen == strings.ToLower(hyphen) {
		digits = []string{"-", hyphen, ".", "%2e", "_", "%5f", "~", "%7e"}
	}
	return strings.NewReplacer(digits...).Replace
}

func segments(escape func(string) string) func(string) string {
	return func(s string) string {
		segments := strings.Split(unescaped(s), "/")
		for i, segment := range segments {
			segments[i] = escape(segment)
		}
		return strings.Join(segments, "/")
	}
}

// parameters escapes the names and values of a query.
func parameters(escape func(string) string) func(string) string {
	return func(query string) string {
		parameters := strings.Split(strings.TrimPrefix(query, "?"), "&")
		for i, parameter := range parameters {
			name, value, hasValue := strings.Cut(parameter, "=")
			parameters[i] = escape(queryUnescaped(name))
			if hasValue {
				parameters[i] += "=" + escape(queryUnescaped(value))
			}
		}
		return "?" + strings.Join(parameters, "&")
	}
}

// queryOrders returns all orders of up to four parameters, else the sorted and the reversed one.
func queryOrders(_ *clinic, query string) []string {
	parameters := strings.Split(strings.TrimPrefix(query, "?"), "&")
	sorted := slices.Sorted(slices.Values(parameters))
	reversed := slices.Clone(parameters)
	slices.Reverse(reversed)
	all := [][]string{sorted, reversed}
	var permute func(done, rest []string)
	permute = func(done, rest []string) {
		if len(rest) == 0 {
			all = append(all, slices.Clone(done))
		}
		for i := range rest {
			permute(append(done, rest[i]), slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	if len(parameters) <= 4 {
		permute(make([]string, 0, len(parameters)), parameters)
	}
	orders := make([]string, len(all))
	for i, order := range all {
		orders[i] = "?" + strings.Join(order, "&")
	}
	return orders
}

// gateways are the base URLs of the service.
var gateways = func() (gateways []*url.URL) {
	for _, base := range []string{
		nks.ServerURLKR, nks.ServerURLSGN, nks.ServerURLJPN, nks.ServerURLFKR, nks.ServerURLGovKR, nks.ServerURLGovKRS,
	} {
		if u, err := url.Parse(base); err == nil { // they are constants
			gateways = append(gateways, u)
		}
	}
	return gateways
}()

// origins returns hosts with and without a scheme.
func origins(c *clinic, _ string) (origins []string) {
	hosts := []string{c.request.Host}
	if name, _, err := net.SplitHostPort(c.request.Host); err == nil {
		hosts = append(hosts, name)
	}
	for _, gateway := range gateways {
		hosts = append(hosts, gateway.Host)
	}
	for _, host := range hosts {
		origins = append(origins, host, "http://"+host, "https://"+host)
	}
	return origins
}

// base splits a path into the path of a base URL and the rest.
func base(sent string) (base, rest string, ok bool) {
	for _, gateway := range gateways {
		if rest, ok := strings.CutPrefix(sent, gateway.Path); ok && (rest == "" || rest[0] == '/') {
			return gateway.Path, rest, true
		}
	}
	return "", sent, false
}

func withoutBase(_ *clinic, sent string) []string {
	base, rest, ok := base(sent)
	if !ok {
		return nil
	}
	return []string{rest, strings.TrimPrefix(rest, "/"), base[strings.LastIndexByte(base, '/'):] + rest}
}

func otherBases(_ *clinic, sent string) (others []string) {
	if _, rest, ok := base(sent); ok {
		for _, gateway := range gateways {
			others = append(others, gateway.Path+rest)
		}
	}
	return others
}

func seconds(_ *clinic, right string) []string { return []string{right[:max(0, len(right)-3)]} }

// indented returns the layouts of here-documents whose lines, or whose lines but the first, are
// indented.
func indented(*clinic, string) []string {
	var layouts []string
	for _, indent := range []string{"\t", "\t\t", "  ", "    ", "        "} {
		rest := "R\n" + indent + "T\n" + indent + "A"
		layouts = append(layouts, indent+rest, indent+rest+"\n", rest, rest+"\n")
	}
	return layouts
}

// others returns the key pairs that are not the client's.
func (c *clinic) others() []signer.Credentials {
	return slices.DeleteFunc(slices.Clone(c.keys), func(key signer.Credentials) bool { return c.known && key.AccessKey == c.key.AccessKey })
}

func otherSecretKeys(c *clinic, _ string) (others []string) {
	for _, key := range c.others() {
		others = append(others, key.SecretKey)
	}
	return others
}

// ownAccessKey puts the access key of the used secret key into the string to sign.
func ownAccessKey(c *clinic, p *parts) { p[partAccessKey] = c.ownerOf(p[partSecret]) }

func decodedKeys(_ *clinic, secret string) []string {
	for _, decode := range []func(string) ([]byte, error){
		base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if decoded, err := decode(secret); err == nil {
			return []string{string(decoded)}
		}
	}
	return nil
}

// shortBody returns the body if it is short. It can still be read afterwards.
func shortBody(r *http.Request) string {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength <= 0 || r.ContentLength > maxBody {
		return ""
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	return string(body)
}

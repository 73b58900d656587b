package clinic

import (
	"encoding/base64"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// part is a part of what a client puts together to sign a request.
type part int

const (
	method part = iota
	space       // between method and path
	origin      // scheme and host
	urlPath
	query // with its question mark
	timestamp
	accessKey
	body
	layout // R stands for the parts up to the query, T, A and B for the three after it
	secret
	how // how text and secret key are hashed; empty for HMAC of both as they are
	numParts
)

type parts [numParts]string

// text returns the string to sign.
func (p parts) text() string {
	var text strings.Builder
	for _, letter := range p[layout] {
		switch letter {
		case 'R':
			text.WriteString(strings.Join(p[method:timestamp], ""))
		case 'T':
			text.WriteString(p[timestamp])
		case 'A':
			text.WriteString(p[accessKey])
		case 'B':
			text.WriteString(p[body])
		default:
			text.WriteRune(letter)
		}
	}
	return text.String()
}

// slip is a mistake.
type slip struct {
	mistake string
	wrong   func(right parts) []parts // what the client may have put together by this mistake
	words   string                    // {signed} is the wrong part, {right} the right one
}

// slips are the mistakes in the order in which they are tried. The cheap and the frequent ones come
// first.
func (c *clinic) slips() []slip {
	const (
		methodWords = "The signed string begins with {signed}. It must begin with the method as sent, {right}."
		pathWords   = "The signed path is {signed}. It must be the path as sent, {right}."
		queryWords  = "The signed query is {signed}. It must be the query as sent, {right}."
		lineWords   = "The string to sign must have three lines: method and path, timestamp, access key."
		endWords    = "The signed string must end with the access key."
		secretWords = "The secret key that was used has white space or a byte order mark at its ends. Remove it where the key is read."
	)
	return []slip{
		{"method-in-lower-case", edit(method, strings.ToLower), methodWords},
		{"wrong-method", set(method, "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"), methodWords},
		{"missing-method", set(method, ""), methodWords},
		{"missing-space", set(space, ""), "The signed string has no space between method and path."},
		{"two-spaces", set(space, "  "), "The signed string has two spaces between method and path. It must have one."},
		{"tab-for-space", set(space, "\t"),
			"The signed string has a tab between method and path. It must have a space."},
		{"line-break-after-method", set(space, "\n"),
			"The signed string has a line break after the method. It must have a space."},

		{"scheme-and-host-in-string", set(origin, origins(c.request.Host)...),
			"The signed string has {signed} before the path. Sign the path and the query only."},
		{"missing-leading-slash", edit(urlPath, trimStart("/")), pathWords},
		{"missing-base-path", each(urlPath, endings),
			"The signed path is {signed}. It must have the base path, too: {right}."},
		{"wrong-base-path", each(urlPath, otherBases), pathWords},
		{"trailing-slash", edit(urlPath, trimEnd("/"), around("", "/")), pathWords},
		{"path-unescaped", edit(urlPath, unescaped, neededEscapes), pathWords + " Do not decode it."},
		{"path-escaped-twice", edit(urlPath, escapedTwice), pathWords + " Escape it once."},
		{"path-escaped", edit(urlPath, append(escapes, url.QueryEscape)...),
			pathWords + " They differ in what is escaped, or in the case of the escapes."},
		{"path-cleaned", edit(urlPath, path.Clean), pathWords + " Sign slashes and dots as sent."},
		{"path-in-other-case", edit(urlPath, strings.ToLower, strings.ToUpper, in(uuids, strings.ToUpper), in(uuids, strings.ToLower)),
			pathWords + " They differ in the case of letters."},

		{"missing-query", set(query, ""), "The query {right} was sent but not signed. Sign it with the path."},
		{"stray-question-mark", set(query, "?"), "The signed path ends with a question mark that was not sent."},
		{"missing-question-mark", edit(query, trimStart("?")), queryWords},
		{"query-order", each(query, queryOrders),
			queryWords + " Sign the parameters in the order in which they are sent."},
		{"query-unescaped", edit(query, unescaped, plusUnescaped, neededEscapes), queryWords},
		{"query-escaped-twice", edit(query, escapedTwice), queryWords},
		{"query-escaped", edit(query, escapes...), queryWords},

		{"seconds-in-string", edit(timestamp, func(s string) string { return s[:max(0, len(s)-3)] }),
			"The signed timestamp is {signed}, in seconds. It must be the one in the header, {right}."},
		{"", set(accessKey, c.key.AccessKey), ""}, // the string is right, and the header is wrong
		{"access-keys-differ", edit(accessKey, strings.ToLower, strings.ToUpper),
			"The signed access key is {signed}. It must be the one in the header, {right}."},
		{"secret-key-in-string", set(accessKey, c.key.SecretKey),
			"The signed string has the secret key in place of the access key. It must be {right}."},

		{"crlf", set(layout, "R\r\nT\r\nA", "R\r\nT\r\nA\r\n", "R\rT\rA"),
			"The lines of the signed string end with CR. They must end with LF only, \\n."},
		{"literal-backslash-n", set(layout, `R\nT\nA`, `R\r\nT\r\nA`, `R\nT\nA\n`, "R\nT\nA\\n"),
			"The signed string contains a backslash and the letter n. It must contain a line break, LF."},
		{"tab-for-line-break", set(layout, "R\tT\tA", "R\tT\nA", "R\nT\tA"),
			"The signed string has a tab in place of a line break. " + lineWords},
		{"missing-line-breaks", set(layout, "RTA", "R T A", "RT\nA", "R\nTA"),
			"The signed string lacks line breaks. " + lineWords},
		{"extra-line", set(layout, "R\n\nT\n\nA", "R\n\nT\nA", "R\nT\n\nA", "R\nT\nA\n\n"),
			"The signed string has an empty line. " + lineWords},
		{"lines-in-another-order", set(layout, "R\nA\nT", "T\nR\nA", "T\nA\nR", "A\nR\nT", "A\nT\nR"),
			"The lines of the signed string are in another order. " + lineWords},
		{"missing-lines", set(layout, "R", "R\nA", "R\nT"), "The signed string lacks a line. " + lineWords},
		{"leading-newline", set(layout, "\nR\nT\nA", "\r\nR\nT\nA"),
			"The signed string begins with a line break. It must begin with the method."},
		{"trailing-newline", set(layout, "R\nT\nA\n", "R\nT\nA\r\n"),
			"The signed string ends with a line break. " + endWords},
		{"trailing-space", set(layout, "R\nT\nA "), "The signed string ends with a space. " + endWords},
		{"echo-n", set(layout, "-n R\nT\nA", "-n R\nT\nA\n"),
			`The signed string begins with "-n ": the echo of this shell does not know -n. Use printf.`},
		{"byte-order-mark", set(layout, "\ufeffR\nT\nA"),
			"The signed string begins with a byte order mark. It must begin with the method."},
		{"indented-lines", set(layout, indented()...),
			"The lines of the signed string are indented, as in a here-document. They must begin without white space."},
		{"body-in-string", set(layout, "R\nT\nAB", "R\nT\nA\nB"),
			"The signed string ends with the body of the request. The body is not signed. " + endWords},

		{"secret-key-with-white-space", edit(secret, around("", "\n"), around("", "\r\n"), around("", "\r"), around("", " "), around("", "\t"),
			around(" ", ""), around("\t", ""), around("\n", ""), around(" ", " "), around("\ufeff", "")), secretWords},
		{"secret-key-in-quotes", edit(secret, around(`"`, `"`), around("'", "'")),
			"The secret key that was used is in quotes. Remove them where it is read."},
		{"secret-key-cut-short", edit(secret, func(s string) string { return s[:max(0, len(s)-1)] }, func(s string) string { return s[min(1, len(s)):] }),
			"The secret key that was used lacks its first or last character. Copy all of it."},
		{"secret-key-base64-decoded", each(secret, decodedKeys),
			"The secret key was decoded from base64. The key of the HMAC must be its characters as they are."},
		{"secret-key-base64-encoded", edit(secret, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
			"The secret key was encoded in base64. The key of the HMAC must be its characters as they are."},
		{"utf-16", set(how, "LE text key", "LE text", "LE key", "BE text key", "BE text", "BE key"),
			"The string to sign or the secret key was encoded in UTF-16. Encode both in UTF-8."},
		{"hmac-arguments-swapped", set(how, "swapped"),
			"The arguments of the HMAC are swapped. The secret key must be its key, and the string to sign its message."},
		{"plain-hash", set(how, "hash of key and text", "hash of text and key", "hash of text"),
			"The signature is a plain hash. It must be HMAC-SHA256, keyed with the secret key."},
		{"secret-key-of-another", c.otherKeys(false),
			"The secret key that was used belongs to access key {owner}, but the access key in the header is {header}. They must be of one pair."},
		{"key-pair-of-another", c.otherKeys(true),
			"The request is signed with the key pair of access key {owner}, but the access key in the header is {header}. They must be the same."},
		{"access-key-as-secret-key", set(secret, c.received.AccessKey, c.key.AccessKey),
			"The key of the HMAC was the access key. It must be the secret key."},
		{"secret-key-empty", set(secret, ""), "The secret key that was used is empty. Check where it is read from."},
		{"timestamps-differ", each(timestamp, near),
			"The signed timestamp is {signed}, the one in the header {right}. Read the clock once, and use the value in both."},
	}
}

// set replaces a part by each of values.
func set(p part, values ...string) func(parts) []parts {
	return each(p, func(string) []string { return values })
}

// edit replaces a part by what each of edits makes of it.
func edit(p part, edits ...func(string) string) func(parts) []parts {
	return each(p, func(right string) []string {
		values := make([]string, len(edits))
		for i, edit := range edits {
			values[i] = edit(right)
		}
		return values
	})
}

func each(p part, values func(right string) []string) func(parts) []parts {
	return func(right parts) (all []parts) {
		for _, value := range values(right[p]) {
			wrong := right
			wrong[p] = value
			all = append(all, wrong)
		}
		return all
	}
}

// otherKeys replaces the secret key by that of each other pair, and with both the access key, too.
func (c *clinic) otherKeys(both bool) func(parts) []parts {
	return func(right parts) (all []parts) {
		for _, key := range c.keys {
			if c.known && key.AccessKey == c.key.AccessKey {
				continue
			}
			wrong := right
			wrong[secret] = key.SecretKey
			if both {
				wrong[accessKey] = key.AccessKey
			}
			all = append(all, wrong)
		}
		return all
	}
}

func around(before, after string) func(string) string {
	return func(s string) string { return before + s + after }
}

func trimStart(text string) func(string) string {
	return func(s string) string { return strings.TrimPrefix(s, text) }
}

func trimEnd(text string) func(string) string {
	return func(s string) string { return strings.TrimSuffix(s, text) }
}

var (
	escaped    = regexp.MustCompile("%[0-9A-Fa-f]{2}")
	unreserved = regexp.MustCompile("%(2[dDeE]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")
	uuids      = regexp.MustCompile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
	tokens     = regexp.MustCompile("[^/?&=]+") // between the separators of a path or a query
)

func in(what *regexp.Regexp, turn func(string) string) func(string) string {
	return func(s string) string { return what.ReplaceAllStringFunc(s, turn) }
}

// unescaped returns s if it cannot be unescaped.
func unescaped(s string) string     { return orAsIs(url.PathUnescape, s) }
func plusUnescaped(s string) string { return orAsIs(url.QueryUnescape, s) }

func orAsIs(unescape func(string) (string, error), s string) string {
	if plain, err := unescape(s); err == nil {
		return plain
	}
	return s
}

// neededEscapes keeps only the escapes that a URL needs.
func neededEscapes(s string) string { return in(unreserved, unescaped)(s) }
func escapedTwice(s string) string  { return strings.ReplaceAll(s, "%", "%25") }

// escapes are the ways in which libraries escape a path or a query.
var escapes = []func(string) string{
	in(tokens, func(s string) string { return url.PathEscape(unescaped(s)) }),
	in(tokens, func(s string) string { return url.QueryEscape(plusUnescaped(s)) }),
	in(tokens, func(s string) string { return strings.ReplaceAll(url.QueryEscape(plusUnescaped(s)), "+", "%20") }),
	in(escaped, strings.ToLower), in(escaped, strings.ToUpper),
	strings.NewReplacer("-", "%2D", ".", "%2E", "_", "%5F", "~", "%7E").Replace,
	strings.NewReplacer("-", "%2d", ".", "%2e", "_", "%5f", "~", "%7e").Replace,
}

// queryOrders returns all orders of up to four parameters, else the sorted and the reversed one.
func queryOrders(query string) (orders []string) {
	sent := strings.Split(strings.TrimPrefix(query, "?"), "&")
	all := [][]string{nil}
	if len(sent) > 4 {
		all = [][]string{slices.Sorted(slices.Values(sent)), sent}
		slices.Reverse(sent)
		sent = nil
	}
	for _, parameter := range sent { // insert it at every place
		var longer [][]string
		for _, order := range all {
			for i := range len(order) + 1 {
				longer = append(longer, slices.Insert(slices.Clone(order), i, parameter))
			}
		}
		all = longer
	}
	for _, order := range all {
		orders = append(orders, "?"+strings.Join(order, "&"))
	}
	return orders
}

// origins returns host, its name and the host of the service, with and without a scheme.
func origins(host string) (origins []string) {
	hosts := []string{host}
	if name, _, err := net.SplitHostPort(host); err == nil {
		hosts = append(hosts, name)
	}
	if service, err := url.Parse(nks.ServerURLKR); err == nil {
		hosts = append(hosts, service.Host)
	}
	for _, host := range hosts {
		origins = append(origins, host, "http://"+host, "https://"+host)
	}
	return origins
}

// endings returns what is left of a path without its first one, two or three segments, with and
// without a slash at the beginning.
func endings(path string) (endings []string) {
	rest := path
	for range 3 {
		rest = strings.TrimPrefix(rest, "/")
		endings = append(endings, rest)
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			break
		}
		rest = rest[i:]
		endings = append(endings, rest)
	}
	return endings
}

// otherBases returns the path with the base path of each region.
func otherBases(path string) (others []string) {
	for _, version := range []string{"v2", "sgn-v2", "jpn-v2", "krs-v2"} {
		if first, rest, ok := strings.Cut(strings.TrimPrefix(path, "/vnks/"), "/"); ok && strings.HasSuffix(first, "v2") {
			others = append(others, "/vnks/"+version+"/"+rest, "/nks/"+version+"/"+rest)
		}
	}
	return others
}

// indented returns the layouts of here-documents whose lines, or whose lines but the first, are
// indented.
func indented() (layouts []string) {
	for _, indent := range []string{"\t", "\t\t", "  ", "    ", "        "} {
		rest := "R\n" + indent + "T\n" + indent + "A"
		layouts = append(layouts, indent+rest, indent+rest+"\n", rest, rest+"\n")
	}
	return layouts
}

func decodedKeys(secret string) (keys []string) {
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if decoded, err := encoding.DecodeString(secret); err == nil {
			keys = append(keys, string(decoded))
		}
	}
	return keys
}

// near returns timestamps of up to two seconds before and after, the nearest ones first.
func near(sent string) (others []string) {
	milliseconds, err := strconv.ParseInt(sent, 10, 64)
	for apart := int64(0); err == nil && apart <= 2000; apart++ {
		others = append(others, strconv.FormatInt(milliseconds-apart, 10), strconv.FormatInt(milliseconds+apart, 10))
	}
	return others
}

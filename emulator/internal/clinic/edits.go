package clinic

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

func try(values ...string) func(*clinic, string) []string {
	return func(*clinic, string) []string { return values }
}

func edit(edits ...func(string) string) func(*clinic, string) []string {
	return func(_ *clinic, right string) (values []string) {
		for _, edit := range edits {
			values = append(values, edit(right))
		}
		return values
	}
}

var (
	prefixed   = regexp.MustCompile("^.*[ :,]([^ :,]{44}|[^ :,]{64})$")
	escaped    = regexp.MustCompile("%[0-9A-Fa-f]{2}")
	unreserved = regexp.MustCompile("%(2[dDeE]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")
	uuids      = regexp.MustCompile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
	bases      = regexp.MustCompile("^/v?nks/([a-z]+-)?v2")
	tokens     = regexp.MustCompile("[^/?&=]+") // between the separators of a path or a query
)

func in(what *regexp.Regexp, edit func(string) string) func(string) string {
	return func(s string) string { return what.ReplaceAllStringFunc(s, edit) }
}

func around(before, after string) func(string) string {
	return func(s string) string { return before + s + after }
}

func withoutPrefix(s string) string { return prefixed.ReplaceAllString(s, "$1") }
func withoutQuotes(s string) string { return strings.Trim(strings.TrimPrefix(s, "b'"), `"'`) }

var (
	withoutSpace = strings.NewReplacer(" ", "+", "\r", "", "\n", "").Replace
	standard     = strings.NewReplacer("-", "+", "_", "/").Replace
)

func fromHex(s string) string {
	if sum, err := hex.DecodeString(s); err == nil && len(sum) == sha256.Size {
		return inBase64(string(sum))
	}
	return s
}

func fromHexInBase64(s string) string {
	if digits := decoded(s); fromHex(digits) != digits {
		return fromHex(digits)
	}
	return s
}

func padded(s string) string {
	if bare := strings.TrimRight(s, "="); len(bare) == 43 {
		return bare + "="
	}
	return s
}

func trimStart(s string) string   { return s[min(1, len(s)):] }
func trimEnd(s string) string     { return strings.TrimSuffix(s, "/") }
func withoutLast(s string) string { return s[:max(0, len(s)-1)] }
func seconds(s string) string     { return s[:max(0, len(s)-3)] }

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// decoded decodes any kind of base64.
func decoded(s string) string {
	return orAsIs(func(s string) (string, error) {
		plain, err := base64.RawStdEncoding.DecodeString(standard(strings.TrimRight(s, "=")))
		return string(plain), err
	}, s)
}

func orAsIs(decode func(string) (string, error), s string) string {
	if plain, err := decode(s); err == nil {
		return plain
	}
	return s
}

func unescaped(s string) string     { return orAsIs(url.PathUnescape, s) }
func plusUnescaped(s string) string { return orAsIs(url.QueryUnescape, s) }
func escapedTwice(s string) string  { return strings.ReplaceAll(s, "%", "%25") }

// neededEscapes keeps only the escapes that a URL needs.
func neededEscapes(s string) string { return in(unreserved, unescaped)(s) }

// escapes are the ways in which libraries escape a path or a query.
var escapes = []func(string) string{
	in(tokens, func(s string) string { return url.PathEscape(unescaped(s)) }),
	in(tokens, func(s string) string { return url.QueryEscape(plusUnescaped(s)) }),
	in(tokens, func(s string) string { return strings.ReplaceAll(url.QueryEscape(plusUnescaped(s)), "+", "%20") }),
	in(escaped, strings.ToLower), in(escaped, strings.ToUpper), url.QueryEscape,
	strings.NewReplacer("-", "%2D", ".", "%2E", "_", "%5F", "~", "%7E").Replace,
}

// orders returns the parameters sorted, and with some of the first ones moved to the end.
func orders(_ *clinic, query string) []string {
	sent := strings.Split(strings.TrimPrefix(query, "?"), "&")
	orders := []string{"?" + strings.Join(slices.Sorted(slices.Values(sent)), "&")}
	for i := range min(len(sent), 8) {
		orders = append(orders, "?"+strings.Join(slices.Concat(sent[i:], sent[:i]), "&"))
	}
	return orders
}

// origins returns the host of the request, its name and the host of the service, with and without a
// scheme.
func origins(c *clinic, _ string) (origins []string) {
	name := (&url.URL{Host: c.request.Host}).Hostname()
	for _, host := range []string{c.request.Host, name, "nks.apigw.ntruss.com"} {
		origins = append(origins, host, "http://"+host, "https://"+host)
	}
	return origins
}

// endings returns what is left of a path without its first one, two and three segments, with and
// without a slash at the beginning.
func endings(_ *clinic, path string) (endings []string) {
	for range 3 {
		_, path, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
		endings = append(endings, "/"+path, path)
	}
	return endings
}

// otherBases returns the path with the base path of each region.
func otherBases(_ *clinic, path string) (others []string) {
	for _, base := range []string{"/vnks/v2", "/vnks/sgn-v2", "/vnks/jpn-v2", "/vnks/krs-v2", "/nks/v2"} {
		others = append(others, bases.ReplaceAllString(path, base))
	}
	return others
}

// near returns timestamps of up to two seconds before and after, the nearest ones first.
func near(_ *clinic, sent string) (others []string) {
	milliseconds, err := strconv.ParseInt(sent, 10, 64)
	for apart := int64(0); err == nil && apart <= 2000; apart++ {
		others = append(others, strconv.FormatInt(milliseconds-apart, 10), strconv.FormatInt(milliseconds+apart, 10))
	}
	return others
}

// indented returns the layouts of here-documents whose lines, or whose lines but the first, are
// indented.
func indented(*clinic, string) (layouts []string) {
	for _, indent := range []string{"\t", "\t\t", "  ", "    ", "        "} {
		rest := strings.ReplaceAll("R\nT\nA", "\n", "\n"+indent)
		layouts = append(layouts, rest, rest+"\n", indent+rest, indent+rest+"\n")
	}
	return layouts
}

func spaced(_ *clinic, secret string) (spaced []string) {
	for _, space := range []string{"\n", "\r\n", "\r", " ", "\t"} {
		spaced = append(spaced, secret+space, space+secret, space+secret+space)
	}
	return append(spaced, "\ufeff"+secret)
}

func knownKeys(c *clinic, _ string) []string { return []string{c.right[accessKey], c.key.AccessKey} }
func secretKey(c *clinic, _ string) []string { return []string{c.key.SecretKey} }

func otherSecrets(c *clinic, _ string) (secrets []string) {
	for _, key := range c.keys {
		secrets = append(secrets, key.SecretKey)
	}
	return secrets
}

func swapped(c *clinic, _ string) []string {
	return []string{sign(c.right.stringToSign(), c.right[secret])}
}

func plain(c *clinic, _ string) (signatures []string) {
	key, text := c.right[secret], c.right.stringToSign()
	for _, hashed := range []string{key + text, text + key, text} {
		sum := sha256.Sum256([]byte(hashed))
		signatures = append(signatures, inBase64(string(sum[:])))
	}
	return signatures
}

// inUTF16 returns the signatures with string, secret key or both in UTF-16, in either byte order,
// with and without a byte order mark.
func inUTF16(c *clinic, _ string) (signatures []string) {
	key, text := c.right[secret], c.right.stringToSign()
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			encode := func(s string) string {
				var b []byte
				for _, unit := range utf16.Encode([]rune(mark + s)) {
					b = order.AppendUint16(b, unit)
				}
				return string(b)
			}
			signatures = append(signatures, sign(encode(key), encode(text)), sign(key, encode(text)), sign(encode(key), text))
		}
	}
	return signatures
}

// shortBody returns the body if it is short. It can still be read afterwards.
func shortBody(r *http.Request) string {
	if r.Body == nil || r.ContentLength <= 0 || r.ContentLength > maxBody {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), r.Body))
	return string(text)
}

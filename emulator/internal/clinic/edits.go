package clinic

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/nks-access/nks-access/emulator/internal/signature"
)

// try returns values. In them {} stands for the right value, and the other names in braces for the
// host and the key pair.
func try(values ...string) func(*clinic, string) []string {
	return func(c *clinic, right string) []string {
		host := url.URL{Host: c.request.Host}
		names := strings.NewReplacer("{}", right, "{host}", host.Host, "{hostname}", host.Hostname(),
			"{accessKey}", c.key.AccessKey, "{secretKey}", c.key.SecretKey)
		filled := make([]string, len(values))
		for i, value := range values {
			filled[i] = names.Replace(value)
		}
		return filled
	}
}

// edit returns the right value after each of the edits.
func edit(edits ...func(string) string) func(*clinic, string) []string {
	return func(_ *clinic, right string) (values []string) {
		for _, edit := range edits {
			values = append(values, edit(right))
		}
		return values
	}
}

func replace(pattern, with string) func(string) string {
	what := regexp.MustCompile(pattern)
	return func(s string) string { return what.ReplaceAllString(s, with) }
}

func in(pattern string, edit func(string) string) func(string) string {
	what := regexp.MustCompile(pattern)
	return func(s string) string { return what.ReplaceAllStringFunc(s, edit) }
}

var standard = strings.NewReplacer("-", "+", "_", "/").Replace

var fromHex = in("^[0-9A-Fa-f]{64}$", func(digits string) string {
	sum, _ := hex.DecodeString(digits) // of hex digits only
	return inBase64(string(sum))
})

func fromHexInBase64(s string) string {
	if digits := decoded(s); fromHex(digits) != digits {
		return fromHex(digits)
	}
	return s
}

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// decoded decodes any kind of base64, up to the first byte that is not base64. Text without base64
// stays as it is.
func decoded(s string) string {
	plain, _ := base64.RawStdEncoding.DecodeString(standard(strings.TrimRight(s, "=")))
	return cmp.Or(string(plain), s)
}

// unescaped decodes percent-escapes. Text with an invalid one stays as it is.
func unescaped(s string) string {
	plain, _ := url.PathUnescape(s)
	return cmp.Or(plain, s)
}

func plusUnescaped(s string) string { return unescaped(strings.ReplaceAll(s, "+", " ")) }

const (
	base   = "^/v?nks/([a-z]+-)?v2" // the base path of any region
	tokens = "[^/?&=]+"             // between the separators of a path or a query
)

// escapes are the ways in which libraries escape a path or a query.
var escapes = []func(string) string{
	in(tokens, func(s string) string { return url.PathEscape(unescaped(s)) }),
	in(tokens, func(s string) string { return url.QueryEscape(plusUnescaped(s)) }),
	in(tokens, func(s string) string { return strings.ReplaceAll(url.QueryEscape(plusUnescaped(s)), "+", "%20") }),
	in("%..", strings.ToLower), in("%..", strings.ToUpper), url.QueryEscape,
	strings.NewReplacer("-", "%2D", ".", "%2E", "_", "%5F", "~", "%7E").Replace,
}

func sorted(query string) string {
	parameters := strings.Split(strings.TrimPrefix(query, "?"), "&")
	slices.Sort(parameters)
	return "?" + strings.Join(parameters, "&")
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
func indented(_ *clinic, right string) (layouts []string) {
	for _, indent := range []string{"\t", "\t\t", "  ", "    ", "        "} {
		rest := strings.ReplaceAll(right, "\n", "\n"+indent)
		layouts = append(layouts, rest, rest+"\n", indent+rest, indent+rest+"\n")
	}
	return layouts
}

func secrets(c *clinic, _ string) []string { return slices.Sorted(maps.Keys(c.owners)) }

func swapped(c *clinic, _ string) []string {
	return []string{signature.Of(c.right.stringToSign(), c.right[secret])}
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
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			encode := func(s string) string {
				data, _ := binary.Append(nil, order, utf16.Encode([]rune(mark+s)))
				return string(data)
			}
			key, text := c.right[secret], c.right.stringToSign()
			signatures = append(signatures, signature.Of(encode(key), encode(text)), signature.Of(key, encode(text)), signature.Of(encode(key), text))
		}
	}
	return signatures
}

package clinic

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"iter"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// part is a part of what a client puts together to sign a request.
type part int

const (
	methodPart part = iota
	pathPart
	queryPart // with its question mark
	timestampPart
	accessKeyPart
	bodyPart
	layoutPart // M, P, Q, T, A and B stand for the six parts before it
	secretPart
	numParts
)

type parts [numParts]string

const (
	letters     = "MPQTAB"
	rightLayout = "M PQ\nT\nA"
)

func (p parts) stringToSign() string { return string(p.appendTo(nil)) }

// appendTo appends the string to sign to text.
func (p *parts) appendTo(text []byte) []byte {
	form := p[layoutPart]
	for i := range len(form) {
		letter := form[i]
		if replaced := strings.IndexByte(letters, letter); replaced >= 0 {
			text = append(text, p[replaced]...)
		} else {
			text = append(text, letter)
		}
	}
	return text
}

// candidate is what a client may have signed.
type candidate struct {
	parts        // give the string to sign
	text  string // the string to sign, if it is not that of the parts
	shown string // the wrong part, for the words of the finding
	sum   []byte // the signature, if it is not the HMAC of the string to sign
}

func (c *candidate) appendTo(text []byte) []byte {
	if c.text != "" {
		return append(text, c.text...)
	}
	return c.parts.appendTo(text)
}

// signing returns a candidate that signs text with the right secret key.
func (x *examination) signing(text, shown string) candidate {
	c := candidate{parts: x.right, text: text, shown: shown}
	c.parts[layoutPart] = "" // for an empty text
	return c
}

// tries yields candidates for one mistake, the most likely ones first.
type tries func(*examination) iter.Seq[candidate]

// in replaces one part by each of the values.
func in(changed part, values func(x *examination, right string) iter.Seq[string]) tries {
	return func(x *examination) iter.Seq[candidate] {
		return func(yield func(candidate) bool) {
			for value := range values(x, x.right[changed]) {
				wrong := x.right
				wrong[changed] = value
				if !yield(candidate{parts: wrong, shown: value}) {
					return
				}
			}
		}
	}
}

// forms are values, in which {} stands for the right one. The other names in braces stand for the
// host and the key pair.
func forms(values ...string) func(*examination, string) iter.Seq[string] {
	return func(x *examination, right string) iter.Seq[string] {
		host := url.URL{Host: x.request.Host}
		names := strings.NewReplacer("{}", right, "{host}", host.Host, "{hostname}", host.Hostname(),
			"{accessKey}", x.key.AccessKey, "{secretKey}", x.key.SecretKey)
		return func(yield func(string) bool) {
			for _, value := range values {
				if !yield(names.Replace(value)) {
					return
				}
			}
		}
	}
}

// edits are the right value after each of the edits.
func edits(all ...func(string) string) func(*examination, string) iter.Seq[string] {
	return func(_ *examination, right string) iter.Seq[string] {
		return func(yield func(string) bool) {
			for _, edit := range all {
				if value := edit(right); value != right && !yield(value) {
					return
				}
			}
		}
	}
}

// texts are whole strings to sign, in which METHOD, TARGET, TIME, KEY and SECRET stand for the parts.
func texts(all ...string) tries {
	return func(x *examination) iter.Seq[candidate] {
		names := strings.NewReplacer("METHOD", x.right[methodPart], "TARGET", x.right[pathPart]+x.right[queryPart],
			"TIME", x.right[timestampPart], "KEY", x.right[accessKeyPart], "SECRET", x.right[secretPart])
		return func(yield func(candidate) bool) {
			for _, form := range all {
				text := names.Replace(form)
				if !yield(x.signing(text, text)) {
					return
				}
			}
		}
	}
}

func replace(pattern, with string) func(string) string {
	what := regexp.MustCompile(pattern)
	return func(s string) string { return what.ReplaceAllString(s, with) }
}

// each edits every match of a pattern.
func each(pattern string, edit func(string) string) func(string) string {
	what := regexp.MustCompile(pattern)
	return func(s string) string { return what.ReplaceAllStringFunc(s, edit) }
}

var standard = strings.NewReplacer("-", "+", "_", "/").Replace

var fromHex = each("^[0-9A-Fa-f]{64}$", func(digits string) string {
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

// decodedInPart decodes base64 as Python and MIME do, which skip other characters.
func decodedInPart(s string) string {
	isOther := func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '+' || r == '/') {
			return r
		}
		return -1
	}
	return decoded(strings.Map(isOther, s))
}

// unescaped decodes percent-escapes. Text with an invalid one stays as it is.
func unescaped(s string) string {
	plain, _ := url.PathUnescape(s)
	return cmp.Or(plain, s)
}

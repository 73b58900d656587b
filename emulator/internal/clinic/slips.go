package clinic

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/emulator/internal/signature"
)

// part is a part of what a client puts together to sign a request.
type part int

const (
	method part = iota
	urlPath
	query // with its question mark
	timestamp
	accessKey
	body
	layout // M, P, Q, T, A and B stand for the six parts before it
	secret
	pair     // both keys
	hashing  // of string and secret key
	encoding // of the signature
	numParts
)

type parts [numParts]string

func (p parts) stringToSign() string {
	var text strings.Builder
	for _, letter := range p[layout] {
		if part := strings.IndexRune("MPQTAB", letter); part >= 0 {
			text.WriteString(p[part])
		} else {
			text.WriteRune(letter)
		}
	}
	return text.String()
}

// partWords are what is said before and after the words of a slip. In all words {signed} is the
// wrong part, {right} the right one, {key} the access key in the header, and {owner} the one whose
// secret key was used.
var partWords = [numParts][2]string{
	method:    {"The signed string begins with {signed}. It must begin with the method as sent, {right}."},
	urlPath:   {"The signed path is {signed}. It must be the path as sent, {right}."},
	query:     {"The signed query is {signed}. It must be the query as sent, {right}."},
	timestamp: {"The signed timestamp is {signed}. It must be the one in the header, {right}."},
	accessKey: {"The signed access key is {signed}. It must be the one in the header, {right}."},
	layout: {"The signed string ", " The string to sign has three lines: method, space, path and query; timestamp; " +
		"access key. One LF, \\n, is between them, and none at the end."},
	secret:  {"The secret key that was used ", " The HMAC key must be the secret key of access key {key}, as it is."},
	hashing: {"", " The signature must be HMAC-SHA256 of the string to sign, keyed with the secret key, in UTF-8."},
	encoding: {"The signature ", " Send the 32 bytes of the HMAC-SHA256 in standard base64: 44 characters, " +
		"the last one =."},
}

// slip is a mistake in one part.
type slip struct {
	mistake string
	part    part
	wrong   func(c *clinic, right string) []string // what the part may be by this mistake
	words   string
}

// slips are the mistakes in the order in which they are tried. The first ones are undone. Of the
// others the cheap and the frequent ones come first.
var slips = []slip{
	{"signature-with-prefix", encoding, edit(replace("^.*[ :,]([^ :,]{44}|[^ :,]{64})$", "$1")), "has a word before it."},
	{"signature-in-quotes", encoding, edit(replace(`^b?["']+|["']+$`, "")), "is in quotes."},
	{"signature-percent-encoded", encoding, edit(unescaped), "is percent-encoded, as in a URL."},
	{"signature-with-white-space", encoding, edit(strings.NewReplacer(" ", "+", "\r", "", "\n", "").Replace),
		"contains a space or a line break, perhaps in place of a +."},
	{"signature-in-hex", encoding, edit(fromHex), "is in hex."},
	{"signature-in-url-safe-base64", encoding, edit(standard),
		"is in URL-safe base64, with - and _ in place of + and /."},
	{"base64-of-hex", encoding, edit(fromHexInBase64), "is base64 of the HMAC in hex."},
	{"signature-padding", encoding, edit(replace("^([^=]{43})=*$", "$1=")), "is not padded with one =."},

	// The signature is right, and its encoding or a header is not.
	{"", accessKey, try("{}", "{accessKey}"), ""},

	{"method-in-lower-case", method, edit(strings.ToLower), ""},
	{"wrong-method", method, try("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"), ""},

	{"scheme-and-host-in-string", urlPath, try("{host}{}", "http://{host}{}", "https://{host}{}", "{hostname}{}",
		"http://{hostname}{}", "https://{hostname}{}", "nks.apigw.ntruss.com{}", "http://nks.apigw.ntruss.com{}",
		"https://nks.apigw.ntruss.com{}"),
		" Sign the path and the query only."},
	{"missing-leading-slash", urlPath, edit(replace("^/", "")), ""},
	{"missing-base-path", urlPath, edit(replace(base, ""), replace(base+"/", ""), replace("^/[^/]+", "")),
		" The base path is part of it."},
	{"wrong-base-path", urlPath, edit(replace(base, "/vnks/v2"), replace(base, "/vnks/sgn-v2"),
		replace(base, "/vnks/jpn-v2"), replace(base, "/vnks/krs-v2"), replace(base, "/nks/v2")),
		" The regions have different base paths."},
	{"trailing-slash", urlPath, edit(replace("/$", ""), replace("$", "/")), ""},
	{"path-unescaped", urlPath, edit(unescaped), " Do not decode it."},
	{"path-escaped-twice", urlPath, edit(replace("%", "%25")), " Escape it once."},
	{"path-escaped", urlPath, edit(escapes...),
		" They differ in what is escaped, or in the case of the escapes."},
	{"path-cleaned", urlPath, edit(path.Clean), " Sign slashes and dots as sent."},
	{"path-in-other-case", urlPath, edit(strings.ToLower, strings.ToUpper, in("[^/]{36}", strings.ToUpper)), // a UUID
		" They differ in the case of letters."},

	{"missing-query", query, try(""), " The query was sent but not signed."},
	{"stray-question-mark", query, try("?"), " The question mark was signed but not sent."},
	{"missing-question-mark", query, edit(replace("^[?]", "")), ""},
	{"query-order", query, edit(sorted, replace("^[?]([^&]*)&(.*)", "?$2&$1"), replace("^[?](.*)&([^&]*)", "?$2&$1")),
		" Sign the parameters in the order in which they are sent."},
	{"query-escaped", query, edit(append(escapes, unescaped, plusUnescaped, replace("%", "%25"))...),
		" They differ in what is escaped, or how."},

	{"seconds-in-string", timestamp, edit(replace("...$", "")), " Both must be the same digits, in milliseconds."},
	{"access-keys-differ", accessKey, edit(strings.ToLower, strings.ToUpper), ""},
	{"secret-key-in-string", accessKey, try("{secretKey}"), " The secret key must be the key of the HMAC only."},

	{"missing-method", layout, try("PQ\nT\nA", " PQ\nT\nA"), "has no method."},
	{"missing-space", layout, try("MPQ\nT\nA"), "has no space between method and path."},
	{"two-spaces", layout, try("M  PQ\nT\nA"), "has two spaces between method and path."},
	{"tab-for-space", layout, try("M\tPQ\nT\nA"), "has a tab between method and path."},
	{"line-break-after-method", layout, try("M\nPQ\nT\nA"), "has a line break between method and path."},
	{"crlf", layout, try("M PQ\r\nT\r\nA", "M PQ\r\nT\r\nA\r\n", "M PQ\rT\rA"), "has CR in its line breaks."},
	{"literal-backslash-n", layout, try(`M PQ\nT\nA`, `M PQ\r\nT\r\nA`, `M PQ\nT\nA\n`, `{}\n`),
		"has a backslash and the letter n in place of a line break."},
	{"tab-for-line-break", layout, try("M PQ\tT\tA", "M PQ\tT\nA", "M PQ\nT\tA"), "has a tab in place of a line break."},
	{"missing-line-breaks", layout, try("M PQTA", "M PQ T A", "M PQT\nA", "M PQ\nTA"), "lacks a line break."},
	{"extra-line", layout, try("M PQ\n\nT\n\nA", "M PQ\n\nT\nA", "M PQ\nT\n\nA", "{}\n\n"), "has an empty line."},
	{"lines-in-another-order", layout, try("M PQ\nA\nT", "T\nM PQ\nA", "T\nA\nM PQ", "A\nM PQ\nT", "A\nT\nM PQ"),
		"has its lines in another order."},
	{"missing-lines", layout, try("M PQ", "M PQ\nA", "M PQ\nT"), "lacks a line."},
	{"leading-newline", layout, try("\n{}", "\r\n{}"), "begins with a line break."},
	{"trailing-newline", layout, try("{}\n", "{}\r\n"), "ends with a line break."},
	{"trailing-space", layout, try("{} "), "ends with a space."},
	{"echo-n", layout, try("-n {}", "-n {}\n"),
		`begins with "-n ": the echo of this shell does not know -n. Use printf.`},
	{"byte-order-mark", layout, try("\ufeff{}"), "begins with a byte order mark."},
	{"indented-lines", layout, indented, "has indented lines, as in a here-document."},
	{"body-in-string", layout, try("{}B", "{}\nB"), "ends with the body. The body is not signed."},

	{"secret-key-with-white-space", secret, try("{}\n", "{}\r\n", "{}\r", "{} ", "{}\t", "\n{}", " {}", "\t{}",
		" {} ", "\ufeff{}"), "has white space or a byte order mark at its ends. Remove it where the key is read."},
	{"secret-key-in-quotes", secret, try(`"{}"`, "'{}'"), "is in quotes. Remove them."},
	{"secret-key-cut-short", secret, edit(replace(".$", ""), replace("^.", "")), "lacks its first or last character."},
	{"secret-key-base64-decoded", secret, edit(decoded), "was decoded from base64."},
	{"secret-key-base64-encoded", secret, edit(inBase64), "was encoded in base64."},
	{"utf-16", hashing, inUTF16, "The string to sign or the secret key was encoded in UTF-16."},
	{"hmac-arguments-swapped", hashing, swapped, "The arguments of the HMAC are swapped."},
	{"plain-hash", hashing, plain, "The signature is a plain hash."},
	{"secret-key-of-another", secret, secrets, "belongs to access key {owner}."},
	{"key-pair-of-another", pair, secrets,
		"The request is signed with the key pair of access key {owner}. Send that access key, not {key}."},
	{"access-key-as-secret-key", secret, try("{accessKey}"), "is the access key."},
	{"secret-key-empty", secret, try(""), "is empty. Check where it is read from."},
	{"timestamps-differ", timestamp, near, " Read the clock once, and use the value in both."},
}

// Bounds on the work of one diagnosis: anybody can ask for one.
const (
	maxTarget = 8 << 10 // bytes of a target that is looked into
	maxBody   = 2 << 10 // bytes of a body that is tried as part of the string to sign
	maxHashed = 3 << 20 // bytes that are hashed
)

// explainSignature looks for the slips in the signature, and for the string that was signed.
func (c *clinic) explainSignature() {
	c.expect()
	before := len(c.Findings)
	if c.owners[strings.TrimSpace(c.Received.Signature)] != "" {
		c.report(before, slip{"secret-key-as-signature", encoding, nil,
			"is a secret key. Replace that key, because others may have seen it."}, c.right)
		return
	}
	found := c.explain(before)
	sum, err := base64.StdEncoding.Strict().DecodeString(c.right[encoding])
	switch {
	case found:
	case err != nil:
		c.report(before, slip{"signature-not-base64", encoding, nil, "is not base64."}, c.right)
	case len(sum) != sha256.Size:
		c.report(before, slip{"signature-length", encoding, nil, "does not have 32 bytes, as SHA-256 has."}, c.right)
	case before > 0:
	case len(c.Received.Target) > maxTarget:
		c.add("unknown", "The target is too long to look for the mistake: %d bytes.", len(c.Received.Target))
	default:
		c.add("unknown", "None of the mistakes that were tried gives this signature. Compare your string to sign with "+
			"the expected one, byte by byte, and your secret key with that of access key %s.", c.quote(c.right[accessKey]))
	}
}

// explain undoes the slips in the encoding, and tries the others until one gives the signature. It
// inserts the finding at index at.
func (c *clinic) explain(at int) bool {
	if length := c.request.ContentLength; length > 0 && length <= maxBody {
		data, _ := io.ReadAll(io.LimitReader(c.request.Body, length))
		c.right[body] = string(data)
	}
	left := maxHashed
	for _, slip := range slips {
		for _, value := range slip.wrong(c, c.right[slip.part]) {
			wrong := c.right
			wrong[slip.part] = value
			switch slip.part {
			case encoding: // the received signature is the wrong one, and value the corrected one
				if c.right, wrong = wrong, c.right; c.right != wrong {
					c.report(len(c.Findings), slip, wrong)
				}
				continue
			case pair:
				wrong[secret], wrong[accessKey] = value, c.owners[value]
			}
			text := wrong.stringToSign()
			left -= len(text) + len(wrong[secret]) + 256 // a hash has a cost beside its bytes
			if left < 0 || len(c.Received.Target) > maxTarget {
				return false
			}
			if slip.part != hashing {
				value = signature.Of(wrong[secret], text)
			}
			// Without a known key only another key can explain the signature.
			if value == c.right[encoding] && wrong[secret]+c.key.SecretKey != "" {
				c.Signed = text
				c.report(at, slip, wrong)
				return true
			}
		}
	}
	return false
}

// report inserts a slip into the findings at index at.
func (c *clinic) report(at int, slip slip, wrong parts) {
	if slip.mistake == "" {
		return
	}
	words := partWords[slip.part][0] + slip.words + partWords[slip.part][1]
	words = strings.NewReplacer("{signed}", c.quote(wrong[slip.part]), "{right}", c.quote(c.right[slip.part]),
		"{key}", c.quote(c.right[accessKey]), "{owner}", c.quote(c.owners[wrong[secret]])).Replace(words)
	c.Findings = slices.Insert(c.Findings, at, Finding{slip.mistake, words})
}

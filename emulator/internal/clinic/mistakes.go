package clinic

import (
	"path"
	"strings"
)

// encoding is a mistake in the encoding of the signature.
type encoding struct {
	name  string
	found string
	undo  func(signature string) string
}

// encodings are undone in this order.
var encodings = []encoding{
	{"signature-with-prefix", "The signature has a word before it.",
		replace("^.*[ :,]([^ :,]{44}|[^ :,]{64})$", "$1")},
	{"signature-in-quotes", "The signature is in quotes.", replace(`^b?["']+|["']+$`, "")},
	{"signature-percent-encoded", "The signature is percent-encoded, as in a URL.", unescaped},
	{"signature-with-white-space", "The signature contains a space or a line break, perhaps in place of a +.",
		strings.NewReplacer(" ", "+", "\r", "", "\n", "").Replace},
	{"signature-in-hex", "The signature is in hex.", fromHex},
	{"signature-in-url-safe-base64",
		"The signature is in URL-safe base64, with - and _ in place of + and /.", standard},
	{"base64-of-hex", "The signature is base64 of the HMAC in hex.", fromHexInBase64},
	{"signature-padding", "The signature is not padded with one =.", replace("^([^=]{43})=*$", "$1=")},
}

// What would be right, for the findings of several mistakes.
const (
	wantEncoding = "Send the 32 bytes of the HMAC-SHA256 in standard base64: 44 characters, the last one =."
	wantLines    = "The string to sign has three lines: method, space, path and query; timestamp; access key. " +
		"One LF, \\n, is between them, and none at the end."
	wantSecret = "The HMAC key must be the secret key of access key {key}, as it is."
	wantHMAC   = "The signature must be HMAC-SHA256 of the string to sign, keyed with the secret key, in UTF-8."
	wantPath   = "It must be the path as sent, {path}."
	wantQuery  = "It must be the query as sent, {query}."
	wantTime   = "It must be the one in the header, {timestamp}."
	wantKey    = "It must be the one in the header, {key}."
	wantFilled = "Fill in variables before signing."
)

// mistake is a mistake in the string to sign or in its HMAC. Found and want are whole sentences, with
// the names of [examination.words].
type mistake struct {
	name  string
	tries tries
	found string
	want  string
}

// mistakes are in the order in which they are tried: the frequent ones first, and those of many
// candidates last.
var mistakes = []mistake{
	{"method-in-lower-case", in(methodPart, edits(strings.ToLower, capitalized)),
		"The signed string begins with {signed}.", "It must begin with the method as sent, {method}."},
	{"wrong-method", in(methodPart, forms("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "ANY")),
		"The signed string begins with {signed}.", "It must begin with the method as sent, {method}."},

	{"scheme-and-host-in-string", in(pathPart, withHosts),
		"The signed path is {signed}. Sign the path and the query only.", wantPath},
	{"missing-leading-slash", in(pathPart, edits(replace("^/", ""))), "The signed path is {signed}.", wantPath},
	{"base-path-twice", in(pathPart, withTwoBases),
		"The signed path is {signed}. It and the path as sent differ in the base path: one of them has it twice.",
		wantPath},
	{"missing-base-path", in(pathPart, withoutBase),
		"The signed path is {signed}. The base path is part of it.", wantPath},
	{"wrong-base-path", in(pathPart, withOtherBases),
		"The signed path is {signed}. The regions have different base paths.", wantPath},
	{"trailing-slash", in(pathPart, edits(replace("/$", ""), replace("$", "/"))),
		"The signed path is {signed}.", wantPath},
	{"path-unescaped", in(pathPart, edits(unescaped)), "The signed path is {signed}. Do not decode it.", wantPath},
	{"path-escaped-twice", in(pathPart, edits(replace("%", "%25"))),
		"The signed path is {signed}. Escape it once.", wantPath},
	{"path-escaped", in(pathPart, edits(escapes...)),
		"The signed path is {signed}. They differ in what is escaped, or in the case of the escapes.", wantPath},
	{"path-cleaned", in(pathPart, edits(path.Clean)),
		"The signed path is {signed}. Sign slashes and dots as sent.", wantPath},
	{"path-in-other-case",
		in(pathPart, edits(strings.ToLower, strings.ToUpper, each("[^/]{36}", strings.ToUpper))), // a UUID
		"The signed path is {signed}. They differ in the case of letters.", wantPath},

	{"double-slash", in(pathPart, withTwoSlashes),
		"The signed path is {signed}. It has a double slash, perhaps because the base URL ends in one.", wantPath},
	{"another-path", in(pathPart, otherPaths), "The signed path is {signed}, which is that of another request.", wantPath},

	{"missing-query", in(queryPart, forms("")),
		"The signed query is {signed}.", wantQuery + " The query was sent but not signed."},
	{"missing-query", in(queryPart, withFewerParameters),
		"The signed query is {signed}.", wantQuery + " A part of the query was sent but not signed."},
	{"stray-question-mark", in(queryPart, forms("?")),
		"The signed query is {signed}.", wantQuery + " The question mark was signed but not sent."},
	{"missing-query", in(queryPart, edits(replace("=[^&]*", "="), replace("=[^&]*", ""))),
		"The signed query is {signed}.", wantQuery + " The values of the query were sent but not signed."},
	{"query-not-sent", in(queryPart, addedParameters),
		"The signed query is {signed}.", wantQuery + " Some of it was signed but not sent."},
	{"missing-question-mark", in(queryPart, edits(replace("^[?]", ""))),
		"The signed query is {signed}.", wantQuery},
	{"query-order", in(queryPart, inOtherOrders),
		"The signed query is {signed}. Sign the parameters in the order in which they are sent.", wantQuery},
	{"query-escaped", in(queryPart, edits(queryEscapes...)),
		"The signed query is {signed}. They differ in what is escaped, or how.", wantQuery},

	{"seconds-in-string", in(timestampPart, edits(replace("...$", ""))),
		"The signed timestamp is {signed}.", wantTime + " Both must be the same digits, in milliseconds."},
	{"timestamps-differ", in(timestampPart, timestampForms),
		"The signed timestamp is {signed}.",
		wantTime + " Write it once, as an integer in milliseconds, and use the text in both."},
	{"access-keys-differ", in(accessKeyPart, edits(strings.ToLower, strings.ToUpper)),
		"The signed access key is {signed}.", wantKey},
	{"secret-key-in-string", in(accessKeyPart, forms("{secretKey}")),
		"The signed access key is {signed}. The secret key must be the key of the HMAC only.", wantKey},

	{"missing-method", in(layoutPart, forms("PQ\nT\nA", " PQ\nT\nA")),
		"The signed string has no method.", wantLines},
	{"missing-space", in(layoutPart, forms("MPQ\nT\nA")),
		"The signed string has no space between method and path.", wantLines},
	{"two-spaces", in(layoutPart, forms("M  PQ\nT\nA")),
		"The signed string has two spaces between method and path.", wantLines},
	{"tab-for-space", in(layoutPart, forms("M\tPQ\nT\nA")),
		"The signed string has a tab between method and path.", wantLines},
	{"line-break-after-method", in(layoutPart, forms("M\nPQ\nT\nA")),
		"The signed string has a line break between method and path.", wantLines},
	{"crlf", in(layoutPart, forms("M PQ\r\nT\r\nA", "M PQ\r\nT\r\nA\r\n", "M PQ\rT\rA")),
		"The signed string has CR in its line breaks.", wantLines},
	{"literal-backslash-n", in(layoutPart, forms(`M PQ\nT\nA`, `M PQ\r\nT\r\nA`, `M PQ\nT\nA\n`, `{}\n`,
		`M PQ\nT\nA`+"\n", `M PQ\\nT\\nA`, `M PQ\\nT\\nA`+"\n")),
		"The signed string has a backslash and the letter n in place of a line break.", wantLines},
	{"tab-for-line-break", in(layoutPart, forms("M PQ\tT\tA", "M PQ\tT\nA", "M PQ\nT\tA")),
		"The signed string has a tab in place of a line break.", wantLines},
	{"missing-line-breaks", in(layoutPart, forms("M PQTA", "M PQ T A", "M PQT\nA", "M PQ\nTA", "M PQ/nT/nA",
		"M PQnTnA", "M PQ<br>T<br>A", "M PQ<br/>T<br/>A", "M PQ\u2028T\u2028A", "M PQ\\T\\A",
		"M PQ\vT\vA", "M PQ\x00T\x00A")),
		"The signed string lacks a line break, or has another text in place of it.", wantLines},
	{"missing-line-breaks",
		texts("METHOD TARGET%0ATIME%0AKEY", "METHOD TARGET%0aTIME%0aKEY", "METHOD TARGET%0D%0ATIME%0D%0AKEY"),
		"The signed string has escapes of URLs in place of its line breaks.", wantLines},
	{"extra-line", in(layoutPart, forms("M PQ\n\nT\n\nA", "M PQ\n\nT\nA", "M PQ\nT\n\nA", "{}\n\n")),
		"The signed string has an empty line.", wantLines},
	{"lines-in-another-order",
		in(layoutPart, forms("M PQ\nA\nT", "T\nM PQ\nA", "T\nA\nM PQ", "A\nM PQ\nT", "A\nT\nM PQ", "PQ M\nT\nA",
			"PQ\nM\nT\nA", "M T\nPQ\nA", "M A\nT\nPQ")),
		"The signed string has its parts in another order.", wantLines},
	{"missing-lines", in(layoutPart, forms("M PQ", "M PQ\nA", "M PQ\nT", "M PQ\nT\n", "M PQ\n\nA")),
		"The signed string lacks a line.", wantLines},
	{"leading-newline", in(layoutPart, forms("\n{}", "\r\n{}", "\n{}\n", " {}")),
		"The signed string begins with a line break or a space.", wantLines},
	{"trailing-newline", in(layoutPart, forms("{}\n", "{}\r\n")),
		"The signed string ends with a line break.", wantLines},
	{"trailing-space",
		in(layoutPart, forms("{} ", "M PQ \nT\nA", "M PQ\nT \nA", "M PQ \nT \nA ", "{}\x00", "{} \n", "{}\t")),
		"A line of the signed string ends with a space or a zero byte.", wantLines},
	{"string-in-quotes", in(layoutPart, quoted),
		"The signed string is in quotes.", wantLines + " The quotes of a language or of JSON are no part of it."},
	{"echo-n", in(layoutPart, echoed("-n", "-n -e", "-e -n", "-ne", "-en", "-nE", "-E -n", "-n -E")),
		`The signed string begins with the options of echo: the echo of this shell does not know -n. Use printf.`, wantLines},
	{"echo-e", in(layoutPart, echoed("-e", "-E")),
		`The signed string begins with an option of echo: the echo of this shell, such as sh on Debian, does not know -e. ` +
			`Use printf.`, wantLines},
	{"dollar-quotes", in(layoutPart, dollarQuotes),
		`The signed string has a dollar sign before its line breaks: this shell, such as sh on Debian, does not know $'\n'. ` +
			`Use printf.`, wantLines},
	{"byte-order-mark", in(layoutPart, forms("\ufeff{}")),
		"The signed string begins with a byte order mark.", wantLines},
	{"indented-lines", in(layoutPart, indented),
		"The signed string has indented lines, as in a here-document.", wantLines},
	{"body-in-string", bodyInString,
		"The signed string has the body, or a hash of it, at its end. The body is not signed.", wantLines},
	{"body-signed", bodyAlone,
		"The signed string is {signed}, which is the body or made of it. The body is not signed.", wantLines},
	{"nothing-signed", in(layoutPart, forms("", "\n", " ", "\r\n")), "The signed string is empty.", wantLines},
	{"extra-text", withAPIKey,
		"The signed string has a line for an API key, as in an older version of the gateway.", wantLines},
	{"extra-text", texts(
		"METHOD TARGET HTTP/1.1\nTIME\nKEY", "METHOD TARGET HTTP/1.0\nTIME\nKEY", "METHOD TARGET HTTP/2\nTIME\nKEY",
		"METHOD TARGET\nx-ncp-apigw-timestamp:TIME\nx-ncp-iam-access-key:KEY",
		"METHOD TARGET\nx-ncp-apigw-timestamp: TIME\nx-ncp-iam-access-key: KEY",
		"METHOD, ,TARGET,\n,TIME,\n,KEY", "METHOD, TARGET, \n, TIME, \n, KEY", "['METHOD', 'TARGET', 'TIME', 'KEY']",
		`["METHOD","TARGET","TIME","KEY"]`, `["METHOD", "TARGET", "TIME", "KEY"]`, "('METHOD', 'TARGET', 'TIME', 'KEY')",
		`{"method":"METHOD","url":"TARGET","timestamp":"TIME","accessKey":"KEY"}`,
		`{"method": "METHOD", "url": "TARGET", "timestamp": "TIME", "accessKey": "KEY"}`,
		`{"method": "METHOD", "path": "TARGET", "timestamp": "TIME", "accessKey": "KEY"}`,
		`{"method":"METHOD","path":"TARGET","timestamp":"TIME","accessKey":"KEY"}`,
		"method=METHOD&path=TARGET&timestamp=TIME&accessKey=KEY", "method=METHOD&url=TARGET&timestamp=TIME&accessKey=KEY",
		"METHOD TARGET\nTIME\nKEY\nSECRET", "METHOD TARGET\nTIME\nKEYSECRET", "METHOD TARGET\nTIME\nKEY:SECRET", "SECRET",
		"METHOD TARGET\nTIME\nKEY\nKEY", "METHOD TARGET\nTIME\nKEY\nTIME", "METHOD TARGET\nTIME\nTIME\nKEY",
	), "The signed string is {signed}: it has more than the three lines.", wantLines},

	{"secret-key-with-white-space",
		in(secretPart, forms("{}\n", "{}\r\n", "{}\r", "{} ", "{}\t", "\n{}", " {}", "\t{}", " {} ", "\ufeff{}")),
		"The secret key that was used has white space or a byte order mark at its ends. Remove it where the key is read.",
		wantSecret},
	{"secret-key-in-quotes", in(secretPart, forms(`"{}"`, "'{}'")),
		"The secret key that was used is in quotes. Remove them.", wantSecret},
	{"secret-key-cut-short", in(secretPart, edits(replace(".$", ""), replace("^.", ""))),
		"The secret key that was used lacks its first or last character.", wantSecret},
	{"secret-key-base64-decoded", in(secretPart, edits(decoded, decodedInPart)),
		"The secret key that was used was decoded from base64.", wantSecret},
	{"secret-key-base64-encoded", in(secretPart, edits(inBase64)),
		"The secret key that was used was encoded in base64.", wantSecret},
	{"access-key-as-secret-key", in(secretPart, forms("{accessKey}")),
		"The secret key that was used is the access key.", wantSecret},
	{"secret-key-empty", in(secretPart, forms("")),
		"The secret key that was used is empty. Check where it is read from.", wantSecret},
	{"secret-key-in-other-case", in(secretPart, edits(strings.ToLower, strings.ToUpper)),
		"The secret key that was used has letters in another case.", wantSecret},
	{"secret-key-changed", in(secretPart, secretForms),
		"The secret key that was used was encoded, hashed, or has other text around it.", wantSecret},
	{"utf-16", inUTF16, "The string to sign or the secret key was encoded in UTF-16.", wantHMAC},
	{"hmac-arguments-swapped", swapped, "The arguments of the HMAC are swapped.", wantHMAC},
	{"plain-hash", plainHash, "The signature is a plain hash.", wantHMAC},
	{"secret-key-of-another", in(secretPart, otherSecrets),
		"The secret key that was used belongs to access key {owner}.", wantSecret},
	{"key-pair-of-another", otherPairs, "The request is signed with the key pair of access key {owner}.",
		"Send that access key, not {key}."},

	{"variable-not-filled-in", in(pathPart, unfilledPaths),
		"The signed path is {signed}: a variable in it was not filled in. " + wantFilled, wantPath},
	{"variable-not-filled-in", in(queryPart, unfilledQueries),
		"The signed query is {signed}: a variable in it was not filled in. " + wantFilled, wantQuery},
	{"variable-not-filled-in", in(timestampPart, unfilled(timestampNames)),
		"The signed timestamp is {signed}: a variable was not filled in. " + wantFilled, wantTime},
	{"variable-not-filled-in", in(accessKeyPart, unfilled(accessKeyNames)),
		"The signed access key is {signed}: a variable was not filled in. " + wantFilled, wantKey},
	{"variable-not-filled-in", in(methodPart, unfilled(methodNames)),
		"The signed method is {signed}: a variable was not filled in. " + wantFilled,
		"It must be the method as sent, {method}."},
	{"variable-not-filled-in", unfilledLayouts,
		"The signed string is {signed}: a variable was not filled in. " + wantFilled, wantLines},
	{"variable-not-filled-in", in(secretPart, unfilled(secretKeyNames)),
		"The secret key that was used is {signed}: a variable was not filled in. " + wantFilled, wantSecret},
	{"path-escaped", in(pathPart, partlyEscaped("/")),
		"The signed path is {signed}. They differ in what is escaped, or in the case of the escapes.", wantPath},
	{"query-escaped", in(queryPart, partlyEscaped("?&=")),
		"The signed query is {signed}. They differ in what is escaped, or how.", wantQuery},
	{"layout-of-another-api", otherLayouts, "The signed string is {layout}, the layout of another API.", wantLines},
	{"timestamps-differ", in(timestampPart, near),
		"The signed timestamp is {signed}.", wantTime + " Read the clock once, and use the value in both."},
}

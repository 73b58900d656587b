package emulator

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// part is a part of the string to sign.
type part int

const (
	partMethod part = iota
	partSpace       // between method and target
	partOrigin      // scheme and host
	partPath
	partQuery // with its question mark
	partNewline
	partTimestamp
	partAccessKey
	partLines // which there are, by letter: r is method and target, t timestamp, a access key, k API key
	partAPIKey
	partEnd
	numParts
)

type parts [numParts]string

func (c *clinic) parts(method, target string) parts {
	p := parts{
		partMethod: method, partSpace: " ", partPath: target, partNewline: "\n",
		partTimestamp: c.received.Timestamp, partAccessKey: c.received.AccessKey, partLines: "rta", partAPIKey: c.request.Header.Get("X-Ncp-Apigw-Api-Key"),
	}
	if i := strings.IndexByte(target, '?'); i >= 0 {
		p[partPath], p[partQuery] = target[:i], target[i:]
	}
	return p
}

func (p *parts) appendTo(b []byte) []byte {
	for i, line := range p[partLines] {
		if i > 0 {
			b = append(b, p[partNewline]...)
		}
		switch line {
		case 'r':
			for _, part := range []part{partMethod, partSpace, partOrigin, partPath, partQuery} {
				b = append(b, p[part]...)
			}
		case 't':
			b = append(b, p[partTimestamp]...)
		case 'a':
			b = append(b, p[partAccessKey]...)
		case 'k':
			b = append(b, p[partAPIKey]...)
		}
	}
	return append(b, p[partEnd]...)
}

// slip is a mistake in one part of the string to sign. In its words, {signed} is what that part was, {right} what it must be.
// It has no name where the part is right, and the header is not.
type slip struct {
	part           part
	value          string
	mistake, words string
}

// slips are the mistakes in the string to sign that are tried, each alone and two at a time.
func (c *clinic) slips(base parts) []slip {
	var slips []slip
	add := func(part part, value, mistake, words string) {
		known := func(s slip) bool { return s.part == part && s.value == value }
		if value != base[part] && !slices.ContainsFunc(slips, known) {
			slips = append(slips, slip{part, value, mistake, words})
		}
	}

	const methodWords = "The signed string begins with {signed}. It must begin with the method as it is sent, {right}."
	add(partMethod, strings.ToLower(base[partMethod]), "method-in-lower-case", methodWords)
	for _, other := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"} {
		add(partMethod, other, "wrong-method", methodWords)
	}
	add(partMethod, "", "missing-method", "The signed string has no method. It must begin with {right}.")
	add(partSpace, "", "missing-space", "The signed string has nothing between the method and the path. There must be a space.")
	add(partSpace, "\n", "line-break-after-method", "The signed string has a line break between the method and the path. There must be a space.")

	const originWords = "The signed string has {signed} before the path. It must have the path alone, with the query."
	host := c.request.Host
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	gateway, _ := url.Parse(nks.ServerURLKR)
	government, _ := url.Parse(nks.ServerURLGovKR)
	financial, _ := url.Parse(nks.ServerURLFKR)
	for _, host := range []string{host, name, gateway.Host, government.Host, financial.Host} {
		if host != "" {
			add(partOrigin, "http://"+host, "scheme-and-host-in-string", originWords)
			add(partOrigin, "https://"+host, "scheme-and-host-in-string", originWords)
			add(partOrigin, host, "host-in-string", originWords)
		}
	}

	c.pathSlips(base[partPath], add)
	c.querySlips(base[partQuery], add)

	if n, err := strconv.ParseInt(base[partTimestamp], 10, 64); err == nil {
		add(partTimestamp, strconv.FormatInt(n/1000, 10), "seconds-in-string", "The signed timestamp is {signed}, in seconds. It must be that of the header, {right}.")
		add(partTimestamp, strconv.FormatInt(n*1000, 10), "timestamps-differ", "The signed timestamp is {signed}, that of the header {right}. They must be the same.")
	}

	const accessKeyWords = "The signed access key is {signed}. It must be that of the header, {right}."
	others := 0
	for _, key := range c.keys {
		switch {
		case c.known && key.AccessKey == c.key.AccessKey: // right, and the header is wrong
			add(partAccessKey, key.AccessKey, "", "")
		case others < maxOthers:
			add(partAccessKey, key.AccessKey, "access-key-of-another-in-string", accessKeyWords)
			others++
		}
	}
	add(partAccessKey, strings.ToLower(base[partAccessKey]), "access-keys-differ", accessKeyWords)
	add(partAccessKey, strings.ToUpper(base[partAccessKey]), "access-keys-differ", accessKeyWords)
	if c.known {
		add(partAccessKey, c.key.SecretKey, "secret-key-in-string", "The signed string has the secret key in place of the access key. It must be {right}.")
	}

	add(partNewline, "\r\n", "crlf", "The lines of the signed string end with CR LF. They must end with LF alone, \\n.")
	add(partNewline, "\r", "cr", "The lines of the signed string end with CR. They must end with LF, \\n.")
	for _, literal := range []string{`\n`, `\r\n`} {
		add(partNewline, literal, "literal-backslash-n", "The lines of the signed string are joined by a backslash and the letter n. They must be joined by a line break, LF.")
	}
	add(partNewline, "", "missing-line-breaks", "The signed string is one line. There must be a line break, LF, before the timestamp and before the access key.")
	add(partNewline, " ", "missing-line-breaks", "The signed string is one line, joined by spaces. It must be three, joined by line breaks, LF.")

	const linesWords = "The signed string has its lines in another order. They must be method and path, timestamp, access key."
	for _, order := range []string{"rat", "tra", "tar", "art", "atr"} {
		add(partLines, order, "lines-in-another-order", linesWords)
	}
	add(partLines, "rt", "missing-access-key-line", "The signed string has no access key. It must be the third line.")
	add(partLines, "ra", "missing-timestamp-line", "The signed string has no timestamp. It must be the second line.")
	add(partLines, "r", "missing-lines", "The signed string is the method and the path alone. The timestamp and the access key must follow, each on a line.")
	if base[partAPIKey] != "" {
		add(partLines, "rtka", "api-key-in-string", "The signed string has the API key in it, as an older signature had. It must be method and path, timestamp, access key.")
	}

	const leadingWords = "The signed string begins with a line break. It must begin with the method."
	add(partMethod, "\n"+base[partMethod], "leading-newline", leadingWords)
	add(partMethod, "\r\n"+base[partMethod], "leading-newline", leadingWords)
	add(partMethod, "-n "+base[partMethod], "echo-n", "The signed string begins with \"-n \": this shell's echo does not know -n. Use printf.")
	add(partEnd, "\n", "trailing-newline", "The signed string ends with a line break. It must end with the access key.")
	add(partEnd, "\r\n", "trailing-newline", "The signed string ends with a line break, CR LF. It must end with the access key.")
	add(partEnd, `\n`, "literal-backslash-n", "The signed string ends with a backslash and the letter n. It must end with the access key.")
	add(partEnd, " ", "trailing-space", "The signed string ends with a space. It must end with the access key.")
	if body := c.body(); body != "" {
		const bodyWords = "The signed string ends with the body of the request. The body is not signed; the string must end with the access key."
		add(partEnd, body, "body-in-string", bodyWords)
		add(partEnd, "\n"+body, "body-in-string", bodyWords)
	}
	return slips
}

func (c *clinic) pathSlips(sent string, add func(part part, value, mistake, words string)) {
	const words = "The signed path is {signed}. It must be the path as it is sent, {right}."
	for _, base := range BasePaths {
		rest, ok := strings.CutPrefix(sent, base)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		const words = "The signed path is {signed}. It must be the whole path as it is sent, with the base path: {right}."
		add(partPath, rest, "missing-base-path", words)
		add(partPath, strings.TrimPrefix(rest, "/"), "missing-base-path", words)
		add(partPath, base[strings.LastIndexByte(base, '/'):]+rest, "missing-base-path", words)
		for _, other := range BasePaths {
			add(partPath, other+rest, "wrong-base-path", "The signed path is {signed}, with the base path of another region. It must be the path as it is sent, {right}.")
		}
	}
	if bare, ok := strings.CutSuffix(sent, "/"); ok {
		add(partPath, bare, "trailing-slash", words+" They differ in the slash at the end.")
	} else {
		add(partPath, sent+"/", "trailing-slash", words+" They differ in the slash at the end.")
	}
	add(partPath, strings.TrimPrefix(sent, "/"), "missing-leading-slash", words+" The path begins with a slash.")

	if unescaped, err := url.PathUnescape(sent); err == nil {
		add(partPath, unescaped, "path-unescaped", words+" What is escaped in the path must be escaped in the string.")
		add(partPath, strings.ReplaceAll(sent, "%", "%25"), "path-escaped-twice", words+" It must be escaped once only.")
		const escapedWords = words + " What is not escaped in the path must not be escaped in the string."
		add(partPath, eachSegment(unescaped, url.PathEscape), "path-escaped", escapedWords)
		add(partPath, eachSegment(unescaped, escapeAll), "path-escaped", escapedWords)
		for _, turn := range []func(string) string{strings.ToLower, strings.ToUpper} {
			add(partPath, escapes.ReplaceAllStringFunc(sent, turn), "path-escaped", words+" Escapes must have their letters in the same case.")
		}
		add(partPath, url.QueryEscape(unescaped), "path-escaped", escapedWords)
	}
	add(partPath, path.Clean(sent), "path-cleaned", words+" Slashes and dots must be signed as they are sent.")
	add(partPath, strings.ToLower(sent), "path-in-other-case", words+" They differ in the case of letters.")
	add(partPath, strings.ToUpper(sent), "path-in-other-case", words+" They differ in the case of letters.")
	for parent := sent; strings.Count(parent, "/") > 1 && len(sent)-len(parent) < 200; {
		parent = parent[:strings.LastIndexByte(parent, '/')]
		add(partPath, parent, "wrong-path", words+" What was signed is cut short.")
	}
	add(partPath, "/", "wrong-path", words)
}

func (c *clinic) querySlips(sent string, add func(part part, value, mistake, words string)) {
	if sent == "" {
		add(partQuery, "?", "stray-question-mark", "The signed path ends with a question mark, which was not sent.")
		return
	}
	add(partQuery, "", "missing-query", "The query {right} was sent but not signed. It must be signed as part of the path.")
	if sent == "?" {
		return
	}
	add(partQuery, sent[1:], "missing-question-mark", "The signed query is {signed}, without its question mark. It must be {right}.")

	parameters := strings.Split(sent[1:], "&")
	const orderWords = "The signed query is {signed}. It must have the parameters in the order in which they are sent, {right}."
	for _, order := range orders(parameters) {
		add(partQuery, "?"+strings.Join(order, "&"), "query-order", orderWords)
	}
	const words = "The signed query is {signed}. It must be escaped as it is sent, {right}."
	if unescaped, err := url.PathUnescape(sent); err == nil {
		add(partQuery, unescaped, "query-unescaped", words)
	}
	if unescaped, err := url.QueryUnescape(sent); err == nil {
		add(partQuery, unescaped, "query-unescaped", words)
	}
	add(partQuery, strings.ReplaceAll(sent, "%", "%25"), "query-escaped-twice", words)
	for _, escape := range []func(string) string{url.QueryEscape, escapeAll} {
		escaped := make([]string, len(parameters))
		for i, parameter := range parameters {
			name, value, hasValue := strings.Cut(parameter, "=")
			escaped[i] = reescape(name, escape)
			if hasValue {
				escaped[i] += "=" + reescape(value, escape)
			}
		}
		add(partQuery, "?"+strings.Join(escaped, "&"), "query-escaped", words)
		slices.Sort(escaped)
		add(partQuery, "?"+strings.Join(escaped, "&"), "query-escaped", "The signed query is {signed}. It must be escaped as it is sent, and in the same order, {right}.")
	}
	for _, turn := range []func(string) string{strings.ToLower, strings.ToUpper} {
		add(partQuery, escapes.ReplaceAllStringFunc(sent, turn), "query-escaped", words)
	}
}

// orders are all orders of up to four parameters, else two that libraries make.
func orders(parameters []string) [][]string {
	sorted := slices.Sorted(slices.Values(parameters))
	reversed := slices.Clone(parameters)
	slices.Reverse(reversed)
	all := [][]string{sorted, reversed}
	if len(parameters) > 4 {
		return all
	}
	var permute func(done, rest []string)
	permute = func(done, rest []string) {
		if len(rest) == 0 {
			all = append(all, slices.Clone(done))
		}
		for i := range rest {
			permute(append(done, rest[i]), slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	permute(make([]string, 0, len(parameters)), parameters)
	return all
}

func eachSegment(path string, escape func(string) string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = escape(segment)
	}
	return strings.Join(segments, "/")
}

// escapeAll escapes all but letters, digits and -._~, with a space as %20.
func escapeAll(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func reescape(text string, escape func(string) string) string {
	if unescaped, err := url.QueryUnescape(text); err == nil {
		text = unescaped
	}
	return escape(text)
}

var escapes = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// body is the body of the request when it is short, and stays there for the next reader.
func (c *clinic) body() string {
	r := c.request
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

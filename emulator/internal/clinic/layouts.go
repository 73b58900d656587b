package clinic

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
)

// shellLines are the right layout as shells write its line breaks that do not know $'\n' or \n.
var shellLines = []string{rightLayout, "M PQ$\nT$\nA", `M PQ$\nT$\nA`, `M PQ\nT\nA`}

// echoed returns the layouts of an echo that prints its options.
func echoed(options ...string) func(*examination, string) iter.Seq[string] {
	var layouts []string
	for _, option := range options {
		for _, lines := range shellLines {
			for _, end := range []string{"", "\n", `\n`} {
				layouts = append(layouts, option+" "+lines+end)
			}
		}
	}
	return forms(layouts...)
}

// dollarQuotes returns the layouts of a shell that does not know $'\n'.
var dollarQuotes = forms(
	"M PQ$\nT$\nA", `M PQ$\nT$\nA`, "M PQ$\nT$\nA\n", `M PQ$\nT$\nA`+"\n", `M PQ$\nT$\nA\n`, "M$ PQ$\nT$\nA",
	`M$ PQ$\nT$\nA`, `$'M PQ\nT\nA'`, `$'M PQ\nT\nA'`+"\n", "$M PQ\nT\nA", "$M PQ\nT\nA\n", `$M PQ\nT\nA`,
	`$M PQ\nT\nA`+"\n",
)

// quoted are layouts in quotes, as shells, JSON and Python print them.
var quoted = forms(
	`"{}"`, "'{}'", `"M PQ\nT\nA"`, `'M PQ\nT\nA'`, `b'M PQ\nT\nA'`, "b'{}'", "`{}`", `"{}"`+"\n",
	"'{}'\n", `"M PQ\nT\nA"`+"\n",
)

// indented returns the layouts of here-documents whose lines, or whose lines but the first, are
// indented.
func indented(x *examination, right string) iter.Seq[string] {
	var layouts []string
	for _, indent := range []string{"\t", "\t\t", "  ", "    ", "        "} {
		rest := strings.ReplaceAll(right, "\n", "\n"+indent)
		layouts = append(layouts, rest, rest+"\n", indent+rest, indent+rest+"\n",
			"\n"+indent+rest, "\n"+indent+rest+"\n", "\n"+indent+rest+"\n"+indent)
	}
	return slices.Values(layouts)
}

// bodyForms returns the body, and what libraries make of it: hashes, and JSON in other white space or
// in another order.
func bodyForms(text string) []string {
	found := []string{text, strings.TrimSpace(text)}
	var compact, pretty, wide bytes.Buffer
	if json.Compact(&compact, []byte(text)) == nil && text != "" {
		_ = json.Indent(&pretty, []byte(text), "", "  ")
		_ = json.Indent(&wide, []byte(text), "", "    ")
		found = append(found, compact.String(), pretty.String(), wide.String(), spaced(compact.String()), sortedJSON(text))
	}
	for _, written := range distinctTexts(found) {
		found = append(found, hashes(written)...)
		found = append(found, inBase64(written))
	}
	return distinctTexts(found)
}

// spaced returns compact JSON as Python writes it: with a space after each comma and colon.
func spaced(compact string) string {
	var wide strings.Builder
	isText := false
	for i, char := range compact {
		if char == '"' && (i == 0 || compact[i-1] != '\\') {
			isText = !isText
		}
		wide.WriteRune(char)
		if !isText && (char == ',' || char == ':') {
			wide.WriteByte(' ')
		}
	}
	return wide.String()
}

// sortedJSON returns JSON without white space, with the names of each object in order.
func sortedJSON(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	ordered, _ := json.Marshal(value) // of what JSON had
	return string(ordered)
}

// hashes returns the hashes of a text as other APIs put them into the string to sign.
func hashes(text string) []string {
	var found []string
	sum256 := sha256.Sum256([]byte(text))
	sum5 := md5.Sum([]byte(text))
	sum1 := sha1.Sum([]byte(text))
	sum512 := sha512.Sum512([]byte(text))
	for _, sum := range [][]byte{sum256[:], sum5[:], sum1[:], sum512[:]} {
		digits := hex.EncodeToString(sum)
		found = append(found, digits, strings.ToUpper(digits), base64.StdEncoding.EncodeToString(sum))
	}
	return found
}

// bodyInString are right strings with the body or a hash of it at the end, or at another place.
func bodyInString(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		text := x.right.stringToSign()
		target, lines, _ := strings.Cut(text, "\n")
		for _, form := range append(bodyForms(x.right[bodyPart]), "{}", "null", "[]") {
			for _, signed := range []string{
				text + form, text + "\n" + form, text + " " + form, form + text, form + "\n" + text,
				target + "?" + form + "\n" + lines, target + "\n" + form + "\n" + lines, target + form + "\n" + lines,
			} {
				if !yield(x.signing(signed, "")) {
					return
				}
			}
		}
	}
}

// bodyAlone are the body or a hash of it, alone or with some of the other parts.
func bodyAlone(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		if x.right[bodyPart] == "" {
			return
		}
		target := x.right[pathPart] + x.right[queryPart]
		sent := x.right[timestampPart]
		key := x.right[accessKeyPart]
		for _, form := range bodyForms(x.right[bodyPart]) {
			for _, text := range []string{
				form, form + "\n", sent + form, sent + "\n" + form, sent + "." + form, form + sent, form + "\n" + sent,
				target + form, target + "\n" + form, key + form, form + key,
			} {
				if !yield(x.signing(text, text)) {
					return
				}
			}
		}
	}
}

// partNames are the letters of a layout in words.
var partNames = strings.NewReplacer(
	"M", "METHOD", "P", "PATH", "Q", "?QUERY", "T", "TIMESTAMP", "A", "ACCESS_KEY", "B", "BODY",
)

// foreignLayouts are the parts in every order, some left out, with one separator between them. Some
// APIs of the provider and of others have such a layout: search ads have TIMESTAMP.METHOD.PATH.
var foreignLayouts = sync.OnceValue(func() []string {
	separators := []string{".", "", "\n", ":", "|", " ", ",", "&", "_", "-", "/", ";", "+", "\t", ", ", "::"}
	known := map[string]bool{rightLayout: true}
	var layouts []string
	add := func(foreign string) {
		if !known[foreign] {
			known[foreign] = true
			layouts = append(layouts, foreign)
		}
	}
	for _, order := range orders("M", "P", "T", "A") {
		for _, separator := range separators {
			foreign := strings.Join(order, separator)
			add(foreign)
			add(strings.Replace(foreign, "P", "PQ", 1))
		}
	}
	for _, foreign := range []string{
		"TMPB", "TMPQB", "T.M.PQ.B", "MPQTB", "T\nM\nPQ\nB", "M\nPQ\nT\nB", "M\nP\nT\nB", "TAB", "T.B", "ATB",
		"M PQ\nT\nA\nA",
	} {
		add(foreign)
	}
	return layouts
})

// orders returns texts in every order, and those that leave some of them out.
func orders(all ...string) [][]string {
	var found [][]string
	for i, first := range all {
		found = append(found, []string{first})
		others := slices.Concat(all[:i], all[i+1:])
		for _, rest := range orders(others...) {
			found = append(found, append([]string{first}, rest...))
		}
	}
	return found
}

func otherLayouts(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		for _, foreign := range foreignLayouts() {
			if x.right[queryPart] == "" && strings.Contains(foreign, "Q") {
				continue // the same without Q
			}
			wrong := x.right
			wrong[layoutPart] = foreign
			if !yield(candidate{parts: wrong, shown: foreign}) {
				return
			}
		}
	}
}

// timestampForms returns the timestamp as languages write numbers and dates.
func timestampForms(_ *examination, right string) iter.Seq[string] {
	milliseconds, err := strconv.ParseInt(right, 10, 64)
	if err != nil {
		return slices.Values([]string(nil))
	}
	at := time.UnixMilli(milliseconds).UTC()
	seoul := at.In(time.FixedZone("KST", 9*60*60))
	seconds := strconv.FormatInt(milliseconds/1000, 10)
	found := []string{
		right + ".0", right + ".000", `"` + right + `"`, "'" + right + "'", right + "L", right + "n", right + "000",
		right + "000000",
		seconds + ".0", seconds + "000", fmt.Sprintf("%s.%03d", seconds, milliseconds%1000),
		strconv.FormatFloat(float64(milliseconds), 'E', -1, 64), strconv.FormatFloat(float64(milliseconds), 'e', 6, 64),
		strconv.FormatFloat(float64(milliseconds)/1000, 'f', -1, 64),
	}
	for _, moment := range []time.Time{at, seoul} {
		for _, layout := range []string{
			time.RFC3339, "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05.000",
			"2006-01-02 15:04:05",
			"20060102150405", "20060102T150405Z", http.TimeFormat, time.RFC1123Z, "2006-01-02",
		} {
			found = append(found, moment.Format(layout))
		}
	}
	return slices.Values(found)
}

// withAPIKey are strings with a line for the API key, which older versions of the gateway wanted. It may
// be empty.
func withAPIKey(x *examination) iter.Seq[candidate] {
	key := x.request.Header.Get("x-ncp-apigw-api-key")
	if len(key) > maxHeader {
		key = ""
	}
	head := "METHOD TARGET\nTIME\n"
	return texts(head+key+"\nKEY", head+"KEY\n"+key)(x)
}

// secretForms returns the secret key encoded, hashed, or with other text around it.
func secretForms(x *examination, right string) iter.Seq[string] {
	if right == "" {
		return slices.Values([]string(nil))
	}
	found := []string{
		hex.EncodeToString([]byte(right)), url.QueryEscape(right), right + "&", "AWS4" + right, "Bearer " + right,
		right + right,
		right + "\x00", x.key.AccessKey + ":" + right, x.key.AccessKey + right, right + x.key.AccessKey, "secret=" + right,
		"{" + right + "}", "<" + right + ">", "b'" + right + "'", right + ";", right + ",", "=" + right, ":" + right,
	}
	if digits, err := hex.DecodeString(right); err == nil {
		found = append(found, string(digits))
	}
	sum256 := sha256.Sum256([]byte(right))
	sum5 := md5.Sum([]byte(right))
	found = append(found, string(sum256[:]), string(sum5[:]))
	return slices.Values(append(found, hashes(right)...))
}

// capitalized returns a method such as Get.
func capitalized(method string) string {
	if method == "" {
		return ""
	}
	return strings.ToUpper(method[:1]) + strings.ToLower(method[1:])
}

// near returns timestamps of up to two seconds before or after, the nearest ones first.
func near(_ *examination, right string) iter.Seq[string] {
	return func(yield func(string) bool) {
		milliseconds, err := strconv.ParseInt(right, 10, 64)
		if err != nil {
			return
		}
		for apart := range int64(2001) {
			if !yield(strconv.FormatInt(milliseconds-apart, 10)) || !yield(strconv.FormatInt(milliseconds+apart, 10)) {
				return
			}
		}
	}
}

// otherSecrets are the secret keys of all key pairs.
func otherSecrets(x *examination, _ string) iter.Seq[string] {
	return slices.Values(slices.Sorted(maps.Keys(x.owners())))
}

// otherPairs are what others would have signed.
func otherPairs(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		wrong := x.right
		for key := range otherSecrets(x, "") {
			wrong[secretPart] = key
			wrong[accessKeyPart] = x.owners()[key]
			if !yield(candidate{parts: wrong}) {
				return
			}
		}
	}
}

// swapped is the HMAC of the secret key, keyed with the string to sign.
func swapped(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		text := x.right.stringToSign()
		if x.right[secretPart] != "" {
			yield(candidate{parts: x.right, sum: macOf(text, x.right[secretPart])})
		}
	}
}

func macOf(key, text string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// plainHash are hashes without an HMAC.
func plainHash(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		text := x.right.stringToSign()
		key := x.right[secretPart]
		for _, hashed := range []string{key + text, text + key, text, key + "\n" + text, text + "\n" + key} {
			sum := sha256.Sum256([]byte(hashed))
			if !yield(candidate{parts: x.right, sum: sum[:]}) {
				return
			}
		}
	}
}

// inUTF16 have the string, the secret key or both in UTF-16, in either byte order, with and without
// a byte order mark.
func inUTF16(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		key := x.right[secretPart]
		if key == "" {
			return
		}
		text := x.right.stringToSign()
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, mark := range []string{"", "\ufeff"} {
				wideKey := utf16Of(order, mark+key)
				wideText := utf16Of(order, mark+text)
				for _, sum := range [][]byte{macOf(wideKey, wideText), macOf(key, wideText), macOf(wideKey, text)} {
					if !yield(candidate{parts: x.right, sum: sum}) {
						return
					}
				}
			}
		}
	}
}

func utf16Of(order binary.ByteOrder, text string) string {
	data, _ := binary.Append(nil, order, utf16.Encode([]rune(text)))
	return string(data)
}

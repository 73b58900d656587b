package clinic

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/nks-access/nks-access/signer"
)

// Bounds on the work of one diagnosis: anybody can ask for one.
const (
	maxTarget = 8 << 10 // bytes of a target that is looked into
	maxBody   = 2 << 10 // bytes of a body that is tried as part of the string to sign
	maxHashed = 3 << 20 // bytes that are hashed
)

// signature returns the mistakes in the signature, and the string that was signed, if a mistake
// explains the signature. If none does, explain adds a finding that says so.
func (c *clinic) signature(explain bool) (findings []Finding, signed string) {
	for _, key := range c.keys {
		if key.SecretKey != "" && strings.TrimSpace(c.received.Signature) == strings.TrimSpace(key.SecretKey) {
			return []Finding{{"secret-key-as-signature", "The signature is a secret key. Send the HMAC-SHA256 of the string to sign, " +
				"keyed with the secret key, and replace the secret key: others may have seen it."}}, ""
		}
	}
	sum, findings := decode(c.received.Signature)
	if sum == nil {
		return findings, ""
	}
	words := fmt.Sprintf("The target is too long to look for the mistake: %d bytes.", len(c.received.Target))
	if len(c.received.Target) <= maxTarget {
		found, signed, tried := c.explain(sum)
		if signed != "" {
			return append(found, findings...), signed
		}
		words = fmt.Sprintf("None of the %d mistakes that were tried gives this signature. Compare your string to sign "+
			"with the expected one, byte by byte, and your secret key with that of access key %s.", tried, c.quote(c.received.AccessKey))
	}
	if explain {
		findings = append(findings, Finding{"unknown", words})
	}
	return findings, ""
}

// explain tries the right way to sign, and then every slip, until one gives sum. It returns the
// string that was signed, "" if nothing explains the sum, and how much was tried.
func (c *clinic) explain(sum []byte) (findings []Finding, signed string, tried int) {
	right := c.right()
	left := maxHashed
	gives := func(p parts) bool {
		left -= len(p.text()) + len(p[secret]) + 256 // a hash has a cost beside its bytes
		if left < 0 {
			return false
		}
		tried++
		return hmac.Equal(p.sum(), sum)
	}
	if c.known && gives(right) {
		return nil, right.text(), tried // only the encoding is wrong
	}
	for _, slip := range c.slips() {
		for _, wrong := range slip.wrong(right) {
			// Without a known key only another key can explain the signature.
			if wrong == right || !c.known && wrong[secret] == right[secret] || !gives(wrong) {
				continue
			}
			return c.finding(slip, right, wrong), wrong.text(), tried
		}
	}
	return nil, "", tried
}

func (c *clinic) finding(slip slip, right, wrong parts) []Finding {
	if slip.mistake == "" {
		return nil
	}
	p := method
	for wrong[p] == right[p] {
		p++
	}
	owner := slices.IndexFunc(c.keys, func(key signer.Credentials) bool { return key.SecretKey == wrong[secret] })
	words := strings.NewReplacer("{signed}", c.quote(wrong[p]), "{right}", c.quote(right[p]), "{header}", c.quote(c.received.AccessKey))
	text := words.Replace(slip.words)
	if owner >= 0 {
		text = strings.ReplaceAll(text, "{owner}", c.quote(c.keys[owner].AccessKey))
	}
	return []Finding{{slip.mistake, text}}
}

// right returns the parts that the client should have put together.
func (c *clinic) right() parts {
	p := parts{
		method: c.received.Method, space: " ", urlPath: c.received.Target, timestamp: c.received.Timestamp,
		accessKey: c.received.AccessKey, body: shortBody(c.request), layout: "R\nT\nA", secret: c.key.SecretKey,
	}
	if i := strings.IndexByte(p[urlPath], '?'); i >= 0 {
		p[urlPath], p[query] = p[urlPath][:i], p[urlPath][i:]
	}
	return p
}

// sum returns the signature that p gives.
func (p parts) sum() []byte {
	key, text := p[secret], p.text()
	switch p[how] {
	case "hash of key and text":
		return plainHash(key + text)
	case "hash of text and key":
		return plainHash(text + key)
	case "hash of text":
		return plainHash(text)
	case "swapped":
		key, text = text, key
	}
	var order binary.AppendByteOrder = binary.LittleEndian
	if strings.HasPrefix(p[how], "BE") {
		order = binary.BigEndian
	}
	if strings.Contains(p[how], " key") {
		key = inUTF16(key, order)
	}
	if strings.Contains(p[how], " text") {
		text = inUTF16(text, order)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func plainHash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func inUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// wrappings are what clients put around the text of a signature, and what removes it.
var wrappings = []struct {
	mistake, words string
	unwrap         func(string) string
}{
	{"signature-with-prefix", "The header has a word before the signature. Send the signature alone.", func(s string) string {
		last := s[strings.LastIndexAny(s, " :,")+1:]
		if len(s) != 44 && (isHex(last) || len(last) == 44) {
			return last
		}
		return s
	}},
	{"signature-in-quotes", "The signature is in quotes. Send it without them.", func(s string) string {
		if strings.ContainsAny(s, `"'`) {
			return strings.Trim(strings.TrimPrefix(s, "b"), `"'`)
		}
		return s
	}},
	{"signature-percent-encoded", "The signature is percent-encoded, as in a URL. In a header it must be plain base64.", unescaped},
	{"signature-with-white-space", "The signature contains a space or a line break. It must be one line of base64, with every + kept.",
		strings.NewReplacer(" ", "+", "\r", "", "\n", "").Replace},
}

// decode returns the 32 bytes of a signature, and the mistakes in its encoding. Without bytes it is
// not a signature.
func decode(text string) (sum []byte, findings []Finding) {
	add := func(mistake, words string) { findings = append(findings, Finding{mistake, words}) }
	for _, w := range wrappings {
		if bare := w.unwrap(text); bare != text {
			add(w.mistake, w.words)
			text = bare
		}
	}
	if isHex(text) {
		add("signature-in-hex", "The signature is in hex. It must be the bytes of the HMAC in base64.")
		sum, _ = hex.DecodeString(text)
		return sum, findings
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(text)
	if standard != text {
		add("signature-in-url-safe-base64", "The signature is in URL-safe base64, with - and _. It must be in standard base64, with + and /.")
	}
	sum, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(standard, "="))
	switch {
	case err != nil:
		return nil, []Finding{{"signature-not-base64", "The signature is not base64. It must be the bytes of the HMAC in base64, 44 characters."}}
	case isHex(string(sum)):
		add("base64-of-hex", "The signature is base64 of the HMAC in hex. It must be base64 of the bytes of the HMAC.")
		sum, _ = hex.DecodeString(string(sum))
	case standard != base64.StdEncoding.EncodeToString(sum):
		add("signature-padding", "The signature must be padded with = to 44 characters.")
	}
	if len(sum) != sha256.Size {
		add("signature-length", fmt.Sprintf("The signature has %d bytes. HMAC-SHA256 has %d, which are 44 characters in base64. "+
			"SHA-1 has 20, SHA-512 has 64.", len(sum), sha256.Size))
		return nil, findings
	}
	return sum, findings
}

// isHex tells the hex digits of a signature from base64.
func isHex(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 2*sha256.Size
}

// shortBody returns the body if it is short. It can still be read afterwards.
func shortBody(r *http.Request) string {
	if r.Body == nil || r.ContentLength <= 0 || r.ContentLength > maxBody {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), r.Body), r.Body}
	return string(text)
}

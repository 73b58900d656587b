package clinic

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/nks-access/nks-access/signer"
)

// Bounds on the work of one diagnosis: anybody can ask for one.
const (
	maxTarget = 8 << 10 // bytes of a target that is looked into
	maxBody   = 2 << 10 // bytes of a body that is tried as part of the string to sign
	maxHashed = 3 << 20 // bytes that are hashed
	maxApart  = 2000    // milliseconds between two clock readings of one client
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
		t := trial{clinic: c, sum: sum, left: maxHashed}
		if found, signed, ok := t.run(); ok {
			return append(found, findings...), signed
		}
		words = fmt.Sprintf("None of the %d mistakes that were tried gives this signature. Compare your string to sign with the expected one, "+
			"byte by byte, and your secret key with that of access key %s.", t.tried, c.quote(c.received.AccessKey))
	}
	if explain {
		findings = append(findings, Finding{"unknown", words})
	}
	return findings, ""
}

// trial tries mistakes until one gives the signature.
type trial struct {
	*clinic
	sum   []byte // the received signature
	left  int    // bytes that may still be hashed
	tried int
}

// run tries the right way first, then every slip, then timestamps near the one in the header.
func (t *trial) run() (findings []Finding, signed string, ok bool) {
	base := t.parts()
	if text, ok := t.try(base); ok && t.known {
		return nil, text, true // only the encoding was wrong
	}
	for _, slip := range slips {
		// Without a known key only another key can explain the signature. Without a query none of
		// it can be wrong.
		if !t.known && slip.part != partSecret || slip.part == partQuery && base[partQuery] == "" && slip.mistake != "stray-question-mark" {
			continue
		}
		for _, value := range slip.values(t.clinic, base[slip.part]) {
			wrong := base
			wrong[slip.part] = value
			if slip.also != nil {
				slip.also(t.clinic, &wrong)
			}
			if wrong == base {
				continue
			}
			if text, ok := t.try(wrong); ok {
				return t.findings(slip, value, base), text, true
			}
		}
	}
	if !t.known {
		return nil, "", false
	}
	sent, err := strconv.ParseInt(t.received.Timestamp, 10, 64)
	for apart := int64(0); err == nil && apart <= maxApart; apart++ {
		for _, milliseconds := range []int64{sent + apart, sent - apart} {
			wrong := base
			wrong[partTimestamp] = strconv.FormatInt(milliseconds, 10)
			if text, ok := t.try(wrong); ok {
				slip := slip{mistake: "timestamps-differ", part: partTimestamp,
					words: "The signed timestamp is {signed}, the one in the header {right}. Read the clock once, and use the value in both."}
				return t.findings(slip, wrong[partTimestamp], base), text, true
			}
		}
	}
	return nil, "", false
}

func (t *trial) findings(slip slip, value string, base parts) []Finding {
	if slip.mistake == "" {
		return nil
	}
	words := strings.NewReplacer("{signed}", t.quote(value), "{right}", t.quote(base[slip.part]),
		"{owner}", t.quote(t.ownerOf(value)), "{header}", t.quote(t.received.AccessKey)).Replace(slip.words)
	return []Finding{{slip.mistake, words}}
}

// ownerOf returns the access key of a secret key.
func (c *clinic) ownerOf(secretKey string) string {
	i := slices.IndexFunc(c.keys, func(key signer.Credentials) bool { return key.SecretKey == secretKey })
	if i < 0 {
		return ""
	}
	return c.keys[i].AccessKey
}

// try reports whether p gives the received signature, and for which string to sign.
func (t *trial) try(p parts) (text string, ok bool) {
	text = p.text()
	message, key := text, p[partSecret]
	switch p[partHow] {
	case "swapped":
		message, key = key, text
	case "key and text":
		message = key + text
	case "text and key":
		message = text + key
	case "UTF-16LE", "UTF-16LE text":
		message = inUTF16(text, false)
	case "UTF-16BE", "UTF-16BE text":
		message = inUTF16(text, true)
	}
	switch p[partHow] {
	case "UTF-16LE", "UTF-16LE key":
		key = inUTF16(key, false)
	case "UTF-16BE", "UTF-16BE key":
		key = inUTF16(key, true)
	}
	if t.left -= len(message) + 256; t.left < 0 { // a hash has a cost beside its bytes
		return "", false
	}
	t.tried++
	h := hmac.New(sha256.New, []byte(key))
	if strings.Contains(p[partHow], "and") || p[partHow] == "text" {
		h = sha256.New()
	}
	h.Write([]byte(message))
	return text, hmac.Equal(h.Sum(nil), t.sum)
}

func inUTF16(text string, bigEndian bool) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		if bigEndian {
			b = append(b, byte(unit>>8), byte(unit))
		} else {
			b = append(b, byte(unit), byte(unit>>8))
		}
	}
	return string(b)
}

// decode returns the 32 bytes of a signature, and the mistakes in its encoding. Without bytes it is
// not a signature.
func decode(text string) (sum []byte, findings []Finding) {
	add := func(mistake, format string, args ...any) {
		findings = append(findings, Finding{mistake, fmt.Sprintf(format, args...)})
	}
	if i := strings.LastIndexAny(text, " :,"); i >= 0 && len(text) != 44 && (isHex(text[i+1:]) || len(text[i+1:]) == 44) {
		add("signature-with-prefix", "The header has %q before the signature. Send the signature alone.", clip(text[:i+1], maxQuoted))
		text = text[i+1:]
	}
	if bare := strings.Trim(strings.TrimPrefix(text, "b"), `"'`); strings.ContainsAny(text, `"'`) {
		text = bare
		add("signature-in-quotes", "The signature is in quotes. Send it without them.")
	}
	if unescaped, err := url.PathUnescape(text); err == nil && unescaped != text {
		text = unescaped
		add("signature-percent-encoded", "The signature is percent-encoded, as in a URL. In a header it must be plain base64.")
	}
	if isHex(text) {
		add("signature-in-hex", "The signature is in hex. It must be the bytes of the HMAC in base64.")
		sum, _ = hex.DecodeString(text)
		return sum, findings
	}
	line := strings.NewReplacer(" ", "+", "\r", "", "\n", "").Replace(text)
	if line != text {
		add("signature-with-white-space", "The signature contains a space or a line break. It must be one line of base64, with every + kept.")
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(line)
	if standard != line {
		add("signature-in-url-safe-base64", "The signature is in URL-safe base64, with - and _. It must be in standard base64, with + and /.")
	}
	sum, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(standard, "="))
	if err != nil {
		return nil, []Finding{{"signature-not-base64", "The signature is not base64. It must be the bytes of the HMAC in base64, 44 characters."}}
	}
	if isHex(string(sum)) {
		add("base64-of-hex", "The signature is base64 of the HMAC in hex. It must be base64 of the bytes of the HMAC.")
		sum, _ = hex.DecodeString(string(sum))
	} else if standard != base64.StdEncoding.EncodeToString(sum) {
		add("signature-padding", "The signature must be padded with = to 44 characters.")
	}
	if len(sum) != sha256.Size {
		add("signature-length", "The signature has %d bytes. HMAC-SHA256 has %d, which are 44 characters in base64. SHA-1 has 20, SHA-512 has 64.",
			len(sum), sha256.Size)
		return nil, findings
	}
	return sum, findings
}

// isHex tells the hex digits of a signature from base64.
func isHex(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 2*sha256.Size
}

package emulator

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The bounds of a search for what was signed, which anybody can ask for.
const (
	maxTarget = 8 << 10 // bytes of a target that is looked into at all
	maxBody   = 2 << 10 // bytes of a body that is tried as part of the string to sign
	maxHashed = 5 << 20 // bytes that are hashed with SHA-256; the longer hashes are slower
	maxApart  = 2000    // milliseconds between two clock readings of one client
	maxOthers = 8       // access keys of others that are tried in the string to sign
)

// signature finds the mistakes in the signature, and the string that was signed. It does so by making them: what gives the
// signature that came is what the client did. A last resort is added when nothing does.
func (c *clinic) signature(lastResort bool) (findings []Finding, signed string) {
	for _, key := range c.keys {
		if key.SecretKey != "" && strings.TrimSpace(c.received.Signature) == strings.TrimSpace(key.SecretKey) {
			return []Finding{{"secret-key-as-signature", "The signature is a secret key. Send what HMAC-SHA256 makes of the string to sign " +
				"with the secret key, and treat the secret key as known to others."}}, ""
		}
	}
	sum, newHash, findings := decode(c.received.Signature)
	if newHash == nil {
		return findings, ""
	}
	method, target := c.received.Method, c.received.Target
	if len(target) > maxTarget {
		if lastResort {
			findings = append(findings, Finding{"unknown", fmt.Sprintf("The target is too long, %d bytes, to search for what was signed instead.", len(target))})
		}
		return findings, ""
	}
	s := &search{clinic: c, sum: sum, left: maxHashed * sha256.Size / max(len(sum), sha256.Size)}
	s.base = c.parts(method, target)
	if s.run(c.ways(newHash), c.slips(s.base)) {
		return append(s.findings, findings...), string(s.signed)
	}
	if lastResort {
		findings = append(findings, Finding{"unknown", fmt.Sprintf("None of %d combinations of string and secret key that were tried gives this signature. "+
			"Compare the string that you sign with the one expected, byte by byte, and the secret key with that of access key %s.", s.tried, c.quote(c.received.AccessKey))})
	}
	return findings, ""
}

// The hash of a signature shows in its length.
var hashes = map[int]struct {
	name string
	new  func() hash.Hash
}{
	sha1.Size:      {"SHA-1", sha1.New},
	sha256.Size:    {"SHA-256", sha256.New},
	sha512.Size384: {"SHA-384", sha512.New384},
	sha512.Size:    {"SHA-512", sha512.New},
}

// decode finds how a signature was written down. There is no hash when it is no signature.
func decode(signature string) (sum []byte, newHash func() hash.Hash, findings []Finding) {
	add := func(mistake, words string) { findings = append(findings, Finding{mistake, words}) }
	text := signature
	for _, quote := range []string{`b'`, `b"`, `'`, `"`} {
		end := quote[len(quote)-1:]
		if len(text) > len(quote) && strings.HasPrefix(text, quote) && strings.HasSuffix(text, end) {
			text = text[len(quote) : len(text)-1]
			add("signature-in-quotes", fmt.Sprintf("The signature came between %s and %s. It must come bare.", quote, end))
			break
		}
	}
	if unescaped, err := url.PathUnescape(text); err == nil && unescaped != text {
		text = unescaped
		add("signature-percent-encoded", "The signature came percent-encoded, as for a URL. In a header it must be plain base64.")
	}
	if isHex(text) {
		sum, _ = hex.DecodeString(text)
		add("signature-in-hex", "The signature came in hex. It must be the bytes of the HMAC in base64.")
	} else {
		line := strings.NewReplacer(" ", "+", "\r", "", "\n", "").Replace(text)
		if line != text {
			add("signature-with-white-space", "The signature came with a space or a line break in it. It must be one line of base64, with every + as it is.")
		}
		standard := strings.NewReplacer("-", "+", "_", "/").Replace(line)
		if standard != line {
			add("signature-in-url-safe-base64", "The signature came in URL-safe base64, with - and _. It must be standard base64, with + and /.")
		}
		bare := strings.TrimRight(standard, "=")
		var err error
		if sum, err = base64.RawStdEncoding.Strict().DecodeString(bare); err != nil {
			return nil, nil, []Finding{{"signature-not-base64", "The signature is not base64. It must be the bytes of the HMAC in base64, 44 characters."}}
		}
		if came, right := line[len(bare):], "=="[:(3-len(sum)%3)%3]; came != right {
			add("signature-padding", fmt.Sprintf("The signature must be padded base64: it ends with %q, and must end with %q.", clip(came, maxQuoted), right))
		}
		if isHex(string(sum)) {
			sum, _ = hex.DecodeString(string(sum))
			add("base64-of-hex", "The signature is base64 of the HMAC in hex. It must be base64 of the bytes of the HMAC.")
		} else if once, err := base64.StdEncoding.DecodeString(string(sum)); err == nil && hashes[len(once)].new != nil {
			sum = once
			add("base64-twice", "The signature is in base64 twice. Once is right.")
		}
	}
	used, ok := hashes[len(sum)]
	if !ok {
		add("signature-length", fmt.Sprintf("The signature has %d bytes. HMAC-SHA256 makes %d, which are 44 characters in base64.", len(sum), sha256.Size))
		return nil, nil, findings
	}
	if len(sum) != sha256.Size {
		add("wrong-hash", fmt.Sprintf("The signature has %d bytes, as %s makes them. It must be made with HMAC-SHA256, which makes %d.", len(sum), used.name, sha256.Size))
	}
	return sum, used.new, findings
}

// isHex tells hex of a hash from base64, which may look like it.
func isHex(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && hashes[len(text)/2].new != nil
}

// way is a way to make a signature of a string: the right one, which has no name, or a mistake. In its words, {owner} is the
// access key of the secret key that was used, {header} that of the request.
type way struct {
	sum            func(message []byte) []byte
	mistake, words string
	owner          string
}

// ways are the ways that are tried. The first is tried with most mistakes in the string; it is the right one when the key
// is known.
func (c *clinic) ways(newHash func() hash.Hash) []way {
	var ways []way
	keyed := func(secretKey, mistake, words string) {
		ways = append(ways, way{sum: hmacWith(newHash, []byte(secretKey)), mistake: mistake, words: words})
	}
	const trim = " Take white space off where the secret key is read."
	if secret := c.key.SecretKey; c.known {
		keyed(secret, "", "")
		for _, ending := range []string{"\n", "\r\n", "\r"} {
			keyed(secret+ending, "secret-key-with-white-space", "The secret key that was used ends with a line break."+trim)
		}
		for _, space := range []string{" ", "\t"} {
			keyed(secret+space, "secret-key-with-white-space", "The secret key that was used ends with a space or tab."+trim)
			keyed(space+secret, "secret-key-with-white-space", "The secret key that was used begins with a space or tab."+trim)
		}
		keyed(" "+secret+" ", "secret-key-with-white-space", "The secret key that was used begins and ends with a space."+trim)
		keyed("\ufeff"+secret, "secret-key-with-white-space", "The secret key that was used begins with a byte order mark, as some editors write one."+trim)
		keyed("\n"+secret, "secret-key-with-white-space", "The secret key that was used begins with a line break."+trim)
		for _, quote := range []string{`"`, `'`} {
			keyed(quote+secret+quote, "secret-key-in-quotes", "The secret key that was used is in quotes. Take them off where it is read.")
		}
		for _, decode := range []func(string) ([]byte, error){
			base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
		} {
			if decoded, err := decode(secret); err == nil {
				keyed(string(decoded), "secret-key-base64-decoded", "The secret key was decoded from base64. Its characters as they are must be the key of the HMAC.")
				break
			}
		}
		keyed(base64.StdEncoding.EncodeToString([]byte(secret)), "secret-key-base64-encoded", "The secret key was encoded in base64. Its characters as they are must be the key of the HMAC.")
		if decoded, err := hex.DecodeString(secret); err == nil {
			keyed(string(decoded), "secret-key-hex-decoded", "The secret key was decoded from hex. Its characters as they are must be the key of the HMAC.")
		}
		swapped := func(message []byte) []byte { return hmacWith(newHash, message)([]byte(secret)) }
		ways = append(ways, way{swapped, "hmac-arguments-swapped", "The string to sign was the key of the HMAC, and the secret key its message. It must be the other way round.", ""})
		for _, plain := range []func(message []byte) []byte{
			func(message []byte) []byte { return append([]byte(secret), message...) },
			func(message []byte) []byte { return append(slices.Clip(message), secret...) },
			func(message []byte) []byte { return message },
		} {
			sum := func(message []byte) []byte {
				h := newHash()
				h.Write(plain(message))
				return h.Sum(nil)
			}
			ways = append(ways, way{sum, "plain-hash", "The signature is a plain hash. It must be an HMAC, HMAC-SHA256 with the secret key as its key.", ""})
		}
	}
	for _, key := range c.keys {
		if c.known && key.AccessKey == c.key.AccessKey {
			continue
		}
		ways = append(ways, way{hmacWith(newHash, []byte(key.SecretKey)), "secret-key-of-another",
			"The secret key that was used is that of access key {owner}, and the access key in the header is {header}. They must be of one pair.", key.AccessKey})
	}
	keyed(c.received.AccessKey, "access-key-as-secret-key", "The key of the HMAC was the access key. It must be the secret key.")
	if c.known {
		keyed(c.key.AccessKey, "access-key-as-secret-key", "The key of the HMAC was the access key. It must be the secret key.")
	}
	keyed("", "secret-key-empty", "The secret key that was used is empty. See where it is read from.")
	return ways
}

func hmacWith(newHash func() hash.Hash, key []byte) func(message []byte) []byte {
	mac := hmac.New(newHash, key)
	var sum []byte
	return func(message []byte) []byte {
		mac.Reset()
		mac.Write(message)
		sum = mac.Sum(sum[:0])
		return sum
	}
}

// search looks for the way and the string that give a signature.
type search struct {
	*clinic
	sum   []byte
	base  parts
	left  int // bytes that may still be hashed
	tried int

	message  []byte
	findings []Finding
	signed   []byte
}

// run goes from the likely to the unlikely.
func (s *search) run(ways []way, slips []slip) bool {
	right := ways[0]
	if s.try(right) {
		return true
	}
	for _, slip := range slips {
		if s.try(right, slip) {
			return true
		}
	}
	for _, way := range ways[1:] {
		if s.try(way) {
			return true
		}
	}
	if s.tryTimestamps(right) {
		return true
	}
	for i, one := range slips {
		for _, other := range slips[i+1:] {
			if one.part != other.part && s.try(right, one, other) {
				return true
			}
		}
	}
	for _, way := range ways[1:] {
		for _, slip := range slips {
			if s.try(way, slip) {
				return true
			}
		}
	}
	return false
}

// tryTimestamps finds a timestamp that was taken twice, the nearest to the header's first.
func (s *search) tryTimestamps(w way) bool {
	sent, ok := s.moment()
	if !ok {
		return false
	}
	for apart := range int64(maxApart + 1) {
		for _, signed := range []int64{sent + apart, sent - apart} {
			if s.try(w, slip{partTimestamp, strconv.FormatInt(signed, 10), "timestamps-differ",
				"The signed timestamp is {signed}, that of the header {right}. Take the time once, and use it in both."}) {
				return true
			}
		}
	}
	return false
}

// try tells whether a way gives the signature of the string with slips in it.
func (s *search) try(w way, slips ...slip) bool {
	if s.left <= 0 {
		return false
	}
	parts := s.base
	for _, slip := range slips {
		parts[slip.part] = slip.value
	}
	s.message = parts.appendTo(s.message[:0])
	// A hash of little costs more than its bytes.
	s.left -= len(s.message) + 256
	s.tried++
	if !hmac.Equal(w.sum(s.message), s.sum) {
		return false
	}
	for _, slip := range slips {
		if slip.mistake == "" {
			continue
		}
		words := strings.NewReplacer("{signed}", s.quote(slip.value), "{right}", s.quote(s.base[slip.part])).Replace(slip.words)
		s.findings = append(s.findings, Finding{slip.mistake, words})
	}
	if w.mistake != "" {
		words := strings.NewReplacer("{owner}", s.quote(w.owner), "{header}", s.quote(s.received.AccessKey)).Replace(w.words)
		s.findings = append(s.findings, Finding{w.mistake, words})
	}
	s.signed = s.message
	return true
}

package clinic

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/signer"
)

// Bounds on the work of one diagnosis: anybody can ask for one. A diagnosis takes some milliseconds
// within them.
const (
	maxTarget = 2 << 10  // bytes of a target that is looked into
	maxHeader = 1 << 10  // bytes of a signature, or of another header, that is looked into
	maxBody   = 2 << 10  // bytes of a body that is tried
	maxWork   = 16 << 20 // units, each about the time to hash one byte
	byteCost  = 2        // of a byte of a text, which is also built
	hashCost  = 100      // of a hash beside its bytes
	keyCost   = 700      // of another key
)

// hasher computes HMACs as long as there is work left. It keeps the HMAC of the last key.
type hasher struct {
	key  string
	mac  hash.Hash
	text []byte
	sum  []byte
	work int
}

// hash returns the HMAC of a candidate, or false if it has done all the work that it may do.
func (h *hasher) hash(c *candidate) ([]byte, bool) {
	h.text = c.appendTo(h.text[:0])
	h.work += len(h.text)*byteCost + hashCost
	key := c.parts[secretPart]
	if h.mac == nil || h.key != key {
		h.work += len(key) + keyCost
		h.key = key
		h.mac = hmac.New(sha256.New, []byte(key))
	}
	if h.work > maxWork {
		return nil, false
	}
	h.mac.Reset()
	h.mac.Write(h.text)
	h.sum = h.mac.Sum(h.sum[:0])
	return h.sum, true
}

// expect sets what the client should have put together. The expected string has the access key that
// the client most likely meant.
func (x *examination) expect() {
	got := x.Received
	path, _, _ := strings.Cut(got.Target, "?")
	x.right = parts{
		methodPart: got.Method, pathPart: path, queryPart: got.Target[len(path):], timestampPart: got.Timestamp,
		accessKeyPart: got.AccessKey, layoutPart: rightLayout, secretPart: x.key.SecretKey,
	}
	key := cmp.Or(x.key.AccessKey, got.AccessKey)
	if _, err := strconv.ParseInt(got.Timestamp, 10, 64); err == nil && key != "" {
		x.Expected = signer.StringToSign(got.Method, got.Target, got.Timestamp, key)
	}
}

// explainSignature looks for the mistakes in the signature, and for the string that was signed.
func (x *examination) explainSignature() {
	x.expect()
	first := len(x.Findings) // a mistake in the string comes before those in the encoding
	if !x.readSignature(first) {
		return
	}
	if len(x.Received.Target) > maxTarget {
		if first == 0 {
			x.add("unknown", "The target is too long to look for the mistake: %d bytes.", len(x.Received.Target))
		}
		return
	}
	if len(x.Received.AccessKey) > maxHeader || len(x.Received.Timestamp) > maxHeader {
		return // the finding before says what is wrong
	}
	x.readBody()
	if !x.isRight() && !x.find(first) && !x.findTwo(first) && first == 0 {
		x.add("unknown", "None of the mistakes that were tried gives this signature. Compare your string to sign with "+
			"the expected one, byte by byte, and your secret key with that of access key %s.", x.quote(x.right[accessKeyPart]))
	}
}

// readSignature decodes the received signature. If it is none, it adds why, and returns false.
func (x *examination) readSignature(first int) bool {
	if x.owners()[strings.TrimSpace(x.Received.Signature)] != "" {
		x.add("secret-key-as-signature", "The signature is a secret key. %s "+
			"Replace that key, because others may have seen it.", wantEncoding)
		return false
	}
	if isUnfilled(x.Received.Signature) {
		x.add("variable-not-filled-in", "The signature %s is a variable that was not filled in.",
			x.quote(x.Received.Signature))
		return false
	}
	if len(x.Received.Signature) > maxHeader {
		x.insert(first, "signature-length", "The signature is too long.", wantEncoding)
		return false
	}
	encoded := x.undoEncodings()
	sum, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		x.insert(first, "signature-not-base64", "The signature is not base64.", wantEncoding)
		return false
	}
	if len(sum) != sha256.Size {
		found := "The signature does not have 32 bytes, as SHA-256 has." + lengths[len(sum)]
		x.insert(first, "signature-length", found, wantEncoding)
		return false
	}
	x.sum = sum
	return true
}

// lengths names the hashes of other lengths.
var lengths = map[int]string{
	md5.Size:       " It has as many as HMAC-MD5.",
	sha1.Size:      " It has as many as HMAC-SHA1.",
	sha256.Size224: " It has as many as HMAC-SHA224.",
	sha512.Size384: " It has as many as HMAC-SHA384.",
	sha512.Size:    " It has as many as HMAC-SHA512.",
}

// undoEncodings returns the received signature in base64, and adds the mistakes in its encoding.
func (x *examination) undoEncodings() string {
	encoded := x.Received.Signature
	for _, e := range encodings {
		undone := e.undo(encoded)
		if undone != encoded {
			x.insert(len(x.Findings), e.name, e.found, wantEncoding)
			encoded = undone
		}
	}
	return encoded
}

func (x *examination) readBody() {
	length := x.request.ContentLength
	if length <= 0 || length > maxBody {
		return
	}
	data, _ := io.ReadAll(io.LimitReader(x.request.Body, length))
	x.right[bodyPart] = string(data)
}

// isRight reports whether nothing but the encoding or a header is wrong.
func (x *examination) isRight() bool {
	meant := x.right
	meant[accessKeyPart] = x.key.AccessKey
	return x.matches(&candidate{parts: x.right}) || x.matches(&candidate{parts: meant})
}

// find tries the mistakes until one gives the signature, and adds it to the findings at index at.
func (x *examination) find(at int) bool {
	for _, m := range mistakes {
		for c := range m.tries(x) {
			if x.matches(&c) {
				x.Signed = string(c.appendTo(nil))
				x.report(at, m, c)
				return true
			}
			if x.hasher.work > maxWork {
				return false
			}
		}
	}
	return false
}

// report adds the mistake that a candidate shows to the findings at index at.
func (x *examination) report(at int, m mistake, c candidate) {
	x.insert(at, m.name, x.words(m.found, c), x.words(m.want, c))
}

// matches reports whether a candidate gives the received signature. Without a known key only another
// key can explain the signature.
func (x *examination) matches(c *candidate) bool {
	if c.sum != nil {
		x.hasher.work += hashCost
		return bytes.Equal(c.sum, x.sum)
	}
	if c.parts[secretPart] == "" && x.key.SecretKey == "" {
		return false
	}
	sum, ok := x.hasher.hash(c)
	return ok && bytes.Equal(sum, x.sum)
}

// words fills in the names in a sentence: {signed} is the wrong part, {layout}
// the wrong layout, {key} the access key in the
// header, {owner} that of the secret key that was used, and the other names the right parts.
func (x *examination) words(sentence string, c candidate) string {
	return strings.NewReplacer(
		"{signed}", x.quote(c.shown),
		"{layout}", strconv.Quote(partNames.Replace(c.shown)),
		"{method}", x.quote(x.right[methodPart]),
		"{path}", x.quote(x.right[pathPart]),
		"{query}", x.quote(x.right[queryPart]),
		"{timestamp}", x.quote(x.right[timestampPart]),
		"{key}", x.quote(x.right[accessKeyPart]),
		"{owner}", x.quote(x.owners()[c.parts[secretPart]]),
	).Replace(sentence)
}

// insert inserts a finding at an index.
func (x *examination) insert(at int, name, found, want string) {
	x.Findings = slices.Insert(x.Findings, at, Finding{name, found + " " + want})
}

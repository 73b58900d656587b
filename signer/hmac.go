package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// key signs with one secret key. It reuses HMAC states, because setting up the key is half of the
// work of a signature.
type key struct {
	secret string
	states sync.Pool // of *state
}

type state struct {
	mac       hash.Hash
	message   []byte
	sum       []byte
	signature []byte
}

func newKey(secret string) *key {
	k := &key{secret: secret}
	k.states.New = func() any { return &state{mac: hmac.New(sha256.New, []byte(secret))} }
	return k
}

func (k *key) sign(method, target, timestamp, accessKey string) string {
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	s.message = appendStringToSign(s.message[:0], method, target, timestamp, accessKey)
	s.mac.Reset()
	s.mac.Write(s.message)
	s.sum = s.mac.Sum(s.sum[:0])
	s.signature = base64.StdEncoding.AppendEncode(s.signature[:0], s.sum)
	return string(s.signature)
}

// checkedKey is a key pair that has passed checkKeys.
type checkedKey struct {
	accessKey string
	*key
}

// keyFor checks the key pair and returns its key. It caches the last pair, because a signer usually
// has only one.
func (s *Signer) keyFor(c Credentials) (*key, error) {
	last := s.last.Load()
	if last == nil || last.accessKey != c.AccessKey || last.secret != c.SecretKey {
		if err := c.checkKeys(); err != nil {
			return nil, err
		}
		last = &checkedKey{accessKey: c.AccessKey, key: newKey(c.SecretKey)}
		s.last.Store(last)
	}
	return last.key, nil
}

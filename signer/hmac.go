package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// key signs with one secret key. It keeps states of HMAC with the key gone in, because that is half the work.
type key struct {
	secret string
	states sync.Pool // of *state
}

type state struct {
	mac     hash.Hash
	message []byte
	sum     []byte
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
	return base64.StdEncoding.EncodeToString(s.sum)
}

// keyFor returns the key of the last secret, since a signer rarely sees another. Two callers with different secrets replace
// each other's, which costs time and nothing else.
func (s *Signer) keyFor(secret string) *key {
	k := s.key.Load()
	if k == nil || k.secret != secret {
		k = newKey(secret)
		s.key.Store(k)
	}
	return k
}

package emulator

import (
	"sync"
	"time"
)

// Request is a request that an emulator answered, as its log remembers it. It holds no secret key.
type Request struct {
	Number    int           `json:"number"` // from 1, in the order of the answers
	Time      time.Time     `json:"time"`   // of its arrival, by the clock of the emulator
	Method    string        `json:"method"`
	Target    string        `json:"target"` // path and query as received
	Body      string        `json:"body,omitempty"`
	AccessKey string        `json:"accessKey,omitempty"`
	Operation string        `json:"operation,omitempty"` // operationId, when the contract knows the request
	Status    int           `json:"status"`              // 0 when the answer was dropped
	Duration  time.Duration `json:"durationNs"`
	Signature string        `json:"signature"`           // "ok", what is wrong with it, or "not checked"
	Fault     string        `json:"fault,omitempty"`     // the fault that hit it
	Answer    string        `json:"answer,omitempty"`    // the body of an error
	Diagnosis *Diagnosis    `json:"diagnosis,omitempty"` // of a signature that was refused
}

const (
	maxLogged      = 500
	maxLoggedBytes = 2 << 10 // of a body or a target
)

// requestLog remembers the last requests, and so takes bounded memory however long the emulator runs.
type requestLog struct {
	mu    sync.Mutex
	ring  [maxLogged]Request
	count int // of all requests there were
	from  int // the number of the first that counts, after a clearing
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	r.Number = l.count
	l.ring[(l.count-1)%maxLogged] = r
}

// after returns the requests with a number greater than n, oldest first.
func (l *requestLog) after(n int) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := max(n, l.from, l.count-maxLogged, 0)
	list := make([]Request, 0, max(l.count-first, 0))
	for i := first; i < l.count; i++ {
		list = append(list, l.ring[i%maxLogged])
	}
	return list
}

// span returns the number of the last request that was cleared, and of the last that there was.
func (l *requestLog) span() (cleared, last int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from, l.count
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring = [maxLogged]Request{}
	l.from = l.count
}

func truncate(s string) string {
	if len(s) > maxLoggedBytes {
		return s[:maxLoggedBytes] + "…"
	}
	return s
}

package web

import (
	"sync"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/clinic"
)

// Request is a request to the API and its response, as the log keeps them. It holds no secret key.
type Request struct {
	Number    int               `json:"number"` // from 1, in the order of the responses
	Time      time.Time         `json:"time"`   // of its arrival, by the clock of the emulator
	Method    string            `json:"method"`
	Target    string            `json:"target"` // path and query as received
	Body      string            `json:"body,omitempty"`
	AccessKey string            `json:"accessKey,omitempty"`
	Operation string            `json:"operation,omitempty"` // operationId, if the contract has the path and method
	Status    int               `json:"status"`              // 0 if the response was dropped
	Duration  time.Duration     `json:"durationNs"`
	Signature string            `json:"signature"`           // "ok", what is wrong with it, or "not checked"
	Fault     string            `json:"fault,omitempty"`     // the fault that hit the request
	Response  string            `json:"response,omitempty"`  // the body of an error response
	Diagnosis *clinic.Diagnosis `json:"diagnosis,omitempty"` // of a refused signature
}

// maxLogged is how many requests a log keeps.
const maxLogged = 500

// Log keeps the last requests.
type Log struct {
	// OnRequest is called for every request, in their order. It may be nil.
	OnRequest func(Request)

	mu       sync.Mutex
	requests []Request // oldest first
	last     int       // the number of the last request
	cleared  int       // the number of the last request before the last Clear
}

// Add numbers a request and keeps it.
func (l *Log) Add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.Number = l.last
	l.requests = append(l.requests, r)
	l.requests = l.requests[max(0, len(l.requests)-maxLogged):]
	if l.OnRequest != nil {
		l.OnRequest(r)
	}
}

// After returns the kept requests with a number greater than n, oldest first. It also returns the
// numbers of the last request before the last Clear, and of the last request.
func (l *Log) After(n int) (requests []Request, cleared, last int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	newer := min(max(0, l.last-n), len(l.requests))
	return append([]Request{}, l.requests[len(l.requests)-newer:]...), l.cleared, l.last
}

// Clear removes all requests. Numbers go on.
func (l *Log) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
	l.cleared = l.last
}

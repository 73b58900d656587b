package emulator

import (
	"strings"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/clinic"
	"github.com/nks-access/nks-access/emulator/internal/web"
)

// Request is a request to the API and its response, as the request log keeps them. It holds no secret
// key, and of long texts the first 2 KiB.
type Request struct {
	Number    int       // from 1, in the order of the responses
	Time      time.Time // of its arrival, by the clock of the emulator
	Method    string
	Target    string // path and query as received
	Body      string
	AccessKey string
	Operation string        // operationId; empty if the contract does not have the path and method
	Status    int           // 0 if the response was dropped
	Duration  time.Duration // from the arrival to the response
	Signature string        // "ok", what is wrong with it, or "not checked"
	Fault     string        // the name of the fault that hit the request, or empty
	Response  string        // the body of an error response
	Diagnosis *Diagnosis    // of a refused signature; nil if it was accepted or not checked
}

// Diagnosis explains a refused signature. It holds no secret key.
type Diagnosis struct {
	Received Received
	Expected string    // the string to sign; empty if the headers are not enough to know it
	Signed   string    // the string that the client signed; empty if it was not found
	Findings []Finding // the mistakes, the most likely one first; at least one
}

// Summary returns the words of all findings.
func (d Diagnosis) Summary() string {
	var words []string
	for _, finding := range d.Findings {
		words = append(words, finding.Words)
	}
	return strings.Join(words, " ")
}

// Received is what a request says about its signature.
type Received struct {
	Method          string
	Target          string // path and query
	Timestamp       string
	AccessKey       string
	Signature       string
	SignatureHeader string // the name of the header with the signature
}

// Finding is one mistake.
type Finding struct {
	Mistake string // a stable name, such as timestamp-in-seconds; docs/signature.md lists them
	Words   string // what was found, and what would be right
}

func newRequest(r web.Request) Request {
	return Request{
		Number: r.Number, Time: r.Time, Method: r.Method, Target: r.Target, Body: r.Body, AccessKey: r.AccessKey,
		Operation: r.Operation, Status: r.Status, Duration: r.Duration, Signature: r.Signature, Fault: r.Fault,
		Response: r.Response, Diagnosis: newDiagnosis(r.Diagnosis),
	}
}

func newDiagnosis(d *clinic.Diagnosis) *Diagnosis {
	if d == nil {
		return nil
	}
	diagnosis := &Diagnosis{Received: Received(d.Received), Expected: d.Expected, Signed: d.Signed}
	for _, finding := range d.Findings {
		diagnosis.Findings = append(diagnosis.Findings, Finding(finding))
	}
	return diagnosis
}

package emulator

import (
	"bytes"
	"net/http"

	"github.com/nks-access/nks-access/emulator/internal/web"
)

// exchange is a request to the API and the response to it. It is the ResponseWriter of the handlers,
// and keeps the response until it is sent.
type exchange struct {
	writer http.ResponseWriter
	log    web.Request
	status int
	body   bytes.Buffer
	lose   bool // drop the response if it is a success

	faults      Faults // those that affect the request
	fromGateway bool   // the response is an error of the gateway
}

// Header returns the header of the response.
func (x *exchange) Header() http.Header { return x.writer.Header() }

// WriteHeader sets the status. The first one counts.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
}

// Write adds to the body.
func (x *exchange) Write(data []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	return x.body.Write(data)
}

// replaceBody sets another body.
func (x *exchange) replaceBody(contentType, body string) {
	x.Header().Set("Content-Type", contentType)
	x.body.Reset()
	x.body.WriteString(body)
}

// removeBody leaves a response without a body.
func (x *exchange) removeBody() {
	x.Header().Del("Content-Type")
	x.body.Reset()
}

// Unwrap lets http.MaxBytesReader close the connection after a body that is too large.
func (x *exchange) Unwrap() http.ResponseWriter { return x.writer }

// dropped reports whether the fault lose hits the response.
func (x *exchange) dropped() bool { return x.lose && x.status < 300 }

// record returns what the log keeps.
func (x *exchange) record() web.Request {
	request := x.log
	request.Status = x.status
	if x.dropped() {
		request.Fault = "lose"
		request.Status = 0
	}
	if x.status >= 400 {
		request.Response = x.body.String()
	}
	return request
}

// send sends the response, or closes the connection without one.
func (x *exchange) send() {
	if x.dropped() {
		panic(http.ErrAbortHandler)
	}
	x.WriteHeader(http.StatusOK) // if the handler wrote nothing
	x.writer.WriteHeader(x.status)
	_, _ = x.writer.Write(x.body.Bytes()) // the client may be gone
}

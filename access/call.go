package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	maxResponseBytes = 10 << 20
	maxErrorBytes    = 64 << 10 // of the body of an error
	skewTolerance    = time.Minute
)

// call is one operation of the API.
type call struct {
	op      string   // such as "list access entries on cluster …"
	ids     []string // UUIDs of the cluster and the entry in the path; send is called after check
	invalid error    // a rule that the request breaks
	send    func(context.Context) (*http.Response, error)
	// decode reads the body of a success. It reports whether the required fields are there.
	decode func(body []byte) bool
}

// read makes a call that changes nothing, with retries. complete reports whether a result has the
// required fields.
func read[T any](ctx context.Context, c *Client, call call, complete func(T) bool) (T, error) {
	var result T
	call.decode = func(body []byte) bool { return json.Unmarshal(body, &result) == nil && complete(result) }
	err := c.retrying(ctx, call, 0, func(ctx context.Context) (bool, error) {
		return false, c.attempt(ctx, call)
	})
	return result, err
}

// check returns why a call must not be sent.
func (c call) check() error {
	for i, id := range c.ids {
		if !IsUUID(id) {
			rule := fmt.Sprintf("must be a UUID, such as 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000, not %q", id)
			return fmt.Errorf("%s: %w", c.op, violation([]string{"cluster", "entry"}[i], rule))
		}
	}
	if c.invalid != nil {
		return fmt.Errorf("%s: %w", c.op, c.invalid)
	}
	return nil
}

// attempt sends one request. If a 401 and the date of its response show that the clock that the
// request was signed with is wrong, it corrects the clock and sends the request once more.
func (c *Client) attempt(ctx context.Context, call call) error {
	signedWith := c.signer.ClockOffset()
	err := c.send(ctx, call)
	var refused *Error
	if !errors.Is(err, ErrUnauthenticated) || !errors.As(err, &refused) || refused.date.IsZero() {
		return err
	}
	offset := refused.date.Sub(c.clock())
	if (offset - signedWith).Abs() <= skewTolerance {
		return err
	}
	if (offset - c.signer.ClockOffset()).Abs() > skewTolerance { // no other call has corrected it yet
		c.signer.SetClockOffset(offset)
		c.logger.Warn(fmt.Sprintf("The clock of this machine is off by %s. Requests are signed with the time of the service.",
			offset.Round(time.Second).Abs()))
	}
	return c.send(ctx, call)
}

func (c *Client) send(ctx context.Context, call call) error {
	ctx, cancel := context.WithTimeout(ctx, c.retry.TryTimeout)
	defer cancel()
	resp, err := call.send(ctx)
	if lost, ok := err.(*Error); ok {
		lost.Op = call.op
		return lost
	}
	if err != nil { // not signed: no credentials, or an insecure URL
		return fmt.Errorf("%s: %w", call.op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBytes+1))
	if err != nil {
		c.logger.DebugContext(ctx, "response was cut off", "error", err.Error())
	}
	failed := &Error{Op: call.op, Status: resp.StatusCode}
	switch {
	case resp.StatusCode/100 != 2:
		failed.date, _ = http.ParseTime(resp.Header.Get("Date"))
		failed.retryAfter = retryAfter(resp.Header.Get("Retry-After"), c.now())
		failed.explain(resp.Header.Get("Content-Type"), body[:min(len(body), maxErrorBytes)])
	case len(body) > maxResponseBytes:
		failed.Message = fmt.Sprintf("the response is larger than %d bytes", maxResponseBytes)
	case err != nil:
		failed.Status, failed.Err = 0, fmt.Errorf("the response was cut off: %w", err)
	case !call.decode(body):
		failed.Message, failed.Details = notJSON, clean(string(body[:min(len(body), 200)]))
	default:
		return nil
	}
	return failed
}

// retryAfter returns how long to wait. The header has seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	seconds, _ := strconv.Atoi(header)
	return time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
}

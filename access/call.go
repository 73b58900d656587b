package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxResponseBytes = 10 << 20
	maxErrorBytes    = 64 << 10 // of the body of an error
	skewTolerance    = time.Minute
)

// call is one operation of the API.
type call struct {
	op       string // such as "list access entries on cluster …"
	cluster  string
	entry    string // UUID or NRN
	send     func(context.Context) (*http.Response, error)
	result   any         // a success is decoded into it; nil for a change
	complete func() bool // reports whether result has the required fields
}

// read makes a call that changes nothing, with retries.
func (c *Client) read(ctx context.Context, call call) error {
	return c.retrying(c.withBudget(ctx), call.cluster, func(ctx context.Context) error { return c.attempt(ctx, call) })
}

// attempt sends one request. If the response shows that the local clock is wrong, it corrects the
// clock and sends the request once more.
func (c *Client) attempt(ctx context.Context, call call) error {
	offset := c.signer.ClockOffset()
	err := c.send(ctx, call)
	if c.correctClock(err, offset) {
		err = c.send(ctx, call)
	}
	return err
}

func (c *Client) send(ctx context.Context, call call) error {
	ctx, cancel := context.WithTimeout(ctx, c.retry.TryTimeout)
	defer cancel()
	failed := &Error{Op: call.op, Cluster: call.cluster, Entry: call.entry}
	start := time.Now()
	resp, err := call.send(ctx)
	if err != nil {
		if sent := (*url.Error)(nil); errors.As(err, &sent) {
			failed.Err = sent.Err // op says method and URL in better words
			c.logAttempt(ctx, strings.ToUpper(sent.Op), sent.URL, 0, start, sent.Err)
			return failed
		}
		return final(fmt.Errorf("%s: %w", call.op, err)) // not sent: no credentials, or an insecure URL
	}
	defer func() { _ = resp.Body.Close() }()
	failed.Status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBytes+1))
	c.logAttempt(ctx, resp.Request.Method, resp.Request.URL.String(), resp.StatusCode, start, err)
	if resp.StatusCode/100 == 2 {
		return failed.success(body, err, call)
	}
	failed.date, _ = http.ParseTime(resp.Header.Get("Date"))
	failed.retryAfter = retryAfter(resp.Header.Get("Retry-After"), c.now())
	failed.explain(resp.Header.Get("Content-Type"), body[:min(len(body), maxErrorBytes)])
	return failed
}

// success reads the body of a 2XX response. A change needs no body, but a body that is not JSON is
// not from the service.
func (e *Error) success(body []byte, readErr error, call call) error {
	switch {
	case len(body) > maxResponseBytes:
		e.Message = fmt.Sprintf("the response is larger than %d bytes", maxResponseBytes)
		return final(e)
	case readErr != nil:
		e.Status, e.Err = 0, fmt.Errorf("the response was cut off: %w", readErr)
		return e
	case call.result == nil && (len(body) == 0 || json.Valid(body)):
		return nil
	case call.result != nil && json.Unmarshal(body, call.result) == nil && call.complete():
		return nil
	}
	e.Message, e.Details = "the response is not the expected JSON", clean(string(body[:min(len(body), 200)]))
	return final(e)
}

// correctClock reports whether to send a request again: it was refused with a 401, and the date of
// the response shows that the clock, with the offset it was signed with, is wrong.
func (c *Client) correctClock(err error, signedWith time.Duration) bool {
	var refused *Error
	if !errors.As(err, &refused) || !errors.Is(err, ErrUnauthenticated) || refused.date.IsZero() {
		return false
	}
	offset := refused.date.Sub(c.clock())
	if (offset - signedWith).Abs() <= skewTolerance {
		return false
	}
	if (offset - c.signer.ClockOffset()).Abs() > skewTolerance { // no other call has corrected it yet
		c.signer.SetClockOffset(offset)
		c.logger.Warn(fmt.Sprintf("The clock of this machine is off by %s. Requests are signed with the time of the service.",
			offset.Round(time.Second).Abs()))
	}
	return true
}

func (c *Client) logAttempt(ctx context.Context, method, target string, status int, start time.Time, err error) {
	if !c.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	if u, parseErr := url.Parse(target); parseErr == nil {
		target = u.Path
	}
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("path", target), slog.Int("status", status),
		slog.Duration("duration", time.Since(start)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.logger.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
}

// retryAfter parses a Retry-After header: seconds, or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

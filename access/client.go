// Package access is the client for managing who may enter the clusters of NAVER Cloud's Kubernetes service (NKS).
//
//	client, err := access.NewClient(access.WithRegion("SGN"))
//	entry, err := client.Create(ctx, cluster, access.NewEntry{
//		Principal: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
//		Policies:  []access.Policy{{Type: access.ViewPolicy, Scope: access.ClusterScope}},
//	})
//
// It is the generated client of gen/nks made right by default: it finds credentials and the base URL where users of the
// provider's tools keep them, validates before it sends, signs every attempt anew, tries again what may pass, understands
// every error that the gateway and the service are known to send, and makes sure that a create whose answer was lost makes
// one entry and not two.
//
// Errors are told apart with errors.Is ([ErrNotFound], [ErrExists], [ErrBusy], …); errors.As finds an [*Error] with all that
// the service said, or a [*ValidationError] with what was wrong before anything was sent.
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

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const (
	maxAnswerBytes = 10 << 20
	maxErrorBytes  = 64 << 10 // of an error's body that is looked at
	skewTolerance  = time.Minute
)

// Client manages access entries. It is safe for concurrent use.
type Client struct {
	api      nks.ClientInterface
	signer   *signer.Signer
	provider signer.Provider
	settings Settings
	retry    Retry
	wait     time.Duration
	logger   *slog.Logger
	clock    func() time.Time
}

// NewClient returns a client. Without options it works on a machine where the provider's command line is configured, and asks
// for credentials only when the first request is signed.
func NewClient(opts ...Option) (*Client, error) {
	o := &options{clock: time.Now, logger: slog.New(slog.DiscardHandler)}
	for _, option := range opts {
		option(o)
	}
	if o.logger == nil {
		o.logger = slog.New(slog.DiscardHandler)
	}
	if o.clock == nil {
		o.clock = time.Now
	}
	settings, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	retry := o.retry.withDefaults()
	retry.MaxElapsed += o.wait
	signerOptions := []signer.Option{signer.WithClock(o.clock)}
	if o.insecure {
		signerOptions = append(signerOptions, signer.WithInsecureHTTP())
	}
	c := &Client{
		settings: settings, retry: retry, wait: o.wait, logger: o.logger, clock: o.clock,
	}
	c.provider = o.provider(c.now)
	c.signer = signer.New(c.provider, signerOptions...)
	agent := o.agent()
	c.api, err = nks.NewClient(settings.BaseURL, nks.WithHTTPClient(o.client()),
		nks.WithRequestEditorFn(func(_ context.Context, req *http.Request) error {
			req.Header.Set("User-Agent", agent)
			if settings.Region != "" {
				req.Header.Set("X-Ncp-Region_code", settings.Region) // as the provider's Go SDK does
			}
			return nil
		}),
		nks.WithRequestEditorFn(c.signer.Sign))
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return c, nil
}

// now is the time by the clock of the service, as far as it is known.
func (c *Client) now() time.Time { return c.clock().Add(c.signer.ClockOffset()) }

// Settings returns what the client works with.
func (c *Client) Settings() Settings { return c.settings }

// Provider returns where the client takes credentials from.
func (c *Client) Provider() signer.Provider { return c.provider }

// call is one call of the API: what it is about, how it is sent, and what a lost answer means.
type call struct {
	op      string
	cluster string
	entry   string
	send    func(context.Context) (*http.Response, error)
	result  any // what a success is decoded into; nil when it does not matter
	// complete reports whether the result has what the contract requires of it.
	complete func() bool
	// look finds out whether the change was made, where making it twice would do harm. It is asked before an attempt that
	// follows a lost answer, and when the service may have refused the change because it was made.
	look func(context.Context) (done bool, err error)
	// deletes says that a 404 after a lost answer is a success.
	deletes bool
}

// do makes a call until it succeeds, fails for good, or is out of tries. This is the path of every request.
func (c *Client) do(ctx context.Context, call call) error {
	ctx = c.withBudget(ctx)
	attempts, corrected := 0, false
	lost := false // an answer was, so the change may be made, now or later
	try := func() error {
		attempts++
		offset := c.signer.ClockOffset()
		err := c.try(ctx, call, attempts)
		if !corrected && c.correctClock(err, offset) {
			corrected = true
			attempts++
			err = c.try(ctx, call, attempts)
		}
		lost = lost || ambiguous(err)
		return err
	}
	err := c.retrying(ctx, func() error {
		if lost && call.look != nil {
			if done, err := call.look(ctx); done || err != nil {
				lost = false
				return final(err)
			}
		}
		err := try()
		if call.look != nil && perhapsMade(err) {
			if done, lookErr := call.look(ctx); done || lookErr != nil {
				lost = false
				return final(lookErr)
			}
		}
		if c.wait > 0 && call.cluster != "" && errors.Is(err, ErrBusy) {
			err = c.whileBusy(ctx, call.cluster, err, try)
		}
		if call.deletes && lost && errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil && lost && call.look != nil && ctx.Err() == nil {
		if done, lookErr := call.look(ctx); done {
			return lookErr
		}
	}
	return err
}

// try sends one attempt and reads its answer.
func (c *Client) try(ctx context.Context, call call, attempt int) error {
	tryCtx, cancel := context.WithTimeout(ctx, c.retry.TryTimeout)
	defer cancel()
	failed := &Error{Op: call.op, Cluster: call.cluster, Entry: call.entry}
	start := time.Now()
	resp, err := call.send(tryCtx)
	if err != nil {
		if sent := (*url.Error)(nil); errors.As(err, &sent) {
			failed.Err = sent.Err // without method and URL, which op says better
			c.logAttempt(ctx, strings.ToUpper(sent.Op), sent.URL, 0, start, attempt, sent.Err)
			return failed
		}
		return final(fmt.Errorf("%s: %w", call.op, err)) // it was not sent: no credentials, or not for this URL
	}
	defer func() { _ = resp.Body.Close() }()
	failed.Status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	c.logAttempt(ctx, resp.Request.Method, resp.Request.URL.String(), resp.StatusCode, start, attempt, err)
	if resp.StatusCode/100 == 2 {
		return failed.success(body, err, call)
	}
	failed.date, _ = http.ParseTime(resp.Header.Get("Date"))
	failed.retryAfter = retryAfter(resp.Header.Get("Retry-After"), c.now())
	failed.explain(resp.Header.Get("Content-Type"), body[:min(len(body), maxErrorBytes)])
	return failed
}

// success decodes the body of a success. An answer that cannot be read is no success of a read, and a change does not need it.
func (e *Error) success(body []byte, readErr error, call call) error {
	if call.result == nil {
		return nil
	}
	switch {
	case len(body) > maxAnswerBytes:
		e.Message = fmt.Sprintf("the answer is larger than %d bytes", maxAnswerBytes)
		return final(e)
	case readErr != nil:
		e.Status, e.Err = 0, fmt.Errorf("the answer was cut off: %w", readErr)
		return e
	}
	if err := json.Unmarshal(body, call.result); err != nil || !call.complete() {
		e.Message, e.Details = "an answer that is not the JSON it should be", clean(string(body[:min(len(body), 200)]))
		return final(e)
	}
	return nil
}

// correctClock reports whether an attempt is worth signing again: it was refused with a 401 whose date shows that the clock,
// with the offset that it was signed with, is wrong. It sets the clock right, unless another call did already.
func (c *Client) correctClock(err error, signedWith time.Duration) bool {
	var refused *Error
	if !errors.As(err, &refused) || !errors.Is(err, ErrUnauthenticated) || refused.date.IsZero() {
		return false
	}
	offset := refused.date.Sub(c.clock())
	if (offset - signedWith).Abs() <= skewTolerance {
		return false
	}
	if (offset - c.signer.ClockOffset()).Abs() <= skewTolerance {
		return true
	}
	c.signer.SetClockOffset(offset)
	c.logger.Warn("the clock of this machine is wrong; signing with that of the service", "offset", offset.Round(time.Second))
	return true
}

func (c *Client) logAttempt(ctx context.Context, method, target string, status int, start time.Time, attempt int, err error) {
	if !c.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	path := target
	if u, parseErr := url.Parse(target); parseErr == nil {
		path = u.Path
	}
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("path", path), slog.Int("status", status),
		slog.Duration("duration", time.Since(start)), slog.Int("attempt", attempt),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.logger.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
}

// retryAfter reads a Retry-After header: seconds, or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

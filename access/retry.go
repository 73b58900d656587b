package access

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// permanent is an error that trying again does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// final makes err permanent, unless it is nil.
func final(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// retrying runs attempt until it succeeds, fails for good, or is out of tries or time. It lives around the signed call and not
// in a transport, so that every attempt is signed anew.
func (c *Client) retrying(ctx context.Context, attempt func() error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = c.retry.FirstPause
	pause.MaxInterval = 20 * time.Second
	pause.RandomizationFactor = 1 // full jitter
	deadline := budget(ctx)

	var last error
	said := false
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		last = attempt()
		if last == nil {
			return struct{}{}, nil
		}
		var failed *Error
		if !retryable(last) || !errors.As(last, &failed) {
			return struct{}{}, backoff.Permanent(last)
		}
		wait := failed.retryAfter
		if end, ok := ctx.Deadline(); wait > 0 && (ok && time.Until(end) < wait || time.Until(deadline) < wait) {
			return struct{}{}, backoff.Permanent(last) // the service asks for more time than there is
		}
		if errors.Is(last, ErrBusy) && !said && c.retry.MaxTries > 1 {
			said = true
			c.logger.Info(fmt.Sprintf("Cluster %s is busy, trying again.", failed.Cluster))
		}
		if wait > 0 {
			return struct{}{}, &backoff.RetryAfterError{Duration: wait}
		}
		return struct{}{}, last
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(uint(c.retry.MaxTries)), backoff.WithMaxElapsedTime(max(time.Until(deadline), time.Nanosecond)))
	if err == nil {
		return nil
	}
	if p := (permanent{}); errors.As(last, &p) {
		last = p.error
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return lasting(last, ctxErr)
	}
	return last
}

type budgetKey struct{}

// withBudget gives a call, with all the calls that it makes to find out what became of it, one end of its tries.
func (c *Client) withBudget(ctx context.Context) context.Context {
	if _, ok := ctx.Value(budgetKey{}).(time.Time); ok {
		return ctx
	}
	return context.WithValue(ctx, budgetKey{}, time.Now().Add(c.retry.MaxElapsed))
}

func budget(ctx context.Context) time.Time {
	end, _ := ctx.Value(budgetKey{}).(time.Time)
	return end
}

// retryable reports whether an attempt may succeed when it is made again.
func retryable(err error) bool {
	if errors.As(err, &permanent{}) {
		return false
	}
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) || errors.Is(err, http.ErrSchemeMismatch) {
		return false
	}
	switch failed.Status {
	case 0, http.StatusConflict, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// ambiguous reports whether a change may have been made although its attempt failed.
func ambiguous(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && (failed.Status == 0 || failed.Status >= 500)
}

// perhapsMade reports whether the service may have refused a change because it was made already: no source says whether it
// answers 409 or 400 then.
func perhapsMade(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && (failed.Status == http.StatusConflict || failed.Status == http.StatusBadRequest)
}

// whileBusy waits until the cluster takes changes and tries again, for as long as WithWait says. A cluster may refuse changes
// although its status says that it takes them, while a node pool of it is busy.
func (c *Client) whileBusy(ctx context.Context, cluster string, busy error, try func() error) error {
	c.logger.Info(fmt.Sprintf("Cluster %s is busy, waiting up to %s.", cluster, c.wait))
	end := time.Now().Add(c.wait)
	pause := min(c.retry.FirstPause, 5*time.Second)
	for {
		if err := c.waitReady(ctx, cluster, max(time.Until(end), 0)); err != nil {
			return final(lasting(busy, err))
		}
		select {
		case <-time.After(min(pause, max(time.Until(end), 0))):
		case <-ctx.Done():
			return final(lasting(busy, ctx.Err()))
		}
		pause = min(pause*3/2, 5*time.Second)
		err := try()
		if !errors.Is(err, ErrBusy) {
			return err
		}
		if busy = err; time.Now().After(end) {
			return final(busy)
		}
	}
}

// WaitReady waits until the cluster takes changes: until its status is RUNNING or NO_NODE, or ctx ends.
func (c *Client) WaitReady(ctx context.Context, cluster string) error {
	return c.waitReady(c.withBudget(ctx), cluster, -1)
}

// waitReady waits for at most limit, unless that is negative.
func (c *Client) waitReady(ctx context.Context, cluster string, limit time.Duration) error {
	waitCtx := ctx
	if limit >= 0 {
		var cancel context.CancelFunc
		waitCtx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	pause := min(c.retry.FirstPause, 5*time.Second)
	status := "" // when it was last seen
	for {
		found, err := c.getCluster(waitCtx, cluster)
		switch {
		case err == nil && found.Ready():
			return nil
		case err == nil:
			status = found.Status
		case waitCtx.Err() == nil || status == "":
			return err
		}
		select {
		case <-time.After(pause):
		case <-waitCtx.Done():
			return fmt.Errorf("cluster %s is still %s: %w", cluster, clean(status), waitCtx.Err())
		}
		pause = min(pause*3/2, 5*time.Second)
	}
}

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

// permanent marks an error that a retry does not fix.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// final marks err as permanent. It returns nil for nil.
func final(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// retrying calls attempt until it succeeds, fails for good, or is out of attempts or time. It is
// not inside a transport, so every attempt is signed again.
func (c *Client) retrying(ctx context.Context, cluster string, attempt func(context.Context) error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.RandomizationFactor = c.retry.FirstPause, 20*time.Second, 1
	var err error
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return lasting(unmark(err), ctx.Err())
		}
		err = attempt(ctx)
		if c.wait > 0 && cluster != "" && errors.Is(err, ErrBusy) {
			err = c.whileBusy(ctx, cluster, err, attempt)
		}
		if err == nil || !retryable(err) || try == c.retry.MaxTries {
			return unmark(err)
		}
		pause := pauses.NextBackOff()
		if failed := (*Error)(nil); errors.As(err, &failed) && failed.retryAfter > 0 {
			pause = failed.retryAfter
			if end, ok := ctx.Deadline(); ok && time.Until(end) < pause {
				return unmark(err)
			}
		}
		if time.Until(budget(ctx)) < pause {
			return unmark(err)
		}
		if try == 1 && errors.Is(err, ErrBusy) {
			c.logger.Info(fmt.Sprintf("Cluster %s is busy. Retrying.", cluster))
		}
		if sleep(ctx, pause) != nil {
			return lasting(unmark(err), ctx.Err())
		}
	}
}

func unmark(err error) error {
	if p := (permanent{}); errors.As(err, &p) {
		return p.error
	}
	return err
}

// whileBusy waits for the cluster and calls attempt again, for as long as WithWait says. A cluster
// may refuse a change although its status is RUNNING, because a node pool is busy. So every attempt
// counts, not the status alone.
func (c *Client) whileBusy(ctx context.Context, cluster string, busy error, attempt func(context.Context) error) error {
	c.logger.Info(fmt.Sprintf("Cluster %s is busy. Waiting up to %s.", cluster, c.wait))
	waitCtx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	err := c.poll(waitCtx, func() (bool, error) {
		if err := c.WaitReady(waitCtx, cluster); err != nil && waitCtx.Err() == nil {
			return false, fmt.Errorf("%w; reading the cluster failed: %s", busy, reason(err))
		} else if err != nil {
			return false, lasting(busy, err)
		}
		err := attempt(ctx)
		if !errors.Is(err, ErrBusy) {
			return true, err
		}
		busy = err
		return false, nil
	})
	if err != nil && err == waitCtx.Err() {
		err = lasting(busy, err)
	}
	if errors.Is(err, ErrBusy) {
		return final(err)
	}
	return err
}

// WaitReady waits until the cluster accepts changes: until its status is RUNNING or NO_NODE. It
// returns the error of ctx if that ends first, with the last status.
func (c *Client) WaitReady(ctx context.Context, cluster string) error {
	status := ""
	err := c.poll(ctx, func() (bool, error) {
		found, err := c.getCluster(ctx, cluster)
		if err != nil {
			return false, err
		}
		status = found.Status
		return found.Ready(), nil
	})
	if ctxErr := ctx.Err(); err != nil && ctxErr != nil && status != "" {
		return fmt.Errorf("cluster %s is still %s: %w", cluster, clean(status), ctxErr)
	}
	return err
}

// poll calls check until it reports done, fails, or ctx ends. The pause between calls grows up to
// five seconds.
func (c *Client) poll(ctx context.Context, check func() (done bool, err error)) error {
	const longest = 5 * time.Second
	for pause := min(c.retry.FirstPause, longest); ; pause = min(pause*3/2, longest) {
		if done, err := check(); done || err != nil {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type budgetKey struct{}

// withBudget sets the time after which no attempt starts. Reads that decide a change share the
// budget of the change.
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

// retryable reports whether a retry may help: after throttling, a busy cluster, a network error,
// 502, 503 and 504.
func retryable(err error) bool {
	var failed *Error
	if errors.As(err, &permanent{}) || !errors.As(err, &failed) || neverSent(err) {
		return false
	}
	switch failed.Status {
	case 0, http.StatusConflict, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return failed.contradicted
}

// neverSent reports whether the connection failed before a request was sent, and will fail again.
func neverSent(err error) bool {
	untrusted := (*tls.CertificateVerificationError)(nil)
	return errors.As(err, &untrusted) || errors.Is(err, http.ErrSchemeMismatch)
}

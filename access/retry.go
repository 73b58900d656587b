package access

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Retry says how often and how long a call is retried. Throttling (429), busy clusters (409), 502,
// 503, 504 and network errors are retried.
type Retry struct {
	MaxTries   int           // attempts in all; 5 if zero; 1 turns retries off
	MaxElapsed time.Duration // from the first attempt to the start of the last; 2 minutes if zero
	FirstPause time.Duration // give or take half; later pauses are longer, up to 5 seconds; 500 ms if zero
	TryTimeout time.Duration // of one attempt, until its response is read; 30 seconds if zero
}

func (r Retry) withDefaults() Retry {
	r.MaxTries = cmp.Or(max(r.MaxTries, 0), 5)
	r.MaxElapsed = cmp.Or(max(r.MaxElapsed, 0), 2*time.Minute)
	r.FirstPause = cmp.Or(max(r.FirstPause, 0), 500*time.Millisecond)
	r.TryTimeout = cmp.Or(max(r.TryTimeout, 0), 30*time.Second)
	return r
}

// retrying checks a call, and calls attempt until it succeeds, is final, or is out of attempts or
// time. While wait lasts, a busy cluster costs no attempts. The retries are not inside a transport,
// so every attempt is signed again.
func (c *Client) retrying(
	ctx context.Context, call call, wait time.Duration, attempt func(context.Context) (final bool, err error),
) error {
	if err := cmp.Or(call.check(), ctx.Err()); err != nil {
		return err
	}
	pauses, end, busyEnd := c.pauses(), time.Now().Add(c.retry.MaxElapsed+wait), time.Now().Add(wait)
	told := false
	for tries := 1; ; tries++ {
		final, err := attempt(ctx)
		if final || !retryable(err) {
			return err
		}
		pause, left, busy := pauses(), time.Until(end), errors.Is(err, ErrBusy)
		if busy && wait > 0 {
			left = time.Until(busyEnd)
			pause = min(pause, max(left, 1)) // the last attempt is at the end of the wait
			tries--
		}
		var failed *Error
		if errors.As(err, &failed) && failed.retryAfter > 0 {
			pause = failed.retryAfter
			if deadline, ok := ctx.Deadline(); ok {
				left = min(left, time.Until(deadline))
			}
		}
		if tries == c.retry.MaxTries || left < pause {
			return err
		}
		if busy && !told {
			told = true
			next := "Retrying."
			if wait > 0 {
				next = fmt.Sprintf("Waiting up to %s.", wait)
			}
			c.logger.Info(fmt.Sprintf("Cluster %s is busy. %s", append(call.ids, "")[0], next))
		}
		if sleep(ctx, pause) != nil {
			return lasting(err, ctx.Err())
		}
	}
}

// retryable reports whether a retry may help: after throttling, a busy cluster, a network error,
// 502, 503 and 504. A certificate that is not trusted and a server without HTTPS fail again.
func retryable(err error) bool {
	var failed *Error
	untrusted := (*tls.CertificateVerificationError)(nil)
	if !errors.As(err, &failed) || errors.As(err, &untrusted) || errors.Is(err, http.ErrSchemeMismatch) {
		return false
	}
	return slices.Contains([]int{
		0, http.StatusConflict, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}, failed.Status)
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
	if err != nil && ctx.Err() != nil && status != "" {
		return fmt.Errorf("cluster %s is still %s: %w", cluster, clean(status), ctx.Err())
	}
	return err
}

// poll calls check until it reports done, fails, or ctx ends.
func (c *Client) poll(ctx context.Context, check func() (done bool, err error)) error {
	pauses := c.pauses()
	for {
		if done, err := check(); done || err != nil {
			return err
		}
		if err := sleep(ctx, pauses()); err != nil {
			return err
		}
	}
}

func (c *Client) pauses() func() time.Duration {
	pause := c.retry.FirstPause
	return func() time.Duration {
		pause = min(pause, 5*time.Second)
		jittered := pause/2 + rand.N(pause)
		pause += pause / 2
		return jittered
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

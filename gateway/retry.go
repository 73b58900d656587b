package gateway

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
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
	FirstPause time.Duration // before the first retry, ±50 %; grows by half each time, up to 5 s; 500 ms if zero
	TryTimeout time.Duration // of one attempt, until its response is read; 30 seconds if zero
}

// The limits of a pause. A shorter one would only keep a processor busy.
const (
	shortestPause = time.Millisecond
	longestPause  = 5 * time.Second
)

func (r Retry) withDefaults() Retry {
	r.MaxTries = cmp.Or(max(r.MaxTries, 0), 5)
	r.MaxElapsed = cmp.Or(max(r.MaxElapsed, 0), 2*time.Minute)
	r.FirstPause = cmp.Or(max(r.FirstPause, 0), 500*time.Millisecond)
	r.TryTimeout = cmp.Or(max(r.TryTimeout, 0), 30*time.Second)
	return r
}

// Read makes a call that changes nothing, with retries. op says what is tried, for errors; see
// [During].
func (g *Gateway) Read(ctx context.Context, op string, attempt func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return During(op, err)
	}
	budget := g.NewBudget(0)
	for {
		err := During(op, attempt(ctx))
		if err == nil {
			return nil
		}
		if err := budget.Pause(ctx, err); err != nil {
			return err
		}
	}
}

// Poll calls check until it reports done or fails, or ctx ends. The pauses are those of retries.
func (g *Gateway) Poll(ctx context.Context, check func() (done bool, err error)) error {
	growing := newPauses(g.config.Retry.FirstPause)
	for {
		done, err := check()
		if done || err != nil {
			return err
		}
		if err := sleep(ctx, growing.next()); err != nil {
			return err
		}
	}
}

// Budget is what is left of the attempts and the time of one call.
type Budget struct {
	left    int // attempts
	end     time.Time
	wait    time.Duration
	busyEnd time.Time
	pauses  *pauses
}

// NewBudget returns the budget of a call whose first attempt begins now. Until wait has passed, a
// busy cluster costs no attempts.
func (g *Gateway) NewBudget(wait time.Duration) *Budget {
	now := time.Now()
	return &Budget{
		left:    g.config.Retry.MaxTries,
		end:     now.Add(g.config.Retry.MaxElapsed + wait),
		wait:    wait,
		busyEnd: now.Add(wait),
		pauses:  newPauses(g.config.Retry.FirstPause),
	}
}

// Pause waits until the next attempt after one that failed with err. It returns nil if there shall be
// one. Otherwise it returns err, or err and the error of ctx if that ends first.
func (b *Budget) Pause(ctx context.Context, err error) error {
	pause, ok := b.next(ctx, err)
	if !ok {
		return err
	}
	if sleep(ctx, pause) != nil {
		return Lasting(err, ctx.Err())
	}
	return nil
}

// next returns the pause before the next attempt. ok is false if there shall be none.
func (b *Budget) next(ctx context.Context, err error) (pause time.Duration, ok bool) {
	if !retryable(err) {
		return 0, false
	}
	pause = b.pauses.next()
	left := time.Until(b.end)
	waiting := b.wait > 0 && errors.Is(err, ErrBusy)
	if waiting {
		left = time.Until(b.busyEnd)
		pause = min(pause, max(left, shortestPause)) // the last attempt is at the end of the wait
	} else {
		b.left--
	}
	if after := retryAfter(err); after > 0 {
		pause = after
		if deadline, limited := ctx.Deadline(); limited {
			left = min(left, time.Until(deadline))
		}
	}
	return pause, b.left > 0 && left >= pause
}

// retryable reports whether a retry may help: after throttling, a busy cluster, a network error,
// 502, 503 and 504. A certificate that is not trusted and a server without HTTPS fail again.
func retryable(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) || errors.Is(err, http.ErrSchemeMismatch) {
		return false
	}
	return slices.Contains([]int{
		0, http.StatusConflict, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}, failed.Status)
}

// retryAfter returns how long the response asks to wait, or 0.
func retryAfter(err error) time.Duration {
	var failed *Error
	if !errors.As(err, &failed) {
		return 0
	}
	return failed.retryAfter
}

// pauses grow by half each time.
type pauses struct{ pause, longest time.Duration }

func newPauses(first time.Duration) *pauses {
	first = max(first, shortestPause)
	return &pauses{pause: first, longest: max(first, longestPause)}
}

// next returns the next pause, ±50 %, so that clients that failed together do not return together.
func (p *pauses) next() time.Duration {
	jittered := p.pause/2 + rand.N(p.pause)
	p.pause = min(p.pause+p.pause/2, p.longest)
	return jittered
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

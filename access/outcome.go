package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nks-access/nks-access/gateway"
)

// write is a call that changes the service. Client.make makes it:
//
//	observe ─ done? ──────────────────────────► made
//	   │ no
//	allowed? ─ no ────────────────────────────► the condition's error
//	   │ yes
//	 send ── accepted ── observe until shown ──► made
//	   ├──── refused ─── may pass? ── pause ───► observe
//	   └──── in doubt ── may repeat? ─ pause ──► observe
//	                     else observe until shown, or the outcome is unknown
//
// So every attempt begins with a look at the service, and what must hold is checked on that look.
type write interface {
	// observe reads the service and keeps what it finds.
	observe(ctx context.Context) error
	// done reports whether what was observed is what the write wants. sent tells whether an earlier
	// attempt may have made it so.
	done(sent bool) bool
	// allowed returns why the write must not be sent now, by what was observed.
	allowed() error
	// send makes one attempt.
	send(ctx context.Context) error
	// refused returns the error of a write that the service refused with err. It may observe, to learn
	// whether that is true.
	refused(ctx context.Context, err error) error
	// form says how the write is made.
	form() form
}

// form says how a write is made.
type form struct {
	op string // what is tried, for errors
	// confirm is set if a success counts only when observe shows it.
	confirm bool
	// once is set if an attempt in doubt must not be repeated: both could be made.
	once bool
}

// outcome is what is known after one attempt.
type outcome int

const (
	refused  outcome = iota // the service has not made the change, and will not
	accepted                // the service says that it made the change
	inDoubt                 // the service may have made the change, or may make it yet
)

func outcomeOf(err error) outcome {
	if err == nil {
		return accepted
	}
	var failed *Error
	if errors.As(err, &failed) && failed.MayHaveArrived() {
		return inDoubt
	}
	return refused
}

// The times to look for a change whose outcome is unknown. No source says that reads show a change
// at once, and the service may make a change after its response is lost.
const (
	settleTime = 10 * time.Second
	lastLook   = 5 * time.Second // after the caller's context has ended
)

// errNotShown is why an outcome is unknown although the service can be read.
var errNotShown = errors.New("it has not shown up since")

// make makes a write. A nil error means that the service is as the write wants it. An error other
// than [ErrUnknownOutcome] means that no attempt has made the change, nor can make it later.
func (c *Client) make(ctx context.Context, w write) error {
	op := w.form().op
	if err := ctx.Err(); err != nil {
		return gateway.During(op, err)
	}
	budget := c.gateway.NewBudget(c.wait)
	waiting := c.sayBusyOnce(op)
	maybeMade := false
	var failed error // of the last attempt
	for {
		err := w.observe(ctx)
		if err != nil && maybeMade {
			return c.settle(ctx, w, failed)
		}
		if err != nil {
			return gateway.During(op, err)
		}
		if w.done(maybeMade) {
			return nil
		}
		if err := w.allowed(); err != nil {
			return notAllowed(op, maybeMade, failed, err)
		}

		failed = gateway.During(op, w.send(ctx))
		switch outcomeOf(failed) {
		case accepted:
			if w.form().confirm {
				return c.settle(ctx, w, nil)
			}
			return nil
		case inDoubt:
			maybeMade = true
			if w.form().once {
				return c.settle(ctx, w, failed)
			}
		case refused:
			waiting(failed)
		}

		if err := budget.Pause(ctx, failed); err != nil {
			if maybeMade {
				return c.settle(ctx, w, err)
			}
			return w.refused(ctx, err)
		}
	}
}

// notAllowed returns the error of a write that a condition stopped. An earlier attempt in doubt may
// still be made.
func notAllowed(op string, maybeMade bool, failed, condition error) error {
	if maybeMade {
		return &UnknownOutcomeError{Op: op, Err: failed, ReadErr: condition}
	}
	return fmt.Errorf("%s: %w", op, condition)
}

// settle observes until the change is shown. If it is not in time, the outcome is unknown. failed is
// the error of the last attempt, nil if that was accepted. If ctx has ended, settle observes for
// some more seconds: who stops waiting still wants to know.
func (c *Client) settle(ctx context.Context, w write, failed error) error {
	limit := settleTime
	if ctx.Err() != nil {
		failed = gateway.Lasting(failed, ctx.Err())
		ctx = context.WithoutCancel(ctx)
		limit = lastLook
	}
	pollCtx, cancel := context.WithTimeout(ctx, 2*limit)
	defer cancel()
	start := time.Now()
	err := c.gateway.Poll(pollCtx, func() (bool, error) {
		if err := w.observe(pollCtx); err != nil {
			return false, err
		}
		if w.done(true) {
			return true, nil
		}
		if time.Since(start) >= limit {
			return false, errNotShown
		}
		return false, nil
	})
	if err != nil {
		return &UnknownOutcomeError{Op: w.form().op, Err: failed, ReadErr: err}
	}
	return nil
}

// sayBusyOnce returns a function that logs the first refusal of a busy cluster.
func (c *Client) sayBusyOnce(op string) func(error) {
	said := false
	return func(err error) {
		if said || !errors.Is(err, ErrBusy) {
			return
		}
		said = true
		next := "Retrying."
		if c.wait > 0 {
			next = fmt.Sprintf("Waiting up to %s.", c.wait)
		}
		c.gateway.Logger().Info(fmt.Sprintf("The cluster is busy: %s. %s", op, next))
	}
}

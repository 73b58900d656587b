package access

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// lastLook limits the read that decides a change after the caller's context has ended.
const lastLook = 10 * time.Second

// change is a call that changes state.
type change struct {
	call
	// done reads whether the state is what the change wants. It reports false with an error.
	done func(context.Context) (bool, error)
	// lookFirst calls done before every attempt, and after a response that may mean that the change
	// was made before.
	lookFirst bool
}

// change makes a change: it sends the request until the change is made or refused. A failed attempt
// leaves doubt if the change may have been made all the same. Then done decides, before the next
// attempt and before an error is returned. The error is ErrUnknownOutcome if done fails. sent
// reports whether a request was sent.
func (c *Client) change(ctx context.Context, ch change) (sent bool, err error) {
	ctx = c.withBudget(ctx)
	var failed error // the last attempt
	doubt, decided := false, false
	err = c.retrying(ctx, ch.cluster, func(ctx context.Context) error {
		if doubt || ch.lookFirst {
			done, lookErr := ch.done(ctx)
			if decided = done || lookErr != nil; decided {
				return final(ch.outcome(doubt, failed, lookErr))
			}
		}
		sent = true
		failed = c.attempt(ctx, ch.call)
		doubt = doubt || leavesDoubt(failed)
		return failed
	})
	inDoubt := doubt || sent && ch.lookFirst && maybeRepeated(err)
	if err == nil || decided && ctx.Err() == nil || !inDoubt {
		return sent, err
	}
	if ctx.Err() != nil { // the caller has stopped waiting, and still wants to know
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastLook)
		defer cancel()
	}
	done, lookErr := ch.done(ctx)
	switch {
	case done:
		return sent, nil
	case lookErr == nil || !doubt && !errors.Is(lookErr, ErrExists):
		return sent, err
	}
	return sent, ch.outcome(doubt, err, lookErr)
}

// outcome returns the error of a change that failed, or nil, after a call of done that returned
// lookErr.
func (ch change) outcome(doubt bool, failed, lookErr error) error {
	if lookErr == nil || !doubt || errors.Is(lookErr, ErrExists) {
		return lookErr
	}
	return &UnknownOutcomeError{Op: ch.op, Err: failed, ReadErr: lookErr}
}

// leavesDoubt reports whether a change may have been made although its attempt failed with err: the
// response was lost or cut off, came from a proxy, or was a 5XX.
func leavesDoubt(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" || neverSent(err) {
		return false
	}
	return failed.Status/100 != 4
}

// maybeRepeated reports whether the service may have refused a change because it was made before.
// No source says whether it returns 409 or 400 then.
func maybeRepeated(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && (failed.Status == http.StatusConflict || failed.Status == http.StatusBadRequest)
}

// UnknownOutcomeError says that a change may or may not have been made: the request was sent, its
// response was lost or is in doubt, and reading the state failed, too. It is [ErrUnknownOutcome],
// and the error of the caller's context if that has ended. It is no other kind of error, because
// the others say that the change was not made.
type UnknownOutcomeError struct {
	Op      string // what was tried, such as "create access entry for nrn:… on cluster …"
	Err     error  // the failed attempt; nil if it succeeded
	ReadErr error  // why reading the state failed
}

func (e *UnknownOutcomeError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: the change was made, but reading the result failed: %s", e.Op, reason(e.ReadErr))
	}
	return fmt.Sprintf("%s: the change may have been made: %s; reading the state failed, too: %s",
		e.Op, reason(e.Err), reason(e.ReadErr))
}

// Is reports whether target is ErrUnknownOutcome or the end of the caller's context.
func (e *UnknownOutcomeError) Is(target error) bool {
	ended := target == context.Canceled || target == context.DeadlineExceeded
	return target == ErrUnknownOutcome || ended && (errors.Is(e.Err, target) || errors.Is(e.ReadErr, target))
}

// reason returns the words of err without the operation, which its caller has said already.
func reason(err error) string {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.reason()
	}
	return err.Error()
}

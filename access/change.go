package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A change whose outcome is in doubt is looked for until it has had this time to appear. No source
// says that reads show a change at once, and the service may make a change after its response is
// lost.
const (
	settleTime = 10 * time.Second
	lastLook   = 5 * time.Second // after the caller's context has ended
)

// change is a call that changes state.
type change struct {
	call
	// done reads whether the state is what the change wants. It reports false with an error.
	done func(context.Context) (bool, error)
	// lookFirst calls done before the first attempt, too.
	lookFirst bool
	// confirm calls done even after a success.
	confirm bool
	// repeated are the statuses that may mean that the change was made before.
	repeated []int
}

// change sends a request until the change is made or refused. A failed attempt leaves doubt if the
// change may have been made all the same. Then done decides, before the next attempt and before an
// error is returned. The error is ErrUnknownOutcome if done fails. made is false if the state was
// as wanted without the change.
func (c *Client) change(ctx context.Context, ch change) (made bool, err error) {
	var failed error // of the last attempt; from the first that leaves doubt on, made is true
	looked := false  // done has decided
	err = c.retrying(ctx, ch.call, c.wait, func(ctx context.Context) (bool, error) {
		if made || ch.lookFirst {
			done, lookErr := ch.done(ctx)
			if looked = done || lookErr != nil; looked {
				return true, ch.outcome(made, failed, lookErr)
			}
		}
		failed = c.attempt(ctx, ch.call)
		made = made || leavesDoubt(failed)
		return false, failed
	})
	switch {
	case looked && (err == nil || ctx.Err() == nil), err == nil && !ch.confirm:
		return made, err
	case err != nil && !made && !slices.Contains(ch.repeated, status(err)):
		return false, err // refused
	}
	if ctx.Err() != nil && failed != nil {
		err = lasting(failed, ctx.Err())
	}
	done, lookErr := ch.settle(ctx, c, made)
	switch {
	case done && (made || ch.lookFirst):
		return made, nil
	case done, lookErr == nil && err != nil, lookErr != nil && !made && !errors.Is(lookErr, ErrExists):
		return made, err // not made
	case lookErr == nil:
		lookErr = errors.New("the service does not show it")
	}
	return made, ch.outcome(made, err, lookErr)
}

// settle calls done until it reports true or fails, or the change has had time to appear. A change
// that cannot have been made needs one call. A caller who has stopped waiting still wants to know.
func (ch change) settle(ctx context.Context, c *Client, made bool) (done bool, err error) {
	limit := settleTime
	if ctx.Err() != nil {
		ctx, limit = context.WithoutCancel(ctx), lastLook
	}
	ctx, cancel := context.WithTimeout(ctx, 2*limit)
	defer cancel()
	start := time.Now()
	err = c.poll(ctx, func() (bool, error) {
		last := !made || time.Since(start) >= limit
		done, err = ch.done(ctx)
		return done || last, err
	})
	return done, err
}

// outcome returns the error of a change that failed, or nil, after a call of done that returned
// lookErr.
func (ch change) outcome(made bool, failed, lookErr error) error {
	if lookErr == nil || !made || errors.Is(lookErr, ErrExists) {
		return lookErr
	}
	return &UnknownOutcomeError{Op: ch.op, Err: failed, ReadErr: lookErr}
}

// leavesDoubt reports whether a change may have been made after an attempt that returned err: it
// succeeded, or its response was lost or cut off, came from a proxy, or was a 5XX.
func leavesDoubt(err error) bool {
	var failed *Error
	return err == nil || errors.As(err, &failed) && !failed.unsent && failed.Status/100 != 4
}

// UnknownOutcomeError says that a change may or may not have been made: the request was sent, and
// reading the state did not tell. It is [ErrUnknownOutcome], and the error of the caller's context
// if that has ended. It is no other kind of error, because the others say that the change was not
// made.
type UnknownOutcomeError struct {
	Op      string // what was tried, such as "create access entry for nrn:… on cluster …"
	Err     error  // the failed attempt; nil if it succeeded
	ReadErr error  // why the state is not known
}

func (e *UnknownOutcomeError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: the service accepted the change, but it is not confirmed: %s", e.Op, reason(e.ReadErr))
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

package provider

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// loading starts a get whose load ends when the returned function is called.
func loading(t *testing.T, c *cached[string], value string) (end func()) {
	t.Helper()
	ended := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		got, err := c.get(t.Context(), time.Hour, func() (string, error) {
			<-ended
			return value, nil
		})
		if got != value || err != nil {
			t.Errorf("the loading caller gets %q, %v", got, err)
		}
	}()
	synctest.Wait()
	return func() {
		close(ended)
		<-done
	}
}

func TestCallersShareOneResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCached[string]()
		end := loading(t, c, "first")
		results := make(chan string)
		go func() {
			got, _ := c.get(t.Context(), time.Hour, func() (string, error) { return "second", nil })
			results <- got
		}()
		synctest.Wait()
		end()
		if got := <-results; got != "first" {
			t.Errorf("the waiting caller gets %q", got)
		}
		time.Sleep(time.Hour)
		got, err := c.get(t.Context(), time.Hour, func() (string, error) { return "third", nil })
		if got != "third" || err != nil {
			t.Errorf("after its life it is %q, %v", got, err)
		}
	})
}

func TestWaitingCallerLeavesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCached[string]()
		end := loading(t, c, "late")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.get(ctx, time.Hour, func() (string, error) { return "", nil })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %s it gets %v", time.Since(start), err)
		}
		end()
	})
}

func TestWhatWasForgottenIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCached[string]()
		end := loading(t, c, "before the change")
		c.forget()
		end()
		got, err := c.get(t.Context(), time.Hour, func() (string, error) { return "after it", nil })
		if got != "after it" || err != nil {
			t.Errorf("it is %q, %v", got, err)
		}
	})
}

func TestErrorsAreKeptButNotTheEndOfAContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCached[string]()
		ctx, cancel := context.WithCancel(t.Context())
		_, _ = c.get(ctx, time.Hour, func() (string, error) { cancel(); return "", ctx.Err() })
		failed := errors.New("failed")
		_, err := c.get(t.Context(), time.Hour, func() (string, error) { return "", failed })
		if !errors.Is(err, failed) {
			t.Errorf("after the end of a context: %v", err)
		}
		_, err = c.get(t.Context(), time.Hour, func() (string, error) { return "", nil })
		if !errors.Is(err, failed) {
			t.Errorf("after an error: %v", err)
		}
	})
}

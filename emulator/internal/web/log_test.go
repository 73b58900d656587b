package web

import "testing"

// What After returns at once belongs together: a console that goes on after the last request
// neither misses one nor gets one twice.
func TestAfterIsOneSnapshot(t *testing.T) {
	var log Log
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 5000 {
			log.Add(Request{})
		}
	}()
	after := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		requests, _, last := log.After(after)
		if n := len(requests); n > 0 && requests[n-1].Number != last || n == 0 && last != after {
			t.Fatalf("after %d: %d requests, the last is said to be %d", after, n, last)
		}
		after = last
	}
	log.Clear()
	if requests, cleared, last := log.After(0); len(requests) != 0 || cleared != 5000 || last != 5000 {
		t.Errorf("%d requests, cleared %d, last %d", len(requests), cleared, last)
	}
}

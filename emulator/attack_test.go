package emulator_test

import (
	"flag"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
)

// The attacks go on for this long. Without it they make a few rounds.
var attackFor = flag.Duration("attack", 0, "how long each attack goes on")

var attackStart = time.Now()

// attacking reports whether an attack goes on after some rounds: up to so many, or for as long as
// -attack says.
func attacking(rounds, done int) bool {
	if *attackFor == 0 {
		return done < rounds
	}
	return time.Since(attackStart) < *attackFor
}

// Sixty hostile bodies at once do not keep the emulator from answering others. The peak of memory
// and the longest answer are logged and not checked, because they depend on the machine.
func TestHostileBodiesAtOnce(t *testing.T) {
	attackStart = time.Now()
	e := newTester(t, emulator.Options{})
	var bodies []string
	for _, body := range hostileBodies() {
		bodies = append(bodies, body)
	}
	done := make(chan struct{})
	var good sync.WaitGroup
	var longest time.Duration
	answers := 0
	good.Go(func() {
		for {
			start := time.Now()
			a := e.send("GET", entries, "", nil)
			e.expect(a, 200)
			longest, answers = max(longest, time.Since(start)), answers+1
			select {
			case <-done:
				return
			default:
			}
		}
	})
	rounds := 0
	for ; attacking(2, rounds); rounds++ {
		var hostile sync.WaitGroup
		for i := range 60 {
			hostile.Go(func() {
				req, err := http.NewRequest("POST", e.server.URL+entries, strings.NewReader(bodies[i%len(bodies)]))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/json")
				if err := e.signer.Sign(t.Context(), req); err != nil {
					t.Error(err)
					return
				}
				resp, err := (&http.Client{Timeout: patience}).Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusBadRequest {
					t.Errorf("%s, %v", resp.Status, err)
				}
			})
		}
		hostile.Wait()
	}
	close(done)
	good.Wait()
	status, _ := os.ReadFile("/proc/self/status")
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "\n")
	t.Logf("%d rounds; %d other requests, the longest took %s; peak memory of client and server %s", rounds, answers, longest, strings.TrimSpace(peak))
}

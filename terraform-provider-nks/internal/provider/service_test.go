package provider

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// direct hands requests to the emulator without a network, so that the clock of a test can be fake.
type direct struct{ *emulator.Emulator }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	received := r.Clone(r.Context())
	received.RemoteAddr, received.RequestURI = "127.0.0.1:1", r.URL.RequestURI()
	if r.Body == nil {
		received.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, received)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

func newDirectService(t *testing.T, options emulator.Options) *service {
	t.Helper()
	emulated, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	client, err := access.NewClient(access.WithBaseURL("http://127.0.0.1/vnks/v2"),
		access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)),
		access.WithHTTPClient(&http.Client{Transport: direct{emulated}}), access.WithRetry(retry), access.WithWait(noLimit))
	if err != nil {
		t.Fatal(err)
	}
	return newService(client, defaultParallel, settings{preventLockout: true, listLife: listLife, lockoutPause: lockoutPause})
}

func newEntry(n int, policies ...access.Policy) access.NewEntry {
	return access.NewEntry{Principal: fmt.Sprintf("nrn:PUB:IAM::5000008:Role/%d", n), Policies: policies}
}

func TestElevenEntriesOnABusyClusterTakeAtMostEightSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faults := emulator.Faults{Busy: 500 * time.Millisecond, Latency: 20 * time.Millisecond}
		s := newDirectService(t, emulator.Options{Faults: faults})
		start := time.Now()
		var changes sync.WaitGroup
		for i := range 11 {
			changes.Go(func() {
				if _, err := s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, newEntry(i), false); err != nil {
					t.Error(err)
				}
			})
		}
		changes.Wait()
		took := time.Since(start)
		t.Log(took)
		if took < 5*time.Second || took > 8*time.Second {
			t.Errorf("they took %s", took)
		}
		if entries, err := s.listEntries(t.Context(), emulator.DemoClusterUUID); err != nil || len(entries) != 11 {
			t.Errorf("there are %d entries, %v", len(entries), err)
		}
	})
}

func TestBusyClusterEndsAChangeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := nks.Cluster{UUID: emulator.DemoClusterUUID, Name: "demo", Status: "CREATING", AuthType: "API"}
		s := newDirectService(t, emulator.Options{Clusters: []nks.Cluster{busy}})
		for _, limit := range []time.Duration{time.Second, time.Minute, time.Hour} {
			start := time.Now()
			_, err := s.create(t.Context(), emulator.DemoClusterUUID, limit, newEntry(1), false)
			if err == nil || !strings.Contains(err.Error(), "CREATING") || !strings.Contains(hint(err), "increase wait") {
				t.Errorf("%s: the error is %v", limit, err)
			}
			if took := time.Since(start); took != limit {
				t.Errorf("it took %s, not %s", took, limit)
			}
		}
	})
}

// A deletion that would lock everybody out waits a while for another administrator.
func TestRefusedDeletionWaitsForAnotherAdministrator(t *testing.T) {
	for name, c := range map[string]struct {
		after   time.Duration // the next administrator is created, unless 0
		refused bool
	}{
		"none comes":       {refused: true},
		"one comes":        {after: 5 * time.Second},
		"one comes late":   {after: time.Minute, refused: true},
		"others come, too": {after: 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newDirectService(t, emulator.Options{})
				administrator := access.Policy{Type: access.ClusterAdminPolicy, Scope: access.ClusterScope}
				create := func(n int, policies ...access.Policy) access.Entry {
					entry, err := s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, newEntry(n, policies...), false)
					if err != nil {
						t.Error(err)
					}
					return entry
				}
				first, _, err := s.client.Create(t.Context(), emulator.DemoClusterUUID, newEntry(1, administrator))
				if err != nil {
					t.Fatal(err)
				}
				var others sync.WaitGroup
				defer others.Wait()
				if c.after != 0 {
					others.Go(func() {
						<-time.After(c.after)
						create(2, administrator)
					})
				}
				if name == "others come, too" {
					others.Go(func() {
						<-time.After(5 * time.Second)
						create(3)
					})
				}
				start := time.Now()
				err = s.delete(t.Context(), emulator.DemoClusterUUID, time.Hour, first.UUID)
				if errors.Is(err, errLockout) != c.refused || !c.refused && err != nil {
					t.Errorf("the deletion ends with %v", err)
				}
				if took := time.Since(start); c.refused && took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// newDirectService returns a service that calls an emulator without a network, so that the clock of a
// test can be fake.
func newDirectService(t *testing.T, options emulator.Options) *service {
	t.Helper()
	return newDirectServiceFor(t, options, defaultParallel)
}

// newDirectServiceFor returns a service that works on up to parallel clusters at the same time.
func newDirectServiceFor(t *testing.T, options emulator.Options, parallel int) *service {
	t.Helper()
	emulated, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	client, err := access.NewClient(access.WithBaseURL(emulated.BaseURL()),
		access.WithCredentials(emulated.Credentials()),
		access.WithHTTPClient(&http.Client{Transport: emulated.Transport()}), access.WithRetry(retry), access.WithWait(noLimit))
	if err != nil {
		t.Fatal(err)
	}
	return newService(client, &warnings{}, parallel,
		settings{preventLockout: true, listLife: listLife, patience: patience})
}

func newEntry(n int, policies ...access.Policy) access.NewEntry {
	principal := access.NRN(fmt.Sprintf("nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-%012d", n))
	return access.NewEntry{Principal: principal, Grants: access.Grants{Policies: policies}}
}

func TestElevenEntriesOnABusyClusterTakeAtMostTenSeconds(t *testing.T) {
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
		if took < 5*time.Second || took > 10*time.Second {
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
		"others come, too": {after: 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newDirectService(t, emulator.Options{})
				administrator := access.ClusterAdmin.OnCluster()
				create := func(n int, policies ...access.Policy) access.Entry {
					entry, err := s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, newEntry(n, policies...), false)
					if err != nil {
						t.Error(err)
					}
					return entry
				}
				first, err := s.client.Create(t.Context(), emulator.DemoClusterUUID, newEntry(1, administrator))
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
				if errors.Is(err, access.ErrNoAdmin) != c.refused || !c.refused && err != nil {
					t.Errorf("the deletion ends with %v", err)
				}
				if took := time.Since(start); c.refused && took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// A creation for a principal that has another entry waits a while for the deletion of that entry: the
// resource that manages it may have been renamed, or be a later element of a list.
func TestRefusedCreationWaitsForTheDeletionOfTheOtherEntry(t *testing.T) {
	for name, c := range map[string]struct {
		after   time.Duration // the other entry is deleted, unless 0
		refused bool
	}{
		"it stays":           {refused: true},
		"it is deleted":      {after: 5 * time.Second},
		"it is deleted late": {after: time.Minute, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newDirectService(t, emulator.Options{})
				other, err := s.client.Create(t.Context(), emulator.DemoClusterUUID, newEntry(1, access.View.OnCluster()))
				if err != nil {
					t.Fatal(err)
				}
				var deletion sync.WaitGroup
				defer deletion.Wait()
				if c.after != 0 {
					deletion.Go(func() {
						<-time.After(c.after)
						if err := s.delete(t.Context(), emulator.DemoClusterUUID, time.Hour, other.UUID); err != nil {
							t.Error(err)
						}
					})
				}
				start := time.Now()
				wanted := newEntry(1, access.Edit.OnCluster())
				_, err = s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, wanted, false)
				if errors.Is(err, access.ErrExists) != c.refused || !c.refused && err != nil {
					t.Errorf("the creation ends with %v", err)
				}
				if took := time.Since(start); c.refused && took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// Of many refused changes only the first ones wait.
func TestManyRefusedCreationsWaitOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDirectService(t, emulator.Options{})
		start := time.Now()
		for i := range 10 {
			if _, err := s.client.Create(t.Context(), emulator.DemoClusterUUID, newEntry(i, access.View.OnCluster())); err != nil {
				t.Fatal(err)
			}
			wanted := newEntry(i, access.Edit.OnCluster())
			_, err := s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, wanted, false)
			if !errors.Is(err, access.ErrExists) {
				t.Errorf("the creation ends with %v", err)
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("they took %s", took)
		}
	})
}

// A cluster that refused entries accepts them after the switch of its auth type.
func TestSwitchOfTheAuthTypeIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := nks.Cluster{UUID: emulator.DemoClusterUUID, Name: "demo", Status: "RUNNING", AuthType: access.AuthTypeConfigMap}
		s := newDirectService(t, emulator.Options{Clusters: []nks.Cluster{old}})
		create := func() error {
			_, err := s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, newEntry(1), false)
			return err
		}
		if err := create(); err == nil || !strings.Contains(err.Error(), "has authType CONFIG_MAP") {
			t.Errorf("before the switch: %v", err)
		}
		if err := s.client.EnableAccessEntries(t.Context(), emulator.DemoClusterUUID); err != nil {
			t.Fatal(err)
		}
		if err := create(); err != nil {
			t.Errorf("after the switch: %v", err)
		}
	})
}

// A change that waits for a busy cluster keeps no read from another cluster.
func TestReadsDoNotWaitForChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const other = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0001"
		s := newDirectServiceFor(t, emulator.Options{Clusters: []nks.Cluster{
			{UUID: emulator.DemoClusterUUID, Name: "busy", Status: "CREATING", AuthType: "API"},
			{UUID: other, Name: "ready", Status: "RUNNING", AuthType: "API"},
		}}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var changes sync.WaitGroup
		changes.Go(func() {
			_, err := s.create(ctx, emulator.DemoClusterUUID, time.Hour, newEntry(1), false)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the change ends with %v", err)
			}
		})
		synctest.Wait() // the change waits
		reading, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if _, err := s.listEntries(reading, other); err != nil {
			t.Errorf("the read ends with %v", err)
		}
		cancel()
		changes.Wait()
	})
}

// A list that shows changes late hides no administrator that is gone.
func TestListThatIsLateLeavesAnAdministrator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDirectService(t, emulator.Options{Faults: emulator.Faults{Lag: 2 * time.Second}})
		var admins []access.Entry
		for i := range 2 {
			entry, err := s.create(t.Context(), emulator.DemoClusterUUID, time.Hour, newEntry(i, access.ClusterAdmin.OnCluster()), false)
			if err != nil {
				t.Fatal(err)
			}
			admins = append(admins, entry)
		}
		view := access.Grants{Policies: []access.Policy{access.View.OnCluster()}}
		clear(s.clusters) // as another run of Terraform
		if _, err := s.update(t.Context(), time.Hour, admins[0], view); err != nil {
			t.Fatal(err)
		}
		if _, err := s.update(t.Context(), time.Hour, admins[1], view); !errors.Is(err, access.ErrNoAdmin) {
			t.Errorf("the second administrator is narrowed: %v", err)
		}
	})
}

// Only after a request that may still arrive is there a reason to wait.
func TestHintAfterAnUnknownOutcome(t *testing.T) {
	const wait = "five minutes"
	unread := errors.New("503 Service Unavailable")
	accepted := hint(&access.UnknownOutcomeError{Op: "create", ReadErr: unread})
	if strings.Contains(accepted, wait) || !strings.Contains(accepted, "apply again") {
		t.Errorf("after a request that was accepted: %s", accepted)
	}
	lost := hint(&access.UnknownOutcomeError{Op: "create", Err: unread, ReadErr: unread})
	if !strings.Contains(lost, wait) {
		t.Errorf("after a request without a response: %s", lost)
	}
}

package access_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
)

const admin2 = "nrn:PUB:IAM::5000008:Role/11111111-0000-0000-0000-246e966ebec4"

// rivalry is a service that is busy, throttles or fails at a write of ours, while a rival changes the
// cluster.
func rivalry(t *testing.T, b *bench, method string, refusal mishap, rival func(*access.Client)) {
	t.Helper()
	acted := false
	b.mishap = func(r *http.Request) mishap {
		if r.Method != method || acted {
			return fine
		}
		acted = true
		rival(b.client)
		return refusal
	}
}

func entryOf(t *testing.T, b *bench, principal access.NRN, policies ...access.Policy) access.Entry {
	t.Helper()
	entry, err := b.client.Create(t.Context(), cluster, access.NewEntry{Principal: principal, Grants: access.Grants{Policies: policies}})
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

var refusals = []mishap{{name: "409", status: 409}, {name: "429", status: 429}, {name: "503 page", status: 503, body: proxyPage}}

// What must hold is checked on a look right before every attempt, also before the retries.
func TestARivalBetweenTwoAttemptsIsSeen(t *testing.T) {
	for _, refusal := range refusals {
		for name, c := range map[string]struct {
			method string
			rival  func(c *access.Client, a, b access.Entry) error
			write  func(c *access.Client, a access.Entry) error
			want   error
			admins int
			of     string // what the entry of a grants in the end
		}{
			"delete of one of two administrators, and the other goes": {
				"DELETE",
				func(c *access.Client, _, b access.Entry) error {
					return c.Delete(context.Background(), cluster, b.UUID)
				},
				func(c *access.Client, a access.Entry) error { return c.Delete(context.Background(), cluster, a.UUID) },
				access.ErrNoAdmin, 1, "NKSClusterAdminPolicy",
			},
			"narrowing one of two administrators, and the other goes": {
				"PUT",
				func(c *access.Client, _, b access.Entry) error {
					return c.Delete(context.Background(), cluster, b.UUID)
				},
				func(c *access.Client, a access.Entry) error {
					return c.Update(context.Background(), cluster, a.UUID, access.Grants{Policies: []access.Policy{view}})
				},
				access.ErrNoAdmin, 1, "NKSClusterAdminPolicy",
			},
			"an update of what was read, and it changes": {
				"PUT",
				func(c *access.Client, a, _ access.Entry) error {
					_, err := c.Grant(context.Background(), cluster, a.UUID, access.Grants{Groups: []string{"rival"}})
					return err
				},
				func(c *access.Client, a access.Entry) error {
					return c.Update(context.Background(), cluster, a.UUID, access.Grants{Policies: a.Policies, Groups: []string{"ours"}}, access.IfSame(a))
				},
				access.ErrConflict, 2, "NKSClusterAdminPolicy, group rival",
			},
			"a grant, and a rival grants": {
				"PUT",
				func(c *access.Client, a, _ access.Entry) error {
					_, err := c.Grant(context.Background(), cluster, a.UUID, access.Grants{Groups: []string{"rival"}})
					return err
				},
				func(c *access.Client, a access.Entry) error {
					_, err := c.Grant(context.Background(), cluster, a.UUID, access.Grants{Groups: []string{"ours"}})
					return err
				},
				nil, 2, "NKSClusterAdminPolicy, group ours, group rival",
			},
		} {
			t.Run(refusal.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, emulator.Options{}, access.WithWait(time.Minute))
					first := entryOf(t, b, user, access.ClusterAdmin.OnCluster())
					second := entryOf(t, b, admin2, access.ClusterAdmin.OnCluster())
					rivalry(t, b, c.method, refusal, func(rival *access.Client) {
						if err := c.rival(rival, first, second); err != nil {
							t.Error(err)
						}
					})
					err := c.write(b.client, first)
					doubt := refusal.status == 503 // the first attempt may be made yet
					if doubt {
						if !errors.Is(err, access.ErrUnknownOutcome) || c.want != nil && !strings.Contains(err.Error(), c.want.Error()) {
							t.Errorf("got %v", err)
						}
					} else if !errors.Is(err, c.want) {
						t.Errorf("got %v, want %v", err, c.want)
					}
					b.mishap = nil
					entries, err := b.client.List(t.Context(), cluster)
					if err != nil || access.Administrators(entries) != c.admins {
						t.Errorf("%d administrators: %v, %v", access.Administrators(entries), entries, err)
					}
					if got := b.entry(t, user).Grants.String(); got != c.of {
						t.Errorf("the entry grants %s, want %s", got, c.of)
					}
				})
			})
		}
	}
}

// A grant whose first attempt arrives late sets what the entry granted at that time. Who has revoked a
// group meanwhile must hear of it.
func TestAGrantThatMayUndoARevocationIsNotReportedAsMade(t *testing.T) {
	for name, revokes := range map[string]bool{"a rival revokes": true, "nobody else acts": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, emulator.Options{})
				entry, err := b.client.Create(t.Context(), cluster, access.NewEntry{Principal: user, Grants: access.Grants{Groups: []string{"old"}}})
				if err != nil {
					t.Fatal(err)
				}
				rivalry(t, b, "PUT", mishap{late: true, status: 504}, func(rival *access.Client) {
					if !revokes {
						return
					}
					if _, err := rival.Revoke(context.Background(), cluster, entry.UUID, access.Grants{Groups: []string{"old"}}); err != nil {
						t.Error(err)
					}
				})
				_, err = b.client.Grant(t.Context(), cluster, entry.UUID, access.Grants{Groups: []string{"new"}})
				if errors.Is(err, access.ErrUnknownOutcome) != revokes || !revokes && err != nil {
					t.Errorf("got %v", err)
				}
				time.Sleep(time.Minute) // until the first attempt has arrived
				if got := b.entry(t, user).Grants.String(); got != "group new, group old" {
					t.Errorf("the entry grants %s", got)
				}
			})
		})
	}
}

func TestTheLastAdministratorIsGuarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, emulator.Options{})
		last := entryOf(t, b, user, access.ClusterAdmin.OnCluster())
		entryOf(t, b, role, access.Admin.OnCluster())
		ctx := t.Context()
		takes := map[string]func(...access.WriteOption) error{
			"delete": func(opts ...access.WriteOption) error { return b.client.Delete(ctx, cluster, last.UUID, opts...) },
			"update": func(opts ...access.WriteOption) error {
				return b.client.Update(ctx, cluster, last.UUID, access.Grants{}, opts...)
			},
			"revoke": func(opts ...access.WriteOption) error {
				_, err := b.client.Revoke(ctx, cluster, user, access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}, opts...)
				return err
			},
		}
		for name, take := range takes {
			err := take()
			var guard *access.NoAdminError
			if !errors.As(err, &guard) || guard.Principal != user {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := takes["delete"](access.AllowNoAdmin()); err != nil {
			t.Error(err)
		}
	})
}

// An administrator who cannot exist is none.
func TestOnlyAPrincipalThatCanExistAdministers(t *testing.T) {
	admin := access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}
	for principal, want := range map[access.NRN]bool{
		user: true,
		access.AnyNRN("nrn:PUB:IAM::5000008:SubAccount/" + user): false,
	} {
		if got := (access.Entry{Principal: principal, Grants: admin}).Administers(); got != want {
			t.Errorf("%s: %v", principal, got)
		}
	}
}

// A list that shows changes late does not count an administrator that an update has taken.
func TestALateListKeepsAnAdministrator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, emulator.Options{})
		first := entryOf(t, b, user, access.ClusterAdmin.OnCluster())
		second := entryOf(t, b, admin2, access.ClusterAdmin.OnCluster())
		b.emulator.SetFaults(emulator.Faults{Lag: 2 * time.Second})
		narrow := access.Grants{Policies: []access.Policy{view}}
		if err := b.client.Update(t.Context(), cluster, first.UUID, narrow); err != nil {
			t.Fatal(err)
		}
		if err := b.client.Update(t.Context(), cluster, second.UUID, narrow); !errors.Is(err, access.ErrNoAdmin) {
			t.Errorf("the second administrator is narrowed: %v", err)
		}
	})
}

// An entry that the list does not show yet is guarded all the same.
func TestALateListDoesNotHideTheLastAdministrator(t *testing.T) {
	for name, take := range map[string]func(*access.Client, access.Entry) error{
		"delete": func(c *access.Client, e access.Entry) error { return c.Delete(context.Background(), cluster, e.UUID) },
		"update": func(c *access.Client, e access.Entry) error {
			return c.Update(context.Background(), cluster, e.UUID, access.Grants{Policies: []access.Policy{view}})
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, emulator.Options{})
			last := entryOf(t, b, user, access.ClusterAdmin.OnCluster())
			b.mishap = func(r *http.Request) mishap {
				if r.Method == "GET" && strings.HasSuffix(r.URL.Path, "/access-entries") {
					return mishap{status: 200, body: `{"accessEntries":[]}`}
				}
				return fine
			}
			if err := take(b.client, last); !errors.Is(err, access.ErrNoAdmin) {
				t.Errorf("%s: %v", name, err)
			}
			b.mishap = nil
			if got := b.entry(t, user).Grants.String(); got != "NKSClusterAdminPolicy" {
				t.Errorf("%s: the entry grants %s", name, got)
			}
		})
	}
}

func TestACreateMeetsAnEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, emulator.Options{})
		first := entryOf(t, b, user, view)
		same := access.NewEntry{Principal: user, Grants: access.Grants{Policies: []access.Policy{view}}}
		_, err := b.client.Create(t.Context(), cluster, same)
		var exists *access.ExistsError
		if !errors.As(err, &exists) || exists.Existing.UUID != first.UUID {
			t.Errorf("create of what exists: %v", err)
		}
		found, created, err := b.client.Ensure(t.Context(), cluster, same)
		if err != nil || created || found.UUID != first.UUID {
			t.Errorf("ensure of what exists: %v, %v, %v", found, created, err)
		}
		if _, _, err := b.client.Ensure(t.Context(), cluster, access.NewEntry{Principal: user}); !errors.Is(err, access.ErrExists) {
			t.Errorf("ensure of something else: %v", err)
		}
	})
}

func TestWaitReadyEndsForAClusterThatIsBeingDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, emulator.Options{})
		b.mishap = func(*http.Request) mishap {
			return mishap{status: 200, body: `{"cluster":{"uuid":"` + cluster + `","name":"demo","status":"DELETING"}}`}
		}
		if err := b.client.WaitReady(t.Context(), cluster); !errors.Is(err, access.ErrDeleting) {
			t.Errorf("got %v", err)
		}
	})
}

// Responses about another cluster or entry, and lists that hold a UUID twice, are not believed.
func TestResponsesAboutSomethingElseAreRefused(t *testing.T) {
	entry := func(id, cluster string) string {
		return `{"uuid":"` + id + `","clusterUuid":"` + cluster + `","entry":"` + user + `"}`
	}
	for name, c := range map[string]struct {
		body string
		call func(*access.Client) error
	}{
		"get another entry":      {`{"accessEntry":` + entry(cluster, cluster) + `}`, func(c *access.Client) error { return second(c.Get(context.Background(), cluster, nobody)) }},
		"get of a cluster":       {`{"accessEntry":` + entry(nobody, nobody) + `}`, func(c *access.Client) error { return second(c.Get(context.Background(), cluster, nobody)) }},
		"list of a cluster":      {`{"accessEntries":[` + entry(nobody, nobody) + `]}`, func(c *access.Client) error { return second(c.List(context.Background(), cluster)) }},
		"list with a UUID twice": {`{"accessEntries":[` + entry(nobody, cluster) + `,` + entry(strings.ToUpper(nobody), cluster) + `]}`, func(c *access.Client) error { return second(c.List(context.Background(), cluster)) }},
		"list without an end":    {`{"accessEntries":[` + strings.Repeat(entry(nobody, cluster)+",", 50_000) + entry(nobody, cluster) + `]}`, func(c *access.Client) error { return second(c.List(context.Background(), cluster)) }},
		"clusters with a UUID twice": {
			`{"clusters":[{"uuid":"` + nobody + `","name":"a"},{"uuid":"` + strings.ToUpper(nobody) + `","name":"b"}]}`,
			func(c *access.Client) error { return second(c.Clusters(context.Background())) },
		},
		"another cluster": {`{"cluster":{"uuid":"` + nobody + `","name":"other"}}`, func(c *access.Client) error { return second(c.Cluster(context.Background(), cluster)) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, emulator.Options{})
			b.mishap = func(*http.Request) mishap { return mishap{status: 200, body: c.body} }
			if err := c.call(b.client); !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

// Fields of a policy that this package does not know are sent back.
func TestUnknownFieldsOfAPolicyAreSentBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const list = `{"accessEntries":[{"uuid":"` + nobody + `","entry":"` + user + `","policies":[` +
			`{"type":"NKSEditPolicy","scope":"Namespace","namespaces":["a","b"],"expires":9007199254740993},{"type":"NKSViewPolicy","scope":"Cluster"}]}]}`
		const want = `{"groups":["g"],"policies":[{"expires":9007199254740993,"namespaces":["a","c"],"scope":"namespace","type":"NKSEditPolicy"},` +
			`{"scope":"cluster","type":"NKSViewPolicy"}]}`
		s := newService(t, emulator.Options{}, fault{"GET", respond(list)}, fault{"PUT", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			checkBody(t, r, want)
			respond(`{"uuid":"`+cluster+`"}`)(w, r, nil)
		}})
		grants := access.Grants{Groups: []string{"g"}, Policies: []access.Policy{view, edit("c", "a")}}
		if err := s.client(t).Update(context.Background(), cluster, nobody, grants); err != nil {
			t.Error(err)
		}
	})
}

// A function that changes lists in place must not change what the client has read.
func TestModifyInPlace(t *testing.T) {
	viewer := access.Grants{Policies: []access.Policy{access.View.OnCluster()}}
	for name, change := range map[string]func(access.Grants) access.Grants{
		"element": func(g access.Grants) access.Grants {
			g.Policies[0] = access.View.OnCluster()
			return g
		},
		"append": func(g access.Grants) access.Grants {
			g.Policies = append(g.Policies[:0], access.View.OnCluster())
			return g
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, emulator.Options{})
			admin := entryOf(t, b, role, access.ClusterAdmin.OnCluster())
			if _, err := b.client.Modify(t.Context(), cluster, string(role), change); !errors.Is(err, access.ErrNoAdmin) {
				t.Errorf("the last administrator: got %v", err)
			}
			got, err := b.client.Modify(t.Context(), cluster, string(role), change, access.AllowNoAdmin())
			if err != nil || !got.Before.Same(admin.Grants) || !got.After.Same(viewer) {
				t.Errorf("got %+v, %v", got, err)
			}
			now, err := b.client.Get(t.Context(), cluster, admin.UUID)
			if err != nil || !now.Same(viewer) {
				t.Errorf("the entry grants %s, %v", now.Grants, err)
			}
		})
	}

	t.Run("namespace", func(t *testing.T) {
		b := newBench(t, emulator.Options{})
		entry := entryOf(t, b, role, access.View.In("one"))
		_, err := b.client.Modify(t.Context(), cluster, entry.UUID, func(g access.Grants) access.Grants {
			g.Policies[0].Namespaces[0] = "two"
			return g
		})
		if now, getErr := b.client.Get(t.Context(), cluster, entry.UUID); err != nil || getErr != nil || now.String() != "NKSViewPolicy@two" {
			t.Errorf("the entry grants %s, %v, %v", now.Grants, err, getErr)
		}
	})
}

// What a write returns is what it changed, also if the client has looked at the cluster since.
func TestRevokeReturnsTheChange(t *testing.T) {
	administrator := access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}
	for name, faults := range map[string]emulator.Faults{
		"confirmed": {},
		"late list": {Lag: time.Second},
		"lost":      {Lose: 1, Only: "PUT"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, emulator.Options{})
				entryOf(t, b, admin2, access.ClusterAdmin.OnCluster())
				entryOf(t, b, role, access.ClusterAdmin.OnCluster())
				b.emulator.SetFaults(faults)
				change, err := b.client.Revoke(t.Context(), cluster, string(role), administrator)
				if err != nil || !change.Before.Same(administrator) || !change.After.Empty() {
					t.Errorf("got %s → %s, %v", change.Before.OrNothing(), change.After.OrNothing(), err)
				}
			})
		})
	}
}

// Also an error of a call that was not sent says what was tried.
func TestAnEndedContext(t *testing.T) {
	b := newBench(t, emulator.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, readErr := b.client.List(ctx, cluster)
	deleteErr := b.client.Delete(ctx, cluster, cluster)
	for want, err := range map[string]error{
		"list access entries on cluster " + cluster + ": context canceled":                 readErr,
		"delete access entry " + cluster + " on cluster " + cluster + ": context canceled": deleteErr,
	} {
		if !errors.Is(err, context.Canceled) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

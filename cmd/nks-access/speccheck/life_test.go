package speccheck_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/cmd/nks-access/speccheck"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

var seeds = flag.Int("seeds", 50, "random cases of faults; make test-properties tries more")

// Under faults of every kind nothing is left behind, and no other entry changes.
func TestNothingIsLeftBehindUnderFaults(t *testing.T) {
	ended := map[string]int{}
	for seed := range uint64(*seeds) {
		synctest.Test(t, func(t *testing.T) {
			faults := emulator.Faults{
				Busy:       time.Duration(seed%3) * 20 * time.Second,
				Fail:       emulator.Failure{Status: []int{500, 503, 504, 429}[seed%4], Probability: 0.2},
				Lose:       0.3,
				Lag:        []time.Duration{0, 0, 5 * time.Second, 40 * time.Second}[seed/2%4],
				Duplicates: []string{"", "accept", "400"}[seed/3%3],
				Lists:      []string{"", "null", "absent"}[seed/5%3],
				Delete:     []string{"", "204", "empty"}[seed/7%3],
			}
			s := newService(t, emulator.Options{Seed: seed + 1}, nil)
			before := s.entries(t)
			s.emulator.SetFaults(faults)
			report, err := s.check(t.Context(), t, true)
			leftBehind := (*speccheck.LeftBehindError)(nil)
			isLeft := errors.As(err, &leftBehind)
			if after := s.entries(t); after != before {
				t.Errorf("seed %d: the entries are\n%s\nand were\n%s\n%v", seed, after, before, err)
			}
			if isLeft && len(leftBehind.Entries) > 0 {
				t.Errorf("seed %d: it says that it left %v", seed, leftBehind.Entries)
			}
			switch {
			case report == nil:
				ended["before it wrote"]++
			case isLeft:
				ended["in doubt"]++
			case err != nil:
				ended["early"]++
			default:
				ended["whole"]++
			}
		})
	}
	t.Log(ended)
	if ended["whole"] == 0 || ended["early"] == 0 {
		t.Errorf("the faults do not try the cases: %v", ended)
	}
}

// Ctrl-C at any request, before or after the service carries it out, leaves nothing behind.
func TestNothingIsLeftBehindAfterCtrlC(t *testing.T) {
	for _, carriedOut := range []bool{false, true} {
		for at := 1; ; at++ {
			interrupted := false
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				requests := 0
				s := newService(t, emulator.Options{}, nil)
				before := s.entries(t)
				s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests++
					if requests != at {
						s.emulator.ServeHTTP(w, r)
						return
					}
					interrupted = true
					if carriedOut {
						s.emulator.ServeHTTP(httptest.NewRecorder(), r)
					}
					cancel()
				})
				report, err := s.check(ctx, t, true)
				leftBehind := (*speccheck.LeftBehindError)(nil)
				isWhole := err == nil && report.Cleanup == "The check made 1 entry. None is left."
				if interrupted && !isWhole && !errors.Is(err, context.Canceled) && !errors.As(err, &leftBehind) {
					t.Errorf("request %d: %v", at, err)
				}
				if after := s.entries(t); after != before {
					t.Errorf("request %d: the entries are\n%s\nand were\n%s", at, after, before)
				}
			})
			if !interrupted {
				if at < 25 {
					t.Errorf("only %d requests", at)
				}
				break
			}
		}
	}
}

// A create that arrives after Ctrl-C is found, and its entry removed.
func TestALateCreateIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newService(t, emulator.Options{}, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method != http.MethodPost {
				next.ServeHTTP(w, r)
				return
			}
			late := r.Clone(context.Background())
			late = withBody(late, readBody(r))
			// A signature is valid for five minutes.
			time.AfterFunc(30*time.Second, func() { next.ServeHTTP(httptest.NewRecorder(), late) })
			cancel()
		})
		before := s.entries(t)
		_, err := s.check(ctx, t, true)
		if leftBehind := (*speccheck.LeftBehindError)(nil); errors.As(err, &leftBehind) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if after := s.entries(t); after != before {
			t.Errorf("the entries are\n%s\nand were\n%s", after, before)
		}
	})
}

// A create without a response that is nowhere to be seen is named, because it may arrive yet.
func TestACreateInDoubtIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{}, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPost {
				w.WriteHeader(504)
				return
			}
			next.ServeHTTP(w, r)
		})
		report, err := s.check(t.Context(), t, true)
		leftBehind := (*speccheck.LeftBehindError)(nil)
		if !errors.As(err, &leftBehind) || !strings.Contains(err.Error(),
			"look later for an entry with the group nks-access-spec-check-") {
			t.Errorf("got %v", err)
		}
		if s.writes != 1 {
			t.Errorf("%d writes, want 1: a create in doubt is not sent again", s.writes)
		}
		if report == nil || !strings.Contains(report.Cleanup, "could not make sure that none is left") {
			t.Errorf("got %+v", report)
		}
	})
}

// What may not be removed is named.
func TestAnEntryThatCannotBeRemovedIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := []emulator.Key{{
			Credentials: signer.Credentials{AccessKey: emulator.DemoAccessKey, SecretKey: emulator.DemoSecretKey},
			Operations: []string{"listClusters", "getCluster", "listAccessEntries", "getAccessEntry", "createAccessEntry",
				"updateAccessEntry"},
		}}
		s := newService(t, emulator.Options{Keys: keys}, nil)
		report, err := s.check(t.Context(), t, true)
		leftBehind := (*speccheck.LeftBehindError)(nil)
		if !errors.As(err, &leftBehind) || len(leftBehind.Entries) != 1 {
			t.Fatalf("got %v", err)
		}
		id := leftBehind.Entries[0]
		if !strings.Contains(s.entries(t), role+" "+id) || !strings.Contains(err.Error(), id) ||
			!strings.Contains(err.Error(), "so delete it: ") {
			t.Errorf("got %v; the entries are\n%s", err, s.entries(t))
		}
		if strings.Contains(text(t, report), id) {
			t.Error("the report has the UUID of an entry")
		}
	})
}

// Somebody else makes an entry for the same principal right before the check does, or in the place of
// that of the check. It is not touched.
func TestTheEntryOfARivalIsNotTouched(t *testing.T) {
	rivals := fmt.Sprintf(`{"type":"ROLE","entry":%q,"groups":["rival"],"policies":[]}`, role)
	emptyRivals := fmt.Sprintf(`{"type":"ROLE","entry":%q}`, role)
	for _, rival := range []string{rivals, emptyRivals} {
		for _, before := range []string{"POST", "PUT", "DELETE"} {
			for _, nth := range []int{1, 2} {
				t.Run(fmt.Sprintf("%s %d", before, nth), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newService(t, emulator.Options{}, nil)
						count := 0
						s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if r.Method == before {
								count++
								if count == nth {
									s.replaceEntry(t, rival)
								}
							}
							s.emulator.ServeHTTP(w, r)
						})
						_, err := s.check(t.Context(), t, true)
						if before != "DELETE" && err == nil {
							t.Error("no error")
						}
						leftBehind := (*speccheck.LeftBehindError)(nil)
						if errors.As(err, &leftBehind) {
							t.Error(err)
						}
						if after := s.entries(t); strings.Count(after, role) != 1 {
							t.Errorf("the entry of the rival is gone: %s", after)
						}
					})
				})
			}
		}
	}
}

// replaceEntry removes the entry of the role, if there is one, and creates another.
func (s *service) replaceEntry(t *testing.T, body string) {
	t.Helper()
	direct := &service{emulator: s.emulator, handler: s.emulator}
	send := func(method, path, body string) {
		req, err := http.NewRequest(method,
			"http://127.0.0.1:1/vnks/v2/clusters/"+emulator.DemoClusterUUID+"/access-entries"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if _, err := direct.gateway(t).Do(req); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.SplitSeq(direct.entries(t), "\n") {
		if id, isRole := strings.CutPrefix(line, role+" "); isRole {
			send(http.MethodDelete, "/"+id, "")
		}
	}
	send(http.MethodPost, "", body)
}

// A service that takes a second entry for a principal: both are removed.
func TestASecondEntryIsRemoved(t *testing.T) {
	const second = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-222222222222"
	synctest.Test(t, func(t *testing.T) {
		creates := 0
		s := newService(t, emulator.Options{}, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPost {
				creates++
				if creates == 2 {
					r = withBody(r, strings.ReplaceAll(readBody(r), role, second))
				}
			}
			changed(successes, func(resp *response) { resp.body = strings.ReplaceAll(resp.body, second, role) })(w, r, next)
		})
		before := s.entries(t)
		report, err := s.check(t.Context(), t, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer(report, "second entry"); got != "the status 200; the principal has 2 afterwards" {
			t.Errorf("got %s", got)
		}
		if report.Cleanup != "The check made 2 entries. None is left." {
			t.Errorf("got %s", report.Cleanup)
		}
		if after := s.entries(t); after != before {
			t.Errorf("the entries are\n%s\nand were\n%s", after, before)
		}
	})
}

// A list that is behind: the check waits for the entry, and deletes again what shows up again.
func TestALateList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var snapshots []string
		s := newService(t, emulator.Options{}, changed(func(r *http.Request, _ int) bool {
			return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/access-entries")
		}, func(r *response) {
			snapshots = append(snapshots, r.body)
			r.body = snapshots[max(0, len(snapshots)-4)]
		}))
		before := s.entries(t)
		report, err := s.check(t.Context(), t, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer(report, "at once"); got != "after some time" {
			t.Errorf("got %s", got)
		}
		if after := s.entries(t); after != before {
			t.Errorf("the entries are\n%s\nand were\n%s", after, before)
		}
	})
}

// A service that clears lists that are left out, and one that refuses such updates.
func TestUpdatesWithoutAList(t *testing.T) {
	for name, c := range map[string]struct {
		between func(http.ResponseWriter, *http.Request, http.Handler)
		want    string
	}{
		"cleared": {func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut {
				body := readBody(r)
				for _, field := range []string{"groups", "policies"} {
					if !strings.Contains(body, `"`+field+`"`) {
						body = strings.Replace(body, "{", `{"`+field+`":[],`, 1)
					}
				}
				r = withBody(r, body)
			}
			next.ServeHTTP(w, r)
		}, "groups: cleared; policies: cleared"},
		"refused": {func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut && (!strings.Contains(readBody(r), "groups") ||
				!strings.Contains(readBody(r), "policies")) {
				w.WriteHeader(400)
				return
			}
			next.ServeHTTP(w, r)
		}, "an update without groups is refused with 400; an update without policies is refused with 400"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, emulator.Options{}, c.between)
				report, err := s.check(t.Context(), t, true)
				if err != nil {
					t.Fatal(err)
				}
				if got := answer(report, "left out"); got != c.want {
					t.Errorf("got %s", got)
				}
			})
		})
	}
}

// The report has nothing of what the service sends that could name somebody, in whatever response.
func TestTheReportNamesNobody(t *testing.T) {
	markers := []string{"kim-hyejin", "KIMHYEJIN", "5000008", "0000a20e", "2b141960", "9ba09190", "nrn:",
		emulator.DemoAccessKey, emulator.DemoSecretKey,
		"demo", "example.com", "team-a", "nks-access-spec-check", "127.0.0.1"}
	poison := func(object map[string]any) {
		object["kim-hyejin"] = "kim-hyejin"
		object["KIMHYEJIN"] = map[string]any{"5000008": "KIMHYEJIN"}
		object["0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"] = 5000008
		if object["entry"] != nil {
			object["username"] = "kim-hyejin"
			object["groups"] = []any{"kim-hyejin", 5000008, map[string]any{"kim-hyejin": 1}}
		}
		if object["message"] != nil {
			object["message"] = "kim-hyejin may not"
			object["errorCode"] = "5000008"
			object["details"] = map[string]any{"KIMHYEJIN": "nrn:PUB:IAM::5000008:Role/kim-hyejin"}
			object["statusCode"] = "kim-hyejin"
		}
		if object["scope"] != nil {
			object["type"] = "kim-hyejin"
			object["scope"] = "KIMHYEJIN"
			object["namespaces"] = []any{5000008}
		}
	}
	for name, change := range map[string]func(*response){
		"JSON": func(r *response) {
			r.edit(func(value any) any { return walk(value, poison) })
		},
		"headers": func(r *response) {
			for _, header := range []string{"X-Ncp-Request-Id", "X-Request-Id-5000008", "X-Trace-Id", "Content-Type",
				"Location"} {
				r.header.Set(header, "kim-hyejin/5000008")
			}
		},
		"HTML": func(r *response) { r.body = "<html>kim-hyejin 5000008</html>" },
		"XML":  func(r *response) { r.body = "<error><kim-hyejin>5000008</kim-hyejin></error>" },
		"text": func(r *response) { r.body = "kim-hyejin 5000008" },
		"list": func(r *response) { r.body = `["kim-hyejin",5000008]` },
	} {
		for _, of := range []string{"errors", "successes of writes", "gets", "all but the list of clusters"} {
			t.Run(name+" in "+of, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					match := func(r *http.Request, status int) bool {
						isGet := r.Method == http.MethodGet
						switch of {
						case "errors":
							return status >= 400
						case "successes of writes":
							return !isGet && status < 300
						case "gets":
							return isGet && strings.Contains(r.URL.Path, "/access-entries/")
						}
						return !strings.HasSuffix(r.URL.Path, "/clusters")
					}
					s := newService(t, emulator.Options{}, changed(match, change))
					for _, life := range []bool{false, true} {
						report, err := s.check(t.Context(), t, life)
						if report == nil && !life {
							t.Fatal(err)
						}
						words := text(t, report)
						leaks := slices.DeleteFunc(slices.Clone(markers),
							func(marker string) bool { return !strings.Contains(words, marker) })
						if len(leaks) > 0 {
							t.Errorf("the report has %q:\n%s", leaks, words)
						}
					}
				})
			})
		}
	}
}

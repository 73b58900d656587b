package speccheck_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/speccheck"
	"github.com/nks-access/nks-access/emulator"
)

func TestTheEmulatorFits(t *testing.T) {
	for _, life := range []bool{false, true} {
		t.Run(fmt.Sprintf("life=%t", life), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, emulator.Options{Faults: emulator.Faults{Busy: 3 * time.Minute}}, nil)
				before := s.entries(t)
				s.emulator.SetFaults(emulator.Faults{Busy: 3 * time.Minute})
				report, err := s.check(t.Context(), t, life)
				if err != nil || !report.Fits() {
					t.Fatalf("%v\n%s", err, text(t, report))
				}
				if after := s.entries(t); after != before {
					t.Errorf("the entries are\n%s\nand were\n%s", after, before)
				}
				if !life && s.writes > 0 {
					t.Errorf("%d writes", s.writes)
				}
				for _, answer := range report.Answers {
					if len(answer.Seen) == 0 {
						t.Errorf("%s %q", answer.Question, answer.Seen)
					}
				}
			})
		})
	}
}

// answer returns what a report says about a question.
func answer(report *speccheck.Report, question string) string {
	i := slices.IndexFunc(report.Answers, func(a speccheck.Answer) bool { return strings.Contains(a.Question, question) })
	if i < 0 {
		return "no such question"
	}
	return strings.Join(report.Answers[i].Seen, "; ")
}

func TestAnswersAboutTheEmulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{Faults: emulator.Faults{Busy: time.Second}}, nil)
		report, err := s.check(t.Context(), t, true)
		if err != nil {
			t.Fatal(err)
		}
		for question, want := range map[string]string{
			"mean success": "createAccessEntry: 200; deleteAccessEntry: 200; getAccessEntry: 200; getCluster: 200; " +
				"listAccessEntries: 200; listClusters: 200; updateAccessEntry: 200",
			"scopes":     "Cluster; Namespace",
			"request ID": "none on errors; none on successes",
			"does not exist": "deleteAccessEntry after a delete: 404; getAccessEntry after a delete: 404; " +
				"getAccessEntry: 404; getCluster: 404",
			"response to a": "createAccessEntry: uuid is the UUID of the cluster; " +
				"deleteAccessEntry: uuid is the UUID of the cluster; updateAccessEntry: uuid is the UUID of the cluster",
			"second entry":    "the status 409; the principal has 1 afterwards",
			"left out":        "groups: kept; policies: kept",
			"clear it":        "groups: cleared; policies: cleared",
			"at once":         "at once",
			"after a change":  "WORKING",
			"`username`":      "absent",
			"`clusterUuid`":   "getAccessEntry: the UUID of the cluster; listAccessEntries: the UUID of the cluster",
			"types of polic":  "none of those that were seen",
			"fields does the": "none of those that were seen",
		} {
			if got := answer(report, question); got != want {
				t.Errorf("%s\ngot  %s\nwant %s", question, got, want)
			}
		}
		if report.Cleanup != "The check made 1 entry. None is left." {
			t.Errorf("cleanup is %q", report.Cleanup)
		}
	})
}

func ofMethod(method string) func(*http.Request, int) bool {
	return func(r *http.Request, status int) bool { return r.Method == method && status < 300 }
}

func errorsOnly(_ *http.Request, status int) bool { return status >= 400 }

func successes(_ *http.Request, status int) bool { return status < 300 }

// Each way in which the service may deviate is found, and the check still removes what it made.
func TestDeviations(t *testing.T) {
	emptyLists := func(to func(object map[string]any, field string)) func(*response) {
		return func(r *response) {
			r.edit(func(value any) any {
				return walk(value, func(object map[string]any) {
					for _, field := range []string{"groups", "policies", "namespaces"} {
						list, isSent := object[field].([]any)
						if isEntry := object["entry"] != nil || object["scope"] != nil; isEntry && (!isSent || len(list) == 0) {
							to(object, field)
						}
					}
				})
			})
		}
	}
	field := func(schemaMark, name string, value any) func(*response) {
		return func(r *response) {
			r.edit(func(body any) any {
				return walk(body, func(object map[string]any) {
					if object[schemaMark] != nil {
						object[name] = value
					}
				})
			})
		}
	}
	for _, c := range []struct {
		name   string
		match  func(*http.Request, int) bool
		change func(*response)
		want   string // in the differences, or "" if it fits
		asks   string // a question
		answer string // in its answer
	}{
		{"create 201", ofMethod("POST"), func(r *response) { r.status = 201 }, "", "mean success", "createAccessEntry: 201"},
		{"create 202", ofMethod("POST"), func(r *response) { r.status = 202 },
			"createAccessEntry 202 status: is 202; the contract has 200, 201", "mean success", "createAccessEntry: 202"},
		{"delete 204", ofMethod("DELETE"), func(r *response) {
			r.status = 204
			r.body = ""
		}, "", "response to a change",
			"deleteAccessEntry: an empty body"},
		{"delete 204 with a body", ofMethod("DELETE"), func(r *response) { r.status = 204 },
			"deleteAccessEntry 204 body: is JSON; the contract has none", "response to a change",
			"deleteAccessEntry: uuid is the UUID of the cluster"},
		{"delete without a body", ofMethod("DELETE"), func(r *response) { r.body = "" },
			"deleteAccessEntry 200 body: is empty; the contract has JSON",
			"response to a change", "deleteAccessEntry: an empty body"},
		{"null lists", successes, emptyLists(func(o map[string]any, f string) { o[f] = nil }),
			"body accessEntry.groups: is null; the contract has the type array", "without items", "groups: null"},
		{"absent lists", successes, emptyLists(func(o map[string]any, f string) { delete(o, f) }), "", "without items",
			"namespaces of a policy: absent; policies: absent"},
		{"empty lists", successes, emptyLists(func(o map[string]any, f string) { o[f] = []any{} }), "", "without items",
			"namespaces of a policy: an empty list"},
		{"no lists at all", successes, func(r *response) {
			r.edit(func(value any) any {
				return walk(value, func(object map[string]any) {
					if object["entry"] != nil {
						delete(object, "groups")
						delete(object, "policies")
					}
				})
			})
		}, "", "without items", "groups: absent"},
		{"errors as XML", errorsOnly, func(r *response) {
			r.header.Set("Content-Type", "application/xml")
			r.body = "<error><errorCode>300</errorCode></error>"
		}, "getAccessEntry 404 body: is XML; the contract has JSON", "form do errors", "404: XML"},
		{"errors as HTML", errorsOnly, func(r *response) {
			r.header.Set("Content-Type", "text/html; charset=utf-8")
			r.body = "<!DOCTYPE html><title>no</title>"
		}, "getAccessEntry 404 header Content-Type: is text/html; the contract has application/json", "form do errors",
			"404: HTML"},
		{"errors without a body", errorsOnly, func(r *response) { r.body = "" }, "getAccessEntry 404 body: is empty",
			"form do errors", "404: an empty body"},
		{"errors of another form", errorsOnly, func(r *response) { r.body = `{"message":"no"}` },
			"getAccessEntry 404 body error: is absent; the contract requires it",
			"form do errors", "404: JSON without an object error"},
		{"errors with a status of text", errorsOnly, field("message", "statusCode", "404"),
			"body error.statusCode: is a string; the contract has the type integer", "form do errors", "404:"},
		{"a request ID", successes, func(r *response) { r.header.Set("X-Ncp-Request-Id", "1234-SECRETMARKER") }, "",
			"request ID", "none on errors; x-ncp-request-id on successes"},
		{"another content type", successes, func(r *response) { r.header.Set("Content-Type", "text/plain") },
			"listClusters 200 header Content-Type: is text/plain", "", ""},
		{"unknown fields", successes, field("entry", "createdAt", "SECRETMARKER"), "", "not have", "AccessEntry: createdAt"},
		{"unknown fields of clusters", successes, field("k8sVersion", "vpcNo", 12345678), "", "fields does the contract",
			"Cluster: vpcNo"},
		{"unknown fields with odd names", successes, field("entry", "SECRETMARKER 1", 1), "", "not have",
			"AccessEntry: a field with an unusual name"},
		{"unknown policy types", successes, field("scope", "type", "NKSAuditPolicy"), "", "types of policies",
			"NKSAuditPolicy"},
		{"odd policy types", successes, field("scope", "type", "SECRETMARKER"), "", "types of policies", "another value"},
		{"scopes in lower case", successes, field("scope", "scope", "cluster"), "", "spell scopes", "cluster"},
		{"other scopes", successes, field("scope", "scope", "SECRETMARKER"), "", "spell scopes", "another value"},
		{"a username", successes, field("entry", "username", "SECRETMARKER"), "", "`username`", "another text"},
		{"a username that is the ID", successes, field("entry", "username", "2b141960-0000-0000-0000-246e9659184c"), "",
			"`username`", "a UUID that is not in the NRN; the end of the NRN, after the slash"},
		{"no clusterUuid", successes, func(r *response) {
			r.edit(func(v any) any { return walk(v, func(o map[string]any) { delete(o, "clusterUuid") }) })
		}, "", "`clusterUuid`", "getAccessEntry: absent; listAccessEntries: absent"},
		{"an entry without an NRN", ofMethod("GET"), func(r *response) {
			if strings.Contains(r.body, `"accessEntry":`) {
				r.edit(func(v any) any { return walk(v, func(o map[string]any) { delete(o, "entry") }) })
			}
		}, "getAccessEntry 200 body accessEntry.entry: is absent; the contract requires it", "", ""},
		{"numbers in place of text", ofMethod("GET"), field("regionCode", "name2", nil), "", "fields does the contract",
			"Cluster: name2"},
		{"a status that is a number", successes, field("regionCode", "regionCode", 1),
			"body clusters[].regionCode: is a number; the contract has the type string", "", ""},
		{"the UUID of the entry", ofMethod("PUT"),
			func(r *response) { r.body = `{"uuid":"11111111-1111-1111-1111-111111111111"}` },
			"", "response to a change", "updateAccessEntry: uuid is another UUID"},
		{"a success that is a page", ofMethod("PUT"), func(r *response) { r.body = "<html>SECRETMARKER</html>" },
			"updateAccessEntry 200 body: is HTML", "response to a change", "updateAccessEntry: HTML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, emulator.Options{}, changed(c.match, c.change))
				before := s.entries(t)
				report, err := s.check(t.Context(), t, true)
				if err != nil {
					t.Fatalf("%v\n%s", err, text(t, report))
				}
				var differences []string
				for _, d := range report.Differences {
					differences = append(differences, fmt.Sprintf("%s %d %s: %s", d.Operation, d.Status, d.Where, d.What))
				}
				all := strings.Join(differences, "\n")
				if report.Fits() != (c.want == "") || !strings.Contains(all, c.want) {
					t.Errorf("the differences are\n%s\nwant %q", all, c.want)
				}
				if got := answer(report, c.asks); c.asks != "" && !strings.Contains(got, c.answer) {
					t.Errorf("%s\ngot  %s\nwant %s", c.asks, got, c.answer)
				}
				if strings.Contains(text(t, report), "SECRETMARKER") {
					t.Errorf("the report has what it must not:\n%s", text(t, report))
				}
				if after := s.entries(t); after != before {
					t.Errorf("the entries are\n%s\nand were\n%s", after, before)
				}
			})
		})
	}
}

// What the check is not made for ends before it writes.
func TestRefusedChecks(t *testing.T) {
	declined := errors.New("declined")
	for _, c := range []struct {
		name   string
		change func(*speccheck.Options)
		words  string
	}{
		{"a principal with an entry", func(o *speccheck.Options) { o.Life.Principal = user }, "has an entry on cluster demo"},
		{"in other letters", func(o *speccheck.Options) {
			o.Life.Principal = access.NRN(strings.Replace(user, "2b14",
				"2B14", 1))
		}, "has an entry on cluster demo"},
		{"no such cluster", func(o *speccheck.Options) { o.Cluster = "other" }, `the region has no cluster "other"`},
		{"no cluster", func(o *speccheck.Options) { o.Cluster = "" }, "needs a cluster"},
		{"declined", func(o *speccheck.Options) {
			o.Life.Confirm = func(_ context.Context, name string) error { return fmt.Errorf("%w %s", declined, name) }
		}, "declined demo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, emulator.Options{}, nil)
			options := s.options(t)
			options.Cluster = emulator.DemoClusterName
			options.Life = &speccheck.Life{Principal: role, Confirm: func(context.Context, string) error { return nil }}
			c.change(&options)
			report, err := speccheck.Run(t.Context(), options)
			if report != nil || err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, %v", report, err)
			}
			if s.writes > 0 {
				t.Errorf("%d writes", s.writes)
			}
		})
	}
}

func TestAClusterWithoutEntriesIsNotWrittenTo(t *testing.T) {
	s := newService(t, emulator.Options{}, changed(successes, func(r *response) {
		r.body = strings.ReplaceAll(r.body, `"authType":"API"`, `"authType":"CONFIG_MAP"`)
	}))
	if _, err := s.check(t.Context(), t, true); err == nil ||
		!strings.Contains(err.Error(), `authType "CONFIG_MAP"; entries need API`) {
		t.Errorf("got %v", err)
	}
	report, err := s.check(t.Context(), t, false)
	if err != nil || !slices.Contains(report.NotChecked, "entries: no cluster has the authType API") {
		t.Errorf("got %v, %v", report, err)
	}
	if s.writes > 0 {
		t.Errorf("%d writes", s.writes)
	}
}

// A wrong base URL is no service to check.
func TestAWrongBaseURLGetsAnError(t *testing.T) {
	s := newService(t, emulator.Options{}, func(w http.ResponseWriter, _ *http.Request,
		_ http.Handler) {
		w.WriteHeader(404)
	})
	report, err := s.check(t.Context(), t, false)
	if report != nil || err == nil || err.Error() != "listClusters: 404 Not Found" {
		t.Errorf("got %v, %v", report, err)
	}
}

// A key that may not do anything gets an error, not a report.
func TestAnUnknownKeyGetsAnError(t *testing.T) {
	s := newService(t, emulator.Options{}, func(w http.ResponseWriter, _ *http.Request,
		_ http.Handler) {
		w.WriteHeader(401)
	})
	report, err := s.check(t.Context(), t, false)
	if report != nil || err == nil || err.Error() != "listClusters: 401 Unauthorized" {
		t.Errorf("got %v, %v", report, err)
	}
}

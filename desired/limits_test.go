package desired_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/signer"
)

// repeated returns n texts that format makes of a number, joined.
func repeated(n int, format, separator string) string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(texts, separator)
}

const oneUser = "'nrn:PUB:IAM::5000008:SubAccount/aaaaaaaa-0000-0000-0000-000000000000'"

// hostile are files that ask for much work in few bytes.
var hostile = map[string]struct {
	text string
	want string // part of the error; empty if the file loads
}{
	"2,000 patterns on 2,000 clusters": {
		"version: 1\nclusters: {" + repeated(2000, "c#: ", ",") + "}\naccess: [{principal: " + oneUser + ", clusters: [" + repeated(2000, "'c#*'", ",") + "], groups: [a]}]\n", "",
	},
	"2,000 patterns that match everything": {
		"version: 1\nclusters: {" + repeated(2000, "c#: ", ",") + "}\naccess: [{principal: " + oneUser + ", clusters: [" + repeated(2000, "'c*"+"?*'", ",") + "," + repeated(2000, "'[c#]*'", ",") + "], groups: [a]}]\n", "",
	},
	"1,000 rules for all of 2,000 clusters": {
		"version: 1\nprincipals: {a: " + oneUser + "}\nclusters: {" + repeated(2000, "c#: ", ",") + "}\naccess: [" + repeated(1000, "{principal: a, clusters: '*', groups: [a]}", ",") + "]\n",
		"the rules up to this one name principals on clusters more than 1000000 times; split the file",
	},
	"800 principals on 10,000 clusters": {
		"version: 1\nprincipals: {a: [" + repeated(800, "'nrn:PUB:IAM::1:Role/00000000-0000-0000-0000-00000000#'", ",") + "]}\nclusters: {" + repeated(10000, "c#: ", ",") + "}\naccess: [{principal: a, clusters: '*', groups: [a]}]\n",
		"is not an NRN",
	},
	"500 principals on 10,000 clusters": {
		"version: 1\nprincipals: {a: [" + numberedNRNs(500) + "]}\nclusters: {" + repeated(10000, "c#: ", ",") + "}\naccess: [{principal: a, clusters: '*', groups: [a]}]\n",
		"the rules up to this one name principals on clusters more than 1000000 times; split the file",
	},
	"10,000 patterns on 10,000 clusters": {
		"version: 1\nclusters: {" + repeated(10000, "c#: ", ",") + "}\naccess: [{principal: " + oneUser + ", clusters: [" + repeated(10000, "'c#*'", ",") + "], groups: [a]}]\n",
		"the rules up to this one compare patterns with clusters more than 5000000 times; split the file",
	},
	"patterns of stars on long names": {
		"version: 1\nclusters: {" + repeated(100, strings.Repeat("a", 500)+"#: ", ",") + "}\naccess: [{principal: " + oneUser + ", clusters: [" + repeated(100, "'"+strings.Repeat("*a", 250)+"#b'", ",") + "], groups: [a]}]\n",
		"no cluster of the file matches",
	},
	"one pattern of stars on one long name": {
		"version: 1\nclusters: {" + strings.Repeat("a", 50000) + ": }\naccess: [{principal: " + oneUser + ", clusters: '" + strings.Repeat("*a", 25000) + "b', groups: [a]}]\n",
		"no cluster of the file matches",
	},
	"one name 40,000 times in a rule": {
		"version: 1\nprincipals: {a: [" + numberedNRNs(400) + "]}\nclusters: {c: }\naccess: [{principal: [" + strings.Repeat("a,", 40000) + "], clusters: [" + strings.Repeat("c,", 40000) + "], groups: [a]}]\n", "",
	},
	"2,000 rules that add up": {
		"version: 1\nprincipals: {a: " + oneUser + "}\nclusters: {c: }\naccess: [" + repeated(2000, "{principal: a, clusters: c, groups: [g#]}", ",") + "]\n",
		"has 2000 groups (want at most 30)",
	},
	"20,000 unknown principals": {
		"version: 1\nprincipals: {" + repeated(1000, "p#: "+oneUser, ",") + "}\nclusters: {c: }\naccess: [{principal: [" + repeated(20000, "x#", ",") + "], clusters: c, groups: [a]}]\n",
		`unknown principal "x0"`,
	},
	"200,000 items":                  {"version: 1\nclusters: [" + strings.Repeat("a,", 200_000) + "]\n", "clusters must be a mapping, not a list"},
	"600,000 rules of nothing":       {"version: 1\nclusters: {c: }\naccess: [" + strings.Repeat("{},", 600_000) + "]\n", "and at least "},
	"a million duplicate keys":       {"version: 1\nclusters: {" + strings.Repeat("a,", 1_000_000) + "}\n", "duplicate key \"a\", first at line 2\nand at least "},
	"200,000 keys that are unknown":  {"version: 1\n" + repeated(200_000, "x#: 1", "\n"), "and at least "},
	"200,000 keys that are not text": {"version: 1\nclusters: {" + repeated(200_000, "#: ", ",") + "}\n", "and at least "},
	"a file of 2 MiB and a byte":     {"version: 1\n#" + strings.Repeat("a", 2<<20), "all files together may have"},
}

func numberedNRNs(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("'nrn:PUB:IAM::1:Role/%08x-0000-0000-0000-000000000000'", i)
	}
	return strings.Join(list, ",")
}

// A small file cannot ask for much work: it is loaded and planned, or refused by a limit that the
// message names. What is allocated tells the work without depending on the speed of the machine.
func TestHostileFiles(t *testing.T) {
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			err := loadAndPlan(test.text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%d KB: %s, %d MB allocated", len(test.text)>>10, took.Round(time.Millisecond), allocated)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("the error is %.300v, want %q", err, test.want)
			}
			if allocated > 1500 {
				t.Errorf("%d MB were allocated", allocated)
			}
		})
	}
}

// loadAndPlan loads a file, and plans it for clusters without entries.
func loadAndPlan(text string) error {
	file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
	if err != nil {
		return err
	}
	observed := make([]desired.Observed, len(file.Clusters))
	for i, target := range file.Clusters {
		observed[i] = desired.Observed{Spec: target, Cluster: access.Cluster{UUID: clusterUUID(i), AuthType: "API"}}
	}
	return file.Plan(observed).Err()
}

// The time and memory that hostile files take.
func BenchmarkHostileFiles(b *testing.B) {
	for name, test := range hostile {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = loadAndPlan(test.text)
			}
		})
	}
}

// hostileLists are what a service may list for each of 100 clusters.
var hostileLists = map[string]struct {
	body string
	want error
}{
	"50,000 entries":  {listOf(repeated(50_000, `{"uuid":"#","entry":"n"}`, ",")), desired.ErrTooMuch},
	"50,001 entries":  {listOf(repeated(50_001, `{"uuid":"#","entry":"n"}`, ",")), access.ErrTooLarge},
	"a group of 9 MB": {entryWith("groups", `"`+strings.Repeat("x", 9_000_000)+`"`), desired.ErrTooMuch},
	"500,000 groups":  {entryWith("groups", repeated(500_000, `"g#"`, ",")), desired.ErrTooMuch},

	"10,000 policies of nothing":           {entryWith("policies", repeated(10_000, "{}", ",")), desired.ErrTooMuch},
	"3,000,000 policies of nothing":        {entryWith("policies", repeated(3_000_000, "{}", ",")), access.ErrTooLarge},
	"200,000 policies with unknown fields": {entryWith("policies", repeated(200_000, `{"#":1}`, ",")), desired.ErrTooMuch},
}

func listOf(entries string) string { return `{"accessEntries":[` + entries + `]}` }

// entryWith returns a list of one entry that has a field.
func entryWith(field, values string) string {
	return listOf(`{"uuid":"a","entry":"n","` + field + `":[` + values + `]}`)
}

// listing is a client for 100 clusters, all with the same list of entries. It counts requests for the
// list.
func listing(t testing.TB, body string, requests *atomic.Int64) (*desired.File, desired.Clients) {
	var clusters, names []string
	for i := range 100 {
		id := clusterUUID(i)
		clusters = append(clusters, fmt.Sprintf(`{"uuid":%q,"name":"c%d","status":"RUNNING","authType":"API"}`, id, i))
		names = append(names, fmt.Sprintf("c%d: ", i))
	}
	service := roundTrip(func(request *http.Request) (*http.Response, error) {
		text := `{"clusters":[` + strings.Join(clusters, ",") + `]}`
		if strings.HasSuffix(request.URL.Path, "/access-entries") {
			requests.Add(1)
			text = body
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(text))}, nil
	})
	client, err := access.NewClient(access.WithBaseURL("https://nks.example.com/vnks/v2"),
		access.WithCredentials(signer.Static("key", "secret")), access.WithHTTPClient(&http.Client{Transport: service}))
	if err != nil {
		t.Fatal(err)
	}
	file := parse(t, "version: 1\nclusters: {"+strings.Join(names, ",")+"}\n")
	return file, func(string, string) (*access.Client, error) { return client, nil }
}

// A service that lists very much on many clusters costs a bounded amount of memory, and reading stops
// when there is enough.
func TestHostileLists(t *testing.T) {
	for name, list := range hostileLists {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int64
			file, clients := listing(t, list.body, &requests)
			observed := file.Read(context.Background(), clients, 16)
			var want, others, kept int
			for _, o := range observed {
				switch {
				case o.Err == nil:
					kept++
				case errors.Is(o.Err, list.want):
					want++
				case errors.Is(o.Err, desired.ErrTooMuch):
					others++
				default:
					t.Errorf("%.300v", o.Err)
				}
			}
			t.Logf("%d requests; %d lists are kept, %d have the error that is wanted, %d ErrTooMuch",
				requests.Load(), kept, want, others)
			if want == 0 || requests.Load() > 150 {
				t.Errorf("%d clusters have the error, after %d requests", want, requests.Load())
			}
			if err := file.Plan(observed).Err(); !errors.Is(err, desired.ErrTooMuch) {
				t.Errorf("the plan says %.300v", err)
			}
		})
	}
}

// The time and memory of hostile lists.
func BenchmarkHostileLists(b *testing.B) {
	for name, list := range hostileLists {
		b.Run(name, func(b *testing.B) {
			var requests atomic.Int64
			file, clients := listing(b, list.body, &requests)
			b.ReportAllocs()
			for b.Loop() {
				_ = file.Plan(file.Read(context.Background(), clients, 16))
			}
		})
	}
}

// A saved plan that would take gigabytes to read is refused before it is decoded.
func TestHostileSavedPlans(t *testing.T) {
	const plan = `{"version":1,"clusters":[`
	for name, text := range map[string]string{
		"a million steps of nothing":    plan + `{"changes":[` + repeated(1_000_000, "{}", ",") + `]}]}`,
		"a million clusters of nothing": plan + repeated(1_000_000, "{}", ",") + `]}`,
		"two million groups":            plan + `{"changes":[{"before":{"groups":[` + repeated(2_000_000, `""`, ",") + `]}}]}]}`,
		"32 MiB and a byte":             `{"version":1,"clusters":"` + strings.Repeat("x", 32<<20) + `"}`,
	} {
		_, err := desired.ParsePlan([]byte(text))
		if err == nil || !strings.Contains(err.Error(), "plan fewer clusters at a time") {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

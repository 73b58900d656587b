package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

const kimNRN = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"

// attended runs a command as on a terminal.
func attended(transport http.RoundTripper, args ...string) (code int, stdout, stderr string) {
	var out, said bytes.Buffer
	a := newApp(strings.NewReader(""), &out, &said)
	a.transport = transport
	a.attended = true
	code = a.run(context.Background(), args)
	return code, out.String(), said.String()
}

func withKeys(t *testing.T) {
	t.Helper()
	for variable, value := range map[string]string{
		"HOME": t.TempDir(), "NCLOUD_API_GW": "http://127.0.0.1:1", "NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
		"NCLOUD_SECRET_KEY": emulator.DemoSecretKey, "NKS_CLUSTER": emulator.DemoClusterUUID, "NKS_NAMES": "",
	} {
		t.Setenv(variable, value)
	}
}

// On a terminal, names are shown. Whatever the directory does, a command that only shows them neither
// fails nor waits for more than two seconds.
func TestNamesOnATerminal(t *testing.T) {
	silent := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for name, c := range map[string]struct {
		faults  emulator.Faults
		handle  func(*http.Request) (*http.Response, error) // of requests for names; nil for the emulator
		args    []string
		shown   string
		notes   string
		longest time.Duration
	}{
		"shown": {shown: " kim@corp ", longest: time.Second},
		"refused": {faults: emulator.Faults{Directory: 403}, notes: "Names are not shown: " +
			"the key may lack the permission NCP_SUB_ACCOUNT_VIEWER. --names never does not read them.\n", longest: time.Second},
		"refused 401": {faults: emulator.Faults{Directory: 401},
			notes: "Names are not shown: the key may lack the permission", longest: time.Second},
		"no response": {handle: silent, notes: "Names are not shown: they took too long", longest: 2 * time.Second},
		"an error": {faults: emulator.Faults{Fail: emulator.Failure{Status: 503, Probability: 1},
			Only: "listRoles,listSubAccounts"}, notes: "Names are not shown: ", longest: 2 * time.Second},
		"never": {args: []string{"--names", "never"}, longest: time.Second},
		"quiet": {faults: emulator.Faults{Directory: 403}, args: []string{"--quiet"}, longest: time.Second},
	} {
		for _, command := range []string{"list", "get", "who", "plan"} {
			t.Run(name+"/"+command, func(t *testing.T) {
				withKeys(t)
				t.Chdir(t.TempDir())
				writeFile(t, "access.yaml", "version: 1\nclusters: {demo: }\n")
				synctest.Test(t, func(t *testing.T) {
					e := emulated(t, emulator.Options{Faults: c.faults})
					if err := e.SetEntries(emulator.DemoClusterUUID, []nks.AccessEntry{{Entry: kimNRN}}); err != nil {
						t.Fatal(err)
					}
					transport := roundTrip(func(r *http.Request) (*http.Response, error) {
						if c.handle != nil && strings.HasPrefix(r.URL.Path, "/api/v1/") {
							return c.handle(r)
						}
						return e.Transport().RoundTrip(r)
					})
					args := append([]string{command}, c.args...)
					if command == "get" {
						args = append(args, kimNRN)
					}
					start := time.Now()
					code, stdout, stderr := attended(transport, args...)
					took := time.Since(start)
					stderr = strings.TrimSuffix(stderr, "Read 1 cluster of the region (KR) at http://127.0.0.1:1/vnks/v2.\n") // who
					if code != exitOK || !strings.Contains(stdout, kimNRN) || strings.TrimSpace(c.shown) != "" &&
						!strings.Contains(stdout, strings.TrimSpace(c.shown)) {
						t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
					}
					if c.shown == "" && strings.Contains(stdout, "kim@corp") {
						t.Errorf("it shows names:\n%s", stdout)
					}
					if !strings.HasPrefix(stderr, c.notes) || c.notes == "" && stderr != "" || strings.Count(stderr, "\n") > 1 {
						t.Errorf("it says %q", stderr)
					}
					if took > c.longest {
						t.Errorf("it took %s", took)
					}
				})
			})
		}
	}
}

// A plan of 500 clusters with names reads the directory once.
func TestPlanOfManyClustersReadsTheDirectoryOnce(t *testing.T) {
	withKeys(t)
	t.Chdir(t.TempDir())
	options := emulator.Options{}
	var text strings.Builder
	text.WriteString("version: 1\nclusters:\n")
	for i := range 500 {
		uuid := fmt.Sprintf("%08x-e0fb-4dc9-af1b-97fd3f8d0000", i+1)
		options.Clusters = append(options.Clusters,
			nks.Cluster{UUID: uuid, Name: fmt.Sprint("c", i), Status: "RUNNING", AuthType: access.AuthTypeAPI})
		fmt.Fprintf(&text, "  c%d: {region: %s}\n", i, []string{"KR", "SGN"}[i%2])
	}
	text.WriteString("access:\n  - {principal: [{user: kim@corp}, {role: deployer}, {group: backend}], " +
		"clusters: '*', policies: [NKSViewPolicy]}\n")
	writeFile(t, "access.yaml", text.String())
	e := emulated(t, options)
	count := map[string]int{}
	counts := make(chan string, 10000)
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		counts <- r.URL.Path
		return e.Transport().RoundTrip(r)
	})
	code, stdout, stderr := attended(transport, "plan", "--names", "always")
	close(counts)
	for path := range counts {
		if strings.HasPrefix(path, "/api/v1/") {
			count[path]++
		}
	}
	if code != exitOK || !strings.Contains(stdout, "1500 to add") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	for path, n := range count {
		if n != 1 {
			t.Errorf("%s was read %d times", path, n)
		}
	}
	if len(count) != 4 { // users, roles, groups, and the members of one
		t.Errorf("read %v", count)
	}
}

func emulated(t *testing.T, options emulator.Options) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

package provider_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// several writes n resources for principals of their own.
func several(n int, arguments string) string {
	return fmt.Sprintf(`resource "nks_access_entry" "several" {
		count     = %d
		cluster   = %q
		principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-${format("%%012d", count.index)}"
		%s
	}
	`, n, emulator.DemoClusterName, arguments)
}

// hasSeveral fails unless the cluster has n entries of several, which grant the groups, beside the
// administrator.
func (s *service) hasSeveral(t *testing.T, n int, groups ...string) {
	t.Helper()
	entries := s.entries(t, cluster)
	if len(entries) != n+1 {
		t.Errorf("there are %d entries, not %d", len(entries), n+1)
	}
	for principal, entry := range entries {
		if principal != admin && !entry.Same(access.Grants{Groups: groups}) {
			t.Errorf("%s is granted %v and %v", principal, entry.Groups, entry.Policies)
		}
	}
}

func TestApplyUnderFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			options := seeded()
			options.Seed = seed + 1
			s := newService(t, options)
			session := newSession(t, s, "")
			faults := emulator.Faults{Busy: 50 * time.Millisecond, Lose: 0.3, Fail: emulator.Failure{Status: 503, Probability: 0.2}}
			for _, step := range []struct {
				configuration string
				n             int
				groups        []string
			}{
				{several(5, `groups = ["a"]`), 5, []string{"a"}},
				{several(5, `groups = ["a", "b"]`), 5, []string{"a", "b"}},
				{several(2, `groups = ["a", "b"]`), 2, []string{"a", "b"}},
			} {
				session.configure(step.configuration)
				s.SetFaults(faults)
				output, code := session.run("apply", "-auto-approve", "-input=false")
				s.SetFaults(emulator.Faults{})
				if code == 0 {
					s.hasSeveral(t, step.n, step.groups...)
					session.settled()
					continue
				}
				// An outcome that was unknown is no reason to replace an entry.
				plan, code := session.run("plan", "-detailed-exitcode")
				if code == 1 || strings.Contains(plan, "replaced") {
					t.Errorf("after\n%s\nthe plan is\n%s", output, plan)
				}
				session.apply()
				s.hasSeveral(t, step.n, step.groups...)
				session.settled()
			}
		})
	}
}

// lose makes the change and drops the response.
func lose(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// losesChanges makes changes with the method, drops their responses, and refuses all requests after
// the first.
func losesChanges(method string) func(http.ResponseWriter, *http.Request, http.Handler) {
	var lost atomic.Bool
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		switch {
		case lost.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method == method:
			lost.Store(true)
			lose(w, r, next)
		default:
			next.ServeHTTP(w, r)
		}
	}
}

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll))

	s.interfere(losesChanges(http.MethodPost))
	session.fails("Cannot create access entry", "apply again. The provider reads the entries first")
	s.interfere(nil)
	made := s.entries(t, cluster)[user]
	if made.UUID == "" {
		t.Fatal("the entry was not made")
	}
	if state := session.attributes("nks_access_entry.user"); state != nil {
		t.Errorf("the state has %v", state)
	}
	s.taken()
	session.apply()
	if requests := s.taken(); count(requests, "POST")+count(requests, "DELETE")+count(requests, "PUT") != 0 {
		t.Errorf("the second apply sent %v", requests)
	}
	session.settled()

	session.configure(entry("user", user, `groups = ["a"]`))
	s.interfere(losesChanges(http.MethodPut))
	session.fails("Cannot update access entry", "apply again. The provider reads the entries first")
	s.interfere(nil)
	s.taken()
	session.apply()
	if requests := s.taken(); count(requests, "PUT") != 0 {
		t.Errorf("the second apply sent %v", requests)
	}
	session.settled()

	session.configure("")
	s.interfere(losesChanges(http.MethodDelete))
	session.fails("Cannot delete access entry", "apply again. The provider reads the entries first")
	s.interfere(nil)
	session.apply()
	session.settled()
	if entries := s.entries(t, cluster); len(entries) != 1 {
		t.Errorf("the entries are %v", entries)
	}
}

func TestApplyKilledHalfWay(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, several(6, `groups = ["a"]`))
	command, output := session.command(context.Background(), "apply", "-auto-approve", "-input=false")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	started := make(chan int, 1)
	var posts atomic.Int32
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && posts.Add(1) == 3 {
			next.ServeHTTP(httptest.NewRecorder(), r)
			_ = syscall.Kill(-<-started, syscall.SIGKILL) // Terraform and the provider
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	started <- command.Process.Pid
	var failed *exec.ExitError
	if err := command.Wait(); !errors.As(err, &failed) {
		t.Fatalf("%v: %s", err, output)
	}
	s.interfere(nil)
	if n := len(s.entries(t, cluster)); n != 4 {
		t.Errorf("there are %d entries", n)
	}
	session.apply()
	s.hasSeveral(t, 6, "a")
	session.settled()
}

// The request under way is decided: Terraform saves the entry although its response did not come.
func TestApplyInterrupted(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, several(4, `groups = ["a"]`))
	command, output := session.command(context.Background(), "apply", "-auto-approve", "-input=false")
	started := make(chan int, 1)
	var posts atomic.Int32
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodPost || posts.Add(1) != 1 {
			next.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body) // so that the end of the request ends the context
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(httptest.NewRecorder(), r)
		_ = syscall.Kill(<-started, syscall.SIGINT)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	started <- command.Process.Pid
	_ = command.Wait() // the exit code depends on what Terraform had started
	wantWords(t, output.String(), "Interrupt received", "Creation complete")
	wantWords(t, session.apply(), "Apply complete!")
	if n := posts.Load(); n != 4 {
		t.Errorf("%d entries were posted", n)
	}
	s.hasSeveral(t, 4, "a")
	session.settled()
}

func TestTwoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	options := seeded()
	options.Faults.Busy = 50 * time.Millisecond
	s := newService(t, options)
	sessions := []*session{newSession(t, s, several(6, `groups = ["a"]`)), newSession(t, s, several(6, `groups = ["a"]`))}
	var applies sync.WaitGroup
	for _, session := range sessions {
		applies.Go(func() {
			if output, code := session.run("apply", "-auto-approve", "-input=false"); code != 0 {
				t.Errorf("exit code %d: %s", code, output)
			}
		})
	}
	applies.Wait()
	s.hasSeveral(t, 6, "a")
	for _, session := range sessions {
		session.settled()
	}
}

// A time limit that is not taken would be that of the default, 10 minutes. What the error says is in
// TestBusyClusterEndsAChangeInTime, because a slow machine may be interrupted within a request.
func TestBusyClusterIsWaitedForAsLongAsGiven(t *testing.T) {
	t.Parallel()
	busy := nks.Cluster{UUID: cluster, Name: emulator.DemoClusterName, Status: "CREATING", AuthType: "API"}
	s := newService(t, emulator.Options{Clusters: []nks.Cluster{busy}})
	session := newSession(t, s, entry("user", user, viewAll)+"provider \"nks\" {\n  wait = \"1s\"\n}\n")
	session.fails("Cannot create access entry")
	session.configure(entry("user", user, viewAll, "timeouts = {\n    create = \"1s\"\n  }"))
	session.fails("Cannot create access entry")
	if entries := s.entries(t, cluster); len(entries) != 0 {
		t.Errorf("the entries are %v", entries)
	}
}

func TestSecretsStayOutOfStateAndLogs(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll)+"data \"nks_clusters\" \"all\" {}\n")
	var signatures sync.Map
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		signatures.Store(r.Header.Get("x-ncp-apigw-signature-v2"), true)
		next.ServeHTTP(w, r)
	})
	session.env = append(session.env, "TF_LOG=TRACE", "TF_LOG_PATH="+session.dir+"/trace.log")
	output := session.must("plan", "-out=saved")
	output += session.must("apply", "-input=false", "saved")
	planned := session.must("show", "-json", "saved")
	session.env = append(session.env, "NCLOUD_SECRET_KEY=another-secret-key")
	refused, _ := session.run("plan")
	log := mustRead(t, session.dir+"/trace.log")
	if !strings.Contains(log, "path=/vnks/v2/clusters/"+cluster+"/access-entries") {
		t.Error("the log has no requests")
	}
	for name, text := range map[string]string{
		"output": output + refused, "log": log, "plan": planned, "state": mustRead(t, session.dir+"/terraform.tfstate"),
	} {
		for _, secret := range []string{emulator.DemoSecretKey, "another-secret-key"} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s has a secret key", name)
			}
		}
		signatures.Range(func(signature, _ any) bool {
			if strings.Contains(text, signature.(string)) {
				t.Errorf("the %s has a signature", name)
			}
			return true
		})
	}
}

func TestClusterThatComesAndGoes(t *testing.T) {
	t.Parallel()
	second := "0000a20e-e0fb-4dc9-af1b-97fd3f8d0002"
	s := newService(t, emulator.Options{Clusters: []nks.Cluster{
		{UUID: cluster, Name: "one", Status: "RUNNING", AuthType: "API"}, {UUID: second, Name: "two", Status: "RUNNING", AuthType: "API"},
	}})
	// The cluster is known only when Terraform applies.
	configuration := func(name string) string {
		return fmt.Sprintf(`resource "terraform_data" "cluster" {
			input = %q
		}
		resource "nks_access_entry" "user" {
			cluster   = terraform_data.cluster.output
			principal = %q
			%s
		}
		provider "nks" {
			parallel = 1
		}`, name, user, viewAll)
	}
	session := newSession(t, s, configuration("one"))
	session.apply()
	session.settled()
	if uuid := session.attributes("nks_access_entry.user")["cluster_uuid"]; uuid != cluster {
		t.Errorf("the state has cluster_uuid %v", uuid)
	}
	session.configure(configuration(second))
	session.apply()
	session.settled()
	if len(s.entries(t, cluster)) != 0 || len(s.entries(t, second)) != 1 {
		t.Error("the entry did not move to the other cluster")
	}

	// A cluster that is gone takes its entries along. A service that is elsewhere does not.
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/clusters") || strings.Contains(r.URL.Path, second) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
	if output, code := session.run("plan"); code != 1 {
		t.Errorf("the plan is %s", output)
	}
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/clusters"):
			_, _ = fmt.Fprintf(w, `{"clusters":[{"uuid":%q,"name":"one","status":"RUNNING","authType":"API"}]}`, cluster)
		case strings.Contains(r.URL.Path, second):
			w.WriteHeader(http.StatusNotFound)
		default:
			next.ServeHTTP(w, r)
		}
	})
	state := mustRead(t, session.dir+"/terraform.tfstate")
	session.must("destroy", "-auto-approve", "-refresh=false")
	session.write("terraform.tfstate", state)
	session.configure(configuration("one"))
	session.apply()
	session.settled()
	if len(s.entries(t, cluster)) != 1 {
		t.Error("the entry is not on the first cluster")
	}
}

// The name of the cluster is given to another cluster.
func TestNameOfAnotherCluster(t *testing.T) {
	t.Parallel()
	options := clusters(2)
	first, second := options.Clusters[0].UUID, options.Clusters[1].UUID
	s := newService(t, options)
	session := newSession(t, s, strings.Replace(entry("user", user, viewAll), `"demo"`, `"cluster-0"`, 1))
	session.apply()
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/clusters") {
			next.ServeHTTP(w, r)
			return
		}
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		_, _ = strings.NewReplacer("cluster-0", "old", "cluster-1", "cluster-0").WriteString(w, recorder.Body.String())
	})
	session.differs("must be replaced", "1 to add, 0 to change, 1 to destroy")
	session.apply()
	session.settled()
	if len(s.entries(t, first)) != 0 || len(s.entries(t, second)) != 1 {
		t.Error("the entry did not move to the other cluster")
	}
}

func TestClusterWithoutAccessEntries(t *testing.T) {
	t.Parallel()
	options := clusters(1)
	options.Clusters[0].Name, options.Clusters[0].AuthType = emulator.DemoClusterName, "CONFIG_MAP"
	s := newService(t, options)
	session := newSession(t, s, entry("user", user, viewAll))
	session.fails("has authType CONFIG_MAP", "Access entries work only with authType API")
	if requests := s.taken(); count(requests, "POST") != 0 {
		t.Errorf("it sent %v", requests)
	}
}

func TestClusterThatIsNotThereWhenPlanned(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll))
	s.interfere(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_, _ = io.WriteString(w, `{"clusters":[]}`)
	})
	output := session.must("plan", "-out=saved")
	wantWords(t, output, "Warning: The cluster does not exist yet", "1 to add")
	newSession(t, s, entry("user", user, viewAll)).fails("Cannot find the cluster", `find cluster "demo"`)
	s.interfere(nil)
	session.must("apply", "-input=false", "saved")
	session.settled()
	if uuid := session.attributes("nks_access_entry.user")["cluster_uuid"]; uuid != cluster {
		t.Errorf("the state has cluster_uuid %v", uuid)
	}
}

func TestTwoClustersOfOneName(t *testing.T) {
	t.Parallel()
	options := clusters(2)
	options.Clusters[0].Name, options.Clusters[1].Name = "demo", "demo"
	s := newService(t, options)
	session := newSession(t, s, entry("user", user, viewAll))
	session.fails("Cannot find the cluster", options.Clusters[0].UUID, options.Clusters[1].UUID)
}

func TestEntryThatIsDeletedAfterThePlan(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll))
	session.apply()
	remove := func() {
		if err := s.client(t).Delete(t.Context(), cluster, s.entries(t, cluster)[user].UUID); err != nil {
			t.Fatal(err)
		}
	}

	for _, arguments := range []string{`groups = ["a"]`, `groups = ["b"]`} {
		session.configure(entry("user", user, arguments))
		session.must("plan", "-out=saved")
		remove()
		if arguments == `groups = ["b"]` { // somebody makes another one
			s.grant(t, user, []string{"others"})
		}
		output, code := session.run("apply", "-input=false", "saved")
		if code != 1 {
			t.Errorf("exit code %d", code)
		}
		wantWords(t, output, "was deleted after the plan was made: plan and apply again")
		if got, there := s.entries(t, cluster)[user]; there && !got.Same(access.Grants{Groups: []string{"others"}}) {
			t.Errorf("the entry is %v", got)
		}
		session.apply()
	}

	// Somebody else's new entry stays.
	session.configure("")
	session.must("plan", "-out=saved")
	remove()
	s.grant(t, user, []string{"others"})
	session.must("apply", "-input=false", "saved")
	if got := s.entries(t, cluster)[user]; !got.Same(access.Grants{Groups: []string{"others"}, Policies: []access.Policy{}}) {
		t.Errorf("the entry is %v", got)
	}
}

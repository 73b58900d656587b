package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const (
	cluster = emulator.DemoClusterUUID
	user    = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	role    = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	admin   = "nrn:PUB:IAM::5000008:Role/00000000-0000-0000-0000-00000000ad01"
)

var view = access.View.OnCluster()

// The terraform command, and the folder of the provider's binary.
var terraform, binaries string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if terraform, err = exec.LookPath("terraform"); err != nil {
			fmt.Fprintln(os.Stderr, "the tests need the terraform command:", err)
			return 1
		}
		if binaries, err = os.MkdirTemp("", "terraform-provider-nks"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(binaries) }()
		build := exec.Command("go", "build", "-o", binaries, "../..")
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build the provider:", err)
			return 1
		}
		for name, value := range map[string]string{
			"TF_ACC": "1", "TF_ACC_TERRAFORM_PATH": terraform, "CHECKPOINT_DISABLE": "1", // no request to its makers
		} {
			if err := os.Setenv(name, value); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
		return m.Run()
	}())
}

// service is an emulator that a test can look into and interfere with.
type service struct {
	*emulator.Emulator
	url string

	mu       sync.Mutex
	requests []string // such as "POST 200"
	rewrite  func(entries []map[string]any) []map[string]any
	handle   func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func newService(t testing.TB, options emulator.Options) *service {
	t.Helper()
	started, err := emulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Close)
	s := &service{Emulator: started.Emulator}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// ServeHTTP lets handle and rewrite interfere.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	handle, rewrite := s.handle, s.rewrite
	s.mu.Unlock()
	next := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rewrite == nil || r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/access-entries") {
			s.Emulator.ServeHTTP(w, r)
			return
		}
		recorder := httptest.NewRecorder()
		s.Emulator.ServeHTTP(recorder, r)
		var body struct {
			Entries []map[string]any `json:"accessEntries"`
		}
		_ = json.Unmarshal(recorder.Body.Bytes(), &body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"accessEntries": rewrite(body.Entries)})
	}))
	status := &statusWriter{ResponseWriter: w}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, fmt.Sprintf("%s %d", r.Method, status.status))
	}()
	if handle != nil {
		handle(status, r, next)
		return
	}
	next.ServeHTTP(status, r)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(data)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// interfere lets f handle all requests from now on. Nil ends it.
func (s *service) interfere(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handle = f
}

// report changes how the service reports entries.
func (s *service) report(rewrite func(entries []map[string]any) []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rewrite = rewrite
}

// taken returns the requests since the last call.
func (s *service) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.requests
	s.requests = nil
	return taken
}

// sent returns the requests since the last call of taken.
func (s *service) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func count(requests []string, request string) int {
	return len(slices.DeleteFunc(slices.Clone(requests), func(r string) bool { return !strings.HasPrefix(r, request) }))
}

// client is a client for what others do on the cluster.
func (s *service) client(t testing.TB) *access.Client {
	t.Helper()
	client, err := access.NewClient(access.WithBaseURL(s.url+"/vnks/v2"),
		access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// entries returns what each principal is granted, and fails if one has two entries.
func (s *service) entries(t testing.TB, cluster string) map[string]access.Entry {
	t.Helper()
	list, err := s.client(t).List(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]access.Entry{}
	for _, entry := range list {
		if _, twice := entries[string(entry.Principal)]; twice {
			t.Errorf("%s has two entries", entry.Principal)
		}
		entries[string(entry.Principal)] = entry
	}
	return entries
}

// grant creates an entry, as somebody else would.
func (s *service) grant(t testing.TB, principal string, groups []string, policies ...access.Policy) access.Entry {
	t.Helper()
	entry, err := s.client(t).Create(t.Context(), cluster, access.NewEntry{
		Principal: access.AnyNRN(principal), Grants: access.Grants{Groups: groups, Policies: policies},
	})
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// seeded are the options of an emulator whose demo cluster has an administrator.
func seeded() emulator.Options {
	return emulator.Options{Entries: map[string][]nks.CreateAccessEntryRequest{cluster: {{
		Type: nks.EntryTypeRole, Entry: admin,
		Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSClusterAdminPolicy, Scope: nks.AccessPolicyScopeCluster}},
	}}}}
}

// session is a folder with a configuration, and the terraform command in it.
type session struct {
	t   testing.TB
	dir string
	env []string
}

func newSession(t testing.TB, s *service, configuration string) *session {
	t.Helper()
	dir := t.TempDir()
	session := &session{t: t, dir: dir, env: append(outerEnvironment(),
		"HOME="+dir, "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraform.rc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"NCLOUD_API_GW="+s.url, "NCLOUD_ACCESS_KEY="+emulator.DemoAccessKey, "NCLOUD_SECRET_KEY="+emulator.DemoSecretKey,
	)}
	session.write("terraform.rc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"nks-access/nks\" = %q\n  }\n}\n", binaries))
	session.write("versions.tf", "terraform {\n  required_providers {\n    nks = {\n      source = \"nks-access/nks\"\n    }\n  }\n}\n")
	session.configure(configuration)
	return session
}

// outerEnvironment is the environment of the test, without what Terraform and the provider take
// from it.
func outerEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		for _, prefix := range []string{"TF_", "NCLOUD_", "NKS_", "HOME="} {
			if strings.HasPrefix(variable, prefix) {
				return true
			}
		}
		return false
	})
}

func (s *session) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) configure(configuration string) {
	s.t.Helper()
	s.write("main.tf", configuration)
}

func (s *session) command(ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer) {
	command := exec.CommandContext(ctx, terraform, append(args, "-no-color")...)
	command.Dir, command.Env = s.dir, s.env
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	return command, &output
}

// run runs terraform and returns its output and exit code.
func (s *session) run(args ...string) (string, int) {
	s.t.Helper()
	command, output := s.command(context.Background(), args...)
	err := command.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		s.t.Fatal(err)
	}
	return output.String(), command.ProcessState.ExitCode()
}

// must runs terraform, which must exit with 0.
func (s *session) must(args ...string) string {
	s.t.Helper()
	output, code := s.run(args...)
	if code != 0 {
		s.t.Fatalf("terraform %s: exit code %d\n%s", strings.Join(args, " "), code, output)
	}
	return output
}

func (s *session) apply() string {
	s.t.Helper()
	return s.must("apply", "-auto-approve", "-input=false")
}

// fails applies, which must fail with all of the words. Terraform breaks lines.
func (s *session) fails(words ...string) {
	s.t.Helper()
	output, code := s.run("apply", "-auto-approve", "-input=false")
	if code != 1 {
		s.t.Fatalf("exit code %d\n%s", code, output)
	}
	wantWords(s.t, output, words...)
}

func wantWords(t testing.TB, output string, words ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
	for _, word := range words {
		if !strings.Contains(flat, word) {
			t.Errorf("%q is not in\n%s", word, output)
		}
	}
}

// settled fails unless a plan shows no difference.
func (s *session) settled() {
	s.t.Helper()
	if output, code := s.run("plan", "-detailed-exitcode", "-input=false"); code != 0 {
		s.t.Fatalf("the plan has exit code %d\n%s", code, output)
	}
}

// differs plans, and fails unless there is a difference with all of the words.
func (s *session) differs(words ...string) {
	s.t.Helper()
	output, code := s.run("plan", "-detailed-exitcode", "-input=false")
	if code != 2 {
		s.t.Fatalf("the plan has exit code %d\n%s", code, output)
	}
	wantWords(s.t, output, words...)
}

// attributes returns the attributes of a resource or data source in the state, by its address.
func (s *session) attributes(address string) map[string]any {
	s.t.Helper()
	command, output := s.command(context.Background(), "show", "-json")
	command.Stderr = io.Discard
	if err := command.Run(); err != nil {
		s.t.Fatal(err)
	}
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal(output.Bytes(), &state); err != nil {
		s.t.Fatalf("%v in %s", err, output)
	}
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Address == address {
			return resource.Values
		}
	}
	return nil
}

// entry writes a resource with arguments beside cluster and principal.
func entry(name, principal string, arguments ...string) string {
	return fmt.Sprintf("resource \"nks_access_entry\" %q {\n  cluster   = %q\n  principal = %q\n  %s\n}\n",
		name, emulator.DemoClusterName, principal, strings.Join(arguments, "\n  "))
}

const viewAll = `policies = [{ type = "NKSViewPolicy" }]`

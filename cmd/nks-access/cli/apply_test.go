package cli

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Ctrl-C during the first change: the request is finished, no other is sent, and what is left is
// said.
func TestApplyInterrupted(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for name, value := range emulatorVariables(server, emulator.Options{}) {
		t.Setenv(name, value)
	}
	file := filepath.Join(t.TempDir(), "access.yaml")
	text := `version: 1
clusters: {demo: }
access:
  - principal:
      - nrn:PUB:IAM::5000008:Role/00000001-0000-0000-0000-246e966ebec4
      - nrn:PUB:IAM::5000008:Role/00000002-0000-0000-0000-246e966ebec4
      - nrn:PUB:IAM::5000008:Role/00000003-0000-0000-0000-246e966ebec4
    clusters: demo
    policies: [NKSViewPolicy]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	var stdout, stderr bytes.Buffer
	a := newApp(strings.NewReader(""), &stdout, &stderr)
	a.transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			interrupt()
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	code := a.run(ctx, []string{"apply", "--yes", "-f", file})
	if code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if !strings.Contains(stdout.String(), "1 change made, 2 left, on 1 cluster.") {
		t.Errorf("stdout:\n%s", stdout.String())
	}
	for _, want := range []string{
		"demo: added nrn:PUB:IAM::5000008:Role/00000001-0000-0000-0000-246e966ebec4",
		"demo: 2 changes left: interrupted\n",
		"Finishing the requests under way.",
		"Apply again to make the changes that are left.",
	} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr does not say %q:\n%s", want, stderr.String())
		}
	}
}

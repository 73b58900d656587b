package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	saved := filepath.Join(t.TempDir(), "applied.json")
	interruptAt(t, http.MethodPost, []string{"apply", "--yes", "-f", file, "--out", saved},
		"1 change made, 2 left, on 1 cluster.",
		"demo: added nrn:PUB:IAM::5000008:Role/00000001-0000-0000-0000-246e966ebec4",
		"demo: 2 changes left: interrupted\n",
		"Finishing the requests under way.",
		"Apply again to make the changes that are left. Give another file to --out, because "+saved+" takes back",
	)

	// A deletion on all clusters is an apply, too.
	a := newApp(strings.NewReader(""), io.Discard, io.Discard)
	if code := a.run(t.Context(), []string{"apply", "--yes", "-f", file}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	const role = "nrn:PUB:IAM::5000008:Role/0000000%d-0000-0000-0000-246e966ebec4"
	interruptAt(t, http.MethodDelete,
		[]string{"delete", "--all-clusters", "--yes", fmt.Sprintf(role, 1), fmt.Sprintf(role, 2), fmt.Sprintf(role, 3)},
		"1 entry deleted, 2 left.",
		"demo: removed nrn:PUB:IAM::5000008:Role/00000001-0000-0000-0000-246e966ebec4",
		"demo: 2 changes left: interrupted\n",
		"Finishing the requests under way.",
		"Run the same command again to delete the entries that are left.",
	)
}

// interruptAt runs a command that is interrupted at its first request with the method. It must say each
// of the texts.
func interruptAt(t *testing.T, method string, args []string, says ...string) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	var output bytes.Buffer
	a := newApp(strings.NewReader(""), &output, &output)
	a.transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == method {
			interrupt()
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	if code := a.run(ctx, args); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	for _, want := range says {
		if !strings.Contains(output.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, output.String())
		}
	}
}

package cli_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
	"github.com/nks-access/nks-access/emulator"
)

// A service that differs from the contract has an exit code of its own.
func TestDifferencesHaveAnExitCode(t *testing.T) {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, r)
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	defer server.Close()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("NCLOUD_API_GW", server.URL)
	t.Setenv("NCLOUD_ACCESS_KEY", emulator.DemoAccessKey)
	t.Setenv("NCLOUD_SECRET_KEY", emulator.DemoSecretKey)
	var stdout, stderr bytes.Buffer
	code := cli.Main([]string{"spec", "check"}, nil, &stdout, &stderr)
	if code != 10 || !strings.Contains(stderr.String(), "the service differs from the contract: 5 differences") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
	want := "| `listClusters` | 200 | header Content-Type | is text/plain; the contract has application/json | 1 |"
	if !strings.Contains(stdout.String(), want) {
		t.Errorf("no line %s in\n%s", want, &stdout)
	}
}

package cli_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// faults NAME=VALUE... changes faults of the session's emulator.
func faults(ts *testscript.TestScript, _ bool, args []string) {
	form := url.Values{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		form.Set(name, value)
	}
	resp, err := http.PostForm(ts.Getenv("NCLOUD_API_GW")+"/_emulator/faults", form)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusNoContent {
		ts.Fatalf("faults %v: %s", args, resp.Status)
	}
}

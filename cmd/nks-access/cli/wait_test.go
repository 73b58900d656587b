package cli

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/emulator"
)

// Waits pass at once here, because the clock of the bubble jumps to the next timer.
func TestWaits(t *testing.T) {
	const principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	const cluster = " on cluster " + emulator.DemoClusterUUID + ". "
	refused := func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }
	unknownHost := func(*http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "nks.apigw.example", IsNotFound: true}
	}
	for name, c := range map[string]struct {
		transport  roundTrip // nil for an emulator whose cluster is busy for an hour
		args       string
		code       int
		says       string // once
		not        string
		at, before time.Duration // when it gives up
	}{
		"--wait": {nil, "grant --group ops --wait 90s", exitUnavailable, cluster + "Waiting up to 1m30s.\n",
			"Retrying", 90 * time.Second, 91 * time.Second},
		"retries": {nil, "grant --group ops", exitUnavailable, cluster + "Retrying.\n", "Waiting", 0,
			2 * time.Minute},
		"--timeout": {nil, "grant --group ops --timeout 5s", exitUnavailable, cluster + "Retrying.\n",
			"Waiting", 0, 5*time.Second + 1},
		"--quiet": {nil, "grant --group ops --wait 1s --quiet", exitUnavailable, "409 Conflict", "Waiting",
			time.Second, 2 * time.Second},
		"a long wait": {nil, "grant --group ops --wait 2h", exitOK, "Waiting up to 2h0m0s.\n", "409",
			59 * time.Minute, 61 * time.Minute},
		"no service": {refused, "get", exitUnavailable, "connection refused\nNo server listens there. ", "time is up", 1,
			2 * time.Minute},
		"no such host": {unknownHost, "get", exitUnavailable,
			"no such host\nThe name of the host is not known here. ", "", 0, 2 * time.Minute},
		"no service, --timeout": {refused, "get --timeout 1ms", exitUnavailable, "connection refused", "", 0, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range map[string]string{
				"HOME": t.TempDir(), "NCLOUD_API_GW": "http://127.0.0.1:1", "NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
				"NCLOUD_SECRET_KEY": emulator.DemoSecretKey, "NKS_CLUSTER": emulator.DemoClusterUUID,
			} {
				t.Setenv(variable, value)
			}
			synctest.Test(t, func(t *testing.T) {
				if c.transport == nil {
					c.transport = busyEmulator(t)
				}
				run := func(args ...string) (int, string) {
					var stdout, stderr bytes.Buffer
					a := newApp(strings.NewReader(""), &stdout, &stderr)
					a.transport = c.transport
					return a.run(context.Background(), args), stderr.String()
				}
				run("create", principal)
				args := strings.Fields(c.args)
				start := time.Now()
				code, said := run(append([]string{args[0], principal}, args[1:]...)...)
				if code != c.code || strings.Count(said, c.says) != 1 || c.not != "" && strings.Contains(said, c.not) {
					t.Errorf("exit code %d, want %d; it said\n%s", code, c.code, said)
				}
				if took := time.Since(start); took < c.at || took > c.before {
					t.Errorf("it took %s, want %s to %s", took, c.at, c.before)
				}
			})
		})
	}
}

// busyEmulator calls an emulator without a network.
func busyEmulator(t *testing.T) roundTrip {
	e, err := emulator.New(emulator.Options{Faults: emulator.Faults{Busy: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	return e.Transport().RoundTrip
}

// A request that may arrive late is not sent again at once, and the person is told to wait, too.
func TestACreateInDoubtAsksToWait(t *testing.T) {
	const principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	file := filepath.Join(t.TempDir(), "access.yaml")
	text := "version: 1\nclusters: {demo: }\naccess: [{principal: '" + principal + "', clusters: demo, groups: [g]}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for variable, value := range map[string]string{
		"HOME": t.TempDir(), "NCLOUD_API_GW": "http://127.0.0.1:1", "NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
		"NCLOUD_SECRET_KEY": emulator.DemoSecretKey, "NKS_CLUSTER": emulator.DemoClusterUUID,
	} {
		t.Setenv(variable, value)
	}
	for line, want := range map[string]string{
		"create " + principal:        "before you repeat a create, wait five minutes",
		"apply --yes --file " + file: "Wait five minutes, because a request whose outcome is unknown can arrive until then.",
	} {
		synctest.Test(t, func(t *testing.T) {
			e, err := emulator.New(emulator.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			a := newApp(strings.NewReader(""), &stdout, &stderr)
			a.transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPost {
					return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody}, nil
				}
				return e.Transport().RoundTrip(r)
			})
			code := a.run(context.Background(), strings.Fields(line))
			if !strings.Contains(stderr.String(), want) || code != exitUnknown {
				t.Errorf("%s: exit code %d, it said\n%s", line, code, stderr.String())
			}
		})
	}
}

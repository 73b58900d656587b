package interop

import (
	"context"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/signer"
)

// BenchmarkServer compares the mock server of Stoplight Prism with the emulator. Each runs in its
// own process, new for every measurement. wrk opens 16 connections. Both log a line for each
// request by default, so both are measured with and without that log.
func BenchmarkServer(b *testing.B) {
	for _, c := range []struct{ log, prism, emulator string }{
		{"each-request", "", ""},
		{"none", "--verboseLevel=fatal", "--quiet"},
	} {
		commands := []struct {
			name string
			command
		}{
			{"prism", prism(b, "mock", "../api/openapi.yaml", c.prism)},
			{"emulator", emulatorCommand(b, c.emulator)},
		}
		for _, do := range []string{"get", "create"} {
			for _, command := range commands {
				b.Run("log="+c.log+"/do="+do+"/this="+command.name, func(b *testing.B) {
					s := startServer(b, command.command)
					defer s.stop()
					entries := s.api + "/clusters/" + clusterUUID + "/access-entries"
					var rate float64
					for b.Loop() {
						if do == "get" {
							rate = s.load(b, "GET", entries+"/"+s.entry(b))
						} else {
							rate = s.load(b, "POST", entries, "--script", "testdata/create.lua")
						}
					}
					b.ReportMetric(0, "ns/op") // this is the time that wrk was told to run
					b.ReportMetric(rate, "req/s")
					b.ReportMetric(s.residentMB(b), "resident-MB")
				})
			}
		}
	}
}

// entry returns the UUID of an access entry on the server. Prism accepts any UUID.
func (s server) entry(b *testing.B) string {
	client := nksClient(b, s.url+s.api, nil)
	if _, err := client.CreateAccessEntryWithResponse(b.Context(), id(clusterUUID), newEntry); err != nil {
		b.Fatal(err)
	}
	list, err := client.ListAccessEntriesWithResponse(b.Context(), id(clusterUUID))
	if err != nil || list.JSON2XX == nil {
		b.Fatal(list, err)
	}
	return list.JSON2XX.AccessEntries[0].UUID
}

var rateOfWrk = regexp.MustCompile(`Requests/sec: +([0-9.]+)`)

// load sends the same signed request again and again and returns the responses per second. A
// signature is valid for five minutes.
func (s server) load(b *testing.B, method, target string, options ...string) float64 {
	req, err := http.NewRequest(method, s.url+target, nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(context.Background(), req); err != nil {
		b.Fatal(err)
	}
	args := append([]string{"--threads", "1", "--connections", "16", "--duration", "4s"}, options...)
	for name := range req.Header {
		args = append(args, "--header", name+": "+req.Header.Get(name))
	}
	out, err := exec.Command("wrk", append(args, req.URL.String())...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "Non-2xx") {
		b.Fatalf("wrk, which apt-get installs: %v\n%s", err, out)
	}
	rate, err := strconv.ParseFloat(rateOfWrk.FindStringSubmatch(string(out))[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return rate
}

// BenchmarkServerStart measures the time from the start of the process to its first response.
func BenchmarkServerStart(b *testing.B) {
	for _, c := range []struct {
		name    string
		command command
	}{
		{"prism", prism(b, "mock", "../api/openapi.yaml")},
		{"emulator", emulatorCommand(b)},
	} {
		b.Run("this="+c.name, func(b *testing.B) {
			var total float64
			for b.Loop() {
				s := startServer(b, c.command)
				total += s.started.Seconds()
				s.stop()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(total*1e3/float64(b.N), "ms-to-answer")
		})
	}
}

package emulator

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nks-access/nks-access/gen/nks"
)

//go:embed console
var consoleFiles embed.FS

// maxRows limits the entries of a cluster, and maxRequests the requests, that the page is served with. The script fetches the
// other requests.
const (
	maxRows     = 100
	maxRequests = 20
)

// consolePage is parsed when it is first asked for: commands that show no page start without it.
var consolePage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page.html").Funcs(template.FuncMap{
		"none":      func() Request { return Request{} },
		"noEntry":   func() nks.AccessEntry { return nks.AccessEntry{} },
		"clock":     func(t time.Time) string { return t.Local().Format("15:04:05.000") },
		"ms":        func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) },
		"tone":      tone,
		"signature": shortSignature,
		"more":      more,
		"policy":    policyInText,
	}).ParseFS(consoleFiles, "console/page.html"))
})

type consoleData struct {
	BaseURLs []string
	Keys     []Key
	Faults   []faultField
	Clusters []clusterState
	Requests []Request // newest first
	MaxRows  int
	Exports  string // the lines that connect a terminal
}

// faultField is a fault as the console offers it.
type faultField struct {
	Name, Label, Help string
	Value             string // what it is set to, else what it could be
	On                bool
}

// faultFields are the faults with the values that they are switched on with.
var faultFields = []faultField{
	{Name: "busy", Label: "Busy", Value: "5s",
		Help: "After each change the cluster is WORKING for this time. Another change gets a 409."},
	{Name: "latency", Label: "Latency", Value: "300ms", Help: "Each response is delayed by this time."},
	{Name: "rate", Label: "Rate limit", Value: "5/s", Help: "More requests per second get a 429 with Retry-After."},
	{Name: "fail", Label: "Failures", Value: "503:0.2", Help: "A status, and the probability that a request fails with it."},
	{Name: "lose", Label: "Lost responses", Value: "0.2", Help: "The probability that the response to a successful change is dropped."},
	{Name: "skew", Label: "Clock skew", Value: "7m", Help: "How far the clock of the emulator is off. Beyond 5 minutes signatures are refused."},
}

// handleConsole serves the console, a page that works without its script, and what it is made of.
func (e *Emulator) handleConsole(mux *http.ServeMux, keys []Key) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { e.getConsole(w, r, keys) })
	mux.Handle("GET /_emulator/console/style.css", asset(consoleFiles, "console/style.css", "text/css; charset=utf-8"))
	mux.Handle("GET /_emulator/console/script.js", asset(consoleFiles, "console/script.js", "text/javascript; charset=utf-8"))
}

func (e *Emulator) getConsole(w http.ResponseWriter, r *http.Request, keys []Key) {
	state, err := e.state(maxRows)
	if err != nil {
		e.writeError(w, r, err)
		return
	}
	data := consoleData{Keys: keys, Clusters: state, Requests: e.Requests(), MaxRows: maxRows}
	data.Requests = data.Requests[max(0, len(data.Requests)-maxRequests):]
	slices.Reverse(data.Requests)
	for _, base := range BasePaths {
		data.BaseURLs = append(data.BaseURLs, origin(r)+base)
	}
	data.Exports = exports(origin(r), keys, state)
	faults := e.Faults()
	for _, field := range faultFields {
		if value := faults.Get(field.Name); value != "" {
			field.Value, field.On = value, true
		}
		data.Faults = append(data.Faults, field)
	}
	writePage(w, consolePage(), data, "form-action 'self'")
}

// exports returns the shell lines that point nks-access, and other tools that use NCLOUD_API_GW, at this emulator.
func exports(origin string, keys []Key, clusters []clusterState) string {
	lines := "export NCLOUD_API_GW=" + quoted(origin) + "\n"
	if len(keys) > 0 {
		lines += "export NCLOUD_ACCESS_KEY=" + quoted(keys[0].AccessKey) + "\nexport NCLOUD_SECRET_KEY=" + quoted(keys[0].SecretKey) + "\n"
	}
	if len(clusters) > 0 {
		lines += "export NKS_CLUSTER=" + quoted(clusters[0].Cluster.UUID) + "\n"
	}
	return lines + "unset NCLOUD_ACCESS_KEY_ID NCLOUD_SECRET_ACCESS_KEY NCLOUD_REGION\n"
}

// quoted quotes a word for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// writePage answers with a page that can load nothing but what the emulator serves, and that no other site can read or frame.
func writePage(w http.ResponseWriter, page *template.Template, data any, policy string) {
	var html strings.Builder
	if err := page.Execute(&html, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
		"img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "+policy)
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store") // it holds keys
	_, _ = w.Write([]byte(html.String()))
}

// asset serves a file under the type that is given: the types that a machine knows by itself differ.
func asset(files embed.FS, name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache") // the next version of the emulator has another
		http.ServeFileFS(w, r, files, name)
	})
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// tone is how a status should look.
func tone(status int) string {
	switch {
	case status == 0 || status >= 500:
		return "bad"
	case status >= 400:
		return "warn"
	}
	return "good"
}

func shortSignature(r Request) string {
	if r.Signature == "ok" || r.Signature == "not checked" || r.Signature == "" {
		return r.Signature
	}
	return "refused"
}

// more names what else there is to see of a request, "" when that is nothing.
func more(r Request) string {
	switch {
	case r.Diagnosis != nil:
		return "Why the signature was refused"
	case r.Answer != "":
		return "Response"
	case r.Body != "":
		return "Request body"
	}
	return ""
}

// policyInText is a policy as the command line writes it: TYPE for a whole cluster, else TYPE@NAMESPACE,NAMESPACE.
func policyInText(p nks.AttachedPolicy) string {
	if len(p.Namespaces) == 0 {
		return p.Type
	}
	return p.Type + "@" + strings.Join(p.Namespaces, ",")
}

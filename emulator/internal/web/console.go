package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed console
var consoleFiles embed.FS

// maxRows limits the entries of a cluster, and maxRequests the requests, that the page is served
// with. The script fetches the other requests.
const (
	maxRows     = 100
	maxRequests = 20
)

// consolePage is parsed at the first request, to keep the start of other commands fast.
var consolePage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page.html").Funcs(template.FuncMap{
		"quoted":  quoted,
		"none":    func() Request { return Request{} },
		"noEntry": func() Entry { return Entry{} },
		"clock":   func(t time.Time) string { return t.Local().Format("15:04:05.000") },
		"ms":      func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) },
	}).ParseFS(consoleFiles, "console/page.html"))
})

type consoleData struct {
	*Site
	Faults   []FaultField // in place of those of Site
	Deviates bool         // a folded fault is on
	Clusters []Cluster
	Requests []Request // newest first
	MaxRows  int
	Origin   string
}

// FaultField is a fault as the console offers it.
type FaultField struct {
	Name, Label string
	Value       string // the value of the fault if it is on, else an example
	Help        string
	Deviation   bool // the service may respond like this; the console folds these
	On          bool
}

// getConsole serves the console. It works without its script.
func (s *Site) getConsole(w http.ResponseWriter, r *http.Request) {
	requests, _, _ := s.Log.After(0)
	requests = requests[max(0, len(requests)-maxRequests):]
	slices.Reverse(requests)
	data := consoleData{
		Site: s, Clusters: s.State(maxRows), Requests: requests, MaxRows: maxRows, Origin: origin(r),
	}
	faults := s.Faults()
	for _, field := range s.Fields {
		if value := faults[field.Name]; value != "" {
			field.Value = value
			field.On = true
			data.Deviates = data.Deviates || field.Deviation
		}
		data.Faults = append(data.Faults, field)
	}
	writePage(w, consolePage(), data, "form-action 'self'")
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// writePage writes a page that loads files of the emulator only, and that other sites can neither
// read nor frame.
func writePage(w http.ResponseWriter, page *template.Template, data any, policy string) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
		"img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "+policy)
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store") // it holds keys
	_ = page.Execute(w, data)               // fails only if the client left
}

const (
	css        = "text/css; charset=utf-8"
	javascript = "text/javascript; charset=utf-8"
)

// asset serves a file with a fixed content type, because the types that machines know differ.
func asset(files fs.FS, name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache") // a newer emulator may have another file
		http.ServeFileFS(w, r, files, name)
	})
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

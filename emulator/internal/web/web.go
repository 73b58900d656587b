// Package web serves the console, the API page, the contract, the admin API and the request log.
package web

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/internal/loopback"
	"github.com/nks-access/nks-access/signer"
)

// Site is the emulator as its pages see it.
type Site struct {
	Keys      []signer.Credentials
	BasePaths []string
	Log       *Log
	Fields    []FaultField
	State     func(limit int) []Cluster     // at most limit entries for each cluster
	Faults    func() map[string]string      // the values of all faults by name
	SetFaults func(map[string]string) error // changes the named faults, or none on an error
	Reset     func() error

	// CheckFault returns an error if a fault does not take a value.
	CheckFault func(name, value string) error
	Fail       func(http.ResponseWriter, *http.Request, error) // responds to an error of the emulator itself

	id string // differs between two emulators, so that a page notices that another one responds
}

// ID returns the ID of the emulator that serves the site.
func (s *Site) ID() string { return s.id }

// Cluster is a cluster with its entries.
type Cluster struct {
	Cluster nks.Cluster `json:"cluster"`
	Entries []Entry     `json:"accessEntries"` // the first of them
	Total   int         `json:"total"`         // the number of all
}

// Entry is an entry, and what its principal is called: a login ID, the name of a role, or nothing.
type Entry struct {
	nks.AccessEntry
	Name string `json:"principalName,omitempty"`
}

// The paths of the site, and the folders below which all paths are of the site.
var (
	pages   = []string{"/", "/healthz", "/openapi.yaml", "/openapi.json", "/docs"}
	folders = []string{"/docs/", "/_emulator/"}
)

// Has reports whether a path is one of the site, not of the API.
func Has(path string) bool {
	for _, folder := range folders {
		if strings.HasPrefix(path, folder) {
			return true
		}
	}
	return slices.Contains(pages, path)
}

// Handler returns the handler of the site. The console, the API page and the admin API show keys
// and control the emulator, so they accept requests from this machine only, and no requests from
// pages of other sites.
func (s *Site) Handler() http.Handler {
	s.id = rand.Text()
	open := http.NewServeMux()
	closed := http.NewServeMux()
	open.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	open.HandleFunc("GET /openapi.yaml", s.getContractYAML)
	open.HandleFunc("GET /openapi.json", s.getContractJSON)
	closed.HandleFunc("GET /_emulator/faults", func(w http.ResponseWriter, r *http.Request) {
		s.writeJSON(w, r, s.Faults(), nil)
	})
	closed.HandleFunc("POST /_emulator/faults", s.postFaults)
	closed.HandleFunc("GET /_emulator/requests", s.getRequests)
	closed.HandleFunc("GET /_emulator/state", s.getState)
	closed.HandleFunc("POST /_emulator/reset", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Reset(); err != nil {
			s.Fail(w, r, err)
			return
		}
		done(w, r)
	})
	closed.HandleFunc("GET /{$}", s.getConsole)
	closed.Handle("GET /_emulator/console/style.css", asset(consoleFiles, "console/style.css", css))
	closed.Handle("GET /_emulator/console/script.js", asset(consoleFiles, "console/script.js", javascript))
	closed.HandleFunc("GET /docs", s.getDocs)
	closed.Handle("GET /docs/{$}", http.RedirectHandler("/docs", http.StatusMovedPermanently))
	closed.Handle("GET /docs/style.css", asset(docsFiles, "docs/style.css", css))
	closed.Handle("GET /docs/script.js", asset(docsFiles, "docs/script.js", javascript))
	closed.Handle("GET /docs/swagger-ui.css", zipped("swagger-ui.css.gz", css))
	closed.Handle("GET /docs/swagger-ui-bundle.js", zipped("swagger-ui-bundle.js.gz", javascript))
	open.Handle("/", onThisMachine(http.NewCrossOriginProtection().Handler(closed)))
	return open
}

func (s *Site) getRequests(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	requests, cleared, last := s.Log.After(after)
	s.writeJSON(w, r, struct {
		Requests []Request         `json:"requests"`
		Cleared  int               `json:"cleared"` // the number of the last request before the last reset
		Last     int               `json:"last"`    // the number of the last request
		Faults   map[string]string `json:"faults"`
		Emulator string            `json:"emulator"` // its ID
	}{requests, cleared, last, s.Faults(), s.id}, nil)
}

func (s *Site) getState(w http.ResponseWriter, r *http.Request) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 0 {
		limit = math.MaxInt
	}
	s.writeJSON(w, r, map[string]any{"clusters": s.State(limit), "faults": s.Faults()}, nil)
}

// postFaults changes the faults in a form, and keeps the others.
func (s *Site) postFaults(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	err := r.ParseForm()
	const form = "application/x-www-form-urlencoded"
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != form {
		err = errors.New("Content-Type must be " + form)
	}
	faults := s.faultsIn(r.PostForm)
	if err != nil {
		http.Error(w, "change faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	err = s.SetFaults(faults)
	fields := s.fieldsWith(faults)
	wrong := slices.ContainsFunc(fields, func(field FaultField) bool { return field.Wrong })
	if err != nil && wrong && isBrowser(r) { // without the script
		s.writeConsole(w, r, http.StatusBadRequest, fields)
		return
	}
	if err != nil {
		http.Error(w, "change faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	done(w, r)
}

// faultsIn returns the values of a form by the name of the fault. A browser does not send a switch
// that is off. So the form of the console sends the names of the faults that are on in fields called
// on. A fault that is on without a value has that of its example.
func (s *Site) faultsIn(form url.Values) map[string]string {
	faults := map[string]string{}
	for name := range form {
		if name != "on" {
			faults[name] = form.Get(name)
		}
	}
	on, ofConsole := form["on"]
	if !ofConsole {
		return faults
	}
	for _, field := range s.Fields {
		value := cmp.Or(strings.TrimSpace(form.Get(field.Name)), field.Example)
		if !slices.Contains(on, field.Name) {
			value = ""
		}
		faults[field.Name] = value
	}
	return faults
}

// done sends a browser back to the console, and a program an empty response.
func done(w http.ResponseWriter, r *http.Request) {
	if isBrowser(r) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func isBrowser(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// writeJSON writes a value, or responds to err.
func (s *Site) writeJSON(w http.ResponseWriter, r *http.Request, value any, err error) {
	data, jsonErr := json.Marshal(value)
	if err = cmp.Or(err, jsonErr); err != nil {
		s.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data)
}

// onThisMachine refuses requests from other machines, and requests to another name: another site
// may have its own name point to this machine.
func onThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback.IsLocal(r) {
			words := r.URL.Path + " is for this machine only: open it at a loopback address."
			http.Error(w, words, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// isLocalPath reports whether a path is none of the API, but of what is for the people and programs of this machine.
func isLocalPath(path string) bool {
	return path == "/" || path == "/healthz" || path == "/openapi.yaml" || path == "/openapi.json" ||
		path == "/docs" || strings.HasPrefix(path, "/docs/") || strings.HasPrefix(path, "/_emulator/")
}

// newLocal serves the console, the contract, the admin API and the health check. Console and admin API show keys and change
// what the emulator does, so they only answer programs of this machine, and no page of another site.
func (e *Emulator) newLocal(keys []Key) http.Handler {
	open, closed := http.NewServeMux(), http.NewServeMux()
	open.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	open.HandleFunc("GET /openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(api.YAML())
	})
	open.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		contract, err := yaml.YAMLToJSON(api.YAML())
		if err != nil {
			e.writeError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(contract)
	})
	closed.HandleFunc("GET /_emulator/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Faults()) })
	closed.HandleFunc("POST /_emulator/faults", e.postFaults)
	closed.HandleFunc("GET /_emulator/requests", func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		cleared, last := e.log.span()
		writeJSON(w, requestsAnswer{e.log.after(after), cleared, last, e.Faults()})
	})
	closed.HandleFunc("GET /_emulator/state", func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil || limit < 0 {
			limit = math.MaxInt
		}
		state, err := e.state(limit)
		if err != nil {
			e.writeError(w, r, err)
			return
		}
		writeJSON(w, stateAnswer{state, e.Faults()})
	})
	closed.HandleFunc("POST /_emulator/reset", func(w http.ResponseWriter, r *http.Request) {
		if err := e.Reset(); err != nil {
			e.writeError(w, r, err)
			return
		}
		done(w, r)
	})
	e.handleConsole(closed, keys)
	e.handleDocs(closed, keys)
	open.Handle("/", onThisMachine(http.NewCrossOriginProtection().Handler(closed)))
	return open
}

type requestsAnswer struct {
	Requests []Request `json:"requests"`
	Cleared  int       `json:"cleared"` // the number of the last request that a reset forgot
	Last     int       `json:"last"`    // that of the last there was
	Faults   Faults    `json:"faults"`
}

type stateAnswer struct {
	Clusters []clusterState `json:"clusters"`
	Faults   Faults         `json:"faults"`
}

// clusterState is a cluster and its entries.
type clusterState struct {
	Cluster nks.Cluster       `json:"cluster"`
	Entries []nks.AccessEntry `json:"accessEntries"` // the first of them
	Total   int               `json:"total"`         // how many there are
}

// state is every cluster with at most so many of its entries.
func (e *Emulator) state(limit int) ([]clusterState, error) {
	state := []clusterState{}
	for _, cluster := range e.clusters.list() {
		entries, err := e.store.List(cluster.UUID)
		if err != nil {
			return nil, err
		}
		state = append(state, clusterState{cluster, entries[:min(len(entries), limit)], len(entries)})
	}
	return state, nil
}

// postFaults changes the faults that are named in a JSON object or a form, and keeps the others. The form of the console has
// all of them, and names those that are on in fields of their own, because a browser does not send a switch that is off.
func (e *Emulator) postFaults(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	err := e.changeFaults(func(faults *Faults) error {
		switch mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType {
		case "application/json":
			return json.NewDecoder(r.Body).Decode(faults)
		case "application/x-www-form-urlencoded":
			return setFaults(faults, r)
		}
		return errors.New("Content-Type must be application/json or application/x-www-form-urlencoded")
	})
	if err != nil {
		http.Error(w, "change faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	done(w, r)
}

func setFaults(faults *Faults, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	on, switches := r.PostForm["on"]
	delete(r.PostForm, "on")
	var errs []error
	for name := range r.PostForm {
		value := r.PostForm.Get(name)
		if switches && !slices.Contains(on, name) {
			value = ""
		}
		errs = append(errs, faults.Set(name, value))
	}
	return errors.Join(errs...)
}

// done sends a person who pressed a button back to the console, and a program nothing.
func done(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data)
}

// onThisMachine lets requests from this machine through. They must name it, too: a page of another site may have its own name
// point here.
func onThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
			http.Error(w, fmt.Sprintf("%s is for this machine only: open it at a loopback address.", r.URL.Path), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return signer.IsLoopback(host)
}

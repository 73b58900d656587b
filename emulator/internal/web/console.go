package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/nks-access/nks-access/internal/unseen"
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
		"shellWord":   shellWord,
		"pieces":      pieces,
		"uuids":       uuids,
		"row":         func(cluster string, entry Entry) entryRow { return entryRow{entry, cluster} },
		"none":        func() Request { return Request{} },
		"noEntry":     func() Entry { return Entry{} },
		"clock":       func(t time.Time) string { return t.Local().Format("15:04:05") },
		"fraction":    func(t time.Time) string { return t.Local().Format(".000") },
		"ms":          func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) },
		"clusterLink": func(operation, cluster string) string { return docsLink("clusters", operation, cluster, "") },
		"entryLink": func(operation, cluster, entry string) string {
			return docsLink("access-entries", operation, cluster, entry)
		},
	}).ParseFS(consoleFiles, "console/page.html"))
})

type consoleData struct {
	*Site
	Faults   []FaultField // in place of those of Site
	On       int          // how many faults are on
	Deviates bool         // a folded fault is on, or wrong
	Clusters []Cluster
	Requests []Request // newest first
	MaxRows  int
	Origin   string
}

// entryRow is an entry of a cluster.
type entryRow struct {
	Entry
	Cluster string // its UUID
}

// FaultField is a fault as the console offers it.
type FaultField struct {
	Name, Label string
	Example     string
	Help        string
	Want        string   // what values it takes, in words
	Values      []string // the only values, or nil if there are too many to list
	Deviation   bool     // the service may respond like this; the console folds these

	Value string // what the page shows as set, if anything
	On    bool
	Wrong bool // Value is not one that the fault takes
}

// getConsole serves the console. It works without its script.
func (s *Site) getConsole(w http.ResponseWriter, r *http.Request) {
	s.writeConsole(w, r, http.StatusOK, s.fieldsWith(s.Faults()))
}

// fieldsWith returns the fields with values, by the name of the fault.
func (s *Site) fieldsWith(values map[string]string) []FaultField {
	fields := slices.Clone(s.Fields)
	for i := range fields {
		value := values[fields[i].Name]
		fields[i].Value = value
		fields[i].On = value != ""
		fields[i].Wrong = s.CheckFault(fields[i].Name, value) != nil
	}
	return fields
}

func (s *Site) writeConsole(w http.ResponseWriter, r *http.Request, status int, fields []FaultField) {
	requests, _, _ := s.Log.After(0)
	requests = requests[max(0, len(requests)-maxRequests):]
	slices.Reverse(requests)
	data := consoleData{
		Site: s, Faults: fields, Clusters: s.State(maxRows), Requests: requests, MaxRows: maxRows, Origin: origin(r),
	}
	for _, field := range fields {
		if field.On {
			data.On++
			data.Deviates = data.Deviates || field.Deviation
		}
	}
	writePage(w, status, consolePage(), data, "form-action 'self'")
}

// docsLink returns a link that opens an operation on the API page, with the UUIDs filled in.
func docsLink(tag, operation, cluster, entry string) string {
	query := url.Values{"cluster": {cluster}}
	if entry != "" {
		query.Set("entry", entry)
	}
	return "/docs?" + query.Encode() + "#/" + tag + "/" + operation
}

// pieces splits a name after its separators, so that a narrow page breaks it there, not in a word. It
// escapes what nobody sees: two names must not look alike.
func pieces(name string) []string { return piece.FindAllString(visible(name), -1) }

func visible(name string) string {
	var text strings.Builder
	for _, r := range name {
		switch {
		case !unseen.Is(r) && !unicode.IsControl(r):
			text.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&text, `\U%08x`, r)
		default:
			fmt.Fprintf(&text, `\u%04x`, r)
		}
	}
	return text.String()
}

var piece = regexp.MustCompile(`[^/:,@._]*[/:,@._]+|[^/:,@._]+`)

// pathPart is a part of a path. The page shortens UUIDs.
type pathPart struct {
	Text string
	UUID bool
}

// uuids splits a path into UUIDs and what is between them.
func uuids(path string) []pathPart {
	var parts []pathPart
	rest := 0
	for _, at := range uuidInPath.FindAllStringIndex(path, -1) {
		parts = append(parts, pathPart{Text: path[rest:at[0]]}, pathPart{path[at[0]:at[1]], true})
		rest = at[1]
	}
	return append(parts, pathPart{Text: path[rest:]})
}

var uuidInPath = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// shellWord quotes a text for a shell if it has to, as the command does in its export lines.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[-\w./:]+$`)

// writePage writes a page that loads files of the emulator only, and that other sites can neither
// read nor frame.
func writePage(w http.ResponseWriter, status int, page *template.Template, data any, policy string) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
		"img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "+policy)
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store") // it holds keys
	w.WriteHeader(status)
	_ = page.Execute(w, data) // fails only if the client left
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

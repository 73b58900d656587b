package emulator

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
	"github.com/swaggest/swgui/v5/static"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/signer"
)

//go:embed docs
var docsFiles embed.FS

var docsPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(docsFiles, "docs/page.html"))
})

type docsData struct {
	Key       signer.Credentials // that the page signs with
	Algorithm string             // in Markdown
}

// handleDocs serves the contract in Swagger UI, with a page of its own around it: that of swgui has scripts in its HTML, which
// the policy of this one forbids, since it holds a key.
func (e *Emulator) handleDocs(mux *http.ServeMux, keys []Key) {
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, r *http.Request) { e.getDocs(w, r, keys) })
	mux.Handle("GET /docs/{$}", http.RedirectHandler("/docs", http.StatusMovedPermanently))
	mux.Handle("GET /docs/style.css", asset(docsFiles, "docs/style.css", "text/css; charset=utf-8"))
	mux.Handle("GET /docs/script.js", asset(docsFiles, "docs/script.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET /docs/swagger-ui.css", zipped("swagger-ui.css.gz", "text/css; charset=utf-8"))
	mux.Handle("GET /docs/swagger-ui-bundle.js", zipped("swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8"))
	contract := sync.OnceValues(e.localContract)
	mux.HandleFunc("GET /docs/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		data, err := contract()
		if err != nil {
			e.writeError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data)
	})
}

func (e *Emulator) getDocs(w http.ResponseWriter, r *http.Request, keys []Key) {
	doc, err := api.Document()
	if err != nil {
		e.writeError(w, r, err)
		return
	}
	data := docsData{Algorithm: doc.Components.SecuritySchemes["signature"].Value.Description}
	if len(keys) > 0 {
		data.Key = keys[0].Credentials
	}
	writePage(w, docsPage(), data, "form-action 'none'")
}

// localContract is the contract as JSON, in its own order, with this emulator for a server and its first cluster for an
// example.
func (e *Emulator) localContract() ([]byte, error) {
	text := api.YAML()
	if clusters := e.clusters.list(); len(clusters) > 0 && uuid.Validate(clusters[0].UUID) == nil {
		text = bytes.ReplaceAll(text, []byte("example: "+DemoClusterUUID), []byte("example: "+clusters[0].UUID))
	}
	var doc yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &doc, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	servers, err := localServers()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(doc, func(item yaml.MapItem) bool { return item.Key == "servers" })
	doc[i].Value = servers
	return yaml.MarshalWithOptions(doc, yaml.JSON())
}

type docsServer struct {
	URL         string `yaml:"url"`
	Description string `yaml:"description"`
}

// localServers are the servers of the contract as paths of this emulator. Two of them may have the same path.
func localServers() ([]docsServer, error) {
	doc, err := api.Document()
	if err != nil {
		return nil, err
	}
	var servers []docsServer
	for _, server := range doc.Servers {
		u, err := url.Parse(server.URL)
		if err != nil {
			return nil, fmt.Errorf("server of the contract: %w", err)
		}
		local := docsServer{u.Path, "This emulator, in place of: " + server.Description}
		if !slices.ContainsFunc(servers, func(s docsServer) bool { return s.URL == local.URL }) {
			servers = append(servers, local)
		}
	}
	return servers, nil
}

// zipped serves a file of Swagger UI, which is embedded compressed.
func zipped(name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := static.FS.ReadFile(name)
		if err != nil { // cannot be: the file is compiled in, and tested
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		header := w.Header()
		header.Set("Content-Type", contentType)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			header.Set("Content-Encoding", "gzip")
			_, _ = w.Write(data)
			return
		}
		if plain, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			_, _ = io.Copy(w, plain)
		}
	})
}

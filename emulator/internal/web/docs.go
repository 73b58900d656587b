package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html/template"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/swaggest/swgui/v5/static"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/internal/yamlfile"
	"github.com/nks-access/nks-access/signer"
)

//go:embed docs
var docsFiles embed.FS

var docsPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(docsFiles, "docs/page.html"))
})

// demoCluster is the cluster of the examples in the contract.
const demoCluster = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"

type docsData struct {
	Key       signer.Credentials // that the page signs with
	Algorithm string             // in Markdown
}

// handleDocs serves the contract in Swagger UI. The page of swgui has scripts in its HTML. This one
// holds a key, so its policy forbids them.
func (s *Site) handleDocs(mux *http.ServeMux) {
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, r *http.Request) { s.getDocs(w, r) })
	mux.Handle("GET /docs/{$}", http.RedirectHandler("/docs", http.StatusMovedPermanently))
	mux.Handle("GET /docs/style.css", asset(docsFiles, "docs/style.css", "text/css; charset=utf-8"))
	mux.Handle("GET /docs/script.js", asset(docsFiles, "docs/script.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET /docs/swagger-ui.css", zipped("swagger-ui.css.gz", "text/css; charset=utf-8"))
	mux.Handle("GET /docs/swagger-ui-bundle.js", zipped("swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8"))
	contract := sync.OnceValues(s.localContract)
	mux.HandleFunc("GET /docs/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		data, err := contract()
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data)
	})
}

func (s *Site) getDocs(w http.ResponseWriter, r *http.Request) {
	doc, err := api.Document()
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	data := docsData{Algorithm: doc.Components.SecuritySchemes["signature"].Value.Description}
	if len(s.Keys) > 0 {
		data.Key = s.Keys[0]
	}
	writePage(w, docsPage(), data, "form-action 'none'")
}

// localContract returns the contract as JSON, in its order, with this emulator as the server and
// its first cluster in the examples.
func (s *Site) localContract() ([]byte, error) {
	text := api.YAML()
	clusters, err := s.State(0)
	if err != nil {
		return nil, err
	}
	if len(clusters) > 0 && uuid.Validate(clusters[0].Cluster.UUID) == nil {
		text = bytes.ReplaceAll(text, []byte("example: "+demoCluster), []byte("example: "+clusters[0].Cluster.UUID))
	}
	root, err := yamlfile.Parse("openapi.yaml", text)
	if err != nil {
		return nil, err
	}
	var servers []docsServer
	for _, base := range s.BasePaths {
		servers = append(servers, docsServer{base, "This emulator"})
	}
	for i, key := range root.Content {
		if i%2 == 0 && key.Value == "servers" {
			if err := root.Content[i+1].Dump(servers); err != nil {
				return nil, err
			}
		}
	}
	return yamlfile.JSON(root)
}

type docsServer struct {
	URL         string `yaml:"url"`
	Description string `yaml:"description"`
}

// zipped serves a file of Swagger UI. It is embedded in compressed form.
func zipped(name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := static.FS.ReadFile(name)
		if err != nil { // the file is compiled in, and tested
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

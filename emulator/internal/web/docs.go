package web

import (
	"embed"
	"html/template"
	"net/http"
	"sync"

	"github.com/swaggest/swgui/v5/static"

	"github.com/nks-access/nks-access/api"
)

//go:embed docs
var docsFiles embed.FS

var docsPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(docsFiles, "docs/page.html"))
})

type docsData struct {
	*Site
	Algorithm string // in Markdown
	Clusters  []Cluster
}

// getDocs serves the contract in Swagger UI. The page of swgui has scripts in its HTML. This one
// holds a key, so its policy forbids them.
func (s *Site) getDocs(w http.ResponseWriter, r *http.Request) {
	doc, err := api.Document()
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	algorithm := doc.Components.SecuritySchemes["signature"].Value.Description
	writePage(w, http.StatusOK, docsPage(), docsData{s, algorithm, s.State(0)}, "form-action 'none'")
}

// zipped serves a file of Swagger UI as it is embedded, in compressed form. Every browser takes it.
func zipped(name, contentType string) http.Handler {
	files := asset(static.FS, name, contentType)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		files.ServeHTTP(w, r)
	})
}

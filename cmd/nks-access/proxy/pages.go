package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// ownPages serves what the proxy has itself: a line of help, and the contracts for tools that read one.
// They hold no secret and need no token.
func (p *Proxy) ownPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		if r.URL.Path == "/" {
			p.writeHelp(w, r)
			return
		}
		isContract := func(s *service) bool { return r.URL.Path == "/"+s.Name+".json" }
		i := slices.IndexFunc(p.services, isContract)
		if i < 0 {
			next.ServeHTTP(w, r)
			return
		}
		p.writeContract(w, r, p.services[i])
	})
}

func (p *Proxy) writeHelp(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintln(w, "nks-access proxy signs requests and passes them on.")
	for _, s := range p.services {
		_, _ = fmt.Fprintf(w, "base URL http://%s%s, contract http://%[1]s/%[3]s.json\n", r.Host, s.prefix, s.Name)
	}
}

func (p *Proxy) writeContract(w http.ResponseWriter, r *http.Request, s *service) {
	contract, err := p.contractFor(s, "http://"+r.Host)
	if err != nil {
		refuse(w, r, http.StatusInternalServerError, "The contract cannot be written: "+err.Error())
		return
	}
	protect(w.Header())
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(contract)
}

// contractFor returns the contract of a service as a client of the proxy needs it: with the proxy as
// the only server, the token in place of the signature, and with ReadOnly without the operations that
// are refused.
func (p *Proxy) contractFor(s *service, origin string) ([]byte, error) {
	original, err := json.Marshal(s.Contract)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(original)
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: origin + s.prefix, Description: "nks-access proxy, which signs"}}
	doc.Security = nil
	doc.Components.SecuritySchemes = nil
	if p.options.Token != "" {
		scheme := openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer")
		scheme.Description = "The token of the proxy."
		doc.Components.SecuritySchemes = openapi3.SecuritySchemes{"token": {Value: scheme}}
		doc.Security = openapi3.SecurityRequirements{{"token": []string{}}}
	}
	if p.options.ReadOnly {
		removeWrites(doc)
	}
	return json.MarshalIndent(doc, "", "  ")
}

func removeWrites(doc *openapi3.T) {
	for template, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if method != http.MethodGet {
				item.SetOperation(method, nil)
			}
		}
		if len(item.Operations()) == 0 {
			doc.Paths.Delete(template)
		}
	}
	isUsed := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, tag := range operation.Tags {
				isUsed[tag] = true
			}
		}
	}
	doc.Tags = slices.DeleteFunc(doc.Tags, func(tag *openapi3.Tag) bool { return !isUsed[tag.Name] })
	doc.Info.Description = strings.TrimSpace(doc.Info.Description) + "\n\nThis edition has the operations that read only."
}

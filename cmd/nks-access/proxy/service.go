package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// service is a service with its base URL in parts and its paths.
type service struct {
	Service
	origin string // scheme and host of the base URL
	prefix string // path of the base URL, without a slash at the end
	paths  []contractPath
}

// contractPath is a path of a contract.
type contractPath struct {
	segments   []string
	parameters map[string]*openapi3.Schema // by segment, such as {uuid}
	operations map[string]string           // operationId by method
}

func newService(described Service) (*service, error) {
	base, err := url.Parse(described.BaseURL)
	if err != nil || base.Host == "" || described.Contract == nil {
		return nil, fmt.Errorf("service %s needs a base URL and a contract", described.Name)
	}
	s := &service{Service: described, origin: base.Scheme + "://" + base.Host}
	s.prefix = strings.TrimRight(base.EscapedPath(), "/")
	for template, item := range described.Contract.Paths.Map() {
		s.paths = append(s.paths, newContractPath(template, item))
	}
	return s, nil
}

func newContractPath(template string, item *openapi3.PathItem) contractPath {
	p := contractPath{
		segments:   strings.Split(template, "/"),
		parameters: map[string]*openapi3.Schema{},
		operations: map[string]string{},
	}
	parameters := item.Parameters
	for method, operation := range item.Operations() {
		p.operations[method] = operation.OperationID
		parameters = append(slices.Clone(parameters), operation.Parameters...)
	}
	for _, parameter := range parameters {
		if parameter.Value.In == openapi3.ParameterInPath {
			p.parameters["{"+parameter.Value.Name+"}"] = parameter.Value.Schema.Value
		}
	}
	return p
}

// methods returns the methods of the path, sorted.
func (p contractPath) methods() []string {
	var methods []string
	for method := range p.operations {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return methods
}

// fits reports whether a path is one of the template. The contract has no parameter whose value needs
// an escape.
func (p contractPath) fits(segments []string) bool {
	if len(segments) != len(p.segments) {
		return false
	}
	for i, segment := range segments {
		schema := p.parameters[p.segments[i]]
		if schema == nil && segment != p.segments[i] {
			return false
		}
		if schema != nil && schema.VisitJSON(segment) != nil {
			return false
		}
	}
	return true
}

// find returns the path of the contract that an escaped path is, without the prefix.
func (s *service) find(rest string) (contractPath, bool) {
	segments := strings.Split(rest, "/")
	i := slices.IndexFunc(s.paths, func(p contractPath) bool { return p.fits(segments) })
	if i < 0 {
		return contractPath{}, false
	}
	return s.paths[i], true
}

// serviceOf returns the service that a path belongs to, and the path below its base URL. Both are
// escaped.
func (p *Proxy) serviceOf(escaped string) (s *service, rest string) {
	for _, candidate := range p.services {
		rest, isBelow := strings.CutPrefix(escaped, candidate.prefix+"/")
		if isBelow {
			return candidate, "/" + rest
		}
	}
	return nil, ""
}

// onlyContract refuses paths and methods that may not be called.
func (p *Proxy) onlyContract(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isRead := r.Method == http.MethodGet || r.Method == http.MethodHead
		if p.options.ReadOnly && !isRead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, r, http.StatusMethodNotAllowed, "The proxy is read-only: it takes GET and HEAD.")
			return
		}
		known, rest := p.serviceOf(r.URL.EscapedPath())
		if known == nil || !isClear(r.URL) {
			refuse(w, r, http.StatusNotFound, "The proxy has no such path. Its paths begin with "+p.prefixes()+".")
			return
		}
		found, inContract := known.find(rest)
		operation := found.operations[r.Method]
		if operation != "" || p.options.AllPaths {
			noteOperation(r, operation)
			next.ServeHTTP(w, r)
			return
		}
		if inContract {
			methods := strings.Join(found.methods(), ", ")
			w.Header().Set("Allow", methods)
			refuse(w, r, http.StatusMethodNotAllowed, "The contract has "+methods+" for this path.")
			return
		}
		refuse(w, r, http.StatusNotFound,
			"The contract has no such path. To call other paths of the service, start the proxy with --all-paths.")
	})
}

// isClear reports whether every server reads a path alike, so that it stays below the base URL:
// without dot segments, empty segments, and escapes of escapes.
func isClear(u *url.URL) bool {
	isClean := path.Clean(u.Path) == u.Path || path.Clean(u.Path)+"/" == u.Path
	return isClean && !strings.ContainsAny(u.Path, `%\`)
}

// prefixes lists the paths below which the services are.
func (p *Proxy) prefixes() string {
	var prefixes []string
	for _, s := range p.services {
		prefixes = append(prefixes, s.prefix+"/")
	}
	return strings.Join(prefixes, " and ")
}

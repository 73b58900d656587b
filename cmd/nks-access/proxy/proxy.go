// Package proxy signs the requests of tools that cannot sign: it listens on this machine, signs each
// request and passes it on to the service.
//
//	handler, err := proxy.New(proxy.Options{
//		Gateway:  g,
//		Services: []proxy.Service{{Name: "openapi", BaseURL: g.Settings().BaseURL, Contract: contract}},
//	})
//	server, err := proxy.Listen("127.0.0.1:8081", handler)
//
// Whoever can send a request to the proxy can do what its key may do. Therefore it takes requests
// from this machine only, refuses those of pages in a browser, can ask for a token, and passes on only
// the paths of the contracts. It makes one attempt for each request, and follows no redirect.
package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/gateway"
)

// Options configure a proxy. Gateway and Services are required.
type Options struct {
	// Gateway signs and sends the requests.
	Gateway *gateway.Gateway
	// Services are the APIs that can be called.
	Services []Service
	// ReadOnly refuses all methods but GET and HEAD.
	ReadOnly bool
	// AllPaths passes on every path below the base URLs, not only those of the contracts.
	AllPaths bool
	// Token must be in the Authorization header of each request, after "Bearer ". Empty asks for none.
	Token string
	// Origins are the origins of pages that may use the proxy, such as http://localhost:3000. Other
	// pages are refused.
	Origins []string
	// Timeout limits the time from a request to its response. Zero means one minute.
	Timeout time.Duration
	// Logger gets a line for each request, at level info. Nil logs nothing.
	Logger *slog.Logger
}

// Service is an API that can be called through the proxy.
type Service struct {
	// Name is the name of the file that the proxy serves the contract as, without .json.
	Name string
	// BaseURL is the base URL of the service. Its path is also the path below which the proxy serves it.
	BaseURL string
	// Contract lists the operations of the service.
	Contract *openapi3.T
}

// Proxy signs requests and passes them on. It is safe for concurrent use.
type Proxy struct {
	options  Options
	services []*service
	handler  http.Handler
	slots    chan struct{} // a token for each request under way
}

// maxConcurrent limits the requests under way. Others wait. Each response is kept in memory, up to the
// limit of the gateway.
const maxConcurrent = 16

// New returns a proxy. It returns an error if an origin or a service is invalid.
func New(options Options) (*Proxy, error) {
	options.Timeout = cmp.Or(options.Timeout, time.Minute)
	options.Logger = cmp.Or(options.Logger, slog.New(slog.DiscardHandler))
	if options.Gateway == nil || len(options.Services) == 0 {
		return nil, errors.New("make proxy: it needs a gateway and a service")
	}
	p := &Proxy{options: options, slots: make(chan struct{}, maxConcurrent)}
	for _, origin := range options.Origins {
		if err := checkOrigin(origin); err != nil {
			return nil, fmt.Errorf("make proxy: %w", err)
		}
	}
	for _, described := range options.Services {
		known, err := newService(described)
		if err != nil {
			return nil, fmt.Errorf("make proxy: %w", err)
		}
		p.services = append(p.services, known)
	}
	p.handler = p.chain()
	return p, nil
}

// ServeHTTP responds to a request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// chain assembles the way of a request. The last layer is the first that sees it.
func (p *Proxy) chain() http.Handler {
	forward := http.HandlerFunc(p.forward) // signs, sends, and passes on the response
	h := p.onlyContract(forward)           // the path and method may be called
	h = p.withToken(h)                     // the caller knows the token
	h = p.ownPages(h)                      // what the proxy serves itself
	h = p.notFromPages(h)                  // no page of a browser sent it, or one that may
	h = onThisMachine(h)                   // it is from and to this machine
	return p.logged(h)                     // what came, and what became of it
}

// checkOrigin returns an error if text is not an origin as browsers send it.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	isWeb := err == nil && (u.Scheme == "http" || u.Scheme == "https")
	if !isWeb || u.Host == "" || u.Scheme+"://"+u.Host != text {
		return fmt.Errorf("origin %q must be such as http://localhost:3000", text)
	}
	return nil
}

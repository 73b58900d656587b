package signer

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// TargetError says that the target of a request is not clear, so that no signature can be valid for it.
type TargetError struct {
	Target string // as received
	Reason string // what is wrong, such as "it has no path"
}

func (e *TargetError) Error() string { return fmt.Sprintf("request target %q: %s", e.Target, e.Reason) }

// Target returns the target of a received request: the path with the query, as it was sent. The signature covers it, so it
// must be what the handler executes: Target returns a [*TargetError] if the request line and r.URL differ.
//
// If the request line holds an absolute URL, as a proxy sends it, the target begins after the host. If r has no request
// line because it was not received over a connection (r.RequestURI is empty), r.URL alone decides. Call Target before
// something like [http.StripPrefix] changes r.URL.
func Target(r *http.Request) (string, error) {
	refuse := func(reason string) (string, error) { return "", &TargetError{Target: r.RequestURI, Reason: reason} }
	if r.URL == nil {
		return refuse("the request has no URL")
	}
	target := r.RequestURI
	if target == "" {
		if r.URL.Opaque != "" || !strings.HasPrefix(r.URL.Path, "/") {
			return refuse("the path of the URL does not begin with a slash")
		}
		return r.URL.RequestURI(), nil
	}
	if !strings.HasPrefix(target, "/") {
		scheme, rest, _ := strings.Cut(target, "://")
		if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
			return refuse("it begins neither with a slash nor with http:// or https://")
		}
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return refuse("it has no path")
		}
		if slash == 0 {
			return refuse("it has no host")
		}
		target = rest[slash:]
	}
	// The same parser makes r.URL. A user name or an opaque part is a difference.
	want, err := url.ParseRequestURI(target)
	if err != nil {
		return refuse("it is not a valid path and query")
	}
	got := *r.URL
	got.Scheme, got.Host = "", ""
	if got != *want {
		return refuse("it differs from the URL that the server executes")
	}
	return target, nil
}

package signature

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// TargetError reports a request whose target is ambiguous. No signature is valid for it.
type TargetError struct {
	Target string // as received
	Reason string // what is wrong, such as "no path"
}

func (e *TargetError) Error() string { return fmt.Sprintf("request target %q: %s", e.Target, e.Reason) }

var absoluteForm = regexp.MustCompile(`(?s)^(?i:https?)://[^/]+(/.*)$`)

// Target returns the target of a received request: the path and query exactly as sent, which the
// signature covers. It returns a [*TargetError] if the request line and r.URL disagree, because a
// handler executes r.URL.
//
// The request line may contain an absolute http or https URL, as sent to a proxy. If r.RequestURI
// is empty, because the handler was called without a connection, Target uses only r.URL. Call
// Target before something changes r.URL, such as [http.StripPrefix].
func Target(r *http.Request) (string, error) {
	refuse := func(reason string) (string, error) { return "", &TargetError{Target: r.RequestURI, Reason: reason} }
	if r.URL == nil {
		return refuse("no URL")
	}
	target := r.RequestURI
	if target == "" {
		if r.URL.Opaque != "" || !strings.HasPrefix(r.URL.Path, "/") {
			return refuse("the path of the URL does not start with a slash")
		}
		return r.URL.RequestURI(), nil
	}
	if !strings.HasPrefix(target, "/") {
		path := absoluteForm.FindStringSubmatch(target)
		if path == nil {
			return refuse("it must be a path, or an http or https URL with a host and a path")
		}
		target = path[1]
	}
	// The same parser makes r.URL. A user name or an opaque part is a difference.
	want, err := url.ParseRequestURI(target)
	if err != nil {
		return refuse("invalid path or query")
	}
	got := *r.URL
	got.Scheme = ""
	got.Host = ""
	if got != *want {
		return refuse("it differs from the URL that the server uses")
	}
	return target, nil
}

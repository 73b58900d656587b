package proxy

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/internal/loopback"
	"github.com/nks-access/nks-access/signer"
)

// onThisMachine refuses requests from other machines, and requests to another name: another site may
// have its own name point to this machine.
func onThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect || r.URL.IsAbs() {
			refuse(w, r, http.StatusBadRequest,
				"This is not a proxy for HTTP_PROXY. Use its address in place of the scheme and host of the base URL.")
			return
		}
		if !loopback.IsLocal(r) {
			refuse(w, r, http.StatusForbidden, "The proxy is for this machine only: use a loopback address.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// notFromPages refuses requests of pages in a browser, except those of the proxy itself and of the
// origins that may use it. Unlike http.CrossOriginProtection it also refuses reads, and pages of
// another port of this machine.
func (p *Proxy) notFromPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if slices.Contains(p.options.Origins, origin) {
			p.allow(w, r, origin, next)
			return
		}
		site := r.Header.Get("Sec-Fetch-Site")
		isOwnSite := site == "" || site == "none" || site == "same-origin"
		isOwnOrigin := origin == "" || origin == "http://"+r.Host
		if !isOwnSite || !isOwnOrigin {
			refuse(w, r, http.StatusForbidden,
				"A page in a browser sent this request. To let the pages of an origin use the proxy, start it with --allow-origin.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allow lets a page of an origin use the proxy. A browser asks with OPTIONS before it sends.
func (p *Proxy) allow(w http.ResponseWriter, r *http.Request, origin string, next http.Handler) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Expose-Headers", "Date, Retry-After, X-Ncp-Request-Id")
	header.Set("Vary", "Origin")
	if r.Method != http.MethodOptions {
		next.ServeHTTP(w, r)
		return
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	// Pages send signature headers when they read the contract elsewhere. The proxy replaces them.
	header.Set("Access-Control-Allow-Headers", strings.Join([]string{
		"Accept", "Authorization", "Content-Type", signer.HeaderTimestamp, signer.HeaderAccessKey, signer.HeaderSignature,
	}, ", "))
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// withToken refuses requests without the token.
func (p *Proxy) withToken(next http.Handler) http.Handler {
	if p.options.Token == "" {
		return next
	}
	want := sha256.Sum256([]byte(p.options.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		given := sha256.Sum256([]byte(strings.TrimSpace(token)))
		isToken := subtle.ConstantTimeCompare(given[:], want[:]) == 1
		if !strings.EqualFold(scheme, "Bearer") || !isToken {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, r, http.StatusUnauthorized,
				"The proxy asks for its token: send the header Authorization with the value Bearer and the token.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

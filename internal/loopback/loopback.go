// Package loopback tells requests of this machine from those of others.
package loopback

import (
	"net"
	"net/http"
	"strings"

	"github.com/nks-access/nks-access/signer"
)

// IsLocal reports whether a request comes from this machine, and its Host header names this machine. A
// page of another site can send requests from here, by a name of its own that points to this machine.
func IsLocal(r *http.Request) bool { return isLoopback(r.RemoteAddr) && isLoopback(r.Host) }

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return signer.IsLoopback(host)
}

package loopback_test

import (
	"net/http"
	"testing"

	"github.com/nks-access/nks-access/internal/loopback"
)

func TestIsLocal(t *testing.T) {
	for _, c := range []struct {
		remote, host string
		want         bool
	}{
		{"127.0.0.1:5000", "127.0.0.1:8080", true},
		{"[::1]:5000", "localhost:8080", true},
		{"[::1]:5000", "[::1]", true},
		{"127.0.0.1:5000", "LOCALHOST", true},
		{"127.0.0.1:5000", "nks.example.com:8080", false},
		{"127.0.0.1:5000", "localhost.:8080", false},
		{"127.0.0.1:5000", "", false},
		{"192.0.2.1:5000", "127.0.0.1:8080", false},
		{"", "127.0.0.1:8080", false},
	} {
		request := &http.Request{RemoteAddr: c.remote, Host: c.host}
		if got := loopback.IsLocal(request); got != c.want {
			t.Errorf("from %q to %q: got %t", c.remote, c.host, got)
		}
	}
}

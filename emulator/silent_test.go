package emulator

import (
	"net"
	"net/http"
	"testing"
)

// A shutdown closes the connections without a request, and those that come later, and no others.
func TestSilentConns(t *testing.T) {
	var silent silentConns
	conns := map[string]*closable{}
	for _, name := range []string{"silent", "active", "late"} {
		conns[name] = &closable{}
	}
	silent.watch(conns["silent"], http.StateNew)
	silent.watch(conns["active"], http.StateNew)
	silent.watch(conns["active"], http.StateActive)
	silent.close()
	silent.watch(conns["late"], http.StateNew)
	for name, closed := range map[string]bool{"silent": true, "active": false, "late": true} {
		if conns[name].closed != closed {
			t.Errorf("%s: closed is %t", name, conns[name].closed)
		}
	}
}

type closable struct {
	net.Conn
	closed bool
}

func (c *closable) Close() error {
	c.closed = true
	return nil
}

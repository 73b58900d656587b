package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// check is the result for one of the things that a request needs.
type check struct {
	Name   string      `json:"name"`   // gateway, clock, key, permission or cluster
	Result checkResult `json:"result"` // ok, warning, failed or unknown
	Detail string      `json:"detail"`
}

type checkResult string

const (
	checkOK      checkResult = "ok"
	checkWarning checkResult = "warning"
	checkFailed  checkResult = "failed"
	checkUnknown checkResult = "unknown" // an earlier check failed
)

const (
	// clockLimit is how far the timestamp of a request may be from the clock of the gateway (docs).
	clockLimit = 5 * time.Minute
	// clockSlack is what a slow response and a clock that is nearly right may differ by.
	clockSlack = time.Minute
)

// trial is one request, and what became of it.
type trial struct {
	clock    serviceClock
	clusters []access.Cluster
	err      error
}

// try asks for the list of clusters, which changes nothing. It makes one attempt.
func (c *connection) try(ctx context.Context) *trial {
	t := &trial{clock: serviceClock{next: http.DefaultTransport}}
	if c.transport != nil {
		t.clock.next = c.transport
	}
	inTable := func(string) {} // the check of the clock says what the warning would
	client, err := c.client(once,
		access.WithHTTPClient(&http.Client{Transport: &t.clock}), access.WithOnWarning(inTable))
	if err != nil {
		t.err = err
		return t
	}
	t.clusters, t.err = client.Clusters(ctx)
	return t
}

// checks returns what a trial shows, and why the first of them failed, or nil. The cluster is
// checked if it has a name.
func (t *trial) checks(cluster string) ([]check, error) {
	list := []check{t.checkGateway(), t.checkClock(), t.checkKey(), t.checkPermission()}
	if cluster == "" || t.err != nil {
		return list, t.err
	}
	found, err := access.FindCluster(t.clusters, cluster)
	return append(list, checkOfCluster(found, err)), err
}

// wasSent reports whether there was a key pair, and a request could be sent.
func (t *trial) wasSent() bool { return t.err == nil || as[*access.Error](t.err) }

func (t *trial) hasNoResponse() bool {
	failed := (*access.Error)(nil)
	return errors.As(t.err, &failed) && failed.Status == 0
}

func (t *trial) checkGateway() check {
	if !t.wasSent() {
		return check{"gateway", checkUnknown, "no request was sent"}
	}
	if t.hasNoResponse() {
		return check{"gateway", checkFailed, "it does not respond"}
	}
	isOther := errors.Is(t.err, access.ErrUnavailable) || errors.Is(t.err, access.ErrNotFound)
	if isOther {
		return check{"gateway", checkFailed, "it does not respond as NKS does"}
	}
	return check{"gateway", checkOK, "it responds"}
}

func (t *trial) checkClock() check {
	offset, known := t.clock.offset()
	if !known {
		return check{"clock", checkUnknown, "there was no response with a date"}
	}
	if offset.Abs() <= clockSlack {
		return check{"clock", checkOK, fmt.Sprintf("it differs from the gateway's by %s", offset.Abs())}
	}
	detail := fmt.Sprintf("this machine is %s behind the gateway; set its clock", offset)
	if offset < 0 {
		detail = fmt.Sprintf("this machine is %s ahead of the gateway; set its clock", -offset)
	}
	if t.err != nil && offset.Abs() > clockLimit {
		return check{"clock", checkFailed, detail}
	}
	if offset.Abs() > clockLimit {
		detail += "; nks-access corrects it, other programs may be refused"
	}
	return check{"clock", checkWarning, detail}
}

func (t *trial) checkKey() check {
	if !t.wasSent() {
		return check{"key", checkFailed, "there is no key pair that can be used"}
	}
	if t.err == nil || errors.Is(t.err, access.ErrForbidden) {
		return check{"key", checkOK, "the gateway accepts the signature"}
	}
	if !errors.Is(t.err, access.ErrUnauthenticated) {
		return check{"key", checkUnknown, "the response does not tell"}
	}
	if offset, _ := t.clock.offset(); offset.Abs() > clockLimit {
		return check{"key", checkUnknown, "the clock must be set first"}
	}
	return check{"key", checkFailed, "the gateway refuses the signature; compare both keys with those of the console"}
}

func (t *trial) checkPermission() check {
	if t.err == nil {
		return check{"permission", checkOK, fmt.Sprintf("the key may list clusters, and sees %s; "+
			"whether it may change entries is not checked", term.Plural(len(t.clusters), "cluster"))}
	}
	if errors.Is(t.err, access.ErrForbidden) {
		return check{"permission", checkFailed, "the key may not list clusters; " +
			"the user guide's system policy to view is NCP_VPC_KUBERNETES_SERVICE_VIEWER"}
	}
	return check{"permission", checkUnknown, "the list of clusters could not be read"}
}

func checkOfCluster(found access.Cluster, err error) check {
	if err != nil {
		return check{"cluster", checkFailed, "the key sees no cluster, or more than one, of this name or UUID"}
	}
	where := fmt.Sprintf("%s (%s)", found.Name, found.UUID)
	if found.AuthType != access.AuthTypeAPI {
		return check{"cluster", checkWarning, where + " has the auth type " + found.AuthType +
			": its ConfigMap ncp-auth says who may enter, not its entries"}
	}
	return check{"cluster", checkOK, where + " uses access entries"}
}

func checkTable(checks []check) term.Table {
	table := term.Table{Header: []string{"CHECK", "RESULT", "DETAIL"}}
	for _, c := range checks {
		table.Rows = append(table.Rows, []string{c.Name, string(c.Result), term.PrintableLine(c.Detail)})
	}
	return table
}

// serviceClock is a transport that compares the dates of responses with the local clock.
type serviceClock struct {
	next http.RoundTripper

	mu   sync.Mutex
	last time.Duration // how far the local clock is behind
	seen bool
}

// RoundTrip sends a request.
func (s *serviceClock) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return resp, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = true
	s.last = time.Until(date).Round(time.Second)
	return resp, nil
}

// offset returns how far the local clock is behind that of the service, if a response told.
func (s *serviceClock) offset() (behind time.Duration, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.seen
}

package provider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
)

// rivals makes two changes of a cluster meet. The first attempt of each is refused because the cluster
// is busy, so each has read the entries before the other one is made. Then one is made, and the cluster
// is busy again: the next attempt of the other one is refused, too.
type rivals struct {
	mu       sync.Mutex
	tried    map[string]bool // paths of entries
	both     chan struct{}   // closed when both have been tried
	made     string          // the path whose change was made
	refused  bool            // the other one was refused after that
	attempts []string
}

func meet() *rivals { return &rivals{tried: map[string]bool{}, both: make(chan struct{})} }

// takesPart reports whether a request takes an administrator from the cluster.
func takesPart(r *http.Request) bool {
	if r.Method == http.MethodDelete {
		return true
	}
	if r.Method != http.MethodPut {
		return false
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return !strings.Contains(string(body), string(access.ClusterAdmin))
}

func (m *rivals) handle(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !takesPart(r) {
		next.ServeHTTP(w, r)
		return
	}
	if m.busy(r.URL.Path) {
		<-m.both
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"error":{"errorCode":409,"message":"ConflictException"}}`)
		return
	}
	next.ServeHTTP(w, r)
}

// busy reports whether the cluster is busy when an attempt arrives.
func (m *rivals) busy(path string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts = append(m.attempts, path)
	if !m.tried[path] {
		m.tried[path] = true
		if len(m.tried) == 2 {
			close(m.both)
		}
		return true
	}
	if m.made == "" || m.made == path {
		m.made = path
		return false
	}
	if !m.refused {
		m.refused = true
		return true
	}
	return false
}

// hasOneAdministrator fails unless both changes were tried, and one administrator is left.
func (m *rivals) hasOneAdministrator(t *testing.T, s *service) {
	t.Helper()
	if len(m.tried) != 2 || m.made == "" {
		t.Errorf("the changes did not meet: %v", m.attempts)
	}
	entries, err := s.client(t).List(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	if got := access.Administrators(entries); got != 1 {
		t.Errorf("there are %d administrators: %v", got, entries)
	}
}

// Two states, destroyed at the same time on a busy cluster, leave an administrator.
func TestTwoStatesDestroyedAtOnceLeaveAnAdministrator(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	sessions := []*session{
		newSession(t, s, entry("a", admin, administrator)),
		newSession(t, s, entry("b", role, administrator)),
	}
	for _, session := range sessions {
		session.apply()
	}
	meeting := meet()
	s.interfere(meeting.handle)
	var destroys sync.WaitGroup
	outputs := make([]string, len(sessions))
	codes := make([]int, len(sessions))
	for i, session := range sessions {
		destroys.Go(func() { outputs[i], codes[i] = session.run("destroy", "-auto-approve") })
	}
	destroys.Wait()
	s.interfere(nil)
	if codes[0]+codes[1] != 1 {
		t.Errorf("the exit codes are %v", codes)
	}
	wantWords(t, outputs[0]+outputs[1], "the cluster would be without an administrator")
	meeting.hasOneAdministrator(t, s)
}

// Two instances of the provider in one configuration know nothing of each other.
func TestTwoInstancesOfTheProviderLeaveAnAdministrator(t *testing.T) {
	t.Parallel()
	const second = "provider \"nks\" {\n  alias = \"second\"\n}\n"
	both := second + entry("a", admin, administrator) + entry("b", role, administrator, "provider = nks.second")
	for name, after := range map[string]string{
		"deleted": second,
		"narrowed": second + entry("a", admin, viewAll) +
			entry("b", role, viewAll, "provider = nks.second"),
		"one is deleted, one narrowed": second + entry("b", role, viewAll, "provider = nks.second"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, emulator.Options{})
			session := newSession(t, s, both)
			session.apply()
			session.configure(after)
			meeting := meet()
			s.interfere(meeting.handle)
			session.fails("the cluster would be without an administrator")
			s.interfere(nil)
			meeting.hasOneAdministrator(t, s)
		})
	}
}

// What somebody else changes between the plan and a retry on a busy cluster is not overwritten.
func TestRivalsChangeIsNotOverwritten(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll))
	session.apply()
	id := s.entries(t, cluster)[user].UUID
	session.configure(entry("user", user, viewAll, `groups = ["a"]`))
	var once sync.Once
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		first := false
		if r.Method == http.MethodPut {
			once.Do(func() { first = true })
		}
		if !first {
			next.ServeHTTP(w, r)
			return
		}
		s.interfere(nil)
		rival := access.Grants{Groups: []string{"rival"}}
		if err := s.client(t).Update(t.Context(), cluster, id, rival); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"errorCode": 409, "message": "ConflictException"}})
	})
	session.fails("somebody else changed the cluster meanwhile", "Plan and apply again")
	if got := s.entries(t, cluster)[user]; !got.Same(access.Grants{Groups: []string{"rival"}}) {
		t.Errorf("the entry grants %s", got.Grants)
	}
	// The state has what is there, and the next plan shows it.
	session.differs("1 to change", `- "rival"`)
	session.apply()
	session.settled()
}

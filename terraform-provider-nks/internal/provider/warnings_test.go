package provider_test

import (
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
)

// The client says that it signs with the time of the service. Terraform shows it.
func TestCorrectedClockIsAWarning(t *testing.T) {
	t.Parallel()
	options := seeded()
	options.Clock = func() time.Time { return time.Now().Add(30 * time.Minute) }
	s := newService(t, options)
	session := newSession(t, s, entry("user", user, viewAll))
	const words = "The clock of this machine is off by"
	wantWords(t, session.must("plan"), "Warning: Requests to NKS", words)
	wantWords(t, session.apply(), words)
	session.configure("data \"nks_clusters\" \"all\" {}\n")
	wantWords(t, session.must("plan", "-refresh=false"), words)
}

func TestGroupsOfKubernetesAreAWarning(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	session := newSession(t, s, entry("user", user, `groups = ["developers", "system:masters"]`))
	wantWords(t, session.must("plan"), "Warning: Group of Kubernetes itself", "This entry gets system:masters.",
		`groups = ["developers", "system:masters"]`)
	session.apply()
	session.settled()
}

// Terraform shows names as they are. The warning shows what cannot be seen, and what the service holds
// may stay.
func TestNamesThatCannotBeSeenAreAWarning(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, `groups = ["developers"]`))
	session.apply()
	s.report(func(entries []map[string]any) []map[string]any {
		for _, e := range entries {
			if e["entry"] == user {
				e["groups"] = []any{"developers", "developers\u200b"}
			}
		}
		return entries
	})
	session.differs("1 to change", "Warning: Name that may look like another one", `The entry has the group "developers\u200b"`)
	session.configure(entry("user", user, `groups = ["developers", "developers\u200b"]`))
	session.settled()
}

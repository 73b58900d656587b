package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
)

const administrator = `policies = [{ type = "NKSClusterAdminPolicy" }]`

func TestLastAdministratorStays(t *testing.T) {
	t.Parallel()
	const refused = "the cluster would be without an administrator: " + admin + " is the last"
	for name, configuration := range map[string]string{
		"deleted":                   "",
		"narrowed to a policy":      entry("admin", admin, viewAll),
		"narrowed to namespaces":    entry("admin", admin, `policies = [{ type = "NKSClusterAdminPolicy", namespaces = ["dev"] }]`),
		"replaced by another":       entry("admin", role, administrator),
		"only groups of it are new": entry("admin", admin, `groups = ["system:masters"]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, emulator.Options{})
			session := newSession(t, s, entry("admin", admin, administrator))
			session.apply()
			session.configure(configuration)
			session.fails(refused, "create_before_destroy = true", "prevent_lockout = false", "The entry was not changed.")
			if _, there := s.entries(t, cluster)[admin]; !there {
				t.Error("the entry is gone")
			}
		})
	}
}

func TestLastAdministratorGoesAsAdvised(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	session := newSession(t, s, entry("admin", admin, administrator)+entry("user", user, viewAll))
	session.apply()
	session.configure(entry("user", user, viewAll) + entry("admin", role, administrator, "lifecycle {\n    create_before_destroy = true\n  }"))
	session.apply()
	if got := s.entries(t, cluster); len(got) != 2 || got[role].UUID == "" {
		t.Errorf("the entries are %v", got)
	}
	session.configure("provider \"nks\" {\n  prevent_lockout = false\n}\n")
	session.apply()
	if got := s.entries(t, cluster); len(got) != 0 {
		t.Errorf("the entries are %v", got)
	}
}

// Deletion and creation have no order in Terraform. A deletion that would lock everybody out waits
// for the creation.
func TestAdministratorsChangePlaces(t *testing.T) {
	s := newService(t, emulator.Options{})
	setEnvironment(t, s)
	session := newSession(t, s, entry("old", admin, administrator))
	session.attach(t)
	session.apply()
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete && count(s.sent(), "POST 200") != count(s.sent(), "DELETE 200")+2 {
			t.Error("an administrator is deleted before the next one is there")
		}
		next.ServeHTTP(w, r)
	})
	for i := range 4 {
		principal := strings.Replace(role, "9ba0", "9ba"+string(rune('1'+i)), 1)
		session.configure(entry("new"+string(rune('a'+i)), principal, administrator))
		session.apply()
		if got := s.entries(t, cluster); len(got) != 1 || got[principal].UUID == "" {
			t.Errorf("the entries are %v", got)
		}
	}
}

func TestAdoptedAdministratorStays(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("admin", admin, viewAll, "adopt = true"))
	session.fails("the cluster would be without an administrator")
}

// Of two administrators that are deleted at the same time, one stays.
func TestOneOfTwoAdministratorsStays(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	session := newSession(t, s, `variable "keep" {
		default = true
	}
	provider "nks" {
		prevent_lockout = var.keep
	}
	`+entry("a", admin, administrator)+entry("b", role, administrator))
	session.apply()
	output, code := session.run("destroy", "-auto-approve")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	wantWords(t, output, "the cluster would be without an administrator")
	if got := s.entries(t, cluster); len(got) != 1 {
		t.Errorf("the entries are %v", got)
	}
	session.must("destroy", "-auto-approve", "-var", "keep=false")
	if got := s.entries(t, cluster); len(got) != 0 {
		t.Errorf("the entries are %v", got)
	}
}

// A resource with another name takes over the entry. The old resource leaves it alone.
func TestLastAdministratorGetsAnotherResource(t *testing.T) {
	s := newService(t, emulator.Options{})
	setEnvironment(t, s)
	session := newSession(t, s, entry("old", admin, administrator))
	session.attach(t)
	session.apply()
	made := s.entries(t, cluster)[admin]
	session.configure(entry("new", admin, administrator))
	session.apply()
	session.settled()
	if got := s.entries(t, cluster)[admin]; got.UUID != made.UUID {
		t.Errorf("the entry is %v", got)
	}
}

package provider_test

import (
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// The failures that users of the sister service's provider report most often.

func TestEntryThatIsThereIsAdopted(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	there := s.grant(t, user, []string{"developers"})
	session := newSession(t, s, entry("user", user, viewAll))
	session.fails("terraform import nks_access_entry.NAME '"+cluster+","+user+"'", "adopt = true", "which grants group developers")
	if got := s.entries(t, cluster)[user]; !got.Same(access.Grants{Groups: []string{"developers"}}) {
		t.Errorf("the entry is %v after a refusal", got)
	}

	session.configure(entry("user", user, viewAll, "adopt = true"))
	session.apply()
	if got := s.entries(t, cluster)[user]; got.UUID != there.UUID || !got.Same(access.Grants{Policies: []access.Policy{view}}) {
		t.Errorf("the adopted entry is %v", got)
	}
	session.settled()

	// An entry that grants the same needs no word.
	s.grant(t, role, []string{"operators"})
	session.configure(entry("user", user, viewAll) + entry("role", role, `groups = ["operators"]`))
	session.apply()
	session.settled()
}

func TestDriftIsShownAndMended(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll, `groups = ["developers"]`))
	session.apply()
	session.settled()
	made := s.entries(t, cluster)[user]

	edit := access.Edit.In("dev")
	if err := s.client(t).Update(t.Context(), cluster, made.UUID, access.Grants{
		Groups: []string{"developers"}, Policies: []access.Policy{view, edit},
	}); err != nil {
		t.Fatal(err)
	}
	session.differs("will be updated in-place", `type = "NKSEditPolicy" -> null`, "1 to change")
	session.apply()
	session.settled()
	if got := s.entries(t, cluster)[user]; got.UUID != made.UUID || !got.Same(access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{view}}) {
		t.Errorf("the entry is %v", got)
	}

	if err := s.client(t).Delete(t.Context(), cluster, made.UUID); err != nil {
		t.Fatal(err)
	}
	session.differs("will be created", "1 to add")
	session.apply()
	session.settled()
	if got := s.entries(t, cluster)[user]; got.UUID == made.UUID || !got.Same(access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{view}}) {
		t.Errorf("the entry is %v", got)
	}

	// Somebody deletes it and makes another one.
	if err := s.client(t).Delete(t.Context(), cluster, s.entries(t, cluster)[user].UUID); err != nil {
		t.Fatal(err)
	}
	s.grant(t, user, []string{"others"})
	session.differs("will be updated in-place", "1 to change")
	session.apply()
	session.settled()
}

func TestUpdateIsMadeInPlace(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll))
	session.apply()
	made := s.entries(t, cluster)[user]
	s.taken()
	session.configure(entry("user", user, `groups = ["developers"]`, `policies = [{ type = "NKSEditPolicy", namespaces = ["dev", "*-ns"] }]`))
	session.apply()
	requests := s.taken()
	if count(requests, "PUT 200") != 1 || count(requests, "DELETE") != 0 || count(requests, "POST") != 0 {
		t.Errorf("the update sent %v", requests)
	}
	edit := access.Edit.In("*-ns", "dev")
	if got := s.entries(t, cluster)[user]; got.UUID != made.UUID || !got.Same(access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{edit}}) {
		t.Errorf("the entry is %v", got)
	}
	if id := session.attributes("nks_access_entry.user")["id"]; id != made.UUID {
		t.Errorf("the state has the ID %v, not %s", id, made.UUID)
	}

	// What is left out is taken away.
	session.configure(entry("user", user))
	session.apply()
	session.settled()
	if got := s.entries(t, cluster)[user]; !got.Same(access.Grants{}) {
		t.Errorf("the entry is %v", got)
	}
}

// policiesOf returns the policies of an entry as the service reports it.
func policiesOf(entry map[string]any) []any {
	policies, _ := entry["policies"].([]any)
	return policies
}

func TestNoDifferenceWhateverTheServiceSends(t *testing.T) {
	t.Parallel()
	each := func(change func(entry map[string]any)) func([]map[string]any) []map[string]any {
		return func(entries []map[string]any) []map[string]any {
			for _, entry := range entries {
				change(entry)
			}
			return entries
		}
	}
	eachPolicy := func(change func(policy map[string]any)) func([]map[string]any) []map[string]any {
		return each(func(entry map[string]any) {
			for _, policy := range policiesOf(entry) {
				change(policy.(map[string]any))
			}
		})
	}
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, `policies = [{ type = "NKSEditPolicy", namespaces = ["b", "a", "*-ns"] }, { type = "NKSViewPolicy" }]`)+
		entry("role", role, `groups = ["b", "a"]`)+entry("nothing", strings.Replace(role, "9ba0", "9ba1", 1)))
	session.apply()
	session.settled()
	for name, rewrite := range map[string]func([]map[string]any) []map[string]any{
		"lower case":     eachPolicy(func(p map[string]any) { p["scope"] = strings.ToLower(p["scope"].(string)) }),
		"upper case":     eachPolicy(func(p map[string]any) { p["scope"] = strings.ToUpper(p["scope"].(string)) }),
		"no empty lists": each(func(e map[string]any) { dropEmpty(e, "groups"); dropEmpty(e, "policies") }),
		"all lists": each(func(e map[string]any) {
			for _, list := range []string{"groups", "policies"} {
				if e[list] == nil {
					e[list] = []any{}
				}
			}
			for _, p := range policiesOf(e) {
				if p.(map[string]any)["namespaces"] == nil {
					p.(map[string]any)["namespaces"] = []any{}
				}
			}
		}),
		"split": each(func(e map[string]any) {
			var split []any
			for _, p := range policiesOf(e) {
				policy := p.(map[string]any)
				namespaces, _ := policy["namespaces"].([]any)
				for _, namespace := range namespaces {
					split = append(split, map[string]any{"type": policy["type"], "scope": policy["scope"], "namespaces": []any{namespace}})
				}
				if len(namespaces) == 0 {
					split = append(split, policy)
				}
			}
			e["policies"] = split
		}),
		"other order and twice": each(func(e map[string]any) {
			for _, list := range []string{"groups", "policies"} {
				values, _ := e[list].([]any)
				for i := range values {
					e[list] = append([]any{values[i]}, e[list].([]any)...)
				}
			}
		}),
	} {
		s.report(rewrite)
		if output, code := session.run("plan", "-refresh-only", "-detailed-exitcode"); code != 0 { // what a read changes
			t.Errorf("%s: %s", name, output)
		}
		session.apply()
		if output, code := session.run("plan", "-detailed-exitcode"); code != 0 {
			t.Errorf("%s: %s", name, output)
		}
	}
	if requests := s.taken(); count(requests, "POST") != 3 || count(requests, "PUT") != 0 {
		t.Errorf("there were %d POST and %d PUT requests", count(requests, "POST"), count(requests, "PUT"))
	}

	// Another spelling in the configuration is no difference either, nor is the UUID in place of
	// the name.
	s.report(nil)
	session.configure(strings.ReplaceAll(entry("user", user, `policies = [{ type = "NKSViewPolicy" }, { type = "NKSEditPolicy", namespaces = ["a"] },
		{ type = "NKSEditPolicy", namespaces = ["b", "*-ns"] }]`)+
		entry("role", role, `groups = ["a", "b"]`)+entry("nothing", strings.Replace(role, "9ba0", "9ba1", 1)), `"demo"`, `"`+strings.ToUpper(cluster)+`"`))
	session.settled()
}

func dropEmpty(entry map[string]any, list string) {
	if values, _ := entry[list].([]any); len(values) == 0 {
		delete(entry, list)
	}
}

func TestNewerPoliciesOfTheService(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	s.report(func(entries []map[string]any) []map[string]any {
		for _, e := range entries {
			e["policies"] = append(policiesOf(e), map[string]any{"type": "NKSNewPolicy", "scope": "Cluster"},
				map[string]any{"type": "NKSNewPolicy", "scope": "Project", "namespaces": []any{"x"}},
				map[string]any{"type": "NKSNewPolicy", "scope": "Namespace", "namespaces": []any{"x"}},
				map[string]any{"type": "NKSNewPolicy", "scope": "Namespace", "namespaces": []any{"y"}})
		}
		return entries
	})
	session := newSession(t, s, "")
	session.write("import.tf", `import {
		to = nks_access_entry.admin
		id = "demo,`+admin+`"
	}
	provider "nks" {
		prevent_lockout = false
	}`)
	session.must("plan", "-generate-config-out=generated.tf")
	session.apply()
	session.settled()
	if got := session.attributes("nks_access_entry.admin")["policies"].([]any); len(got) != 5 {
		t.Errorf("the state has the policies %v", got)
	}
	// They can be kept when something else changes, and taken away, but not given to another entry.
	policies := `policies = [{ type = "NKSNewPolicy" }, { type = "NKSNewPolicy", namespaces = ["x", "y"] },
		{ type = "NKSNewPolicy[Project]", namespaces = ["x"] }, { type = "NKSClusterAdminPolicy" }]`
	session.write("generated.tf", entry("admin", admin, policies))
	session.settled()
	session.write("generated.tf", entry("admin", admin, policies, `groups = ["new"]`))
	session.differs("1 to change")
	session.write("generated.tf", entry("admin", admin, `groups = ["new"]`))
	session.differs("1 to change")
	session.write("other.tf", entry("user", user, `policies = [{ type = "NKSNewPolicy" }]`))
	if output, code := session.run("plan"); code != 1 || !strings.Contains(output, "NKSNewPolicy") {
		t.Errorf("a new policy for another entry: %s", output)
	}
}

func TestPlanDoesNotDependOnWhoRunsIt(t *testing.T) {
	t.Parallel()
	options := seeded()
	options.Keys = []emulator.Key{
		{Credentials: signer.Credentials{AccessKey: emulator.DemoAccessKey, SecretKey: emulator.DemoSecretKey}},
		{Credentials: signer.Credentials{AccessKey: "READER", SecretKey: "secret-key-of-the-reader"}, Operations: []string{"listClusters", "listAccessEntries"}},
	}
	s := newService(t, options)
	session := newSession(t, s, entry("user", user, viewAll))
	session.apply()
	session.env = append(session.env, "NCLOUD_ACCESS_KEY=READER", "NCLOUD_SECRET_KEY=secret-key-of-the-reader")
	session.settled()
	session.configure(entry("user", user, viewAll, `groups = ["developers"]`))
	session.differs("1 to change")
	session.fails("403 Forbidden", "READER")
	session.configure(entry("user", user, viewAll))
	session.settled()
}

func TestMistypedPolicyIsRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, `policies = [{ type = "NKSVeiwPolicy" }]`))
	session.fails("Invalid access entry", `policies = [{ type = "NKSVeiwPolicy" }]`, "must be one of NKSClusterAdminPolicy,", `not "NKSVeiwPolicy"`)
	if requests := s.taken(); count(requests, "POST") != 0 {
		t.Errorf("it sent %v", requests)
	}
}

// With create_before_destroy, the new object takes over the entry of the old one.
func TestReplacedResourceKeepsItsEntry(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll, "lifecycle {\n    create_before_destroy = true\n  }"))
	session.apply()
	wantWords(t, session.must("apply", "-auto-approve", "-replace=nks_access_entry.user"), "1 added, 0 changed, 1 destroyed")
	if _, there := s.entries(t, cluster)[user]; !there {
		t.Error("the entry is gone")
	}
	session.settled()
}

func TestTwoResourcesForOneEntryAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("a", user, viewAll)+entry("b", user, viewAll))
	session.fails("another resource manages the entry of "+user, "one entry needs one resource")
	session.configure(entry("a", user, viewAll))
	session.apply()
	session.settled()
	if _, there := s.entries(t, cluster)[user]; !there {
		t.Error("the entry is gone")
	}
}

// A read after a change does not see the list that a read before it was given.
func TestReadAfterAChangeSeesIt(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, `resource "terraform_data" "first" {}
	data "nks_access_entries" "before" {
		cluster    = "demo"
		depends_on = [terraform_data.first]
	}
	data "nks_access_entries" "after" {
		cluster    = "demo"
		depends_on = [nks_access_entry.user]
	}
	`+entry("user", user, viewAll, "depends_on = [data.nks_access_entries.before]"))
	session.apply()
	for name, want := range map[string]int{"before": 1, "after": 2} {
		if got := session.attributes("data.nks_access_entries." + name)["entries"].([]any); len(got) != want {
			t.Errorf("%s the change there are %d entries, not %d", name, len(got), want)
		}
	}
}

// A response about another cluster, or one that lists a UUID twice, changes nothing.
func TestResponsesAboutOthersAreRefused(t *testing.T) {
	t.Parallel()
	for name, rewrite := range map[string]func([]map[string]any) []map[string]any{
		"another cluster": func(entries []map[string]any) []map[string]any {
			for _, e := range entries {
				e["clusterUuid"] = "0000a20e-e0fb-4dc9-af1b-97fd3f8d9999"
			}
			return entries
		},
		"a UUID twice": func(entries []map[string]any) []map[string]any {
			for _, e := range entries {
				e["uuid"] = entries[0]["uuid"]
			}
			return entries
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, seeded())
			session := newSession(t, s, entry("user", user, viewAll))
			session.apply()
			s.taken()
			s.report(rewrite)
			for _, args := range [][]string{{"plan"}, {"destroy", "-auto-approve", "-refresh=false"}} {
				if output, code := session.run(args...); code != 1 {
					t.Errorf("%v: exit code %d\n%s", args, code, output)
				}
			}
			if requests := s.taken(); count(requests, "DELETE") != 0 {
				t.Errorf("the requests are %v", requests)
			}
		})
	}
}

// A resource stays with its entry if the service has a second one of the principal, and says so.
func TestPrincipalWithTwoEntries(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll))
	session.apply()
	const second = "0000a20e-0000-0000-0000-000000000002"
	s.report(func(entries []map[string]any) []map[string]any {
		other := map[string]any{"uuid": second, "entry": user, "groups": []any{"others"}, "policies": []any{}}
		return append([]map[string]any{other}, entries...)
	})
	session.settled()
	wantWords(t, session.must("plan"), "Warning: The principal has more than one entry",
		"also has "+second+", which grants group others")
}

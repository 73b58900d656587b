package provider_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
)

// A principal of a form that the provider does not know is managed if the configuration says so.
func TestUncheckedPrincipal(t *testing.T) {
	t.Parallel()
	const account = "nrn:PUB:IAM::5000008:Account/5000008"
	s := newService(t, seeded())
	session := newSession(t, s, entry("account", account, `type = "USER"`))
	session.fails("the end must be SubAccount/UUID or Role/UUID", "If the service has such a principal, set unchecked = true.")
	session.configure(entry("account", account, `type = "USER"`, "unchecked = true"))
	session.apply()
	session.settled()
	if _, listed := s.entries(t, cluster)[account]; !listed {
		t.Error("the entry was not created")
	}
	session.configure(entry("account", account, `type = "USER"`, "unchecked = true", `groups = ["a"]`))
	session.apply()
	session.settled()
}

// The UUID in an NRN may have capitals.
func TestCapitalsInAPrincipal(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	capitals := strings.Replace(user, "2b141960", "2B141960", 1)
	session := newSession(t, s, entry("user", capitals, viewAll))
	session.apply()
	session.settled()
	session.configure(entry("user", user, viewAll))
	session.settled()
	session.configure(entry("user", user, viewAll) + `data "nks_access_entries" "user" {
		cluster   = "demo"
		principal = "` + capitals + `"
	}`)
	session.apply()
	if got := session.attributes("data.nks_access_entries.user")["entries"].([]any); len(got) != 1 {
		t.Errorf("the data source has %v", got)
	}
}

// diagnostics returns the errors of a command that prints JSON: the code that each is about, and
// its words.
func (s *session) diagnostics(args ...string) map[string]string {
	s.t.Helper()
	command, output := s.command(s.t.Context(), append(args, "-json")...)
	var failed *exec.ExitError
	if err := command.Run(); err == nil {
		s.t.Fatalf("terraform %s succeeds", args)
	} else if !asExit(err, &failed) {
		s.t.Fatal(err)
	}
	type diagnostic struct {
		Severity, Summary, Detail string
		Snippet                   struct {
			Context string
			Code    string
		}
	}
	var all []diagnostic
	var validation struct{ Diagnostics []diagnostic }
	if json.Unmarshal(output.Bytes(), &validation) == nil {
		all = validation.Diagnostics
	} else {
		for line := range bytes.Lines(output.Bytes()) {
			var event struct{ Diagnostic diagnostic }
			if json.Unmarshal(line, &event) == nil {
				all = append(all, event.Diagnostic)
			}
		}
	}
	errors := map[string]string{}
	for _, d := range all {
		if d.Severity == "error" {
			errors[d.Snippet.Context+": "+strings.TrimSpace(d.Snippet.Code)] += d.Summary + ": " + d.Detail
		}
	}
	return errors
}

func asExit(err error, target **exec.ExitError) bool {
	exit, ok := err.(*exec.ExitError)
	*target = exit
	return ok
}

func list(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf("%q", fmt.Sprintf(format, i))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func TestBadConfigurationIsRefusedAtItsAttribute(t *testing.T) {
	t.Parallel()
	type mistake struct{ cluster, principal, arguments, line, words string }
	check := func(t *testing.T, session *session, mistakes map[string]mistake, args ...string) {
		var configuration strings.Builder
		for name, m := range mistakes {
			m.cluster = strings.TrimSuffix(cmp.Or(m.cluster, cluster), "-") // "-" is none
			fmt.Fprintf(&configuration, "resource \"nks_access_entry\" %q {\n  cluster = %q\n  principal = %q\n  %s\n}\n", name, m.cluster, m.principal, m.arguments)
		}
		session.configure(configuration.String())
		errors := session.diagnostics(args...)
		for name, m := range mistakes {
			at := fmt.Sprintf("resource %q %q: %s", "nks_access_entry", name, m.line)
			if !strings.Contains(errors[at], m.words) {
				t.Errorf("%s: %q is not in %q", at, m.words, errors[at])
			}
			delete(errors, at)
		}
		for at, words := range errors {
			t.Errorf("another error at %s: %s", at, words)
		}
	}
	s := newService(t, emulator.Options{})
	session := newSession(t, s, "")
	principal := func(nrn, words string) mistake {
		return mistake{"", nrn, viewAll, fmt.Sprintf("principal = %q", nrn), words}
	}
	grants := func(arguments, words string) mistake { return mistake{"", user, arguments, arguments, words} }
	check(t, session, map[string]mistake{
		"principal":      principal("somebody", "must be an NRN, such as nrn:"),
		"long":           principal("nrn:PUB:IAM::1:Role/"+strings.Repeat("x", 120), "at most 128"),
		"nested":         principal("nrn:PUB:IAM::5000008:SubAccount/"+user, "is a whole NRN (want only the UUID"),
		"no_id":          principal("nrn:PUB:IAM::5000008:SubAccount/", "must be a UUID"),
		"suffix":         principal(user+"x", "must be a UUID"),
		"product":        principal(strings.Replace(user, "IAM", "Server", 1), "the product must be IAM"),
		"account":        principal(strings.Replace(user, "5000008", "mine", 1), "the account must be a number"),
		"group":          principal("nrn:PUB:IAM::5000008:Group/2b141960-0000-0000-0000-246e9659184c", "give an entry to each of its members"),
		"main_account":   principal("nrn:PUB:IAM::5000008:Account/x", "the end must be SubAccount/UUID or Role/UUID"),
		"type":           grants(`type = "GROUP"`, "must be USER or ROLE"),
		"other_type":     grants(`type = "ROLE"`, "must fit the NRN"),
		"no_groups":      grants(`groups = []`, "Leave it out"),
		"no_policies":    grants(`policies = []`, "Leave it out"),
		"no_namespaces":  grants(`policies = [{ type = "NKSViewPolicy", namespaces = [] }]`, "for the whole cluster"),
		"timeout":        {"", user, `timeouts = { create = "soon" }`, `resource "nks_access_entry" "timeout" {`, "soon"},
		"no_time":        grants(`timeouts = { create = "0s" }`, "leaves no time"),
		"time_back":      grants(`timeouts = { delete = "-5m" }`, "leaves no time"),
		"empty_type":     grants(`type = ""`, "Leave it out"),
		"null_policy":    grants(`policies = [null]`, "null"),
		"no_cluster":     {"-", user, viewAll, `cluster = ""`, "name or the UUID"},
		"policy_no_type": grants(`policies = [{ namespaces = ["a"] }]`, `attribute "type" is required`),
	}, "validate")
	check(t, session, map[string]mistake{
		"many_groups": grants("groups = "+list(31, "g%d"), "at most 30, not 31"),
		"empty_group": grants(`groups = [""]`, "must not be empty"),
		"null_group":  grants(`groups = [null]`, "empty"),
		"blank_group": grants(`groups = ["dev "]`, `an element of groups must not begin or end with a blank, as "dev " does`),
		"unseen":      grants(`groups = ["de\u200bv"]`, "must not contain a character that cannot be seen"),
		"nothing":     grants(`groups = ["\u200b"]`, "must have a character that can be seen"),
		"control":     grants(`groups = ["a\tb"]`, "must not contain a control character"),
		"empty_name":  grants(`policies = [{ type = "NKSViewPolicy", namespaces = [""] }]`, "must not be empty"),
		"null_name":   grants(`policies = [{ type = "NKSViewPolicy", namespaces = [null] }]`, "empty"),
		"many":        grants(`policies = [{ type = "NKSViewPolicy", namespaces = `+list(51, "n%d")+` }]`, "at most 50, not 51"),
		"blank_name":  grants(`policies = [{ type = "NKSViewPolicy", namespaces = ["dev", " qa"] }]`, `an element of namespaces must not begin or end with a blank, as " qa" does`),
		"no_match":    grants(`policies = [{ type = "NKSViewPolicy", namespaces = ["Dev*"] }]`, "must be a pattern that a namespace can match"),
		"no_label":    grants(`policies = [{ type = "NKSViewPolicy", namespaces = ["Dev_Team"] }]`, "must be a name that a namespace can have"),
		"mistyped":    grants(`policies = [{ type = "ViewPolicy" }]`, `must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "ViewPolicy" (did you mean NKSViewPolicy?)`),
		"contradicts": grants(`policies = [{ type = "NKSEditPolicy" }, { type = "NKSEditPolicy", namespaces = ["a"] }]`, "NKSEditPolicy for the whole cluster, too"),
		"scope":       grants(`policies = [{ type = "NKSEditPolicy[cluster]", namespaces = ["a"] }]`, "must be"),
		"no_type":     {"", "nrn:PUB:IAM::5000008:Account/x", "unchecked = true", `resource "nks_access_entry" "no_type" {`, "must be given"},
	}, "plan")
	if requests := s.taken(); len(requests) != 0 {
		t.Errorf("it sent %v", requests)
	}
}

func TestBadProviderConfigurationIsRefusedAtItsArgument(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	session := newSession(t, s, "")
	for argument, words := range map[string]string{
		`region = "Korea!"`:                  "must be",
		`environment = "moon"`:               "must be",
		`base_url = "ftp://x"`:               "must be such as https://",
		`parallel = 0`:                       "between 1 and 100",
		`wait = "soon"`:                      "is not a duration such as 30s",
		`wait = "-1s"`:                       "is not a duration such as 30s",
		`wait = terraform_data.later.output`: "must be known",
	} {
		session.configure("provider \"nks\" {\n  " + argument + "\n}\ndata \"nks_clusters\" \"all\" {}\nresource \"terraform_data\" \"later\" {\n  input = timestamp()\n}\n")
		errors := session.diagnostics("plan")
		if at := `provider "nks": ` + argument; !strings.Contains(errors[at], words) {
			t.Errorf("%s: %q is not in %v", at, words, errors)
		}
	}
}

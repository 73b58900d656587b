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
	check(t, session, map[string]mistake{
		"principal":      {"", "somebody", viewAll, `principal = "somebody"`, "must be an NRN, such as nrn:"},
		"long":           {"", "nrn:PUB:IAM::1:Role/" + strings.Repeat("x", 120), viewAll, `principal = "nrn:PUB:IAM::1:Role/` + strings.Repeat("x", 120) + `"`, "at most 128"},
		"type":           {"", user, `type = "GROUP"`, `type = "GROUP"`, "must be USER or ROLE"},
		"other_type":     {"", user, `type = "ROLE"`, `type = "ROLE"`, "must fit the NRN"},
		"many_groups":    {"", user, "groups = " + list(31, "g%d"), "groups = " + list(31, "g%d"), "at most 30, not 31"},
		"empty_group":    {"", user, `groups = [""]`, `groups = [""]`, "must not be empty"},
		"no_groups":      {"", user, `groups = []`, `groups = []`, "Leave it out"},
		"no_policies":    {"", user, `policies = []`, `policies = []`, "Leave it out"},
		"no_namespaces":  {"", user, `policies = [{ type = "NKSViewPolicy", namespaces = [] }]`, `policies = [{ type = "NKSViewPolicy", namespaces = [] }]`, "for the whole cluster"},
		"empty_name":     {"", user, `policies = [{ type = "NKSViewPolicy", namespaces = [""] }]`, `policies = [{ type = "NKSViewPolicy", namespaces = [""] }]`, "must not be empty"},
		"many":           {"", user, `policies = [{ type = "NKSViewPolicy", namespaces = ` + list(51, "n%d") + ` }]`, `policies = [{ type = "NKSViewPolicy", namespaces = ` + list(51, "n%d") + ` }]`, "at most 50, not 51"},
		"timeout":        {"", user, `timeouts = { create = "soon" }`, `resource "nks_access_entry" "timeout" {`, "soon"},
		"null_policy":    {"", user, `policies = [null]`, `policies = [null]`, "null"},
		"null_name":      {"", user, `policies = [{ type = "NKSViewPolicy", namespaces = [null] }]`, `policies = [{ type = "NKSViewPolicy", namespaces = [null] }]`, "empty"},
		"null_group":     {"", user, `groups = [null]`, `groups = [null]`, "empty"},
		"no_cluster":     {"-", user, viewAll, `cluster = ""`, "name or the UUID"},
		"policy_no_type": {"", user, `policies = [{ namespaces = ["a"] }]`, `policies = [{ namespaces = ["a"] }]`, `attribute "type" is required`},
	}, "validate")
	check(t, session, map[string]mistake{
		"mistyped":     {"", user, `policies = [{ type = "ViewPolicy" }]`, `policies = [{ type = "ViewPolicy" }]`, `must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "ViewPolicy"`},
		"contradicts":  {"", user, `policies = [{ type = "NKSEditPolicy" }, { type = "NKSEditPolicy", namespaces = ["a"] }]`, `policies = [{ type = "NKSEditPolicy" }, { type = "NKSEditPolicy", namespaces = ["a"] }]`, "NKSEditPolicy for the whole cluster, too"},
		"scope":        {"", user, `policies = [{ type = "NKSEditPolicy[cluster]", namespaces = ["a"] }]`, `policies = [{ type = "NKSEditPolicy[cluster]", namespaces = ["a"] }]`, "must be"},
		"main_account": {"", "nrn:PUB:IAM::5000008:Account/x", viewAll, `resource "nks_access_entry" "main_account" {`, "must be given"},
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

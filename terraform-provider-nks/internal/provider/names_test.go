package provider_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/emulator"
)

const (
	kimID  = "2b141960-0000-0000-0000-246e9659184c"
	choiID = "6f585da4-0000-0000-0000-68a2da9d5c80"
)

func people(users []emulator.User, members ...string) emulator.Directory {
	return emulator.Directory{
		Users:  users,
		Roles:  []emulator.Role{{Name: "deployer", ID: "9ba09190-0000-0000-0000-246e966ebec4"}, {Name: "twins"}, {Name: "twins"}},
		Groups: []emulator.Group{{Name: "backend", Members: members}, {Name: "nobody"}},
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	if err := s.SetDirectory(people([]emulator.User{
		{LoginID: "kim@corp", ID: kimID}, {LoginID: "choi@corp", ID: choiID, Inactive: true}, {LoginID: "park@corp", Deleted: true},
	}, "kim@corp", "choi@corp", "park@corp")); err != nil {
		t.Fatal(err)
	}
	session := newSession(t, s, `
		data "nks_principal" "kim" {
			login_id = "kim@corp"
		}
		data "nks_principal" "deployer" {
			role_name = "deployer"
		}
		data "nks_group_members" "backend" {
			group = "backend"
		}
		data "nks_group_members" "nobody" {
			group = "nobody"
		}`)
	session.apply()
	for address, want := range map[string]map[string]any{
		"data.nks_principal.kim":      {"login_id": "kim@corp", "role_name": nil, "nrn": user, "type": "USER", "inactive": false},
		"data.nks_principal.deployer": {"login_id": nil, "role_name": "deployer", "nrn": role, "type": "ROLE", "inactive": false},
		"data.nks_group_members.backend": {"group": "backend", "members": []any{
			map[string]any{"login_id": "choi@corp", "nrn": "nrn:PUB:IAM::5000008:SubAccount/" + choiID, "inactive": true},
			map[string]any{"login_id": "kim@corp", "nrn": user, "inactive": false},
		}},
		"data.nks_group_members.nobody": {"group": "nobody", "members": []any{}},
	} {
		if diff := cmp.Diff(want, session.attributes(address)); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
	if lists := listsOfUsers(s); lists > 2 { // terraform starts the provider twice: for the plan and for the apply
		t.Errorf("the users were read %d times", lists)
	}
	state := mustRead(t, filepath.Join(session.dir, "terraform.tfstate"))
	if strings.Contains(state, "personal-data") {
		t.Errorf("the state has personal data: %s", state)
	}

	session.configure(`
		data "nks_principal" "kim" {
			login_id = "Kim@corp"
		}
		data "nks_principal" "twins" {
			role_name = "twins"
		}
		data "nks_group_members" "frontend" {
			group = "frontend"
		}`)
	session.fails(`there is no user "Kim@corp", but "kim@corp": the case counts`, `2 roles are called "twins"; use one of the NRNs`,
		`there is no group "frontend"`)
	session.configure(`
		data "nks_principal" "both" {
			login_id  = "kim@corp"
			role_name = "deployer"
		}
		data "nks_principal" "empty" {
			role_name = ""
		}
		data "nks_principal" "none" {}`)
	session.fails("Invalid Attribute Combination", "2 attributes specified", "string length must be at least 1", "No attribute specified")
}

func listsOfUsers(s *service) int {
	all := s.Requests()
	return len(slices.DeleteFunc(all, func(r emulator.Request) bool { return r.Operation != "listSubAccounts" }))
}

// A key without the permission manages entries by NRN, and never asks for names.
func TestNamesWithoutPermission(t *testing.T) {
	t.Parallel()
	options := seeded()
	options.Faults.Directory = 403
	s := newService(t, options)
	session := newSession(t, s, entry("kim", user, viewAll))
	session.env = append(session.env, "NCLOUD_SUBACCOUNT_ENDPOINT=not a URL") // nobody reads it
	session.apply()
	session.settled()
	if n := listsOfUsers(s); n != 0 {
		t.Errorf("names were read %d times", n)
	}
	session.configure(`data "nks_principal" "kim" {
		login_id = "kim@corp"
	}`)
	session.fails("Cannot read names", "NCLOUD_SUBACCOUNT_ENDPOINT must begin with https:")
	session.env = append(session.env, "NCLOUD_SUBACCOUNT_ENDPOINT=")
	session.fails("Cannot find the user", "the key may lack the permission NCP_SUB_ACCOUNT_VIEWER", "Give the key this permission, or use the NRN")
}

// Somebody else who gets the login ID of a person does not get the person's entry: the entry is
// replaced, and the plan says so.
func TestNewcomerWithAnOldLoginID(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, `
		data "nks_principal" "kim" {
			login_id = "kim@corp"
		}
		resource "nks_access_entry" "kim" {
			cluster   = "demo"
			principal = data.nks_principal.kim.nrn
			`+viewAll+`
		}`)
	session.apply()
	const newcomer = "11111111-0000-0000-0000-000000000001"
	if err := s.SetDirectory(people([]emulator.User{{LoginID: "kim@corp", ID: newcomer}, {LoginID: "kim.minji@corp", ID: kimID}})); err != nil {
		t.Fatal(err)
	}
	session.differs("must be replaced", user, newcomer)
	session.apply()
	entries := s.entries(t, cluster)
	if _, kept := entries[user]; kept || len(entries) != 2 {
		t.Errorf("the entries are %v", entries)
	}
}

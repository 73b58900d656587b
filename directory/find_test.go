package directory_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/gateway"
)

const korean = "개발팀"

func TestFind(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp"), user(2, "Lee@corp"), user(3, "lee@CORP"), with(user(7, "nobody"), "nrn", nil)}
	s.roles = []map[string]any{role(4, "deployer"), role(5, "twins"), role(6, "twins"), with(role(7, "old"), "active", false)}
	s.groups = []map[string]any{group(8, norm.NFD.String(korean)), with(group(9, "backend"), "nrn", nil)}
	d, _ := s.open(t)

	found, err := d.Find(t.Context(), directory.KindUser, "kim@corp")
	if want := (directory.Principal{Kind: directory.KindUser, ID: uuid(1), Name: "kim@corp", NRN: userNRN(1)}); err != nil || found != want {
		t.Errorf("got %+v, %v", found, err)
	}
	found, err = d.Find(t.Context(), directory.KindRole, "old")
	if err != nil || found.NRN != "nrn:PUB:IAM::5000008:Role/"+uuid(7) || !found.Inactive {
		t.Errorf("got %+v, %v", found, err)
	}
	// A name is the same name in each Unicode form.
	for _, form := range []norm.Form{norm.NFC, norm.NFD} {
		found, err = d.Find(t.Context(), directory.KindGroup, form.String(korean))
		if err != nil || found.ID != uuid(8) || found.Name != korean {
			t.Errorf("got %+v, %v", found, err)
		}
	}

	found, err = d.Find(t.Context(), directory.KindGroup, "backend")
	if err != nil || found.ID != uuid(9) || found.NRN != "" {
		t.Errorf("got %+v, %v", found, err)
	}

	_, err = d.Find(t.Context(), directory.KindRole, "twins")
	wantError[*directory.AmbiguousError](t, err, `2 roles are called "twins"; use one of the NRNs: nrn:PUB:IAM::5000008:Role/`+uuid(5)+", nrn:PUB:IAM::5000008:Role/"+uuid(6))
	_, err = d.Find(t.Context(), directory.KindUser, "lee@corp")
	wantError[*directory.NotFoundError](t, err, `there is no user "lee@corp", but "Lee@corp", "lee@CORP": the case counts`)
	for _, name := range []string{"kim", "kim@corp ", "im@corp", "deployer", "", "%", "*", "kim@corp\x00"} {
		_, err = d.Find(t.Context(), directory.KindUser, name)
		wantError[*directory.NotFoundError](t, err, "there is no user")
	}
	var hints int
	for range 30 { // a file may have thousands of wrong names
		_, err = d.Find(t.Context(), directory.KindRole, "twin")
		var notFound *directory.NotFoundError
		if errors.As(err, &notFound) && len(notFound.Near) > 0 {
			hints++
		}
	}
	if hints == 0 || hints > 20 {
		t.Errorf("%d hints at the nearest name, want 1 to 20", hints)
	}
	_, err = d.Find(t.Context(), directory.KindUser, "nobody")
	wantError[*directory.IncompleteError](t, err, `find user "nobody": the Sub Account API sends no NRN of it`)
	_, err = d.Find(t.Context(), "team", "x")
	wantError[*gateway.SettingError](t, err, `kind of principal must be user, role or group, not "team"`)
}

// Twins in two Unicode forms look the same, so neither is taken.
func TestFindTwinsInTwoForms(t *testing.T) {
	s := newService(t)
	s.groups = []map[string]any{group(1, norm.NFD.String(korean)), group(2, korean)}
	d, _ := s.open(t)
	_, err := d.Find(t.Context(), directory.KindGroup, korean)
	wantError[*directory.AmbiguousError](t, err, "2 groups are called")
}

// After a rename, a new run finds the person under the new name alone, and a newcomer with the old
// name is somebody else.
func TestFindAfterARename(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp")}
	before, _ := s.open(t)
	kim, err := before.Find(t.Context(), directory.KindUser, "kim@corp")
	if err != nil {
		t.Fatal(err)
	}
	s.users = []map[string]any{user(1, "kim.minji@corp"), user(2, "kim@corp")}
	if still, err := before.Find(t.Context(), directory.KindUser, "kim@corp"); err != nil || still != kim {
		t.Errorf("within a run, names mean the same: %+v, %v", still, err)
	}
	after, _ := s.open(t)
	newcomer, err := after.Find(t.Context(), directory.KindUser, "kim@corp")
	if err != nil || newcomer.NRN == kim.NRN {
		t.Errorf("got %+v, %v", newcomer, err)
	}
	renamed, err := after.Find(t.Context(), directory.KindUser, "kim.minji@corp")
	if err != nil || renamed.NRN != kim.NRN {
		t.Errorf("got %+v, %v", renamed, err)
	}
}

// Find takes a name if and only if exactly one role has it, whatever the names and the pages are.
func TestFindOneOfMany(t *testing.T) {
	s := newService(t)
	rapid.Check(t, func(r *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("aAé개.")), 1, 3, -1)
		forms := rapid.SampledFrom([]norm.Form{norm.NFC, norm.NFD})
		names := rapid.SliceOfN(letters, 0, 40).Draw(r, "names")
		s.roles = nil
		count := map[string]int{}
		for n, name := range names {
			s.roles = append(s.roles, role(n, forms.Draw(r, "form").String(name)))
			count[name]++
		}
		s.largestPage = rapid.IntRange(1, 12).Draw(r, "page")
		d, _ := s.open(t)
		for _, name := range append(names, "none", strings.ToUpper("a")) {
			found, err := d.Find(t.Context(), directory.KindRole, forms.Draw(r, "asked").String(name))
			switch count[name] {
			case 0:
				if !as[*directory.NotFoundError](err) {
					r.Fatalf("%q: got %v, %v", name, found, err)
				}
			case 1:
				if err != nil || found.Name != name {
					r.Fatalf("%q: got %v, %v", name, found, err)
				}
			default:
				if !as[*directory.AmbiguousError](err) {
					r.Fatalf("%q: got %v, %v", name, found, err)
				}
			}
		}
	})
}

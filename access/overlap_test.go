package access

import (
	"slices"
	"strings"
	"testing"
)

func TestPatternsMeet(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"dev", "dev", true},
		{"dev", "dev-1", false},
		{"dev-*", "dev-1", true},
		{"dev-*", "*-qa", true}, // dev-qa
		{"dev-*", "qa-*", false},
		{"*", "*", true},
		{"*-ns", "prod-n?", true},
		{"team-[ab]", "team-*", true},
		{"team-[ab]", "team-ab", false},
		{"a*b", "a", false},
		{"a*", "a", true},
		{strings.Repeat("a*", 60) + "b", strings.Repeat("*a", 60) + "c", false},
		{"[ab", "[ab", true}, // no set, but only the service could have it
	} {
		if got := patternsMeet(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: got %t", c.a, c.b, got)
		}
		if got := patternsMeet(c.b, c.a); got != c.want {
			t.Errorf("%q and %q: got %t", c.b, c.a, got)
		}
	}
}

func TestOverlap(t *testing.T) {
	has := Grants{
		Groups:   []string{"Dev Ops", "devops", "qa"},
		Policies: []Policy{Edit.In("dev-1", "prod"), View.OnCluster(), ClusterAdmin.In("dev-2")},
	}
	for _, c := range []struct {
		name              string
		other             Grants
		overlap, stronger []string
	}{
		{"same namespace", Grants{Policies: []Policy{Edit.In("prod")}}, []string{"NKSEditPolicy@prod"}, nil},
		{"pattern", Grants{Policies: []Policy{Edit.In("*-1")}}, []string{"NKSEditPolicy@dev-1"}, nil},
		{"whole cluster", Grants{Policies: []Policy{Edit.OnCluster()}},
			[]string{"NKSEditPolicy@dev-1", "NKSEditPolicy@prod"}, []string{"NKSClusterAdminPolicy@dev-2"}},
		{"stronger only", Grants{Policies: []Policy{Admin.In("dev-*")}}, nil, []string{"NKSClusterAdminPolicy@dev-2"}},
		{"elsewhere", Grants{Policies: []Policy{Edit.In("qa")}}, nil, nil},
		{"groups are no policies", Grants{Groups: []string{"qa"}}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := has.Overlap(c.other); !slices.Equal(got, c.overlap) {
				t.Errorf("overlap: got %q, want %q", got, c.overlap)
			}
			if got := has.Stronger(c.other); !slices.Equal(got, c.stronger) {
				t.Errorf("stronger: got %q, want %q", got, c.stronger)
			}
		})
	}
	got := has.GroupsLike(Grants{Groups: []string{"devops", "QA"}})
	if want := []string{"Dev Ops", "qa"}; !slices.Equal(got, want) {
		t.Errorf("groups: got %q, want %q", got, want)
	}
}

package desired_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
)

// A cluster that is listed by name and by UUID is there once, under the name that comes first, with
// everybody who may enter it.
func TestWhoOfAClusterThatIsListedTwice(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(alice, bob), viewers(alice))
	file := parse(t, "version: 1\nclusters: {c0: , "+clusterUUID(0)+": , c1: }\n")
	observed := r.read(t, file)
	var names []string
	for _, o := range desired.Unique(observed) {
		names = append(names, o.Spec.Name)
	}
	if want := []string{"c0", "c1"}; !slices.Equal(names, want) {
		t.Errorf("the clusters are %q, want %q", names, want)
	}
	for _, pattern := range []string{"c0", clusterUUID(0)} {
		list, err := file.Who(observed, desired.Filter{Clusters: []string{pattern}})
		if err != nil || len(list) != 2 || list[0].Cluster != "c0" || list[1].Cluster != "c0" {
			t.Errorf("%s: %+v, %v", pattern, list, err)
		}
	}
}

// Nothing is left unread that the filter matches, for random names, UUIDs and patterns.
func TestPossible(t *testing.T) {
	const hex = "0123456789abcdef"
	rapid.Check(t, func(t *rapid.T) {
		digits := func(label string, n int) string {
			return rapid.StringOfN(rapid.RuneFrom([]rune(hex)), n, n, -1).Draw(t, label)
		}
		uuid := digits("uuid", 8) + "-e0fb-4dc9-af1b-97fd3f8d0000"
		name := rapid.SampledFrom([]string{"demo", "dead-beef", "prod-1", "0a", uuid}).Draw(t, "name")
		pattern := rapid.SampledFrom([]string{
			"demo", "d*", "de?d*", "*", "prod-*", "pr[a-z]d-1", uuid, strings.ToUpper(uuid), uuid[:4] + "*", "*-e0fb-*", "[0-9a-f]*", `\d*`,
		}).Draw(t, "pattern")
		filter := desired.Filter{Clusters: []string{"nothing", pattern}}
		target := desired.Target{Name: name}
		observed := desired.Observed{Spec: target, Cluster: access.Cluster{Name: "prod-1", UUID: uuid}}
		if name != uuid {
			observed.Cluster.Name = name
		}
		isRead := len(filter.Possible([]desired.Target{target})) == 1
		if filter.Match(observed) && !isRead {
			t.Fatalf("%s matches %s (%s), which is not read", pattern, name, uuid)
		}
	})
}

// A filter selects by name, NRN, type and pattern. A cluster that could not be read is an error, and
// the rest of the list is there.
func TestWhoFilters(t *testing.T) {
	file := &desired.File{Principals: []desired.Principal{{Name: "backend", NRNs: []access.NRN{alice, bob}}}}
	observed := []desired.Observed{
		{Spec: desired.Target{Name: "dev"}, Cluster: access.Cluster{UUID: clusterUUID(0)}, Entries: []access.Entry{
			{Principal: alice, Grants: access.Grants{Policies: []access.Policy{access.View.OnCluster()}}},
			{Principal: carol, Grants: access.Grants{Groups: []string{"g"}}},
		}},
		{Spec: desired.Target{Name: "prod"}, Err: access.ErrForbidden},
	}
	for name, test := range map[string]struct {
		filter desired.Filter
		want   []access.NRN
	}{
		"all":                  {desired.Filter{}, []access.NRN{carol, alice}},
		"a name":               {desired.Filter{Principal: "backend"}, []access.NRN{alice}},
		"an NRN":               {desired.Filter{Principal: carol}, []access.NRN{carol}},
		"a pattern of an NRN":  {desired.Filter{Principal: "nrn:*:SubAccount/c*"}, []access.NRN{carol}},
		"a type":               {desired.Filter{Policy: "NKSViewPolicy"}, []access.NRN{alice}},
		"a pattern of a type":  {desired.Filter{Policy: "NKS*"}, []access.NRN{alice}},
		"another cluster":      {desired.Filter{Clusters: []string{"prod"}}, nil},
		"an upper-case NRN":    {desired.Filter{Principal: "nrn:PUB:IAM::5000008:SubAccount/CCCCCCCC-0000-0000-0000-000000000000"}, []access.NRN{carol}},
		"nobody of that name":  {desired.Filter{Principal: "front*"}, nil},
		"the cluster's UUID":   {desired.Filter{Clusters: []string{clusterUUID(0)}}, []access.NRN{carol, alice}},
		"a principal and type": {desired.Filter{Principal: "backend", Policy: "NKSEdit*"}, nil},
	} {
		list, err := file.Who(observed, test.filter)
		var got []access.NRN
		for _, p := range list {
			got = append(got, p.Principal)
		}
		if !slices.Equal(got, test.want) || !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, test.want)
		}
	}
	// A cluster that is not asked for does not fail.
	list, err := file.Who(observed, desired.Filter{Clusters: []string{"d*", "e*"}})
	if err != nil || len(list) != 2 {
		t.Errorf("the cluster's name: %v, %v", list, err)
	}
	if _, err := file.Who(observed, desired.Filter{Policy: "[a"}); err == nil || errors.Is(err, access.ErrForbidden) {
		t.Errorf("a malformed pattern: %v", err)
	}
}

package desired_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// anySettings draws settings, some of them.
func anySettings(t *rapid.T, label string) map[string]string {
	settings := map[string]string{}
	for _, setting := range []struct {
		key    string
		values []string
	}{
		{"region", []string{"KR", "SGN", ""}}, {"profile", []string{"p", "q", ""}},
		{"others", []string{"keep", "ignore", "remove", ""}}, {"protect", []string{"[a]", "[a, b]", "[]", ""}},
	} {
		value := rapid.SampledFrom(setting.values).Draw(t, label+" "+setting.key)
		if value != "" {
			settings[setting.key] = value
		}
	}
	return settings
}

// inYAML writes settings, and those of more that are missing in them.
func inYAML(settings, more map[string]string) string {
	var fields []string
	for _, key := range []string{"region", "profile", "others", "protect"} {
		value := settings[key]
		if value == "" {
			value = more[key]
		}
		if value != "" {
			fields = append(fields, key+": "+value)
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// A file with defaults means the same as the file in which every cluster has all its settings.
func TestDefaultsAreSettingsOfEachCluster(t *testing.T) {
	principals := pool(4)[2:]
	const head = "version: 1\nprincipals: {a: '%s', b: '%s'}\n"
	checks(t, 60, func(rt *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(rt, "clusters")
		states := make([][]nks.AccessEntry, n)
		for i := range states {
			states[i] = anyEntries(rt, "entries", principals, false)
		}
		defaults := anySettings(rt, "defaults")
		names := fmt.Sprintf(head, principals[0], principals[1])
		short := names + "defaults: " + inYAML(defaults, nil) + "\nclusters:\n"
		long := names + "clusters:\n"
		for i := range n {
			settings := anySettings(rt, "cluster")
			short += fmt.Sprintf("  c%d: %s\n", i, inYAML(settings, nil))
			long += fmt.Sprintf("  c%d: %s\n", i, inYAML(settings, defaults))
		}
		rules := "access:\n  - {principal: [a, b], clusters: '*', policies: [NKSViewPolicy]}\n"
		r := newRig(t, emulator.Faults{}, 1, states...)
		clients := r.clients(t)
		planned := func(text string) string {
			file := mustParse(rt, text)
			plan := file.Plan(file.Read(context.Background(), clients, 2), desired.At(noon))
			for i := range plan.Clusters {
				for j := range plan.Clusters[i].Steps {
					plan.Clusters[i].Steps[j].Rules = nil // the lines of the files differ
				}
			}
			data, err := json.MarshalIndent(plan, "", " ")
			if err != nil {
				rt.Fatal(err)
			}
			return string(data)
		}
		if diff := cmp.Diff(planned(long+rules), planned(short+rules)); diff != "" {
			rt.Fatalf("%s\n%s", short, diff)
		}
		written := mustParse(rt, short+rules)
		var again strings.Builder
		if err := export.WriteYAML(&again, written); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(written.Clusters, mustParse(rt, again.String()).Clusters, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(desired.Target{})); diff != "" {
			rt.Fatalf("%s\n%s", again.String(), diff)
		}
	})
}

// Defaults are for the clusters of their own file.
func TestDefaultsOfSeveralFiles(t *testing.T) {
	file, err := desired.Parse(
		desired.Source{Name: "a.yaml", Data: []byte("version: 1\ndefaults: {region: SGN, others: remove}\nclusters: {a: }\n")},
		desired.Source{Name: "b.yaml", Data: []byte("version: 1\nclusters: {b: }\n")},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []desired.Target{{Name: "a", Region: "SGN", Others: desired.RemoveOthers}, {Name: "b", Others: desired.KeepOthers}}
	if diff := cmp.Diff(want, file.Clusters, cmpopts.IgnoreUnexported(desired.Target{})); diff != "" {
		t.Error(diff)
	}
}

// A file for many clusters has what they share once.
func TestWriteSharedSettingsOnce(t *testing.T) {
	file := &desired.File{Clusters: allClusters(60)}
	file.Clusters[7].Region = "KR"
	file.Clusters[7].Others = desired.IgnoreOthers
	var text strings.Builder
	if err := export.WriteYAML(&text, file); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), "region"); n != 1 {
		t.Errorf("the region is there %d times in\n%s", n, &text)
	}
	if !strings.Contains(text.String(), "  c7: {others: ignore}\n  c8: {}\n") {
		t.Errorf("c7 has a setting of its own, and c8 none:\n%s", &text)
	}
}

// Two NRNs never have the same name in a plan.
func TestNamesAreUnambiguous(t *testing.T) {
	file := &desired.File{
		Principals: []desired.Principal{
			{Name: "backend", NRNs: []access.NRN{backend1, backend2}},
			{Name: "kim", NRNs: []access.NRN{backend1}},
			{Name: "kim@corp", NRNs: []access.NRN{backend1}},
		},
	}
	observed := []desired.Observed{{
		Spec:    desired.Target{Name: "dev"},
		Entries: []access.Entry{{Principal: backend1}, {Principal: backend2}, {Principal: platform}},
	}}
	var names []string
	for _, other := range file.Plan(observed).Clusters[0].Others {
		names = append(names, other.Shown())
	}
	if diff := cmp.Diff([]string{"kim, kim@corp", "backend (2 of 2)", ""}, names); diff != "" {
		t.Error(diff)
	}
	for filter, want := range map[string]int{"backend": 2, "kim": 1, "kim*": 1, "back": 0} {
		list, err := file.Who(observed, desired.Filter{Principal: filter})
		if err != nil || len(list) != want {
			t.Errorf("%s: %d entries, want %d (%v)", filter, len(list), want, err)
		}
	}
}

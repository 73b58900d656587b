package desired_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// A plan names each cluster of the regions that it reads and that the file does not mention, once.
func TestPlanNamesUnmentionedClusters(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, make([][]nks.AccessEntry, 5)...)
	upper := "00000003-E0FB-4DC9-AF1B-97FD3F8D0000" // c2
	for name, test := range map[string]struct {
		clusters []desired.Target
		want     []string
	}{
		"none":                   {allClusters(5), nil},
		"some":                   {allClusters(3), []string{"c3", "c4"}},
		"by UUID":                {[]desired.Target{{Name: upper}, {Name: "c0"}}, []string{"c1", "c3", "c4"}},
		"two ways to one region": {[]desired.Target{{Name: "c0", Region: "KR"}, {Name: "c1"}}, []string{"c2", "c3", "c4"}},
		"one that is not there":  {[]desired.Target{{Name: "nowhere"}, {Name: "c1"}}, []string{"c0", "c2", "c3", "c4"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := &desired.File{Clusters: test.clusters}
			check := func(file *desired.File) {
				t.Helper()
				var names []string
				for _, cluster := range file.Plan(file.Read(context.Background(), r.clients(t), 4)).Unmentioned {
					names = append(names, cluster.Name)
				}
				slices.Sort(names)
				if diff := cmp.Diff(test.want, names); diff != "" {
					t.Error(diff)
				}
			}
			check(file)
			for i := range 2 {
				share, err := file.Shard(i, 2)
				if err != nil {
					t.Fatal(err)
				}
				if len(share.Clusters) > 0 {
					check(share)
				}
			}
		})
	}
}

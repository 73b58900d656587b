package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

func TestNewRefuses(t *testing.T) {
	demo := func(entries ...nks.CreateAccessEntryRequest) map[string][]nks.CreateAccessEntryRequest {
		return map[string][]nks.CreateAccessEntryRequest{emulator.DemoClusterUUID: entries}
	}
	right := nks.CreateAccessEntryRequest{Type: nks.EntryTypeUser, Entry: user}
	configMap := []nks.Cluster{{UUID: emulator.DemoClusterUUID, Name: "old", AuthType: "CONFIG_MAP"}}
	for _, c := range []struct {
		name    string
		options emulator.Options
		want    string
	}{
		{"entries of an unknown cluster", emulator.Options{Entries: map[string][]nks.CreateAccessEntryRequest{oneCluster: {right}}},
			"the initial entries of cluster " + oneCluster + ": the emulator has no such cluster"},
		{"no type", emulator.Options{Entries: demo(right, nks.CreateAccessEntryRequest{Entry: role})}, "accessEntries[1].type must be USER or ROLE"},
		{"no NRN", emulator.Options{Entries: demo(nks.CreateAccessEntryRequest{Type: nks.EntryTypeUser, Entry: "kim"})}, "accessEntries[0].entry must be a well-formed NRN"},
		{"an unknown policy", emulator.Options{Entries: demo(nks.CreateAccessEntryRequest{
			Type: nks.EntryTypeUser, Entry: user, Policies: []nks.AccessPolicy{{Type: "NKSDebugPolicy", Scope: "cluster"}},
		})}, "accessEntries[0].policies[0].type must be"},
		{"a principal twice", emulator.Options{Entries: demo(right, right)}, "accessEntries[1]: the principal has an entry already, accessEntries[0]"},
		{"an entry without authType API", emulator.Options{Clusters: configMap, Entries: demo(right)}, "a cluster with authType CONFIG_MAP has no access entries"},
		{"a cluster without a UUID", emulator.Options{Clusters: []nks.Cluster{{Name: "new"}}}, `cluster "new": uuid is not a UUID`},
		{"a data file that is a folder", emulator.Options{DataFile: t.TempDir()}, "it is not a regular file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := emulator.New(c.options)
			if err == nil || !strings.HasPrefix(err.Error(), "new emulator: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := emulator.New(emulator.Options{Clusters: configMap, Entries: demo()}); err != nil {
		t.Errorf("no entries for a cluster: %v", err)
	}
}

func TestSetEntries(t *testing.T) {
	e := newTester(t, emulator.Options{})
	debug := nks.AttachedPolicy{Type: "NKSDebugPolicy", Scope: "Label"}
	want := []nks.AccessEntry{
		{UUID: nobody, Entry: role, Policies: []nks.AttachedPolicy{debug}}, {Entry: role, Username: "twin"}, {Entry: "odd"},
	}
	for range 2 {
		if err := e.server.SetEntries(strings.ToUpper(emulator.DemoClusterUUID), want); err != nil {
			t.Fatal(err)
		}
	}
	got := e.server.Entries(strings.ToUpper(emulator.DemoClusterUUID))
	if diff := cmp.Diff(e.list(), got); diff != "" {
		t.Errorf("the API lists something else:\n%s", diff)
	}
	for i := range got {
		if _, err := uuid.Parse(got[i].UUID); err != nil || got[i].ClusterUUID != emulator.DemoClusterUUID {
			t.Errorf("entry %d is %+v", i, got[i])
		}
		want[i].UUID = got[i].UUID
		want[i].ClusterUUID = emulator.DemoClusterUUID
	}
	if diff := cmp.Diff(want, got); got[0].UUID != nobody || diff != "" {
		t.Errorf("(- want, + got):\n%s", diff)
	}
	if err := e.server.SetEntries(oneCluster, nil); err == nil || err.Error() != "set entries: unknown cluster "+oneCluster {
		t.Errorf("got %v", err)
	}
	twice := []nks.AccessEntry{{UUID: nobody, Entry: user}, {UUID: nobody, Entry: role}}
	if err := e.server.SetEntries(emulator.DemoClusterUUID, twice); err == nil || !strings.Contains(err.Error(), "two entries have the UUID "+nobody) {
		t.Errorf("got %v", err)
	}
	if left := e.server.Entries(emulator.DemoClusterUUID); len(left) != 3 {
		t.Errorf("a refused change left %v", left)
	}
	if unknown := e.server.Entries(oneCluster); len(unknown) != 0 {
		t.Errorf("an unknown cluster has %v", unknown)
	}
}

func TestLag(t *testing.T) {
	clock := newClock()
	e := newTester(t, emulator.Options{Clock: clock.time, Faults: emulator.Faults{Lag: 2 * time.Second}})
	create := func(principal string, status int) {
		t.Helper()
		e.expect(e.send("POST", entries, `{"type":"ROLE","entry":"`+principal+`"}`, nil), status)
	}
	shown := func(want int) {
		t.Helper()
		if got := len(e.list()); got != want {
			t.Errorf("the list has %d entries, want %d", got, want)
		}
	}
	create(role, 200)
	shown(0)
	clock.advance(time.Second)
	create(role, 409) // what changed nothing does not hold the list
	clock.advance(time.Second)
	shown(1)
	create(user, 200)
	shown(1)
	if got := e.server.Entries(emulator.DemoClusterUUID); len(got) != 2 {
		t.Errorf("the emulator holds %v", got)
	}
	e.server.SetFaults(emulator.Faults{})
	shown(2)
	e.server.SetFaults(emulator.Faults{Lag: time.Hour})
	e.expect(e.send("DELETE", entries+"/"+e.server.Entries(emulator.DemoClusterUUID)[0].UUID, "", nil), 200)
	shown(2)
	if err := e.server.SetEntries(emulator.DemoClusterUUID, nil); err != nil {
		t.Fatal(err)
	}
	shown(0)
}

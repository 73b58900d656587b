package desired_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// noon is on 1 December 2026 in Korea.
var noon = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// The moment of a date is the end of that day in the time zone of the file.
func TestUntil(t *testing.T) {
	for name, test := range map[string]struct{ zone, until, want string }{
		"a date in Korea":   {"", "2026-12-31", "2026-12-31T15:00:00Z"},
		"a date in quotes":  {"", "'2026-12-31'", "2026-12-31T15:00:00Z"},
		"a date elsewhere":  {"timezone: Asia/Singapore\n", "2026-12-31", "2026-12-31T16:00:00Z"},
		"a date in UTC":     {"timezone: UTC\n", "2026-12-31", "2027-01-01T00:00:00Z"},
		"a day of 23 hours": {"timezone: America/New_York\n", "2027-03-14", "2027-03-15T04:00:00Z"},
		"a day of 25 hours": {"timezone: America/New_York\n", "2026-11-01", "2026-11-02T05:00:00Z"},
		"a leap day":        {"", "2028-02-29", "2028-02-29T15:00:00Z"},
		"a day before a midnight that the clock skips": {"timezone: America/Santiago\n", "2027-09-04", "2027-09-05T04:00:00Z"},
		"a day without midnight":                       {"timezone: America/Santiago\n", "2027-09-05", "2027-09-06T03:00:00Z"},
		"a day before two midnights":                   {"timezone: America/Havana\n", "2027-11-06", "2027-11-07T04:00:00Z"},
		"a time with offset":                           {"timezone: UTC\n", "2026-12-31T18:00+09:00", "2026-12-31T09:00:00Z"},
		"a time with seconds":                          {"", "2026-12-31T18:00:30Z", "2026-12-31T18:00:30Z"},
		"a time west of it":                            {"", "2026-12-31T18:00-05:30", "2026-12-31T23:30:00Z"},
		"a time zone at noon":                          {"timezone: Asia/Seoul\n", "2026-12-31", "2026-12-31T15:00:00Z"},
		"nothing":                                      {"", "", "0001-01-01T00:00:00Z"},
		"a zone without until":                         {"timezone: Asia/Tokyo\n", "", "0001-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			until := ""
			if test.until != "" {
				until = ", until: " + test.until
			}
			file := parse(t, "version: 1\n"+test.zone+"clusters: {dev: }\naccess: [{principal: '"+alice+"', clusters: dev, policies: []"+until+"}]\n")
			if got := file.Rules[0].Until.UTC().Format(time.RFC3339); got != test.want {
				t.Errorf("it ends at %s, want %s", got, test.want)
			}
		})
	}
}

// In every time zone, a rule is active until the end of its day, and not on the next one, whatever the
// clocks do at midnight.
func TestUntilIsTheEndOfTheDay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{
			"Asia/Seoul", "UTC", "America/New_York", "America/Santiago", "America/Asuncion", "America/Havana", "Atlantic/Azores",
			"America/Scoresbysund", "Asia/Beirut", "Africa/Cairo", "Asia/Gaza", "Australia/Lord_Howe", "Antarctica/Troll",
			"Pacific/Apia", "Pacific/Kiritimati", "America/Sao_Paulo", "Asia/Tehran", "Asia/Amman", "Asia/Kathmandu",
		}).Draw(rt, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			rt.Fatal(err)
		}
		noon := time.Date(2012, 1, 1, 12, 0, 0, 0, zone).AddDate(0, 0, rapid.IntRange(0, 25*365).Draw(rt, "day"))
		if _, change := noon.ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(rt, "near a change of the clock") {
			noon = change.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(rt, "days from it"))
		}
		day := noon.Format(time.DateOnly)
		file := parse(t, "version: 1\ntimezone: "+name+"\nclusters: {dev: }\n"+
			"access: [{principal: '"+alice+"', clusters: dev, policies: [], until: "+day+"}]\n")
		until := file.Rules[0].Until.In(zone)
		before := until.Add(-time.Nanosecond)
		if before.Format(time.DateOnly) != day || until.Format(time.DateOnly) <= day {
			rt.Fatalf("%s in %s ends at %s, after %s", day, name, until, before)
		}
	})
}

func TestUntilMistakes(t *testing.T) {
	const rule = "clusters: {dev: }\naccess: [{principal: '" + alice + "', clusters: dev, %s}]\n"
	for name, test := range map[string]struct{ head, rule, want string }{
		"no date":   {"", "policies: [], until: tomorrow", `"tomorrow" is not a date or a time (want 2026-12-31, or 2026-12-31T18:00+09:00)`},
		"no offset": {"", "policies: [], until: 2026-12-31T18:00", `"2026-12-31T18:00" is not a date or a time (want 2026-12-31, or 2026-12-31T18:00+09:00)`},
		"short":     {"", "policies: [], until: 2026-1-1", `"2026-1-1" is not a date or a time (want 2026-12-31, or 2026-12-31T18:00+09:00)`},
		"number":    {"", "policies: [], until: 20261231", "until must be text, not a number; put it in quotes"},
		"no end": {"", "policies: [], until: 9999-12-31",
			`"9999-12-31" is not a date or a time of the years 2000 to 2999; without until, a rule does not end (want 2026-12-31, or 2026-12-31T18:00+09:00)`},
		"a slip in the year": {"", "policies: [], until: 0226-12-31",
			`"0226-12-31" is not a date or a time of the years 2000 to 2999; without until, a rule does not end (want 2026-12-31, or 2026-12-31T18:00+09:00)`},
		"not in calendar":   {"", "policies: [], until: 2026-02-29", `"2026-02-29" is not a day of the calendar`},
		"time of no day":    {"", "policies: [], until: 2026-02-30T18:00Z", `"2026-02-30T18:00Z" is not a day of the calendar`},
		"with absent":       {"", "absent: true, until: 2026-12-31", "a rule with absent: true has no until"},
		"unknown time zone": {"timezone: Asia/Soul\n", "policies: []", `unknown time zone "Asia/Soul" (want a name such as Asia/Seoul or UTC)`},
		"local time zone":   {"timezone: Local\n", "policies: []", `"Local" is not a time zone (want a name such as Asia/Seoul or UTC)`},
		"offset as zone":    {"timezone: '+09:00'\n", "policies: []", `"+09:00" is not a time zone (want a name such as Asia/Seoul or UTC)`},
		"path as zone":      {"timezone: ../../etc/localtime\n", "policies: []", `"../../etc/localtime" is not a time zone (want a name such as Asia/Seoul or UTC)`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := desired.Parse(desired.Source{Name: "a.yaml", Data: []byte("version: 1\n" + test.head + fmt.Sprintf(rule, test.rule))})
			var mistakes *desired.LoadError
			if !errors.As(err, &mistakes) || len(mistakes.Mistakes) != 1 || mistakes.Mistakes[0].Message != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// From its moment on a rule grants nothing. A principal that no other rule names loses its entry, also
// where others are kept.
func TestPlanAtTheEnd(t *testing.T) {
	file := oneCluster(t, "others: keep",
		"principal: alice, policies: [NKSViewPolicy], until: 2026-12-03",
		"principal: bob, policies: [NKSViewPolicy]",
		"principal: bob, policies: [NKSEditPolicy], until: 2026-12-03",
		"principal: carol, policies: [NKSViewPolicy], until: 2026-11-30",
		"principal: dave, policies: [NKSViewPolicy], until: 2026-12-03",
		"principal: dave, policies: [NKSViewPolicy], until: 2026-12-05",
	)
	end := time.Date(2026, 12, 3, 15, 0, 0, 0, time.UTC)
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{
		entry(alice, nil, "NKSViewPolicy"), entry(bob, nil, "NKSViewPolicy", "NKSEditPolicy"),
		entry(dave, nil, "NKSViewPolicy"), entry(erin, nil, "NKSViewPolicy"),
	})
	observed := r.read(t, file)

	before := file.Plan(observed, desired.At(end.Add(-time.Nanosecond)))
	if diff := cmp.Diff([]string{"keep " + erin}, summary(before.Clusters[0])); diff != "" {
		t.Error("just before:", diff)
	}
	var endings []string
	for _, e := range before.Clusters[0].Endings {
		endings = append(endings, fmt.Sprintf("%s %s %v %t", e.Name, desired.Moment(e.At), e.Takes, e.Entry))
	}
	want := []string{
		"alice 2026-12-04 00:00 +09:00 [NKSViewPolicy] true", "bob 2026-12-04 00:00 +09:00 [NKSEditPolicy] false",
		"dave 2026-12-06 00:00 +09:00 [NKSViewPolicy] true",
	}
	if diff := cmp.Diff(want, endings); diff != "" {
		t.Error("endings:", diff)
	}
	notes := []string{"access.yaml:13:5: the rule has ended (2026-12-01 00:00 +09:00) and grants nothing"}
	if diff := cmp.Diff(notes, before.Notes); diff != "" {
		t.Error("notes:", diff)
	}
	if !before.Date.Equal(end.Add(-time.Second)) {
		t.Errorf("the date is %s", before.Date)
	}

	after := file.Plan(observed, desired.At(end))
	steps := after.Clusters[0].Steps
	if len(steps) != 2 || steps[0].Name != "bob" || steps[1].Name != "alice" || steps[1].Action != desired.Remove {
		t.Fatalf("at the end the steps are %v", steps)
	}
	for _, step := range steps {
		if !step.Ended.Equal(end) || !step.Loses() {
			t.Errorf("%s ended at %s", &step, step.Ended)
		}
	}
	if diff := cmp.Diff([]string{"access.yaml:11:5", "access.yaml:12:5"}, steps[0].Rules); diff != "" {
		t.Error("rules of the change:", diff)
	}
	if after.Summary.Losing != 2 {
		t.Errorf("%d principals lose access", after.Summary.Losing)
	}
}

// An end counts as a loss for every guard.
func TestGuardsCountEndings(t *testing.T) {
	ended := desired.At(noon)
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{
		entry(alice, nil, "NKSClusterAdminPolicy"), entry(bob, nil, "NKSViewPolicy"),
	})
	plan := func(settings string, rules ...string) *desired.Plan {
		file := oneCluster(t, settings, rules...)
		return file.Plan(r.read(t, file), ended)
	}
	over := "principal: bob, policies: [NKSViewPolicy], until: 2026-11-30"
	if _, err := r.apply(t, plan("", over), desired.Options{}); !errors.Is(err, desired.ErrRemovals) {
		t.Errorf("the limit: %v", err)
	}
	if _, err := r.apply(t, plan("protect: bob", over), anything); !errors.Is(err, desired.ErrProtected) {
		t.Errorf("a protected principal: %v", err)
	}
	lastAdmin := "principal: alice, policies: [NKSClusterAdminPolicy], until: 2026-11-30"
	if _, err := r.apply(t, plan("", lastAdmin), anything); !errors.Is(err, access.ErrNoAdmin) {
		t.Errorf("the last administrator: %v", err)
	}
	if len(r.entries(t, 0)) != 2 {
		t.Error("somebody lost access")
	}
	if _, err := r.apply(t, plan("", over), anything); err != nil || len(r.entries(t, 0)) != 1 {
		t.Errorf("a guard that is lifted: %v", err)
	}
}

// A plan that was saved before an access ended does not give it any more. The other steps are made.
func TestApplyAfterTheEnd(t *testing.T) {
	file := oneCluster(t, "",
		"principal: alice, policies: [NKSClusterAdminPolicy]", "principal: bob, policies: [NKSViewPolicy], until: 2026-12-01")
	end := time.Date(2026, 12, 1, 15, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		now  time.Time
		want int // entries
	}{
		"before": {end.Add(-time.Nanosecond), 2}, "at the end": {end, 1}, "after": {end.Add(time.Hour), 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, nil)
			data, err := json.Marshal(file.Plan(r.read(t, file), desired.At(noon)))
			if err != nil {
				t.Fatal(err)
			}
			saved, err := desired.ParsePlan(data)
			if err != nil {
				t.Fatal(err)
			}
			if !saved.Date.Equal(noon) {
				t.Errorf("the date of the saved plan is %s", saved.Date)
			}
			options := anything
			options.Now = at(test.now)
			_, err = r.apply(t, saved, options)
			if got := len(r.entries(t, 0)); got != test.want {
				t.Errorf("%d entries, want %d", got, test.want)
			}
			if refused := errors.Is(err, desired.ErrEnded); refused != (test.want == 1) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// anyEnds draws a file whose rules end, and the same file as it is at a moment: without rules that have
// ended, and with absent: true for whom only such rules name.
func anyEnds(t *rapid.T, clusters int, principals []string, now time.Time) (file, plain string) {
	head := "version: 1\nclusters:\n"
	for i := range clusters {
		head += fmt.Sprintf("  c%d: {others: %s}\n", i, rapid.SampledFrom([]string{"keep", "ignore", "remove"}).Draw(t, "others"))
	}
	head += "access:\n"
	file, plain = head, head
	for c := range clusters {
		for _, principal := range rapid.SliceOfNDistinct(rapid.SampledFrom(principals[2:]), 1, 5, rapid.ID[string]).Draw(t, "principals") {
			isActive := false
			for range rapid.IntRange(1, 3).Draw(t, "rules") {
				rule := fmt.Sprintf("principal: '%s', clusters: c%d, policies: [%s]", principal, c,
					rapid.SampledFrom([]string{"NKSViewPolicy", "NKSEditPolicy", "'NKSEditPolicy@a,b'", "'NKSEditPolicy@b'"}).Draw(t, "policy"))
				hours := rapid.SampledFrom([]int{-1000, -1, 0, 1, 24, 1000, 9999}).Draw(t, "hours")
				until := ""
				if hours != 9999 {
					until = ", until: " + now.Add(time.Duration(hours)*time.Hour).Format(time.RFC3339)
				}
				file += "  - {" + rule + until + "}\n"
				if hours > 0 {
					isActive = true
					plain += "  - {" + rule + "}\n"
				}
			}
			if !isActive {
				plain += fmt.Sprintf("  - {principal: '%s', clusters: c%d, absent: true}\n", principal, c)
			}
		}
	}
	return file, plain
}

// steps are the steps and the other entries of a plan, without what depends on how rules are written.
func steps(plan *desired.Plan) []string {
	var list []string
	for _, c := range plan.Clusters {
		for _, step := range c.Steps {
			list = append(list, fmt.Sprintf("%s %s %s: %s", c.Cluster, step.Action, step.Principal, step.After))
		}
		for _, other := range c.Others {
			list = append(list, fmt.Sprintf("%s other %s", c.Cluster, other.Principal))
		}
		list = append(list, fmt.Sprintf("%s %d unchanged, %d ignored", c.Cluster, c.Unchanged, c.Ignored))
	}
	slices.Sort(list)
	return list
}

// At every moment a file with ends means the same as one that has only the rules that have not ended.
// What a plan announces as an ending is what the plan of that moment takes.
func TestEndsAreRulesThatGo(t *testing.T) {
	principals := pool(6)
	checks(t, 60, func(rt *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(rt, "clusters")
		states := make([][]nks.AccessEntry, n)
		for i := range states {
			states[i] = anyEntries(rt, "entries", principals, false)
		}
		withEnds, plain := anyEnds(rt, n, principals, noon)
		r := newRig(t, emulator.Faults{}, 1, states...)
		clients := r.clients(t)
		planAt := func(text string, now time.Time) *desired.Plan {
			file := mustParse(rt, text)
			return file.Plan(file.Read(context.Background(), clients, 2), desired.At(now))
		}
		plan := planAt(withEnds, noon)
		if diff := cmp.Diff(steps(planAt(plain, noon)), steps(plan)); diff != "" {
			rt.Fatalf("%s\n%s", diff, withEnds)
		}
		// Apply, go on to the first ending, and apply again: that takes what was announced.
		options := anything
		options.AllowNoAdmin = true
		options.Now = at(noon)
		if report, err := desired.Apply(context.Background(), plan, clients, options); err != nil || report.Err() != nil {
			rt.Fatalf("%v %v", err, report.Err())
		}
		plan = planAt(withEnds, noon)
		if plan.Summary.Steps() > 0 {
			rt.Fatalf("the plan is not empty after apply: %v", steps(plan))
		}
		var next time.Time
		for _, c := range plan.Clusters {
			if len(c.Endings) > 0 && (next.IsZero() || c.Endings[0].At.Before(next)) {
				next = c.Endings[0].At
			}
		}
		if next.IsZero() {
			return
		}
		var announced, taken []string
		for _, c := range plan.Clusters {
			for _, e := range c.Endings {
				if e.At.Equal(next) {
					announced = append(announced, fmt.Sprintf("%s %s %v %t", c.Cluster, e.Principal, e.Takes, e.Entry))
				}
			}
		}
		for _, c := range planAt(withEnds, next).Clusters {
			for _, s := range c.Steps {
				taken = append(taken, fmt.Sprintf("%s %s %v %t", c.Cluster, s.Principal, s.Takes, s.Action == desired.Remove))
				if len(s.Adds) > 0 || !s.Ended.Equal(next) {
					rt.Fatalf("an ending adds %v, ended at %s", s.Adds, s.Ended)
				}
			}
		}
		slices.Sort(announced)
		slices.Sort(taken)
		if diff := cmp.Diff(announced, taken); diff != "" {
			rt.Fatalf("%s\n%s", diff, withEnds)
		}
		if before := planAt(withEnds, next.Add(-time.Nanosecond)); before.Summary.Steps() > 0 {
			rt.Fatalf("a moment before the end the steps are %v", strings.Join(steps(before), "\n"))
		}
	})
}

// A file that is written keeps the ends of its rules.
func TestWriteUntil(t *testing.T) {
	file := oneCluster(t, "", "principal: alice, policies: [NKSViewPolicy], until: 2026-12-31", "principal: bob, policies: []")
	var text strings.Builder
	if err := export.WriteYAML(&text, file); err != nil {
		t.Fatal(err)
	}
	again := parse(t, text.String())
	if !again.Rules[0].Until.Equal(file.Rules[0].Until) || !again.Rules[1].Until.IsZero() {
		t.Errorf("written as\n%s", &text)
	}
}

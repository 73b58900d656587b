package desired_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// A plan is the expected one if it makes the same changes, however they are written.
func TestExpect(t *testing.T) {
	const rules = "principal: alice, policies: [NKSViewPolicy]"
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(bob, nil, "NKSViewPolicy")})
	expected := saved(t, r.plan(t, oneCluster(t, "", rules, "principal: bob, policies: [NKSEditPolicy]")))
	for name, test := range map[string]struct {
		rules     []string
		new, gone []string
	}{
		"the same":          {[]string{rules, "principal: bob, policies: [NKSEditPolicy]"}, nil, nil},
		"in another order":  {[]string{"principal: bob, policies: [NKSEditPolicy]", rules}, nil, nil},
		"written otherwise": {[]string{rules, "principal: bob, policies: [{type: NKSEditPolicy, scope: cluster}]"}, nil, nil},
		"another change":    {[]string{rules, "principal: bob, absent: true"}, []string{`cluster "c0": remove ` + bob}, []string{`cluster "c0": change ` + bob}},
		"other grants":      {[]string{rules, "principal: bob, policies: [NKSAdminPolicy]"}, []string{`cluster "c0": change ` + bob}, []string{`cluster "c0": change ` + bob}},
		"one more":          {[]string{rules, "principal: bob, policies: [NKSEditPolicy]", "principal: carol, policies: []"}, []string{`cluster "c0": add ` + carol}, nil},
		"one less":          {[]string{"principal: bob, policies: [NKSEditPolicy]"}, nil, []string{`cluster "c0": add ` + alice}},
	} {
		t.Run(name, func(t *testing.T) {
			err := r.plan(t, oneCluster(t, "", test.rules...)).Expect(expected)
			var other *desired.OtherPlanError
			if !errors.As(err, &other) {
				other = &desired.OtherPlanError{}
			}
			if diff := cmp.Diff(&desired.OtherPlanError{New: test.new, Gone: test.gone}, other); diff != "" {
				t.Error(diff)
			}
		})
	}
	// The entry has changed since, so the change begins elsewhere.
	r.refill(t, []nks.AccessEntry{entry(bob, []string{"g"}, "NKSViewPolicy")})
	if err := r.plan(t, oneCluster(t, "", rules, "principal: bob, policies: [NKSEditPolicy]")).Expect(expected); err == nil {
		t.Error("a plan from another state is the expected one")
	}
}

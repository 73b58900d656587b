package export

import (
	"cmp"
	"slices"

	"github.com/nks-access/nks-access/desired"
)

// clusters writes the clusters. What all of them share is written once, as defaults.
func (y *yamlWriter) clusters(targets []desired.Target) {
	var defaults desired.Target
	if len(targets) > 1 {
		defaults = shared(targets)
	}
	if settings := y.settings(defaults, desired.Target{}); len(settings) > 0 {
		y.line("defaults: %s", settings)
	}
	y.section("clusters", len(targets))
	for _, target := range targets {
		y.line("  %s: %s", scalar(target.Name), y.settings(target, defaults))
	}
}

// shared returns the settings that all targets have.
func shared(targets []desired.Target) desired.Target {
	first := targets[0]
	all := func(has func(desired.Target) bool) bool {
		return !slices.ContainsFunc(targets, func(t desired.Target) bool { return !has(t) })
	}
	var same desired.Target
	if all(func(t desired.Target) bool { return t.Region == first.Region }) {
		same.Region = first.Region
	}
	if all(func(t desired.Target) bool { return t.Profile == first.Profile }) {
		same.Profile = first.Profile
	}
	if all(func(t desired.Target) bool { return othersOf(t) == othersOf(first) }) {
		same.Others = first.Others
	}
	if all(func(t desired.Target) bool { return sameProtected(t, first) }) {
		same.Protect = first.Protect
		same.ProtectNames = first.ProtectNames
	}
	return same
}

func sameProtected(a, b desired.Target) bool {
	return slices.Equal(a.Protect, b.Protect) && slices.Equal(a.ProtectNames, b.ProtectNames)
}

func othersOf(target desired.Target) desired.Others { return cmp.Or(target.Others, desired.KeepOthers) }

// settings returns the settings of a target that differ from the defaults.
func (y *yamlWriter) settings(target, defaults desired.Target) flowMap {
	var fields flowMap
	if target.Region != defaults.Region {
		fields.add("region", scalar(target.Region))
	}
	if target.Profile != defaults.Profile {
		fields.add("profile", scalar(target.Profile))
	}
	if othersOf(target) != othersOf(defaults) {
		fields.add("others", string(othersOf(target)))
	}
	if !sameProtected(target, defaults) {
		fields.add("protect", flow(y.whom(target.Protect, target.ProtectNames)))
	}
	return fields
}

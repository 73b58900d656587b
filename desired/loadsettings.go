package desired

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// readDefaults reads the settings of all clusters of the same file that do not set them.
func (l *loader) readDefaults(node *yaml.Node) {
	target := Target{Others: KeepOthers}
	l.readSettings(node, "defaults", &target)
	l.defaults[l.file] = target
}

// checkDefaults finds defaults that are for no cluster.
func (l *loader) checkDefaults(document map[string]*yaml.Node) {
	isUseless := document["defaults"] != nil && document["clusters"] == nil
	if isUseless {
		l.report(l.at(document["defaults"]), "defaults are for the clusters of the same file, and it lists none")
	}
}

// defaultsHere returns what a cluster of the file has if it sets nothing.
func (l *loader) defaultsHere() Target {
	target, given := l.defaults[l.file]
	if !given {
		return Target{Others: KeepOthers}
	}
	target.Protect = slices.Clone(target.Protect)
	target.ProtectNames = slices.Clone(target.ProtectNames)
	return target
}

var regionPattern = regexp.MustCompile(`^[A-Za-z]{2,8}$`)

// readSettings reads the settings of a cluster, or the defaults, into target. What they leave out stays.
func (l *loader) readSettings(node *yaml.Node, what string, target *Target) {
	fields := l.fields(node, what, clusterKeys...)
	if region, ok := l.field(fields, "region"); ok {
		target.Region = strings.ToUpper(region.text)
		if !regionPattern.MatchString(region.text) {
			l.report(region.at, "%q is not a region (want a code such as KR or SGN)", region.text)
		}
	}
	if profile, ok := l.field(fields, "profile"); ok {
		target.Profile = profile.text
		if profile.text == "" {
			l.report(profile.at, "profile must not be empty (leave it out for the default)")
		}
	}
	if others, ok := l.field(fields, "others"); ok {
		target.Others = Others(others.text)
		if !slices.Contains([]Others{KeepOthers, IgnoreOthers, RemoveOthers}, target.Others) {
			right := fmt.Sprintf("%s, %s or %s", KeepOthers, IgnoreOthers, RemoveOthers)
			advice := l.advice(others.text, right, string(KeepOthers), string(IgnoreOthers), string(RemoveOthers))
			l.report(others.at, "unknown value %q of others (%s)", others.text, advice)
		}
	}
	if fields["protect"] != nil {
		l.readProtect(fields["protect"], target)
	}
}

// readProtect reads who is protected. An empty list is nobody, also if the defaults protect somebody.
func (l *loader) readProtect(node *yaml.Node, target *Target) {
	isEmpty := node.Kind == yaml.SequenceNode && len(node.Content) == 0
	if isEmpty {
		target.Protect = nil
		target.ProtectNames = nil
		return
	}
	whom := l.resolve(node, "protect")
	target.Protect = whom.nrns
	target.ProtectNames = whom.names
}

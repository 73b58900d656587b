package desired

import (
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/access"
)

// The limits of the work that a file can ask for. Without them, a small file with patterns and lists
// of names stands for hours of work and gigabytes.
const (
	maxMatches = 5_000_000 // patterns times clusters
	maxUses    = 1_000_000 // principals times clusters, over all rules
)

const tooManyUses = "the rules up to this one name principals on clusters more than %d times; split the file"

// uses returns how many principals the rule names on clusters. A name counts as one.
func (r *Rule) uses() int { return (len(r.Principals) + len(r.Names)) * len(r.Clusters) }

func (l *loader) readRules(node *yaml.Node) {
	isEmpty := node.ShortTag() == "!!null"
	if isEmpty { // export writes that if there are no entries
		return
	}
	for _, item := range l.items(node, "access") {
		if l.full || l.more > 0 {
			return
		}
		fields := l.fields(item, "a rule", ruleKeys...)
		if fields != nil {
			l.readRule(l.at(item), fields)
		}
	}
}

func (l *loader) readRule(at position, fields map[string]*yaml.Node) {
	rule := Rule{at: at}
	if fields["principal"] == nil {
		l.report(at, "principal is missing in the rule")
	} else {
		whom := l.resolve(fields["principal"], "principal")
		rule.Principals = whom.nrns
		rule.Names = whom.names
	}
	if fields["clusters"] == nil {
		l.report(at, "clusters is missing in the rule")
	} else {
		rule.Clusters = l.matchAll(l.names(fields["clusters"], "clusters"))
	}
	l.readGrants(&rule, fields)
	l.uses += rule.uses()
	if l.uses > maxUses {
		l.full = true
		l.report(at, tooManyUses, maxUses)
		return
	}
	l.result.Rules = append(l.result.Rules, rule)
}

// readGrants reads what a rule grants: groups, policies or both, or absent: true.
func (l *loader) readGrants(rule *Rule, fields map[string]*yaml.Node) {
	rule.Absent = l.flag(fields, "absent")
	if fields["groups"] != nil {
		rule.Groups = l.readGroups(fields["groups"])
	}
	if fields["policies"] != nil {
		rule.Policies = l.readPolicies(fields["policies"])
	}
	if fields["until"] != nil {
		rule.Until = l.readUntil(fields["until"])
	}
	hasGrants := fields["groups"] != nil || fields["policies"] != nil
	if hasGrants {
		rule.Grants = rule.Joined()
	}
	l.checkAbsent(rule, fields, hasGrants)
}

// checkAbsent reports a rule that grants nothing without saying so, and one that says so and grants.
func (l *loader) checkAbsent(rule *Rule, fields map[string]*yaml.Node, hasGrants bool) {
	absent := fields["absent"]
	if rule.Absent && hasGrants {
		l.report(l.at(absent), "a rule with absent: true has no groups and no policies")
	}
	if rule.Absent && fields["until"] != nil {
		l.report(l.at(fields["until"]), "a rule with absent: true has no until")
	}
	if rule.Absent || hasGrants {
		return
	}
	if absent != nil {
		l.report(l.at(absent), "a rule with absent: false needs groups or policies")
		return
	}
	l.report(rule.at, "the rule grants nothing "+
		"(want policies, groups or absent: true; an entry without both has policies: [])")
}

func (l *loader) readGroups(node *yaml.Node) []string {
	items := l.items(node, "groups")
	if len(items) > access.MaxGroups {
		l.report(l.at(node), "%d groups (want at most %d)", len(items), access.MaxGroups)
		return nil
	}
	var groups []string
	for _, item := range items {
		group, ok := l.readGroup(item)
		if ok {
			groups = append(groups, group)
		}
	}
	return groups
}

// readGroup reads a name, or {name: NAME, unchecked: true}.
func (l *loader) readGroup(node *yaml.Node) (string, bool) {
	if node.Kind != yaml.MappingNode {
		name, ok := l.name(node, "each of groups")
		return name.text, ok && l.checkGroup(name)
	}
	fields := l.fields(node, "a group", groupKeys...)
	if fields["name"] == nil {
		l.report(l.at(node), "name is missing in the group")
		return "", false
	}
	name, ok := l.name(fields["name"], "the name of a group")
	unchecked := l.flag(fields, "unchecked")
	if !ok {
		return "", false
	}
	return name.text, unchecked || l.checkGroup(name)
}

func (l *loader) checkGroup(name located) bool {
	problem := access.NameProblem(name.text)
	if problem != "" {
		l.report(name.at, "the name of a group %s", problem)
	}
	return problem == ""
}

func (l *loader) readPolicies(node *yaml.Node) []access.Policy {
	var policies []access.Policy
	for _, item := range l.items(node, "policies") {
		policy, ok := l.readPolicy(item)
		if ok {
			policies = append(policies, policy)
		}
	}
	return policies
}

// readPolicy reads a policy in the short form of the command line, or as the API has it.
func (l *loader) readPolicy(node *yaml.Node) (access.Policy, bool) {
	if node.Kind == yaml.MappingNode {
		return l.readLongPolicy(node)
	}
	text, ok := l.text(node, "each of policies")
	if !ok {
		return access.Policy{}, false
	}
	policy, err := access.ParsePolicy(text.text)
	if err != nil {
		l.report(text.at, "%s", err)
	}
	return policy, err == nil
}

// readLongPolicy reads {type, scope, namespaces, unknown}.
func (l *loader) readLongPolicy(node *yaml.Node) (access.Policy, bool) {
	fields := l.fields(node, "a policy", policyKeys...)
	before := len(l.mistakes)
	policy := access.Policy{
		Type:  access.PolicyType(l.policyField(node, fields, "type")),
		Scope: l.policyField(node, fields, "scope"),
	}
	if fields["namespaces"] != nil {
		policy.Namespaces = l.readNamespaces(fields["namespaces"])
	}
	unknown := l.flag(fields, "unknown")
	if len(l.mistakes) > before {
		return policy, false
	}
	if unknown {
		return policy, true
	}
	err := policy.Validate()
	if err != nil {
		l.report(l.at(node), "%s", err)
	}
	return policy, err == nil
}

// policyField returns the text of a field that a policy must have.
func (l *loader) policyField(policy *yaml.Node, fields map[string]*yaml.Node, key string) string {
	if fields[key] == nil {
		l.report(l.at(policy), "%s is missing in the policy", key)
		return ""
	}
	text, ok := l.text(fields[key], key)
	if ok && text.text == "" {
		l.report(text.at, "%s of a policy must not be empty", key)
	}
	return text.text
}

func (l *loader) readNamespaces(node *yaml.Node) []string {
	items := l.items(node, "namespaces")
	if len(items) > access.MaxNamespaces {
		l.report(l.at(node), "%d namespaces (want at most %d)", len(items), access.MaxNamespaces)
		return nil
	}
	var namespaces []string
	for _, item := range items {
		name, ok := l.name(item, "each of namespaces")
		if ok {
			namespaces = append(namespaces, name.text)
		}
	}
	return namespaces
}

// matchAll returns the clusters of the file that names and patterns stand for, each once.
func (l *loader) matchAll(patterns []located) []string {
	if len(patterns) == 1 {
		return l.match(patterns[0])
	}
	var clusters []string
	seen := map[string]bool{}
	asked := map[string]bool{}
	for _, pattern := range patterns {
		if asked[pattern.text] {
			continue
		}
		asked[pattern.text] = true
		for _, name := range l.match(pattern) {
			if !seen[name] {
				seen[name] = true
				clusters = append(clusters, name)
			}
		}
	}
	return clusters
}

// match returns the clusters of the file that a name or pattern stands for.
func (l *loader) match(pattern located) []string {
	if l.clusters[pattern.text] != nil {
		return []string{pattern.text}
	}
	if matched := l.matched[pattern.text]; len(matched) > 0 {
		return matched
	}
	if _, err := path.Match(pattern.text, ""); err != nil {
		l.report(pattern.at, "%q is not a pattern (want * for any text, ? for any character, [a-z] for some)", pattern.text)
		return nil
	}
	var matched []string
	if strings.ContainsAny(pattern.text, `*?[\`) {
		matched = l.scan(pattern)
	}
	if len(matched) == 0 && !l.partial && !l.full {
		advice := l.advice(pattern.text, l.knownClusters(), l.clusterNames...)
		l.report(pattern.at, "no cluster of the file matches %q (%s)", pattern.text, advice)
	}
	l.matched[pattern.text] = matched
	return matched
}

// scan compares a pattern with all clusters.
func (l *loader) scan(pattern located) []string {
	l.matches += len(l.result.Clusters)
	if l.matches > maxMatches {
		l.full = true
		l.report(pattern.at, "the rules up to this one compare patterns with clusters more than %d times; split the file",
			maxMatches)
		return nil
	}
	var matched []string
	for _, target := range l.result.Clusters {
		fits, _ := path.Match(pattern.text, target.Name)
		if fits {
			matched = append(matched, target.Name)
		}
	}
	return matched
}

// knownClusters returns names of clusters, for a message.
func (l *loader) knownClusters() string {
	if l.clusterNames == nil {
		for _, target := range l.result.Clusters {
			l.clusterNames = append(l.clusterNames, target.Name)
		}
	}
	return listed(l.clusterNames, "a name under clusters")
}

// knownPrincipals returns names of principals, for a message.
func (l *loader) knownPrincipals() string {
	if l.principalNames == nil {
		l.principalNames = slices.Sorted(maps.Keys(l.principals))
	}
	return listed(l.principalNames, "a name under principals")
}

package desired

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/access"
)

func (l *loader) readPrincipals(node *yaml.Node) {
	for _, p := range l.mapping(node, "principals") {
		whom := l.readWho(p.value, "principal "+strconv.Quote(p.key.text))
		name := p.key.text
		earlier := l.principals[name]
		if name == "" || strings.HasPrefix(name, "nrn:") {
			l.report(p.key.at, "%q is not a name for a principal (want a name such as platform)", name)
			continue
		}
		if earlier != nil {
			l.report(p.key.at, "duplicate principal %q, first at %s", name, earlier.at)
			continue
		}
		l.principals[name] = &defined{at: p.key.at, who: whom}
		unchecked := slices.ContainsFunc(whom.nrns, func(nrn access.NRN) bool { return !nrn.Known() })
		l.result.Principals = append(l.result.Principals,
			Principal{Name: name, NRNs: whom.nrns, Names: whom.names, Unchecked: unchecked})
	}
}

// readWho reads an NRN, {nrn: NRN, unchecked: true}, a name such as {user: kim@corp}, or a list of
// these. A duplicate is a mistake: somebody else may have been meant.
func (l *loader) readWho(node *yaml.Node, what string) who {
	var whom who
	seen := map[any]bool{}
	for _, item := range l.oneOrMore(node, what) {
		for _, name := range l.readNames(item, what) {
			l.refuseDuplicate(item, Name{Kind: name.Kind, Text: name.Text}, seen, what)
			whom.names = append(whom.names, name)
		}
		for _, nrn := range l.readNRNs(item, what) {
			l.refuseDuplicate(item, nrn, seen, what)
			whom.nrns = append(whom.nrns, nrn)
		}
	}
	return whom
}

// refuseDuplicate reports a name or an NRN that is in a list already.
func (l *loader) refuseDuplicate(item *yaml.Node, one any, seen map[any]bool, what string) {
	if seen[one] {
		l.report(l.at(item), "duplicate %s in %s", one, what)
	}
	seen[one] = true
}

// readNames reads a name such as {user: kim@corp}. It returns nothing for an NRN.
func (l *loader) readNames(item *yaml.Node, what string) []Name {
	if !isName(item) {
		return nil
	}
	return l.readName(item, what)
}

// readNRNs reads an NRN, or {nrn: NRN, unchecked: true}. It returns nothing for a name.
func (l *loader) readNRNs(item *yaml.Node, what string) []access.NRN {
	if isName(item) {
		return nil
	}
	if item.Kind == yaml.MappingNode {
		return l.readLongNRN(item, what)
	}
	text, ok := l.name(item, "each NRN of "+what)
	if !ok {
		return nil
	}
	return l.checkNRN(text)
}

// readLongNRN reads {nrn: NRN, unchecked: true}. It also knows the keys of a name, for the mistake that
// an unknown key is.
func (l *loader) readLongNRN(node *yaml.Node, what string) []access.NRN {
	fields := l.fields(node, what, append(slices.Clone(nameKeys), principalKeys...)...)
	if fields["nrn"] == nil && !hasMore(node, fields) {
		l.report(l.at(node), "nrn is missing in %s", what)
	}
	if fields["nrn"] == nil {
		return nil
	}
	nrn, ok := l.name(fields["nrn"], "nrn of "+what)
	unchecked := l.flag(fields, "unchecked")
	if !ok {
		return nil
	}
	if unchecked {
		return []access.NRN{access.AnyNRN(nrn.text)}
	}
	return l.checkNRN(nrn)
}

// checkNRN returns the NRN, or nothing after a mistake.
func (l *loader) checkNRN(text located) []access.NRN {
	if problem := access.NRNProblem(text.text); problem != "" {
		l.report(text.at, "%q is not an NRN: %s", text.text, problem)
		return nil
	}
	return []access.NRN{access.AnyNRN(text.text)}
}

// flag returns the value of a field that is true or false, and false if it is missing.
func (l *loader) flag(fields map[string]*yaml.Node, key string) bool {
	return fields[key] != nil && l.boolean(fields[key], key)
}

func (l *loader) readClusters(node *yaml.Node) {
	for _, p := range l.mapping(node, "clusters") {
		target := l.defaultsHere()
		target.Name = p.key.text
		if p.value.ShortTag() != "!!null" {
			l.readSettings(p.value, "cluster "+strconv.Quote(target.Name), &target)
		}
		earlier := l.clusters[target.Name]
		if target.Name == "" {
			l.report(p.key.at, "the name of a cluster must not be empty")
			continue
		}
		if earlier != nil {
			l.report(p.key.at, "duplicate cluster %q, first at %s", target.Name, earlier.at)
			continue
		}
		l.clusters[target.Name] = &defined{at: p.key.at}
		l.result.Clusters = append(l.result.Clusters, target)
	}
}

// resolve returns whom a name of the file, an NRN, or a name such as {user: kim@corp} stands for, or a
// list of them. Each is returned once.
func (l *loader) resolve(node *yaml.Node, what string) who {
	var whom who
	seen := map[any]bool{}
	resolved := map[string]bool{}
	for _, item := range l.oneOrMore(node, what) {
		if item.Kind == yaml.MappingNode {
			whom.add(who{names: l.readName(item, "each of "+what)}, seen)
			continue
		}
		name, ok := l.name(item, "each of "+what)
		if !ok || resolved[name.text] {
			continue
		}
		resolved[name.text] = true
		whom.add(l.resolveOne(name), seen)
	}
	return whom
}

func (l *loader) resolveOne(name located) who {
	if strings.HasPrefix(name.text, "nrn:") {
		return who{nrns: l.checkNRN(name)}
	}
	found := l.principals[name.text]
	if found == nil {
		if !l.partial {
			right := fmt.Sprintf("an NRN, %s%s", nameHint(name.text), l.knownPrincipals())
			l.report(name.at, "unknown principal %q (%s)", name.text, l.advice(name.text, right, l.principalNames...))
		}
		return who{}
	}
	found.used = true
	return found.who
}

package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nks-access/nks-access/access"
)

// userList has each sub account of a list once.
type userList struct {
	users  []listedUser
	places map[access.NRN]int // in users
}

// listedUser is a sub account of a list. If it has several lines, groups are those that all of them
// have: no page says which line counts, and the sum could be more than anybody meant.
type listedUser struct {
	principal access.NRN
	username  string
	groups    []string
	lines     [][]string // the groups of each line, if they differ
}

// of returns a sub account of the list.
func (l *userList) of(principal access.NRN) (user listedUser, found bool) {
	place, found := l.places[principal]
	if !found {
		return listedUser{}, false
	}
	return l.users[place], true
}

// add adds a line of the list, which is of the principal. It returns notes on duplicates. where names
// the line in them.
func (l *userList) add(principal access.NRN, line mappedUser, where string) (notes []string) {
	groups := sortedSet(line.groups)
	if len(groups) < len(line.groups) {
		notes = append(notes, fmt.Sprintf("%s: duplicate group in %s", principal, where))
	}
	place, isDuplicate := l.places[principal]
	if !isDuplicate {
		if l.places == nil {
			l.places = map[access.NRN]int{}
		}
		l.places[principal] = len(l.users)
		l.users = append(l.users, listedUser{principal: principal, username: line.username, groups: groups})
		return notes
	}
	return append(notes, l.users[place].addLine(groups, where))
}

// addLine notes the groups of another line of the same sub account.
func (u *listedUser) addLine(groups []string, where string) (note string) {
	if len(u.lines) == 0 && slices.Equal(u.groups, groups) {
		return fmt.Sprintf("%s: duplicate in %s, with the same groups", u.principal, where)
	}
	note = fmt.Sprintf("%s: duplicate in %s with other groups (%s; before: %s); only what both have is carried over, "+
		"so decide which is right", u.principal, where, orNothing(groups), orNothing(u.groups))
	if len(u.lines) == 0 {
		u.lines = [][]string{u.groups}
	}
	u.lines = append(u.lines, groups)
	u.groups = inBoth(u.groups, groups)
	return note
}

// inForce returns what the sub account has today. No page says which of several lines counts.
func (u listedUser) inForce() []string {
	if len(u.lines) == 0 {
		return clearNames(u.groups)
	}
	var choices []string
	for _, groups := range u.lines {
		choices = append(choices, orNothing(clearNames(groups)))
	}
	return []string{strings.Join(choices, ", or ")}
}

func (u listedUser) String() string { return strings.TrimSpace(u.username + " " + string(u.principal)) }

// clearNames returns names that can be read on one line: those with a blank, a comma or a quote are in
// quotes.
func clearNames(names []string) []string {
	var texts []string
	for _, name := range names {
		if strings.ContainsAny(name, ",\"") || strings.ContainsFunc(name, unicode.IsSpace) {
			name = strconv.Quote(name)
		}
		texts = append(texts, name)
	}
	return texts
}

func sortedSet(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

// inBoth returns the texts that are in both sorted sets.
func inBoth(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(text string) bool {
		_, found := slices.BinarySearch(b, text)
		return !found
	})
}

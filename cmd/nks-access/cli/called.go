package cli

import (
	"cmp"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// callings are what the user calls clusters, by UUID, and principals, by NRN. Questions and errors
// show these names with the UUID or the NRN behind.
type callings map[string]string

// add notes what the user calls a cluster or a principal. It ignores a UUID or an NRN as a name.
func (c callings) add(id, name string) {
	if name != id {
		c[id] = name
	}
}

// text returns "NAME (ID)", or the ID if the user did not use a name.
func (c callings) text(id string) string {
	name := c[id]
	if name == "" {
		return term.Printable(id)
	}
	return term.Printable(name) + " (" + term.Printable(id) + ")"
}

// inError returns the message of an error of the client, which knows no names, with the names.
func (c callings) inError(message string) string {
	for id := range c {
		for _, before := range []string{"cluster ", "for "} {
			message = strings.ReplaceAll(message, before+id, before+c.text(id))
		}
	}
	return message
}

// principalOf returns the principal of a change as the user calls it.
func (c callings) principalOf(change access.Change) string {
	return c.text(string(cmp.Or(change.Before.Principal, change.After.Principal)))
}

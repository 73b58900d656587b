package export

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// taken holds the names that are in use.
type taken map[string]bool

// nameFor returns a name for the principal of an entry: the user name that the service reports, or
// the type and the first part of the ID, such as role-9ba09190.
func (t taken) nameFor(entry access.Entry) string {
	short, long := namesFromNRN(entry.Principal)
	return t.pick(entry.Username, short, long)
}

// namesFromNRN returns two names: the type with the first part of the ID, and with all of it.
func namesFromNRN(principal access.NRN) (short, long string) {
	kind := strings.ToLower(cmp.Or(string(principal.Type()), "principal"))
	text := string(principal)
	id := text[strings.LastIndexAny(text, ":/")+1:]
	first, _, _ := strings.Cut(id, "-")
	return kind + "-" + first, kind + "-" + id
}

// pick returns the first name that is free, or the last with a number.
func (t taken) pick(names ...string) string {
	for _, name := range names {
		if t.take(name) {
			return name
		}
	}
	last := names[len(names)-1]
	for n := 2; ; n++ {
		name := fmt.Sprintf("%s-%d", last, n)
		if t.take(name) {
			return name
		}
	}
}

// take reports whether a name is fit for a principal and was free, and takes it.
func (t taken) take(name string) bool {
	fit := name != "" && !strings.HasPrefix(name, "nrn:") && !strings.HasSuffix(name, "-")
	if !fit || t[name] {
		return false
	}
	t[name] = true
	return true
}

package cli

import (
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// errStillGranted says that a principal keeps access like that which was revoked.
type errStillGranted struct {
	principal string
	kept      []string // policies that permit what was revoked
	alike     []string // groups that differ from a revoked one in case or blanks
}

func (e *errStillGranted) isEmpty() bool { return len(e.kept) == 0 && len(e.alike) == 0 }

func (e *errStillGranted) Error() string {
	principal := term.Printable(e.principal)
	var reasons []string
	if len(e.kept) > 0 {
		reasons = append(reasons, fmt.Sprintf("%s still has %s, which permits what was to be revoked",
			principal, term.PrintableSeries(e.kept)))
	}
	if len(e.alike) > 0 {
		reasons = append(reasons, fmt.Sprintf("%s still has %s: the case and the blanks of a group count",
			principal, term.PrintableSeries(e.alike)))
	}
	return strings.Join(reasons, "; ")
}

// hint says how to revoke what is left.
func (e *errStillGranted) hint() string {
	if len(e.kept) == 0 {
		return "Name the group as the entry has it."
	}
	return "To remove a type in every scope, use nks-access revoke --policy-type."
}

package access

import (
	"fmt"
	"regexp"
	"strings"
)

const maxNRNLength = 128

// nrnPattern follows nrn:domainCode:productName:regionCode:memberNo:resourceType/resourceId, as the
// contract has it. Domain code and region code are optional. No source shows the end of a main
// account's NRN.
var nrnPattern = regexp.MustCompile(`^nrn:(?:(?:PUB|FIN|GOV)?:)?[A-Za-z0-9_./=-]+:[A-Za-z0-9_./=-]*:[A-Za-z0-9_./=-]+(?::[A-Za-z0-9_./=:-]+)?$`)

// nrnRule returns the rule that s breaks, or "".
func nrnRule(s string) string {
	switch {
	case len(s) > maxNRNLength:
		return fmt.Sprintf("must be at most %d characters long, not %d", maxNRNLength, len(s))
	case !nrnPattern.MatchString(s):
		return fmt.Sprintf("must be an NRN, such as nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c, not %q", s)
	}
	return ""
}

// TypeOf returns the type of a principal by its NRN: TypeUser for a sub account, TypeRole for a
// role, "" for anything else. No docs page states this rule; the provider's Terraform provider
// follows it.
func TypeOf(principal string) Type {
	switch {
	case strings.Contains(principal, ":SubAccount/"):
		return TypeUser
	case strings.Contains(principal, ":Role/"):
		return TypeRole
	}
	return ""
}

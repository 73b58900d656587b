package access

import (
	"fmt"
	"regexp"
	"strings"
)

// NRN is an Ncloud Resource Name, taken apart:
// nrn:domainCode:productName:regionCode:memberNo:resourceType/resourceId.
//
// Source: the provider's user guide on Sub Account.
type NRN struct {
	Domain       string // PUB, FIN or GOV; may be empty
	Product      string // such as IAM
	Region       string // may be empty
	Member       string // number of the account
	ResourceType string // SubAccount or Role for those who may enter a cluster
	ResourceID   string
}

const maxNRNLength = 128

// As the contract has it. Domain and region may be missing; of the main account's NRN no source shows the end.
var nrnPattern = regexp.MustCompile(`^nrn:(?:(PUB|FIN|GOV)?:)?([A-Za-z0-9_./=-]+):([A-Za-z0-9_./=-]*):([A-Za-z0-9_./=-]+)(?::([A-Za-z0-9_./=:-]+))?$`)

// ParseNRN takes an NRN apart.
func ParseNRN(s string) (NRN, error) {
	if rule := nrnRule(s); rule != "" {
		return NRN{}, &ValidationError{Problems: []Problem{about("NRN", rule)}}
	}
	field := nrnPattern.FindStringSubmatch(s)
	n := NRN{Domain: field[1], Product: field[2], Region: field[3], Member: field[4], ResourceID: field[5]}
	if kind, id, ok := strings.Cut(field[5], "/"); ok {
		n.ResourceType, n.ResourceID = kind, id
	}
	return n, nil
}

// String puts the NRN together.
func (n NRN) String() string {
	resource := n.ResourceID
	if n.ResourceType != "" {
		resource = n.ResourceType + "/" + n.ResourceID
	}
	nrn := fmt.Sprintf("nrn:%s:%s:%s:%s", n.Domain, n.Product, n.Region, n.Member)
	if resource != "" {
		nrn += ":" + resource
	}
	return nrn
}

// nrnRule says which rule s breaks, or "".
func nrnRule(s string) string {
	switch {
	case len(s) > maxNRNLength:
		return fmt.Sprintf("must be at most %d characters long, not %d", maxNRNLength, len(s))
	case !nrnPattern.MatchString(s):
		return fmt.Sprintf("must be an NRN, such as nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c, not %q", s)
	}
	return ""
}

// TypeOf infers the type of a principal from its NRN, as the provider's Terraform provider does: User for a sub account, Role
// for a role, "" for anything else.
func TypeOf(principal string) Type {
	switch {
	case strings.Contains(principal, ":SubAccount/"):
		return User
	case strings.Contains(principal, ":Role/"):
		return Role
	}
	return ""
}

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

// As the contract has it: sources agree on the characters, not on which fields may be missing.
var nrnPattern = regexp.MustCompile(`^nrn(:[A-Za-z0-9_./=-]*){4,}$`)

// ParseNRN takes an NRN apart. It is liberal: domain and region may be missing, and so may the resource type.
func ParseNRN(s string) (NRN, error) {
	if rule := nrnRule(s); rule != "" {
		return NRN{}, &ValidationError{Problems: []Problem{{Field: "NRN", Rule: rule}}}
	}
	fields := strings.Split(strings.TrimPrefix(s, "nrn:"), ":")
	if len(fields) == 4 { // without a domain code
		fields = append([]string{""}, fields...)
	}
	n := NRN{Domain: fields[0], Product: fields[1], Region: fields[2], Member: fields[3]}
	resource := strings.Join(fields[4:], ":")
	if kind, id, ok := strings.Cut(resource, "/"); ok {
		n.ResourceType, n.ResourceID = kind, id
	} else {
		n.ResourceID = resource
	}
	return n, nil
}

// String puts the NRN together.
func (n NRN) String() string {
	resource := n.ResourceID
	if n.ResourceType != "" {
		resource = n.ResourceType + "/" + n.ResourceID
	}
	return fmt.Sprintf("nrn:%s:%s:%s:%s:%s", n.Domain, n.Product, n.Region, n.Member, resource)
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

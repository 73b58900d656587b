package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// NRN is the Ncloud Resource Name of a principal, such as
// nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c. [ParseNRN] makes one of
// text. UUIDs in it are in lower case, so equal NRNs are of the same principal.
//
// An entry of a response may have an NRN of a form that this package does not know.
type NRN string

// PrincipalType is the type of a principal.
type PrincipalType string

// The types of principals.
const (
	TypeUser PrincipalType = "USER" // a sub account, or the main account
	TypeRole PrincipalType = "ROLE"
)

// maxNRNLength is the limit of the docs.
const maxNRNLength = 128

const (
	exampleNRN  = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	exampleUUID = "2b141960-0000-0000-0000-246e9659184c"
)

// ParseNRN returns the NRN of a sub account, a role or the main account. It returns a
// [*ValidationError] that says which part is wrong.
//
// Sources: the docs page "Create access entry" (the form of an NRN, sub account, role), and the docs of
// version 3 of the API (main account).
func ParseNRN(text string) (NRN, error) {
	var found problems
	found.within(nil, nrnProblems(text))
	return canonicalNRN(text), found.err()
}

// AnyNRN returns text as an NRN without checking it, for a principal of a form that this package does
// not know.
func AnyNRN(text string) NRN { return canonicalNRN(text) }

// Known reports whether the NRN has a form that [ParseNRN] accepts.
func (n NRN) Known() bool { return len(nrnProblems(string(n))) == 0 }

// Type returns the type of the principal: TypeUser for a sub account and the main account, TypeRole
// for a role, "" for anything else. No docs page of version 2 states this rule; the provider's
// Terraform provider follows it for sub accounts and roles.
func (n NRN) Type() PrincipalType {
	kind, _, _ := strings.Cut(n.resource(), "/")
	switch kind {
	case "SubAccount", "Customer":
		return TypeUser
	case "Role":
		return TypeRole
	}
	return ""
}

// ID returns what comes after the last slash: the UUID of a sub account or a role.
func (n NRN) ID() string {
	_, id, _ := strings.Cut(n.resource(), "/")
	return id
}

// Account returns the number of the account, or "" if the NRN has none.
func (n NRN) Account() string {
	parts := strings.Split(string(n), ":")
	if len(parts) < 5 {
		return ""
	}
	return parts[len(parts)-2]
}

// resource returns the part after the last colon.
func (n NRN) resource() string { return string(n[strings.LastIndexByte(string(n), ':')+1:]) }

// canonicalNRN writes the UUID at the end in lower case.
func canonicalNRN(text string) NRN {
	slash := strings.LastIndexByte(text, '/')
	if slash >= 0 && IsUUID(text[slash+1:]) {
		return NRN(text[:slash+1] + strings.ToLower(text[slash+1:]))
	}
	return NRN(text)
}

// accountNumber has no zero in front: a program that reads it as a number would lose it.
var accountNumber = regexp.MustCompile(`^[1-9][0-9]{0,19}$`)

// NRNProblem returns why text is not the NRN of a principal that can exist, or "".
func NRNProblem(text string) string {
	if len(text) > maxNRNLength {
		return fmt.Sprintf("it must be at most %d characters long, not %d", maxNRNLength, len(text))
	}
	if !hasNRNForm(text) {
		return "it must begin with nrn: and have at least five parts, separated by colons"
	}
	return strings.Join(partRules(strings.Split(text, ":")[1:]), ", and ")
}

func hasNRNForm(text string) bool {
	return strings.HasPrefix(text, "nrn:") && strings.Count(text, ":") >= 4
}

// nrnProblems checks nrn:domainCode:productName:regionCode:memberNo:resourceType/resourceId by its
// parts. The domain code and its colon may be absent.
func nrnProblems(text string) problems {
	var found problems
	if len(text) > maxNRNLength {
		found.add(nil, "must be at most %d characters long, not %d", maxNRNLength, len(text))
		return found
	}
	if !hasNRNForm(text) {
		found.add(nil, "must be an NRN, such as %s, not %q", exampleNRN, text)
		return found
	}
	if problem := NRNProblem(text); problem != "" {
		found.add(nil, "must be an NRN, such as %s: in %q %s", exampleNRN, text, problem)
	}
	return found
}

// partRules returns what is wrong with the parts of an NRN after "nrn".
func partRules(parts []string) []string {
	var rules []string
	domains := []string{"", "PUB", "FIN", "GOV"}
	hasDomain := len(parts) > 4 || slices.Contains(domains, parts[0])
	if hasDomain {
		if !slices.Contains(domains, parts[0]) {
			return []string{fmt.Sprintf("the domain must be PUB, FIN or GOV, not %q", parts[0])}
		}
		parts = parts[1:]
	}
	if len(parts) < 4 {
		return []string{"the end is missing: SubAccount/UUID or Role/UUID"}
	}
	if region := parts[1]; !regionForm.MatchString(region) {
		rules = append(rules, fmt.Sprintf("the region must be empty or a code such as KR, not %q", region))
	}
	if account := parts[2]; !accountNumber.MatchString(account) {
		rules = append(rules, fmt.Sprintf("the account must be a number such as 5000008, not %q", account))
	}
	if rule := resourceRule(parts[0], strings.Join(parts[3:], ":")); rule != "" {
		rules = append(rules, rule)
	}
	return rules
}

var regionForm = regexp.MustCompile(`^([A-Z][A-Z0-9_-]{0,19})?$`)

// resourceRule returns what is wrong with the product and the resource of an NRN, or "".
func resourceRule(product, resource string) string {
	kind, id, _ := strings.Cut(resource, "/")
	switch product {
	case "IAM":
	case "Account":
		if resource != "Customer/static" {
			return fmt.Sprintf("the end must be Customer/static for the main account, not %q", resource)
		}
		return ""
	default:
		return fmt.Sprintf("the product must be IAM (or Account for the main account), not %q", product)
	}
	switch kind {
	case "SubAccount", "Role":
	case "Group":
		return "the principal is a group, which cannot have an entry: give an entry to each of its members"
	default:
		return fmt.Sprintf("the end must be SubAccount/UUID or Role/UUID, not %q", resource)
	}
	if IsUUID(id) {
		return ""
	}
	if strings.HasPrefix(id, "nrn:") {
		return fmt.Sprintf("the ID of the %s is a whole NRN (want only the UUID, such as %s)", kind, exampleUUID)
	}
	return fmt.Sprintf("the ID of the %s must be a UUID, such as %s, not %q", kind, exampleUUID, id)
}

// uncheckedNRN is the form that the contract allows in a request. Its source is the form in the docs.
var uncheckedNRN = regexp.MustCompile(`^nrn:(?:(?:PUB|FIN|GOV)?:)?[\w./=-]+:[\w./=-]*:[\w./=-]+(?::[\w./=:-]+)?$`)

// uncheckedProblems checks only what the contract says of the principal of a request.
func uncheckedProblems(text string) problems {
	var found problems
	if len(text) > maxNRNLength {
		found.add(nil, "must be at most %d characters long, not %d", maxNRNLength, len(text))
	} else if !uncheckedNRN.MatchString(text) {
		found.add(nil, "must be an NRN, such as %s, not %q", exampleNRN, text)
	}
	return found
}

// IsUUID reports whether s is a UUID of 36 characters. No other text becomes part of a path.
func IsUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

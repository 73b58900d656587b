package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
)

func TestParseNRN(t *testing.T) {
	const id = "2b141960-0000-0000-0000-246e9659184c"
	for text, want := range map[string]access.PrincipalType{
		user: access.TypeUser,
		role: access.TypeRole,
		"nrn:PUB:Account::5000008:Customer/static":               access.TypeUser,
		"nrn:GOV:IAM:KR:5000008:Role/" + id:                      access.TypeRole,
		"nrn::IAM::5000008:SubAccount/" + id:                     access.TypeUser,
		"nrn:IAM::5000008:SubAccount/" + id:                      access.TypeUser,
		"nrn:PUB:IAM::5000008:SubAccount/" + strings.ToUpper(id): access.TypeUser,
	} {
		nrn, err := access.ParseNRN(text)
		if err != nil || nrn.Type() != want || !nrn.Known() {
			t.Errorf("%s: got %s of type %q, %v", text, nrn, nrn.Type(), err)
		}
		if nrn.Account() != "5000008" {
			t.Errorf("%s: the account is %q", text, nrn.Account())
		}
	}
	upper, err := access.ParseNRN("nrn:PUB:IAM::5000008:SubAccount/" + strings.ToUpper(id))
	if err != nil || upper != user {
		t.Errorf("got %s, %v, want the NRN in lower case", upper, err)
	}
}

func TestAnNRNIsCheckedByItsParts(t *testing.T) {
	const id = "2b141960-0000-0000-0000-246e9659184c"
	for text, want := range map[string]string{
		"":                                   "must be an NRN",
		"kim":                                "must be an NRN, such as nrn:PUB:IAM::5000008:SubAccount/",
		"arn:aws:iam::1:user/x":              "must be an NRN",
		"nrn:PUB:IAM::5000008":               "the end is missing: SubAccount/UUID or Role/UUID",
		"nrn:ncp:IAM::5000008:user/" + id:    `the domain must be PUB, FIN or GOV, not "ncp"`,
		"nrn:PUB:IAM::five:SubAccount/" + id: `the account must be a number such as 5000008, not "five"`,
		"nrn:PUB:IAM:::SubAccount/" + id:     `the account must be a number such as 5000008, not ""`,
		"nrn:PUB:IAM::5000008:SubAccount/" + user:      "the ID of the SubAccount is a whole NRN (want only the UUID",
		"nrn:PUB:IAM::5000008:SubAccount/" + user[:60]: "is a whole NRN",
		"nrn:PUB:IAM::5000008:SubAccount/":             "the ID of the SubAccount must be a UUID",
		"nrn:PUB:IAM::5000008:SubAccount":              "the ID of the SubAccount must be a UUID",
		"nrn:PUB:IAM::5000008:Role/" + id + "0":        "the ID of the Role must be a UUID",
		"nrn:PUB:IAM::5000008:Role/" + id + "/x":       "the ID of the Role must be a UUID",
		"nrn:PUB:IAM::5000008:Role/" + id + " ":        "the ID of the Role must be a UUID",
		"nrn:PUB:IAM::5000008:Group/" + id:             "the principal is a group, which cannot have an entry: give an entry to each of its members",
		"nrn:PUB:SSO::5000008:User/" + id:              `the product must be IAM (or Account for the main account), not "SSO"`,
		"nrn:PUB:Account::5000008:Customer/other":      "the end must be Customer/static",
		"nrn:PUB:IAM::5000008:User/" + id:              `the end must be SubAccount/UUID or Role/UUID, not "User/`,
		"nrn:PUB:IAM:K R:5000008:Role/" + id:           "the region must be empty or a code such as KR",
		"nrn:PUB:IAM:kr:5000008:Role/" + id:            "the region must be empty or a code such as KR",
		"nrn:PUB:IAM::0:Role/" + id:                    `the account must be a number such as 5000008, not "0"`,
		"nrn:PUB:IAM::05000008:Role/" + id:             `the account must be a number such as 5000008, not "05000008"`,
		"nrn:PUB:IAM::5000008:subaccount/" + id:        "the end must be SubAccount/UUID or Role/UUID",
		" " + user:                                     "must be an NRN",
		user + strings.Repeat("0", 100):                "must be at most 128 characters long, not 168",
	} {
		nrn, err := access.ParseNRN(text)
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if nrn.Known() {
			t.Errorf("%q is known", text)
		}
	}
}

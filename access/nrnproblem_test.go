package access_test

import (
	"testing"

	"github.com/nks-access/nks-access/access"
)

func TestNRNProblem(t *testing.T) {
	const right = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	for text, want := range map[string]string{
		right:                         "",
		"kim":                         "it must begin with nrn: and have at least five parts, separated by colons",
		right + ":kim":                `the ID of the SubAccount must be a UUID, such as 2b141960-0000-0000-0000-246e9659184c, not "2b141960-0000-0000-0000-246e9659184c:kim"`,
		"nrn:PUB:IAM::a:Role/" + "x":  `the account must be a number such as 5000008, not "a", and the ID of the Role must be a UUID, such as 2b141960-0000-0000-0000-246e9659184c, not "x"`,
		"nrn:PUB:Account::1:Role/abc": `the end must be Customer/static for the main account, not "Role/abc"`,
	} {
		if got := access.NRNProblem(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

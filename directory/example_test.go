package directory_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

func ExampleDirectory_Find() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"totalPages":1,"items":[{"subAccountId":"2b141960-0000-0000-0000-246e9659184c",
			"loginId":"kim@corp","nrn":"nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"}]}`)
	}))
	defer server.Close()

	// The zero Config uses the keys and the gateway of the environment.
	g, err := gateway.New(gateway.Config{BaseURL: server.URL + "/vnks/v2", Credentials: signer.Static("ACCESS", "SECRET")})
	if err != nil {
		panic(err)
	}
	names, err := directory.New(g)
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"kim@corp", "Kim@corp"} {
		found, err := names.Find(context.Background(), directory.KindUser, name)
		var refusal *directory.PermissionError
		if errors.As(err, &refusal) {
			fmt.Println("ask for the permission", directory.Permission)
			return
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(found.Name, found.NRN)
	}
	// Output:
	// kim@corp nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
	// there is no user "Kim@corp", but "kim@corp": the case counts
}

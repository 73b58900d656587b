package nks_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func Example() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"accessEntries":[{"uuid":"2222c420-02bd-4feb-9c3d-190f5baf2222","entry":"nrn:PUB:IAM::5000008:Role/9ba09190",
			"policies":[{"type":"NKSViewPolicy","scope":"Cluster"}]}]}`)
	}))
	defer service.Close()

	sign := signer.New(signer.Static("EXAMPLEACCESSKEY0001", "a secret key"))
	client, err := nks.NewClientWithResponses(service.URL, // or nks.ServerURLKR
		nks.WithRequestEditorFn(sign.Sign),
		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
	if err != nil {
		panic(err)
	}
	cluster := uuid.MustParse("0000a20e-e0fb-4dc9-af1b-97fd3f8d0000")
	resp, err := client.ListAccessEntriesWithResponse(context.Background(), cluster)
	if err != nil {
		panic(err)
	}
	if resp.JSON2XX == nil {
		panic(resp.Status())
	}
	for _, entry := range resp.JSON2XX.AccessEntries {
		fmt.Println(entry.UUID, entry.Entry, entry.Policies[0].Type)
	}
	// Output: 2222c420-02bd-4feb-9c3d-190f5baf2222 nrn:PUB:IAM::5000008:Role/9ba09190 NKSViewPolicy
}

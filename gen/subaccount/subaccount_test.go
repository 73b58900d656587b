package subaccount_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/gen/subaccount"
)

// answer is an HTTP client that gives one response and keeps the request.
type answer struct {
	status int
	body   string
	sent   *http.Request
}

func (a *answer) Do(req *http.Request) (*http.Response, error) {
	a.sent = req
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func (a *answer) client(t *testing.T) *subaccount.ClientWithResponses {
	t.Helper()
	client, err := subaccount.NewClientWithResponses(subaccount.ServerURLPublic, subaccount.WithHTTPClient(a))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func pointer[T any](value T) *T { return &value }

func TestParametersThatAreLeftOutAreNotSent(t *testing.T) {
	for _, c := range []struct {
		params subaccount.ListSubAccountsParams
		want   string
	}{
		{subaccount.ListSubAccountsParams{}, ""},
		{subaccount.ListSubAccountsParams{Page: pointer[int32](0), Size: pointer[int32](100)}, "page=0&size=100"},
		{
			subaccount.ListSubAccountsParams{
				SearchColumn: pointer(subaccount.SubAccountSearchColumnLoginID), SearchWord: pointer("kim+x@개발 팀"),
			},
			"searchColumn=loginId&searchWord=kim%2Bx%40%EA%B0%9C%EB%B0%9C+%ED%8C%80",
		},
	} {
		served := &answer{status: http.StatusOK, body: `{"items":[]}`}
		if _, err := served.client(t).ListSubAccountsWithResponse(t.Context(), &c.params); err != nil {
			t.Fatal(err)
		}
		if got := served.sent.URL.RawQuery; got != c.want {
			t.Errorf("query is %q, want %q", got, c.want)
		}
	}
}

func TestAnySuccessIsDecoded(t *testing.T) {
	served := &answer{status: http.StatusAccepted, body: `{
		"hasNext": null, "totalPages": 0,
		"items": [{"subAccountId": "u", "loginId": "kim@corp", "nrn": null, "active": false, "email": "PERSONAL", "memo": "PERSONAL"}]
	}`}
	resp, err := served.client(t).ListSubAccountsWithResponse(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	page := resp.JSON2XX
	if page.HasNext != nil || page.TotalPages == nil || *page.TotalPages != 0 || page.TotalItems != nil {
		t.Errorf("got %+v", page)
	}
	kim := page.Items[0]
	if kim.LoginID != "kim@corp" || kim.NRN != "" || kim.Active == nil || *kim.Active {
		t.Errorf("got %+v", kim)
	}
	if decoded := fmt.Sprintf("%+v", page); strings.Contains(decoded, "PERSONAL") {
		t.Errorf("personal data was decoded: %s", decoded)
	}
}

func TestErrorsOfBothForms(t *testing.T) {
	for body, want := range map[string]string{
		`{"errorCode":9011,"message":"m"}`:                                             "9011 m  ",
		`{"errorCode":"9011","message":"m"}`:                                           `"9011" m  `,
		`{"error":{"errorCode":"210","message":"Permission Denied"}}`:                  `  "210" Permission Denied`,
		`{"error":{"errorCode":400,"message":"Bad Request","details":{"error":[]}}}`:   `  400 Bad Request`,
		`{"error":{"errorCode":"200","message":"Authentication","details":"Invalid"}}`: `  "200" Authentication`,
	} {
		served := &answer{status: http.StatusUnauthorized, body: body}
		resp, err := served.client(t).ListRolesWithResponse(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		e := resp.JSONDefault
		got := fmt.Sprintf("%s %s %s %s", e.ErrorCode, e.Message, e.Gateway.ErrorCode, e.Gateway.Message)
		if got != want || resp.JSON2XX != nil {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func ExampleNewClientWithResponses() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"hasNext":false,"items":[{"roleNo":"9ba09190-0000-0000-0000-246e966ebec4",
			"roleName":"deployer","nrn":"nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"}]}`)
	}))
	defer server.Close()

	client, err := subaccount.NewClientWithResponses(server.URL) // with WithRequestEditorFn(signer.New(…).Sign)
	if err != nil {
		panic(err)
	}
	resp, err := client.ListRolesWithResponse(context.Background(), nil)
	if err != nil {
		panic(err)
	}
	for _, role := range resp.JSON2XX.Items {
		fmt.Println(role.RoleName, role.NRN)
	}
	// Output: deployer nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
}

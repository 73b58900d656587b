package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

const (
	kim     = "2b141960-0000-0000-0000-246e9659184c"
	park    = "4d363b82-0000-0000-0000-4680b87b3a6e"
	backend = "5e474c93-0000-0000-0000-5791c98c4b7f"
)

// namesTester sends signed requests for names, and holds every response against api/subaccount.yaml.
type namesTester struct {
	*tester
	find func(*http.Request) (*openapi3filter.RequestValidationInput, error)
}

func newNamesTester(t *testing.T, options emulator.Options) namesTester {
	t.Helper()
	e := newTester(t, options)
	doc, err := api.SubAccountDocument()
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: e.server.URL + "/api/v1"}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return namesTester{e, func(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
		route, params, err := router.FindRoute(r)
		return &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}, err
	}}
}

func (n namesTester) get(path string) answer {
	n.Helper()
	req, err := http.NewRequest(http.MethodGet, n.server.URL+"/api/v1"+path, nil)
	if err != nil {
		n.Fatal(err)
	}
	if err := n.signer.Sign(n.Context(), req); err != nil {
		n.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		n.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		n.Fatal(err)
	}
	input, err := n.find(req)
	if err != nil {
		n.Fatal(err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(data)), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		n.Errorf("%s: the contract does not allow this response: %v\n%s", path, err, data)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func TestNames(t *testing.T) {
	n := newNamesTester(t, emulator.Options{})
	n.expect(n.get("/sub-accounts"), 200, `"loginId":"kim@corp"`, `"nrn":"`+user+`"`, `"active":false`, `"totalItems":3`)
	if all := n.get("/sub-accounts"); strings.Contains(all.body, "park@corp") {
		t.Errorf("a deleted user is in the list: %s", all.body)
	}
	n.expect(n.get("/sub-accounts?searchColumn=loginId&searchWord=KIM"), 200, "kim@corp", `"totalItems":1`)
	n.expect(n.get("/roles?searchColumn=roleType&searchWord=Server"), 200, `"nrn":"`+role+`"`, `"totalItems":1`)
	n.expect(n.get("/roles/9ba09190-0000-0000-0000-246e966ebec4"), 200, `"roleName":"deployer"`)
	n.expect(n.get("/groups"), 200, `"groupName":"backend"`)
	n.expect(n.get("/groups/"+strings.ToUpper(backend)), 200, "kim@corp", "lee@corp")
	n.expect(n.get("/users/"+kim), 200, `"deleted":false`, `"principalType":"IamUser"`)
	n.expect(n.get("/users/"+park), 404, `{"errorCode":404,"message":"There is no user `+park)
	n.expect(n.get("/users/"+park+"?includeDeleted=true"), 200, `"deleted":true`, `"active":false`)
	n.expect(n.get("/groups/"+nobody), 400, `"errorCode":30`)
	n.expect(n.get("/roles/"+nobody), 404, `"errorCode":404`)

	// Requests are held against the contract.
	n.expect(n.get("/sub-accounts?page=-1"), 400, `"errorCode":400`, "page")
	n.expect(n.get("/sub-accounts?page=x&size=0"), 400, "page must be of type integer; size")
	n.expect(n.get("/groups?page=0&page=1"), 400, "page is in the query more than once")
	n.expect(n.get("/roles?searchColumn=name"), 400, "searchColumn must be roleName or roleType or nrn")
	n.expect(n.get("/users/"+kim+"?includeDeleted=maybe"), 400, "includeDeleted must be of type boolean")
	n.expect(n.get("/users/kim@corp"), 400, "subAccountId must be a well-formed UUID")
	n.expect(n.get("/groups?page=%zz"), 400, "The query is malformed")

	// A signature is verified before anything else.
	n.signer = signer.New(signer.Static(emulator.DemoAccessKey, "wrong"))
	n.expect(n.get("/groups"), 401, `"errorCode":"200"`)
	requests := n.server.Requests()
	if first := requests[0]; first.Operation != "listSubAccounts" || first.Signature != "ok" {
		t.Errorf("logged %+v", first)
	}
}

func TestNamesHaveOnlyGET(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/api/v1/groups", 405}, {"HEAD", "/api/v1/groups", 405}, {"DELETE", "/api/v1/users/" + kim, 405},
	} {
		req, err := http.NewRequest(c.method, e.server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.signer.Sign(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.status || resp.Header.Get("Allow") != "GET" {
			t.Errorf("%s %s: %d, Allow is %q", c.method, c.path, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
	e.expect(e.send("GET", "/api/v1/policies", "", nil), 404, "There is no /api/v1/policies. The emulator has the operations of api/subaccount.yaml only.")
	e.expect(e.send("GET", "/api/v1/", "", nil), 404)
}

// namesOf returns a directory that asks the emulator.
func namesOf(t testing.TB, server *emulator.Emulator, keys signer.Provider) *directory.Directory {
	t.Helper()
	g, err := gateway.New(gateway.Config{
		BaseURL: server.BaseURL(), Credentials: keys, HTTPClient: &http.Client{Transport: server.Transport()},
		Retry: gateway.Retry{MaxTries: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	names, err := directory.New(g)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestTheFaultDirectory(t *testing.T) {
	server := newEmulator(t, emulator.Options{})
	for _, status := range []int{401, 403} {
		server.SetFaults(emulator.Faults{Directory: status})
		_, err := namesOf(t, server, server.Credentials()).Users(t.Context())
		var refusal *directory.PermissionError
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("%d: got %v", status, err)
		}
		if last := server.Requests(); last[len(last)-1].Fault != "directory" {
			t.Errorf("logged %+v", last)
		}
	}
	// Access entries are not affected.
	g, err := gateway.New(gateway.Config{
		BaseURL: server.BaseURL(), Credentials: server.Credentials(), HTTPClient: &http.Client{Transport: server.Transport()},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, server.BaseURL()+"/clusters", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Do(req); err != nil {
		t.Error(err)
	}
}

func TestDirectoryOfAConfiguration(t *testing.T) {
	options, err := emulator.LoadConfig(writeConfig(t, `
keys:
  - {accessKey: ADMIN, secretKey: admin-secret}
  - {accessKey: NKS, secretKey: nks-secret, operations: [listClusters]}
  - {accessKey: NAMES, secretKey: names-secret, operations: [listSubAccounts, listRoles]}
users:
  - {loginId: kim, subAccountId: 2B141960-0000-0000-0000-246E9659184C}
  - {loginId: lee, active: false, nrn: nrn:PUB:IAM::1:SubAccount/x}
  - {loginId: park, deleted: true}
roles: [{roleName: deployer, roleType: Account, active: false}]
groups: [{groupName: 개발, members: [lee, kim, park]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	server := newEmulator(t, options)
	names := namesOf(t, server, signer.Static("ADMIN", "admin-secret"))
	users, err := names.Users(t.Context())
	want := []directory.User{{ID: kim, LoginID: "kim", NRN: user}, {ID: users[1].ID, LoginID: "lee", NRN: "nrn:PUB:IAM::1:SubAccount/x", Inactive: true}}
	if err != nil || !slices.Equal(users, want) {
		t.Errorf("got %+v, %v", users, err)
	}
	roles, err := names.Roles(t.Context())
	if err != nil || len(roles) != 1 || roles[0].Type != "Account" || !roles[0].Inactive || !strings.HasPrefix(roles[0].NRN, "nrn:PUB:IAM::5000008:Role/") {
		t.Errorf("got %+v, %v", roles, err)
	}
	group, err := names.Find(t.Context(), directory.KindGroup, "개발")
	if err != nil {
		t.Fatal(err)
	}
	members, err := names.Members(t.Context(), group.ID)
	if err != nil || len(members) != 3 || members[0].LoginID != "kim" || !members[1].Inactive || !members[2].Deleted {
		t.Errorf("got %+v, %v", members, err)
	}

	var refusal *directory.PermissionError
	if _, err := namesOf(t, server, signer.Static("NKS", "nks-secret")).Users(t.Context()); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
	limited := namesOf(t, server, signer.Static("NAMES", "names-secret"))
	if _, err := limited.Users(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := limited.Groups(t.Context()); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}

func TestSetDirectory(t *testing.T) {
	server := newEmulator(t, emulator.Options{})
	err := server.SetDirectory(emulator.Directory{Users: []emulator.User{{LoginID: "kim@corp", ID: "x"}}})
	if err == nil || !strings.Contains(err.Error(), "set directory: users[0]: uuid is not a UUID") {
		t.Errorf("got %v", err)
	}
	if found, err := namesOf(t, server, server.Credentials()).Find(t.Context(), directory.KindUser, "kim@corp"); err != nil || found.NRN != user {
		t.Errorf("got %+v, %v", found, err)
	}
	renamed := emulator.Directory{Users: []emulator.User{{LoginID: "kim.minji@corp", ID: kim}}}
	if err := server.SetDirectory(renamed); err != nil {
		t.Fatal(err)
	}
	renamed.Users[0].LoginID = "changed"
	if found, err := namesOf(t, server, server.Credentials()).Find(t.Context(), directory.KindUser, "kim.minji@corp"); err != nil || found.NRN != user {
		t.Errorf("got %+v, %v", found, err)
	}
	if _, err := emulator.New(emulator.Options{Directory: &emulator.Directory{Roles: []emulator.Role{{}}}}); err == nil {
		t.Error("New took a role without a name")
	}
}

// What the emulator serves, package directory reads: the emulator goes by the contract, the client by
// its own rules.
func TestDirectoryReadsWhatTheEmulatorServes(t *testing.T) {
	server := newEmulator(t, emulator.Options{})
	name := rapid.StringMatching(`[a-z가-힣@.é]{1,6}`)
	rapid.Check(t, func(r *rapid.T) {
		var d emulator.Directory
		for _, loginID := range rapid.SliceOfNDistinct(name, 0, 150, rapid.ID).Draw(r, "users") {
			d.Users = append(d.Users, emulator.User{
				LoginID: loginID, Inactive: rapid.Bool().Draw(r, "inactive"), Deleted: rapid.IntRange(0, 5).Draw(r, "deleted") == 0,
			})
		}
		for _, roleName := range rapid.SliceOfN(name, 0, 30).Draw(r, "roles") {
			d.Roles = append(d.Roles, emulator.Role{Name: roleName})
		}
		group := emulator.Group{Name: "group"}
		for _, member := range d.Users {
			if rapid.Bool().Draw(r, "member") {
				group.Members = append(group.Members, member.LoginID)
			}
		}
		d.Groups = []emulator.Group{group}
		if err := server.SetDirectory(d); err != nil {
			r.Fatal(err)
		}
		names := namesOf(t, server, server.Credentials())
		users, err := names.Users(t.Context())
		if err != nil {
			r.Fatal(err)
		}
		listed := map[string]directory.User{}
		for _, u := range users {
			listed[u.LoginID] = u
		}
		for _, u := range d.Users {
			found, isListed := listed[u.LoginID]
			if isListed == u.Deleted || isListed && found.Inactive != u.Inactive {
				r.Fatalf("%+v is listed as %+v", u, found)
			}
		}
		roles, err := names.Roles(t.Context())
		if err != nil || len(roles) != len(d.Roles) {
			r.Fatalf("got %d of %d roles, %v", len(roles), len(d.Roles), err)
		}
		found, err := names.Find(t.Context(), directory.KindGroup, "group")
		if err != nil {
			r.Fatal(err)
		}
		members, err := names.Members(t.Context(), found.ID)
		if err != nil || len(members) != len(group.Members) {
			r.Fatalf("got %d of %d members, %v", len(members), len(group.Members), err)
		}
		for _, member := range members {
			if _, isListed := listed[member.LoginID]; member.Deleted == isListed {
				r.Fatalf("member %+v", member)
			}
		}
		data, err := json.Marshal([]any{users, roles, members})
		if err != nil || bytes.Contains(data, []byte("personal-data")) {
			r.Fatalf("personal data was decoded: %s, %v", data, err)
		}
	})
}

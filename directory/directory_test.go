package directory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

// personal is in every response of the service, and in nothing that package directory returns, logs
// or prints.
const personal = "PERSONAL"

// service is a Sub Account API of a test. Its fields may change between requests.
type service struct {
	*httptest.Server
	users, roles, groups []map[string]any
	members              map[string][]map[string]any // by group ID
	gone                 map[string]bool             // deleted users
	largestPage          int                         // what a larger size becomes
	change               func(path string, page int, body map[string]any)
	refuse               func(r *http.Request) (status int, body string)

	mutex    sync.Mutex
	requests []string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{members: map[string][]map[string]any{}, gone: map[string]bool{}, largestPage: 100}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.requests = append(s.requests, r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get(signer.HeaderSignature) == "" || r.Header.Get("X-Ncp-Region_code") != "" {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	if s.refuse != nil {
		if status, body := s.refuse(r); status != 0 {
			if strings.HasPrefix(body, "<") {
				w.Header().Set("Content-Type", "text/html")
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return
		}
	}
	path, found := strings.CutPrefix(r.URL.Path, "/api/v1")
	if !found {
		http.NotFound(w, r)
		return
	}
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	body := s.body(path, r)
	if body == nil {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"errorCode":404,"message":"` + personal + `"}`))
		return
	}
	body["requester"] = personal + "@example.com"
	if s.change != nil {
		s.change(path, number, body)
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (s *service) body(path string, r *http.Request) map[string]any {
	lists := map[string][]map[string]any{"/sub-accounts": s.users, "/roles": s.roles, "/groups": s.groups}
	if items, isList := lists[path]; isList {
		return s.page(items, r)
	}
	if id, isUser := strings.CutPrefix(path, "/users/"); isUser && r.URL.Query().Get("includeDeleted") == "true" {
		return s.user(id)
	}
	if id, isGroup := strings.CutPrefix(path, "/groups/"); isGroup && s.members[id] != nil {
		return map[string]any{"groupId": id, "groupName": "backend", "subAccounts": s.members[id]}
	}
	return nil
}

func (s *service) user(id string) map[string]any {
	if s.gone[id] {
		return map[string]any{"subAccountId": id, "deleted": true, "email": personal}
	}
	for _, user := range s.users {
		if user["subAccountId"] == id {
			return map[string]any{"subAccountId": id, "deleted": false, "email": personal}
		}
	}
	return nil
}

func (s *service) page(items []map[string]any, r *http.Request) map[string]any {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	size := 10
	if asked, err := strconv.Atoi(r.URL.Query().Get("size")); err == nil {
		size = min(asked, s.largestPage)
	}
	pages := (len(items) + size - 1) / size
	start := min(number*size, len(items))
	end := min(start+size, len(items))
	var sent []map[string]any
	for _, item := range items[start:end] {
		sent = append(sent, maps.Clone(item))
	}
	return map[string]any{
		"page": number, "totalPages": pages, "totalItems": len(items), "hasNext": number+1 < pages,
		"hasPrevious": number > 0, "items": append([]map[string]any{}, sent...),
	}
}

func (s *service) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.requests)
}

func uuid(n int) string { return fmt.Sprintf("%08d-0000-0000-0000-246e9659184c", n) }

func userNRN(n int) string { return "nrn:PUB:IAM::5000008:SubAccount/" + uuid(n) }

func user(n int, loginID string) map[string]any {
	return map[string]any{
		"subAccountId": uuid(n), "loginId": loginID, "nrn": userNRN(n), "active": true,
		"name": personal, "email": personal + "@example.com", "memo": personal, "consolePermitIps": []string{personal},
	}
}

func role(n int, name string) map[string]any {
	return map[string]any{
		"roleNo": uuid(n), "roleName": name, "nrn": "nrn:PUB:IAM::5000008:Role/" + uuid(n), "roleType": "Server",
		"descCont": personal,
	}
}

func group(n int, name string) map[string]any {
	return map[string]any{"groupId": uuid(n), "groupName": name, "nrn": "nrn:PUB:IAM::5000008:Group/" + uuid(n)}
}

func with(item map[string]any, field string, value any) map[string]any {
	item[field] = value
	return item
}

// open returns a directory of the service, and what it logs.
func (s *service) open(t *testing.T) (*directory.Directory, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	g, err := gateway.New(gateway.Config{
		BaseURL: s.URL + "/vnks/v2", Region: "KR", Credentials: signer.Static("ACCESS", "TOPSECRET"),
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Retry:  gateway.Retry{FirstPause: time.Millisecond, MaxTries: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := directory.New(g)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log has personal data: %s", log.String())
		}
	})
	return d, log
}

func as[E error](err error) bool { return errors.As(err, new(E)) }

// wantError fails unless err is of a type, has the words, and no personal data.
func wantError[E error](t *testing.T, err error, words string) {
	t.Helper()
	if !as[E](err) || !strings.Contains(err.Error(), words) {
		t.Errorf("got %T: %v, want %T with %q", err, err, *new(E), words)
	}
	if err != nil && strings.Contains(err.Error(), personal) {
		t.Errorf("the error has personal data: %v", err)
	}
}

func TestLists(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(2, "lee@corp"), with(user(1, "kim@corp"), "active", false), with(user(3, "park"), "active", nil)}
	s.roles = []map[string]any{role(4, "deployer"), with(role(5, "old"), "active", false)}
	s.groups = []map[string]any{group(6, "backend")}
	d, _ := s.open(t)

	users, err := d.Users(t.Context())
	want := []directory.User{
		{ID: uuid(1), LoginID: "kim@corp", NRN: userNRN(1), Inactive: true},
		{ID: uuid(2), LoginID: "lee@corp", NRN: userNRN(2)},
		{ID: uuid(3), LoginID: "park", NRN: userNRN(3)},
	}
	if err != nil || !slices.Equal(users, want) {
		t.Errorf("got %+v, %v", users, err)
	}
	roles, err := d.Roles(t.Context())
	if err != nil || len(roles) != 2 || roles[0].Name != "deployer" || roles[0].Type != "Server" || !roles[1].Inactive {
		t.Errorf("got %+v, %v", roles, err)
	}
	groups, err := d.Groups(t.Context())
	if err != nil || len(groups) != 1 || groups[0].Name != "backend" {
		t.Errorf("got %+v, %v", groups, err)
	}

	// Lists are read once, and callers cannot change what is kept.
	users[0].LoginID = "changed"
	before := s.count()
	again, err := d.Users(t.Context())
	if err != nil || !slices.Equal(again, want) || s.count() != before {
		t.Errorf("got %+v, %v after %d more requests", again, err, s.count()-before)
	}
	if printed := fmt.Sprintf("%+v %+v %+v", users, roles, groups); strings.Contains(printed, personal) {
		t.Errorf("personal data was decoded: %s", printed)
	}
}

func TestEmptyListsAreLists(t *testing.T) {
	s := newService(t)
	d, _ := s.open(t)
	if users, err := d.Users(t.Context()); err != nil || len(users) != 0 {
		t.Errorf("got %v, %v", users, err)
	}
}

func TestAllPagesAreRead(t *testing.T) {
	for _, c := range []struct{ users, largestPage, requests int }{
		{5000, 10, 500}, {5000, 100, 50}, {100, 100, 1}, {101, 100, 2}, {1, 10, 1},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.users, c.largestPage), func(t *testing.T) {
			s := newService(t)
			s.largestPage = c.largestPage
			for n := range c.users {
				s.users = append(s.users, user(n, fmt.Sprintf("user%04d", n)))
			}
			d, _ := s.open(t)
			users, err := d.Users(t.Context())
			if err != nil || len(users) != c.users || users[c.users-1].LoginID != fmt.Sprintf("user%04d", c.users-1) {
				t.Fatalf("got %d users, %v", len(users), err)
			}
			if s.count() != c.requests {
				t.Errorf("%d requests, want %d", s.count(), c.requests)
			}
		})
	}
}

// Version 1 of the API may refuse a size that version 2 takes.
func TestALargePageMayBeRefused(t *testing.T) {
	s := newService(t)
	for n := range 25 {
		s.users = append(s.users, user(n, fmt.Sprintf("user%02d", n)))
	}
	s.roles = []map[string]any{role(1, "deployer")}
	s.refuse = func(r *http.Request) (int, string) {
		if r.URL.Query().Has("size") {
			return http.StatusBadRequest, `{"errorCode":9001,"message":"PERSONAL"}`
		}
		return 0, ""
	}
	d, _ := s.open(t)
	users, err := d.Users(t.Context())
	if err != nil || len(users) != 25 || s.count() != 4 {
		t.Errorf("got %d users, %v, after %d requests", len(users), err, s.count())
	}
	if roles, err := d.Roles(t.Context()); err != nil || len(roles) != 1 || s.count() != 5 {
		t.Errorf("got %v, %v, after %d requests", roles, err, s.count())
	}
}

// Each of these must end in an error, and soon.
func TestAPartOfAListIsNoList(t *testing.T) {
	items := func(body map[string]any) []map[string]any { return body["items"].([]map[string]any) }
	for _, c := range []struct {
		name   string
		change func(path string, page int, body map[string]any)
		words  string
	}{
		{"no list", func(_ string, _ int, body map[string]any) { delete(body, "items") }, "no list"},
		{"a list that is null", func(_ string, _ int, body map[string]any) { body["items"] = nil }, "no list"},
		{"no login ID", func(_ string, _ int, body map[string]any) { delete(items(body)[3], "loginId") }, "item 4 has no ID or no name"},
		{"no ID", func(_ string, _ int, body map[string]any) { items(body)[0]["subAccountId"] = "" }, "item 1 has no ID or no name"},
		{"a huge login ID", func(_ string, _ int, body map[string]any) { items(body)[0]["loginId"] = strings.Repeat("x", 300) }, "too long"},
		{"an ID of another type", func(_ string, _ int, body map[string]any) { items(body)[0]["subAccountId"] = 7 }, "not what api/subaccount.yaml says"},
		{"always the first page", func(_ string, _ int, body map[string]any) { body["page"] = 0 }, "page=1: the API sent page=0"},
		{"always the first page, without its number", func(_ string, page int, body map[string]any) {
			delete(body, "page")
			body["items"] = []map[string]any{user(0, "user00")}
		}, "page=1: an item is in the list twice"},
		{"no last page", func(_ string, page int, body map[string]any) {
			delete(body, "totalPages")
			delete(body, "totalItems")
			body["hasNext"] = true
			body["items"] = []map[string]any{user(page, "x")}
		}, "page=999: there are more pages"},
		{"empty pages without an end", func(_ string, page int, body map[string]any) {
			delete(body, "totalPages")
			body["hasNext"] = true
			body["items"] = []map[string]any{}
		}, "page=0: the page is empty, but not the last"},
		{"a page count that runs away", func(_ string, page int, body map[string]any) { body["totalPages"] = 1001; body["hasNext"] = true }, "1001 pages; the limit is 1000"},
		{"a page count that grows", func(_ string, page int, body map[string]any) { body["totalPages"] = page + 2; body["hasNext"] = true }, "page=1: the list changed while it was read"},
		{"too few items", func(_ string, _ int, body map[string]any) { body["totalItems"] = 26 }, "speaks of 26 items, and sent 25"},
		{"the last page too early", func(_ string, _ int, body map[string]any) { body["hasNext"] = false }, "hasNext=false and totalPages=3"},
		{"a last page that is none", func(_ string, _ int, body map[string]any) { body["hasNext"] = true }, "hasNext=true and totalPages=3"},
		{"a page that is empty", func(_ string, page int, body map[string]any) {
			if page == 1 {
				body["items"] = []map[string]any{}
			}
		}, "page=1: the page is empty"},
		{"the same user twice on a page", func(_ string, _ int, body map[string]any) { body["items"] = append(items(body), items(body)[0]) }, "twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t)
			s.largestPage = 10
			for n := range 25 {
				s.users = append(s.users, user(n, fmt.Sprintf("user%02d", n)))
			}
			s.change = c.change
			d, _ := s.open(t)
			users, err := d.Users(t.Context())
			wantError[*directory.IncompleteError](t, err, c.words)
			if users != nil {
				t.Errorf("got %d users all the same", len(users))
			}
			s.mutex.Lock()
			s.change = nil
			s.mutex.Unlock()
			if users, err := d.Users(t.Context()); err != nil || len(users) != 25 {
				t.Errorf("a failed list was kept: %d users, %v", len(users), err)
			}
		})
	}
}

// A service may send a list without any word on pages.
func TestPagesWithoutAWordOnPages(t *testing.T) {
	for _, left := range [][]string{{"page", "totalPages", "totalItems", "hasNext"}, {"hasNext", "page"}, {"totalPages"}, {"totalItems", "totalPages"}} {
		s := newService(t)
		s.largestPage = 10
		for n := range 30 {
			s.users = append(s.users, user(n, fmt.Sprintf("user%02d", n)))
		}
		s.change = func(_ string, _ int, body map[string]any) {
			for _, field := range left {
				body[field] = nil
			}
		}
		d, _ := s.open(t)
		if users, err := d.Users(t.Context()); err != nil || len(users) != 30 {
			t.Errorf("without %v: %d users, %v", left, len(users), err)
		}
	}
}

// Somebody is added while the list is read: the second try gets the whole list.
func TestAListThatChangesIsReadAgain(t *testing.T) {
	s := newService(t)
	s.largestPage = 10
	for n := range 25 {
		s.users = append(s.users, user(n, fmt.Sprintf("user%02d", n)))
	}
	s.change = func(_ string, page int, _ map[string]any) {
		if page == 0 && len(s.users) == 25 {
			s.users = append([]map[string]any{user(100, "aaa")}, s.users...)
		}
	}
	d, _ := s.open(t)
	users, err := d.Users(t.Context())
	if err != nil || len(users) != 26 || users[0].LoginID != "aaa" {
		t.Errorf("got %d users, %v", len(users), err)
	}
}

func TestAPageThatFailsInTheMiddle(t *testing.T) {
	s := newService(t)
	s.largestPage = 10
	for n := range 25 {
		s.users = append(s.users, user(n, fmt.Sprintf("user%02d", n)))
	}
	status, failures := 0, 1000
	s.refuse = func(r *http.Request) (int, string) {
		if r.URL.Query().Get("page") != "1" || failures == 0 {
			return 0, ""
		}
		failures--
		return status, `{"errorCode":500,"message":"PERSONAL","details":"PERSONAL"}`
	}
	d, _ := s.open(t)
	for _, status = range []int{500, 503, 400, 404, 409, 301} {
		users, err := d.Users(t.Context())
		wantError[*gateway.Error](t, err, fmt.Sprintf("list sub accounts: %d", status))
		if users != nil || as[*directory.PermissionError](err) {
			t.Errorf("status %d: got %d users, %v", status, len(users), err)
		}
	}
	s.mutex.Lock()
	status, failures = 429, 2
	s.mutex.Unlock()
	if users, err := d.Users(t.Context()); err != nil || len(users) != 25 {
		t.Errorf("after a retry: %d users, %v", len(users), err)
	}
}

func TestResponsesThatAreNoJSON(t *testing.T) {
	for name, body := range map[string]string{
		"cut off": `{"items":[{"email":"PERSONAL"`, "a page": "<html>PERSONAL</html>", "nothing": "", "another list": `["PERSONAL"]`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.refuse = func(*http.Request) (int, string) { return http.StatusOK, body }
			d, _ := s.open(t)
			_, err := d.Roles(t.Context())
			wantError[*directory.IncompleteError](t, err, "list roles: the response is not what api/subaccount.yaml says")
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		isKind error // of the gateway
		denied bool
		reason string
	}{
		{"no permission, of the gateway", 401, `{"error":{"errorCode":"210","message":"Permission Denied"}}`, gateway.ErrForbidden, true, "NCP_SUB_ACCOUNT_VIEWER"},
		{"no permission, of the service", 403, `{"errorCode":403,"message":"PERSONAL"}`, gateway.ErrForbidden, true, "NCP_SUB_ACCOUNT_VIEWER"},
		{"a wrong key", 401, `{"error":{"errorCode":"200","message":"Authentication Failed","details":"PERSONAL"}}`, gateway.ErrUnauthenticated, true, "the key pair or the clock may be wrong"},
		{"an account that does not exist", 401, `{"errorCode":30,"message":"PERSONAL"}`, gateway.ErrUnauthenticated, false, ""},
		{"a page of a proxy", 403, "<!DOCTYPE html><title>PERSONAL</title>", gateway.ErrUnavailable, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t)
			s.refuse = func(*http.Request) (int, string) { return c.status, c.body }
			d, _ := s.open(t)
			for _, read := range map[string]func() error{
				"users":   func() error { _, err := d.Users(t.Context()); return err },
				"find":    func() error { _, err := d.Find(t.Context(), directory.KindUser, "kim@corp"); return err },
				"members": func() error { _, err := d.Members(t.Context(), uuid(1)); return err },
				"deleted": func() error { _, err := d.Deleted(t.Context(), uuid(1)); return err },
			} {
				err := read()
				wantError[*gateway.Error](t, err, fmt.Sprintf("%d", c.status))
				if as[*directory.PermissionError](err) != c.denied || !errors.Is(err, c.isKind) {
					t.Errorf("got %T: %v", err, err)
				}
				if c.denied && (!strings.Contains(err.Error(), c.reason) || strings.Contains(err.Error(), "\n")) {
					t.Errorf("got %v", err)
				}
			}
			before := s.count()
			_, err := d.Users(t.Context())
			if asked := s.count() != before; asked == c.denied {
				t.Errorf("asked again: %t after %v", asked, err)
			}
		})
	}
}

func TestOneReadServesAllCallers(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp")}
	d, _ := s.open(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if found, err := d.Find(context.Background(), directory.KindUser, "kim@corp"); err != nil || found.NRN != userNRN(1) {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
	wg.Wait()
	if s.count() != 1 {
		t.Errorf("%d requests", s.count())
	}
}

func TestACallerWaitsNoLongerThanItWants(t *testing.T) {
	s := newService(t)
	started, release := make(chan struct{}), make(chan struct{})
	s.refuse = func(*http.Request) (int, string) {
		close(started)
		<-release
		return 0, ""
	}
	d, _ := s.open(t)
	done := make(chan error)
	go func() {
		_, err := d.Users(context.Background())
		done <- err
	}()
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Users(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
}

// A caller that gives up fails alone: the next one reads the list.
func TestACallerThatGivesUpFailsAlone(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp")}
	d, _ := s.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Users(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if users, err := d.Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("got %v, %v", users, err)
	}
}

func TestDeleted(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp")}
	s.gone[uuid(2)] = true
	d, _ := s.open(t)
	if gone, err := d.Deleted(t.Context(), uuid(1)); gone || err != nil {
		t.Errorf("got %t, %v", gone, err)
	}
	if gone, err := d.Deleted(t.Context(), strings.ToUpper(uuid(2))); !gone || err != nil {
		t.Errorf("got %t, %v", gone, err)
	}
	_, err := d.Deleted(t.Context(), uuid(3))
	wantError[*directory.NotFoundError](t, err, "there is no user")
	before := s.count()
	_, err = d.Deleted(t.Context(), "kim@corp")
	wantError[*gateway.SettingError](t, err, `ID of a user must be a UUID, not "kim@corp"`)
	if _, err := d.Deleted(t.Context(), uuid(2)); err != nil || s.count() != before {
		t.Errorf("%v after %d more requests", err, s.count()-before)
	}

	s.change = func(_ string, _ int, body map[string]any) { delete(body, "deleted") }
	d, _ = s.open(t)
	_, err = d.Deleted(t.Context(), uuid(1))
	wantError[*directory.IncompleteError](t, err, "does not say whether the user was deleted")
	s.change = func(_ string, _ int, body map[string]any) { body["subAccountId"] = uuid(9) }
	_, err = d.Deleted(t.Context(), uuid(1))
	wantError[*directory.IncompleteError](t, err, "about another user")
}

func TestMembers(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp"), with(user(2, "lee@corp"), "active", false), user(3, "park@corp")}
	s.members[uuid(6)] = []map[string]any{
		user(2, "lee@corp"), with(user(1, "kim@corp"), "nrn", nil), user(4, "deleted@corp"), user(5, "vanished@corp"),
	}
	s.gone[uuid(4)] = true
	d, _ := s.open(t)
	members, err := d.Members(t.Context(), uuid(6))
	want := []directory.User{
		{ID: uuid(4), LoginID: "deleted@corp", NRN: userNRN(4), Deleted: true},
		{ID: uuid(1), LoginID: "kim@corp", NRN: userNRN(1)},
		{ID: uuid(2), LoginID: "lee@corp", NRN: userNRN(2), Inactive: true},
		{ID: uuid(5), LoginID: "vanished@corp", NRN: userNRN(5), Deleted: true},
	}
	if err != nil || !slices.Equal(members, want) {
		t.Errorf("got %+v, %v", members, err)
	}
	before := s.count()
	if again, err := d.Members(t.Context(), uuid(6)); err != nil || !slices.Equal(again, want) || s.count() != before {
		t.Errorf("got %+v, %v", again, err)
	}
	_, err = d.Members(t.Context(), uuid(7))
	wantError[*directory.NotFoundError](t, err, "there is no group")
	_, err = d.Members(t.Context(), "backend")
	wantError[*gateway.SettingError](t, err, "ID of a group must be a UUID")

	s.members[uuid(8)] = []map[string]any{}
	if none, err := d.Members(t.Context(), uuid(8)); err != nil || len(none) != 0 {
		t.Errorf("an empty group: %v, %v", none, err)
	}
	s.refuse = func(r *http.Request) (int, string) {
		return http.StatusBadRequest, `{"errorCode":30,"message":"PERSONAL"}`
	}
	_, err = d.Members(t.Context(), uuid(9))
	wantError[*directory.NotFoundError](t, err, "there is no group")
	s.refuse = nil
	s.change = func(_ string, _ int, body map[string]any) { delete(body, "subAccounts") }
	_, err = d.Members(t.Context(), uuid(6)[:7]+"6-0000-0000-0000-246e9659184c")
	if err != nil {
		t.Errorf("a group that was kept: %v", err)
	}
	d, _ = s.open(t)
	_, err = d.Members(t.Context(), uuid(6))
	wantError[*directory.IncompleteError](t, err, "no list")
	s.change = func(_ string, _ int, body map[string]any) { body["groupId"] = uuid(1) }
	_, err = d.Members(t.Context(), uuid(6))
	wantError[*directory.IncompleteError](t, err, "about another group")
}

// A member that was added after the list of users was read is not taken for a deleted one.
func TestANewMemberIsNotDeleted(t *testing.T) {
	s := newService(t)
	s.users = []map[string]any{user(1, "kim@corp")}
	s.members[uuid(6)] = []map[string]any{user(1, "kim@corp"), user(2, "new@corp")}
	d, _ := s.open(t)
	if _, err := d.Users(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.users = append(s.users, user(2, "new@corp"))
	members, err := d.Members(t.Context(), uuid(6))
	if err != nil || len(members) != 2 || members[1].LoginID != "new@corp" || members[1].Deleted {
		t.Errorf("got %+v, %v", members, err)
	}
}

// A refusal of the look at a member does not make it a deleted one.
func TestAMemberThatCannotBeLookedAt(t *testing.T) {
	s := newService(t)
	s.members[uuid(6)] = []map[string]any{user(2, "lee@corp")}
	s.refuse = func(r *http.Request) (int, string) {
		if strings.Contains(r.URL.Path, "/users/") {
			return http.StatusUnauthorized, `{"errorCode":30,"message":"no such account"}`
		}
		return 0, ""
	}
	d, _ := s.open(t)
	members, err := d.Members(t.Context(), uuid(6))
	wantError[*gateway.Error](t, err, "401")
	if members != nil {
		t.Errorf("got %v", members)
	}
}

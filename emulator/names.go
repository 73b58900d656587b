package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/emulator/internal/contract"
)

// namesPath is the path of the base URL of the Sub Account API.
const namesPath = "/api/v1"

// routeNames registers the operations of the contract of names.
func (e *Emulator) routeNames() {
	respond := map[string]func(*http.Request) (any, error){
		"listSubAccounts": e.listSubAccounts,
		"getUser":         e.getUser,
		"listGroups":      e.listGroups,
		"getGroup":        e.getGroup,
		"listRoles":       e.listRoles,
		"getRole":         e.getRole,
	}
	for _, operation := range contract.NameOperations() {
		e.operations[namesPath+operation.Path] = operation.ID
		e.mux.Handle(namesPath+operation.Path, e.name(operation, respond[operation.ID]))
	}
	e.mux.HandleFunc(namesPath+"/", func(w http.ResponseWriter, r *http.Request) {
		const words = "There is no %s. The emulator has the operations of api/subaccount.yaml only."
		e.writeError(w, r, contract.GatewayErrorf(http.StatusNotFound, words, r.URL.EscapedPath()))
	})
}

// name returns the handler of an operation. It checks the permission of the key, and the request
// against the contract.
func (e *Emulator) name(operation contract.NameOperation, respond func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := e.serveName(w.(*exchange), r, operation, respond) // serveAPI passes no other
		if err != nil {
			e.writeError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body) // the exchange keeps it
	}
}

func (e *Emulator) serveName(
	x *exchange, r *http.Request, operation contract.NameOperation, respond func(*http.Request) (any, error),
) (any, error) {
	if r.Method != http.MethodGet {
		x.Header().Set("Allow", http.MethodGet)
		const words = "%s takes GET, not %s."
		return nil, contract.NameErrorf(http.StatusMethodNotAllowed, http.StatusMethodNotAllowed, words, r.URL.Path, r.Method)
	}
	if status := x.faults.Directory; status != 0 {
		x.log.Fault = "directory"
		return nil, contract.PermissionDenied(status)
	}
	if permitted := e.permitted[x.log.AccessKey]; permitted != nil && !slices.Contains(permitted, operation.ID) {
		return nil, contract.PermissionDenied(http.StatusForbidden)
	}
	if err := operation.Check(r); err != nil {
		return nil, err
	}
	return respond(r)
}

// The objects of the Sub Account API. Like the service, the emulator also sends personal data, which
// no client of this project may show.
type (
	subAccount struct {
		SubAccountID string `json:"subAccountId"`
		LoginID      string `json:"loginId"`
		NRN          string `json:"nrn"`
		Active       bool   `json:"active"`
		Name         string `json:"name"`
		Email        string `json:"email"`
		Memo         string `json:"memo"`
	}
	userDetail struct {
		SubAccountID  string `json:"subAccountId"`
		LoginID       string `json:"loginId"`
		Active        bool   `json:"active"`
		Deleted       bool   `json:"deleted"`
		PrincipalType string `json:"principalType"`
		Name          string `json:"name"`
	}
	groupItem struct {
		GroupID   string `json:"groupId"`
		GroupName string `json:"groupName"`
		NRN       string `json:"nrn"`
	}
	groupMember struct {
		SubAccountID string `json:"subAccountId"`
		LoginID      string `json:"loginId"`
		NRN          string `json:"nrn"`
		Name         string `json:"name"`
	}
	groupDetail struct {
		groupItem
		SubAccounts []groupMember `json:"subAccounts"`
	}
	roleItem struct {
		RoleNo   string `json:"roleNo"`
		RoleName string `json:"roleName"`
		NRN      string `json:"nrn"`
		RoleType string `json:"roleType"`
		Active   bool   `json:"active"`
	}
)

// personal is the mark of personal data. A test that finds it where people look has found a leak.
const personal = "personal-data"

func (e *Emulator) listSubAccounts(r *http.Request) (any, error) {
	var found []subAccount
	for _, user := range e.directory.Load().Users {
		if user.Deleted || !matches(r, map[string]string{"loginId": user.LoginID, "name": personal}) {
			continue
		}
		found = append(found, subAccount{
			SubAccountID: user.ID, LoginID: user.LoginID, NRN: user.NRN, Active: !user.Inactive,
			Name: personal, Email: personal + "@example.com", Memo: personal,
		})
	}
	return pageOf(r, found), nil
}

func (e *Emulator) getUser(r *http.Request) (any, error) {
	id := r.PathValue("subAccountId")
	deletedToo := r.URL.Query().Get("includeDeleted") == "true"
	for _, user := range e.directory.Load().Users {
		if strings.EqualFold(user.ID, id) && (deletedToo || !user.Deleted) {
			return userDetail{
				SubAccountID: user.ID, LoginID: user.LoginID, Active: !user.Inactive && !user.Deleted, Deleted: user.Deleted,
				PrincipalType: "IamUser", Name: personal,
			}, nil
		}
	}
	return nil, contract.NameErrorf(http.StatusNotFound, http.StatusNotFound, "There is no user %s.", id)
}

func (e *Emulator) listGroups(r *http.Request) (any, error) {
	var found []groupItem
	for _, group := range e.directory.Load().Groups {
		found = append(found, itemOf(group))
	}
	return pageOf(r, found), nil
}

func itemOf(group Group) groupItem {
	return groupItem{GroupID: group.ID, GroupName: group.Name, NRN: principalNRN("Group", group.ID)}
}

// noSuchGroup is the code of an error with the status 400 (older docs pages).
const noSuchGroup = 30

func (e *Emulator) getGroup(r *http.Request) (any, error) {
	id := r.PathValue("groupId")
	directory := e.directory.Load()
	for _, group := range directory.Groups {
		if !strings.EqualFold(group.ID, id) {
			continue
		}
		members := []groupMember{}
		users := directory.byLoginID()
		for _, loginID := range group.Members {
			user := users[loginID]
			members = append(members, groupMember{SubAccountID: user.ID, LoginID: loginID, NRN: user.NRN, Name: personal})
		}
		return groupDetail{itemOf(group), members}, nil
	}
	return nil, contract.NameErrorf(http.StatusBadRequest, noSuchGroup, "There is no group %s.", id)
}

func (e *Emulator) listRoles(r *http.Request) (any, error) {
	var found []roleItem
	for _, role := range e.directory.Load().Roles {
		if matches(r, map[string]string{"roleName": role.Name, "roleType": role.Type, "nrn": role.NRN}) {
			found = append(found, roleOf(role))
		}
	}
	return pageOf(r, found), nil
}

func (e *Emulator) getRole(r *http.Request) (any, error) {
	id := r.PathValue("roleNo")
	for _, role := range e.directory.Load().Roles {
		if strings.EqualFold(role.ID, id) {
			return roleOf(role), nil
		}
	}
	return nil, contract.NameErrorf(http.StatusNotFound, http.StatusNotFound, "There is no role %s.", id)
}

func roleOf(role Role) roleItem {
	return roleItem{RoleNo: role.ID, RoleName: role.Name, NRN: role.NRN, RoleType: role.Type, Active: !role.Inactive}
}

// matches reports whether the search of a request finds an item with these values. No source says how
// a search matches, so it finds parts and ignores case, which a client must be ready for.
func matches(r *http.Request, values map[string]string) bool {
	query := r.URL.Query()
	column := query.Get("searchColumn")
	word := query.Get("searchWord")
	if column == "" || word == "" {
		return true
	}
	return strings.Contains(strings.ToLower(values[column]), strings.ToLower(word))
}

// The sizes of a page. The largest one is that of version 2 of the API.
const (
	defaultPageSize = 10
	largestPageSize = 100
)

type pageBody[T any] struct {
	Page        int  `json:"page"`
	TotalPages  int  `json:"totalPages"`
	TotalItems  int  `json:"totalItems"`
	HasPrevious bool `json:"hasPrevious"`
	HasNext     bool `json:"hasNext"`
	IsFirst     bool `json:"isFirst"`
	IsLast      bool `json:"isLast"`
	Items       []T  `json:"items"`
}

// pageOf returns the page that a request asks for.
func pageOf[T any](r *http.Request, items []T) pageBody[T] {
	number, _ := strconv.Atoi(r.URL.Query().Get("page")) // checked
	size, err := strconv.Atoi(r.URL.Query().Get("size"))
	if err != nil {
		size = defaultPageSize
	}
	size = min(size, largestPageSize)
	pages := (len(items) + size - 1) / size
	start := min(number*size, len(items))
	end := min(start+size, len(items))
	return pageBody[T]{
		Page: number, TotalPages: pages, TotalItems: len(items),
		HasPrevious: number > 0, HasNext: number+1 < pages, IsFirst: number == 0, IsLast: number+1 >= pages,
		Items: append([]T{}, items[start:end]...),
	}
}

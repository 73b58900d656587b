package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/gen/subaccount"
)

// largePage gets an account of the largest size in a few requests. No source names the largest page
// of version 1 of the API; version 2 has 100.
const largePage int32 = 100

// longest is more than a login ID (60), a name (30) and an NRN (128) may have.
const longest = 256

var errUnexpected = errors.New("the response is not what api/subaccount.yaml says")

// send makes a call with retries, and decodes a success. It returns a [*PermissionError] for a
// refusal, and an [*IncompleteError] for a success that cannot be decoded.
func (d *Directory) send(
	ctx context.Context, op string, into any, call func(context.Context) (*http.Response, error),
) error {
	err := d.gateway.Read(ctx, op, func(ctx context.Context) error {
		resp, err := call(ctx)
		if err != nil {
			return withoutBody(err)
		}
		return decode(resp, into)
	})
	if errors.Is(err, errUnexpected) {
		return &IncompleteError{Op: op, Reason: errUnexpected.Error()}
	}
	return refused(err)
}

// decode decodes the body of a success. The error does not repeat it.
func decode(resp *http.Response, into any) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if json.Unmarshal(body, into) != nil {
		return errUnexpected
	}
	return nil
}

// pageSize returns the number of items to ask for, or nil for the default of the API.
func (d *Directory) pageSize() *int32 {
	if d.onlySmallPages.Load() {
		return nil
	}
	size := largePage
	return &size
}

// sendPage gets a page of a list. If the API refuses the first page of a large size, it asks for
// pages of the default size from then on.
func (d *Directory) sendPage(
	ctx context.Context, op string, number int32, into any,
	call func(ctx context.Context, size *int32) (*http.Response, error),
) error {
	size := d.pageSize()
	err := d.send(ctx, op, into, func(ctx context.Context) (*http.Response, error) { return call(ctx, size) })
	if number > 0 || size == nil || !hasStatus(err, http.StatusBadRequest) {
		return err
	}
	d.onlySmallPages.Store(true)
	return d.send(ctx, op, into, func(ctx context.Context) (*http.Response, error) { return call(ctx, nil) })
}

func hasStatus(err error, status int) bool {
	var failed *gateway.Error
	return errors.As(err, &failed) && failed.Status == status
}

func (d *Directory) userPage(ctx context.Context, op string, number int32) (page[User], error) {
	var sent subaccount.SubAccountPage
	err := d.sendPage(ctx, op, number, &sent, func(ctx context.Context, size *int32) (*http.Response, error) {
		return d.client.ListSubAccounts(ctx, &subaccount.ListSubAccountsParams{Page: &number, Size: size})
	})
	if err != nil {
		return page[User]{}, err
	}
	items, err := checked(op, sent.Items, userOf)
	return page[User]{items, paging{sent.Page, sent.TotalPages, sent.TotalItems, sent.HasNext}}, err
}

func (d *Directory) rolePage(ctx context.Context, op string, number int32) (page[Role], error) {
	var sent subaccount.RolePage
	err := d.sendPage(ctx, op, number, &sent, func(ctx context.Context, size *int32) (*http.Response, error) {
		return d.client.ListRoles(ctx, &subaccount.ListRolesParams{Page: &number, Size: size})
	})
	if err != nil {
		return page[Role]{}, err
	}
	items, err := checked(op, sent.Items, roleOf)
	return page[Role]{items, paging{sent.Page, sent.TotalPages, sent.TotalItems, sent.HasNext}}, err
}

func (d *Directory) groupPage(ctx context.Context, op string, number int32) (page[Group], error) {
	var sent subaccount.GroupPage
	err := d.sendPage(ctx, op, number, &sent, func(ctx context.Context, size *int32) (*http.Response, error) {
		return d.client.ListGroups(ctx, &subaccount.ListGroupsParams{Page: &number, Size: size})
	})
	if err != nil {
		return page[Group]{}, err
	}
	items, err := checked(op, sent.Items, groupOf)
	return page[Group]{items, paging{sent.Page, sent.TotalPages, sent.TotalItems, sent.HasNext}}, err
}

func (d *Directory) groupMembers(ctx context.Context, id uuid.UUID) ([]User, error) {
	op := "get group " + id.String()
	var sent subaccount.GroupDetail
	err := d.send(ctx, op, &sent, func(ctx context.Context) (*http.Response, error) { return d.client.GetGroup(ctx, id) })
	if isMissing(err) {
		return nil, &NotFoundError{Kind: KindGroup, Name: id.String()}
	}
	if err != nil {
		return nil, err
	}
	if !sameID(sent.GroupID, id.String()) {
		return nil, &IncompleteError{Op: op, Reason: "the response is about another group"}
	}
	return checked(op, sent.SubAccounts, memberOf)
}

func (d *Directory) userDeleted(ctx context.Context, id uuid.UUID) (bool, error) {
	op := "get user " + id.String()
	includeDeleted := true
	var sent subaccount.User
	err := d.send(ctx, op, &sent, func(ctx context.Context) (*http.Response, error) {
		return d.client.GetUser(ctx, id, &subaccount.GetUserParams{IncludeDeleted: &includeDeleted})
	})
	if isMissing(err) {
		return false, &NotFoundError{Kind: KindUser, Name: id.String()}
	}
	if err != nil {
		return false, err
	}
	if !sameID(sent.SubAccountID, id.String()) {
		return false, &IncompleteError{Op: op, Reason: "the response is about another user"}
	}
	if sent.Deleted == nil {
		return false, &IncompleteError{Op: op, Reason: "the response does not say whether the user was deleted"}
	}
	return *sent.Deleted, nil
}

// isMissing reports whether an error says that a user or a group does not exist. An account that does
// not exist may also get 401 with the code 30. That may mean the account of the key as well.
func isMissing(err error) bool {
	var failed *gateway.Error
	if !errors.As(err, &failed) {
		return false
	}
	noGroup := failed.Status == http.StatusBadRequest && failed.Code == missing
	return noGroup || errors.Is(failed, gateway.ErrNotFound)
}

// checked converts the items of a response. It returns an [*IncompleteError] if there is no list, or
// if an item has no ID or no name.
func checked[From any, To named](op string, sent []From, one func(From) To) ([]To, error) {
	if sent == nil {
		return nil, &IncompleteError{Op: op, Reason: "the response has no list"}
	}
	items := convert(sent, one)
	for i, item := range items {
		if !isUsable(item.principal()) {
			reason := fmt.Sprintf("item %d has no ID or no name, or one that is too long", i+1)
			return nil, &IncompleteError{Op: op, Reason: reason}
		}
	}
	return items, nil
}

func isUsable(p Principal) bool {
	for _, text := range []string{p.ID, p.Name} {
		if text == "" || len(text) > longest {
			return false
		}
	}
	return len(p.NRN) <= longest
}

func userOf(sent subaccount.SubAccount) User {
	return User{
		ID:       sent.SubAccountID,
		LoginID:  norm.NFC.String(sent.LoginID),
		NRN:      sent.NRN,
		Inactive: isFalse(sent.Active),
	}
}

func memberOf(sent subaccount.GroupMember) User {
	return User{ID: sent.SubAccountID, LoginID: norm.NFC.String(sent.LoginID), NRN: sent.NRN}
}

func roleOf(sent subaccount.Role) Role {
	return Role{
		ID:       sent.RoleNo,
		Name:     norm.NFC.String(sent.RoleName),
		NRN:      sent.NRN,
		Type:     sent.RoleType[:min(len(sent.RoleType), longest)],
		Inactive: isFalse(sent.Active),
	}
}

func groupOf(sent subaccount.Group) Group {
	return Group{ID: sent.GroupID, Name: norm.NFC.String(sent.GroupName), NRN: sent.NRN}
}

func isFalse(value *bool) bool { return value != nil && !*value }

// Package directory knows the users, roles and groups of an account by name. It reads the provider's
// Sub Account API.
//
//	g, err := gateway.New(gateway.Config{})
//	names, err := directory.New(g)
//	kim, err := names.Find(ctx, directory.KindUser, "kim@corp")
//	fmt.Println(kim.NRN)
//
// A list is complete, or reading it is an error. A [Directory] reads each list once and keeps it, so
// use a new one for each run of a program. It needs the permission NCP_SUB_ACCOUNT_VIEWER. Without
// it, every call returns a [*PermissionError].
//
// The API also sends e-mail addresses, notes and IP addresses of people. This package does not decode
// them, and no error of it repeats a response.
package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/gen/subaccount"
)

// User is a sub account.
type User struct {
	ID      string
	LoginID string // in Unicode form NFC
	NRN     string // empty if the API sends none
	// Inactive says that the API marks the user as not active. It is false if the API does not say.
	Inactive bool
	// Deleted says that the user is a member of a group, but was deleted.
	Deleted bool
}

// Role is a role.
type Role struct {
	ID       string
	Name     string // in Unicode form NFC
	NRN      string // empty if the API sends none
	Type     string // such as Server; empty if the API sends none
	Inactive bool   // as for a user
}

// Group is a group of users. It cannot have an access entry, only its members can.
type Group struct {
	ID   string
	Name string // in Unicode form NFC
	NRN  string // empty if the API sends none
}

// Directory reads names. It is safe for concurrent use.
type Directory struct {
	gateway *gateway.Gateway
	baseURL string
	client  subaccount.ClientInterface

	users   *kept[[]User]
	roles   *kept[[]Role]
	groups  *kept[[]Group]
	members keptByID[[]User] // of groups
	deleted keptByID[bool]   // users

	onlySmallPages atomic.Bool // the API refuses large ones

	guesses atomic.Int32 // names with a hint at the nearest one
}

// Option configures a [Directory].
type Option func(*options)

type options struct{ baseURL string }

// WithBaseURL sets the base URL of the Sub Account API, such as
// https://subaccount.apigw.ntruss.com/api/v1. Without it, the base URL comes from the environment
// variable NCLOUD_SUBACCOUNT_ENDPOINT, or else follows the gateway: a gateway of the provider has a
// neighbour for this API, any other one is asked for /api/v1.
func WithBaseURL(url string) Option { return func(o *options) { o.baseURL = url } }

// New returns a directory that sends its requests through g. It returns a [*gateway.SettingError] for
// an invalid base URL.
func New(g *gateway.Gateway, choices ...Option) (*Directory, error) {
	var chosen options
	for _, choose := range choices {
		choose(&chosen)
	}
	base, err := resolve(chosen.baseURL, g.Settings().BaseURL)
	if err != nil {
		return nil, err
	}
	client, err := subaccount.NewClient(base, subaccount.WithHTTPClient(g))
	if err != nil {
		return nil, fmt.Errorf("make a client of the Sub Account API: %w", err)
	}
	return &Directory{
		gateway: g, baseURL: base, client: client,
		users: newKept[[]User](), roles: newKept[[]Role](), groups: newKept[[]Group](),
	}, nil
}

// BaseURL returns the base URL of the Sub Account API.
func (d *Directory) BaseURL() string { return d.baseURL }

// Users returns all sub accounts of the account, sorted by login ID.
//
// Every method that reads returns a [*PermissionError] if the key may not, an [*IncompleteError] if
// the API sends something else than the whole list, and otherwise a [*gateway.Error].
func (d *Directory) Users(ctx context.Context) ([]User, error) {
	users, err := d.users.get(ctx, func(ctx context.Context) ([]User, error) {
		return readAll(ctx, "list sub accounts", d.userPage)
	})
	return slices.Clone(users), err
}

// Roles returns all roles of the account, sorted by name. See [Directory.Users] for its errors.
func (d *Directory) Roles(ctx context.Context) ([]Role, error) {
	roles, err := d.roles.get(ctx, func(ctx context.Context) ([]Role, error) {
		return readAll(ctx, "list roles", d.rolePage)
	})
	return slices.Clone(roles), err
}

// Groups returns all groups of the account, sorted by name. See [Directory.Users] for its errors.
func (d *Directory) Groups(ctx context.Context) ([]Group, error) {
	groups, err := d.groups.get(ctx, func(ctx context.Context) ([]Group, error) {
		return readAll(ctx, "list groups", d.groupPage)
	})
	return slices.Clone(groups), err
}

// Members returns the members of the group with an ID, sorted by login ID. Members that were deleted
// are marked. It returns a [*NotFoundError] if there is no such group.
func (d *Directory) Members(ctx context.Context, groupID string) ([]User, error) {
	id, err := parseID("group", groupID)
	if err != nil {
		return nil, err
	}
	members, err := d.members.of(id.String()).get(ctx, func(ctx context.Context) ([]User, error) {
		return d.readMembers(ctx, id)
	})
	return slices.Clone(members), err
}

func (d *Directory) readMembers(ctx context.Context, groupID uuid.UUID) ([]User, error) {
	members, err := d.groupMembers(ctx, groupID)
	if err != nil {
		return nil, err
	}
	if err := d.completeMembers(ctx, members); err != nil {
		return nil, err
	}
	sortByName(members)
	return members, nil
}

// completeMembers fills in what the list of users says of the members of a group. No source says
// whether a group has deleted members, so it looks at each member that is not in the list.
func (d *Directory) completeMembers(ctx context.Context, members []User) error {
	users, err := d.Users(ctx)
	if err != nil {
		return err
	}
	byID := map[string]User{}
	for _, user := range users {
		byID[strings.ToLower(user.ID)] = user
	}
	for i := range members {
		member := &members[i]
		user, listed := byID[strings.ToLower(member.ID)]
		if listed {
			member.Inactive = user.Inactive
			member.NRN = cmp.Or(member.NRN, user.NRN)
			continue
		}
		member.Deleted, err = d.Deleted(ctx, member.ID)
		if isNotFound(err) {
			member.Deleted = true
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Deleted reports whether the user with an ID was deleted. It returns a [*NotFoundError] if the API
// knows no such user, not even a deleted one. A refusal is a [*PermissionError]; it does not say that
// the user is gone.
func (d *Directory) Deleted(ctx context.Context, userID string) (bool, error) {
	id, err := parseID("user", userID)
	if err != nil {
		return false, err
	}
	return d.deleted.of(id.String()).get(ctx, func(ctx context.Context) (bool, error) {
		return d.userDeleted(ctx, id)
	})
}

func parseID(kind, id string) (uuid.UUID, error) {
	const length = len("2b141960-0000-0000-0000-246e9659184c") // uuid.Parse takes other forms, too
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != length {
		return uuid.UUID{}, &gateway.SettingError{Setting: "ID of a " + kind, Rule: fmt.Sprintf("must be a UUID, not %q", id)}
	}
	return parsed, nil
}

func sameID(a, b string) bool { return strings.EqualFold(a, b) }

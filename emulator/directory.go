package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Directory has the users, roles and groups that the Sub Account API knows.
type Directory struct {
	Users  []User
	Roles  []Role
	Groups []Group
}

// User is a sub account. The emulator makes an ID and an NRN if they are empty.
type User struct {
	ID       string
	LoginID  string
	NRN      string
	Inactive bool
	Deleted  bool // not in the list of users, but still found by its ID
}

// Role is a role. The emulator makes an ID and an NRN if they are empty.
type Role struct {
	ID       string
	Name     string
	NRN      string
	Type     string // Server if empty
	Inactive bool
}

// Group is a group of users. The emulator makes an ID if it is empty.
type Group struct {
	ID      string
	Name    string
	Members []string // login IDs
}

// demoAccount is the number of the account in the NRNs that the emulator makes.
const demoAccount = "5000008"

// demoDirectory has the principals of the examples in the documentation.
func demoDirectory() *Directory {
	return &Directory{
		Users: []User{
			{LoginID: "kim@corp", ID: "2b141960-0000-0000-0000-246e9659184c"},
			{LoginID: "lee@corp", ID: "3c252a71-0000-0000-0000-357fa76a295d"},
			{LoginID: "choi@corp", ID: "6f585da4-0000-0000-0000-68a2da9d5c80", Inactive: true},
			{LoginID: "park@corp", ID: "4d363b82-0000-0000-0000-4680b87b3a6e", Deleted: true},
		},
		Roles: []Role{
			{Name: "deployer", ID: "9ba09190-0000-0000-0000-246e966ebec4"},
			{Name: "auditor", ID: "acb1a2a1-0000-0000-0000-357fa77fcfd5", Type: "Account"},
			{Name: "platform", ID: "9ba09190-0000-0000-0000-246e966ebec5", Type: "Account"},
		},
		Groups: []Group{
			{Name: "backend", ID: "5e474c93-0000-0000-0000-5791c98c4b7f", Members: []string{"kim@corp", "lee@corp"}},
		},
	}
}

// SetDirectory replaces the users, roles and groups. It returns an error for a directory that New
// refuses, and then changes nothing.
func (e *Emulator) SetDirectory(d Directory) error {
	checked, err := d.checked()
	if err != nil {
		return fmt.Errorf("set directory: %w", err)
	}
	e.directory.Store(checked)
	return nil
}

// checked returns a copy with IDs and NRNs. It returns an error for an ID that is not a UUID or is
// duplicate, for a missing name, for two users with one login ID, and for a member that is no user.
// Two roles or groups may have one name: no source says that names are unique.
func (d Directory) checked() (*Directory, error) {
	var full Directory
	ids := takenIDs{}
	logins := loginIDs{}
	for i, user := range d.Users {
		if err := logins.take(user); err != nil {
			return nil, fmt.Errorf("users[%d]: %w", i, err)
		}
		if err := full.addUser(user, ids); err != nil {
			return nil, fmt.Errorf("users[%d]: %w", i, err)
		}
	}
	for i, role := range d.Roles {
		if err := full.addRole(role, ids); err != nil {
			return nil, fmt.Errorf("roles[%d]: %w", i, err)
		}
	}
	for i, group := range d.Groups {
		if err := full.addGroup(group, ids, logins); err != nil {
			return nil, fmt.Errorf("groups[%d]: %w", i, err)
		}
	}
	return &full, nil
}

func (d *Directory) addUser(user User, ids takenIDs) error {
	id, err := ids.take(user.ID, "user", user.LoginID)
	if err != nil {
		return err
	}
	user.ID = id
	user.NRN = cmp.Or(user.NRN, principalNRN("SubAccount", id))
	d.Users = append(d.Users, user)
	return nil
}

func (d *Directory) addRole(role Role, ids takenIDs) error {
	if role.Name == "" {
		return errors.New("roleName is required")
	}
	id, err := ids.take(role.ID, "role", role.Name)
	if err != nil {
		return err
	}
	role.ID = id
	role.NRN = cmp.Or(role.NRN, principalNRN("Role", id))
	role.Type = cmp.Or(role.Type, "Server")
	d.Roles = append(d.Roles, role)
	return nil
}

func (d *Directory) addGroup(group Group, ids takenIDs, logins loginIDs) error {
	if group.Name == "" {
		return errors.New("groupName is required")
	}
	for i, member := range group.Members {
		if _, known := logins[member]; !known {
			return fmt.Errorf("members[%d] is not the loginId of a user", i)
		}
	}
	id, err := ids.take(group.ID, "group", group.Name)
	if err != nil {
		return err
	}
	group.ID = id
	group.Members = slices.Clone(group.Members)
	d.Groups = append(d.Groups, group)
	return nil
}

// byLoginID returns the users by their login IDs. A deleted user is the one if there is no other.
func (d *Directory) byLoginID() map[string]User {
	users := make(map[string]User, len(d.Users))
	for _, user := range d.Users {
		known, taken := users[user.LoginID]
		if !taken || known.Deleted {
			users[user.LoginID] = user
		}
	}
	return users
}

// namesByNRN returns what the console calls users and roles, by their NRNs in lower case.
func (d *Directory) namesByNRN() map[string]string {
	names := map[string]string{}
	for _, user := range d.Users {
		name := user.LoginID
		if user.Deleted {
			name += " (deleted)"
		} else if user.Inactive {
			name += " (inactive)"
		}
		names[strings.ToLower(user.NRN)] = name
	}
	for _, role := range d.Roles {
		name := role.Name
		if role.Inactive {
			name += " (inactive)"
		}
		names[strings.ToLower(role.NRN)] = name
	}
	return names
}

// loginIDs are the login IDs of users. The value is true for one of a user that is not deleted.
type loginIDs map[string]bool

// take notes the login ID of a user. Only deleted users may have that of another.
func (l loginIDs) take(user User) error {
	if user.LoginID == "" {
		return errors.New("loginId is required")
	}
	isActive := l[user.LoginID]
	if isActive && !user.Deleted {
		return errors.New("another user has the loginId")
	}
	l[user.LoginID] = isActive || !user.Deleted
	return nil
}

// takenIDs are the IDs of a directory.
type takenIDs map[string]bool

// take returns an ID in lower case. If it is empty, take makes one that is the same in every run.
func (ids takenIDs) take(id, kind, name string) (string, error) {
	if id == "" {
		id = uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%s/%s/%d", kind, name, len(ids))).String()
	}
	id, err := parseUUID(id)
	if err != nil {
		return "", err
	}
	if ids[id] {
		return "", fmt.Errorf("another one has the ID %s", id)
	}
	ids[id] = true
	return id, nil
}

func principalNRN(kind, id string) string {
	return "nrn:PUB:IAM::" + demoAccount + ":" + kind + "/" + id
}

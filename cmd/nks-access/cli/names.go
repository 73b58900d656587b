package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/internal/meant"
)

// The values of --names. Auto shows names on a terminal, and where a file or an argument has names. It
// sends nothing elsewhere, so that a key without the permission causes no refused requests.
const (
	namesAuto   = "auto"
	namesAlways = "always"
	namesNever  = "never"
)

var namesModes = []string{namesAuto, namesAlways, namesNever}

// namesPatience is how long a command waits for names that it only shows.
const namesPatience = 2 * time.Second

// addNamesFlag adds --names.
func (c *connection) addNamesFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.names, "names", "",
		"read names of users and roles `WHEN`: auto, always or never (environment: NKS_NAMES; default: auto)")
	complete(cmd, "names", fixed(namesModes...))
}

// namesMode returns the value of --names, of NKS_NAMES, or auto.
func (c *connection) namesMode() (string, error) {
	mode := orEnv(c.names, "NKS_NAMES")
	if mode == "" {
		return namesAuto, nil
	}
	if !slices.Contains(namesModes, mode) {
		return "", usagef("unknown value %q of --names or NKS_NAMES (%s)", mode, meant.Want(mode, namesModes...))
	}
	return mode, nil
}

// mayReadNames returns an error if --names never forbids what needs names.
func (c *connection) mayReadNames(what string) error {
	mode, err := c.namesMode()
	if err == nil && mode == namesNever {
		return usagef("%s needs names, which --names never or NKS_NAMES=never forbids", what)
	}
	return err
}

// account is the directory of one account, as package desired wants it.
type account struct{ names *directory.Directory }

func accountOf(client *access.Client) (*account, error) {
	names, err := directory.New(client.Gateway())
	if err != nil {
		return nil, err
	}
	return &account{names}, nil
}

// Find returns the user or the role with a name, or the members of a group.
func (a *account) Find(ctx context.Context, kind desired.Kind, name string) ([]desired.Identity, error) {
	found, err := a.names.Find(ctx, directory.Kind(kind), name)
	if err != nil {
		return nil, aboutName(err)
	}
	if kind == desired.KindGroup {
		members, err := a.names.Members(ctx, found.ID)
		return usersOf(members), aboutName(err)
	}
	return []desired.Identity{{
		Kind: kind, ID: found.ID, NRN: access.AnyNRN(found.NRN), Name: found.Name, Inactive: found.Inactive,
	}}, nil
}

// Identities returns all users and roles.
func (a *account) Identities(ctx context.Context) ([]desired.Identity, error) {
	type result struct {
		roles []directory.Role
		err   error
	}
	read := make(chan result, 1)
	go func() {
		roles, err := a.names.Roles(ctx)
		read <- result{roles, err}
	}()
	users, err := a.names.Users(ctx)
	roles := <-read
	if err := errors.Join(err, roles.err); err != nil {
		return nil, unreadable(firstOf(err))
	}
	all := usersOf(users)
	for _, role := range roles.roles {
		all = append(all, desired.Identity{
			Kind: desired.KindRole, ID: role.ID, NRN: access.AnyNRN(role.NRN), Name: role.Name, Inactive: role.Inactive,
		})
	}
	return all, nil
}

// firstOf returns the first of joined errors: the list of roles is refused for the same reason as the
// list of users.
func firstOf(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	return joined.Unwrap()[0]
}

func usersOf(users []directory.User) []desired.Identity {
	var all []desired.Identity
	for _, user := range users {
		all = append(all, desired.Identity{
			Kind: desired.KindUser, ID: user.ID, NRN: access.AnyNRN(user.NRN), Name: user.LoginID,
			Inactive: user.Inactive, Deleted: user.Deleted,
		})
	}
	return all
}

// aboutName returns an error of package directory as one about a name, or as one about the directory.
func aboutName(err error) error {
	isAboutName := as[*directory.NotFoundError](err) || as[*directory.AmbiguousError](err)
	if err == nil || isAboutName {
		return err
	}
	return unreadable(err)
}

// unreadable says that the directory cannot be read. A missing permission is one reason, whatever was
// tried.
func unreadable(err error) error {
	reason := ""
	if as[*directory.PermissionError](err) {
		reason = "names cannot be read: the key may lack the permission " + directory.Permission
	}
	return &desired.UnreadableError{Reason: reason, Err: err}
}

// nameInWord returns the name that a word for a principal is, such as user:kim@corp, role:deployer or
// kim@corp. ok is false for anything else, such as an NRN.
func nameInWord(word string) (name desired.Name, ok bool) {
	if strings.HasPrefix(word, "nrn:") {
		return desired.Name{}, false
	}
	kind, text, hasKind := strings.Cut(word, ":")
	isKind := slices.Contains([]desired.Kind{desired.KindUser, desired.KindRole, desired.KindGroup}, desired.Kind(kind))
	if hasKind && isKind && text != "" {
		return desired.Name{Kind: desired.Kind(kind), Text: text}, true
	}
	if strings.Contains(word, "@") {
		return desired.Name{Kind: desired.KindUser, Text: word}, true
	}
	return desired.Name{}, false
}

// nrnOf returns the NRN that a word for a principal stands for. A word that is no name stays as it is.
func (c *connection) nrnOf(ctx context.Context, client *access.Client, word string) (string, error) {
	name, isName := nameInWord(word)
	if !isName {
		return word, nil
	}
	if name.Kind == desired.KindGroup {
		return "", usagef("%q is a group, which cannot have an entry. Name one of its members; "+
			"nks-access principals --members %s shows them", word, term.ShellWord(name.Text))
	}
	if err := c.mayReadNames(fmt.Sprintf("%q", word)); err != nil {
		return "", err
	}
	names, err := accountOf(client)
	if err != nil {
		return "", err
	}
	found, err := names.Find(ctx, name.Kind, name.Text)
	if as[*directory.NotFoundError](err) { // it says whom
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("find %s: %w", name, err)
	}
	if problem := access.NRNProblem(string(found[0].NRN)); problem != "" {
		return "", fmt.Errorf("find %s: its NRN %q is not one that can have an entry: %s", name, found[0].NRN, problem)
	}
	nrn := string(found[0].NRN)
	c.called.add(nrn, name.Text)
	return nrn, nil
}

// shownNames reads names to show while a command reads other things.
type shownNames struct {
	connection *connection
	needed     bool
	read       chan peopleRead // nil if nothing is read
}

type peopleRead struct {
	people *desired.People
	err    error
}

// nameUse says what a command does with names.
type nameUse int

const (
	namesShown  nameUse = iota // it only shows them
	namesUsed                  // a file or an argument has names
	namesNeeded                // without them there is no result
)

// readNames begins to read names, if --names says so.
func (c *connection) readNames(
	ctx context.Context, use nameUse, read func(context.Context) (*desired.People, error),
) (*shownNames, error) {
	mode, err := c.namesMode()
	if err != nil {
		return nil, err
	}
	isNeeded := mode == namesAlways || use == namesNeeded
	shown := &shownNames{connection: c, needed: isNeeded}
	isWanted := isNeeded || mode == namesAuto && (use == namesUsed || c.attended)
	if !isWanted {
		return shown, nil
	}
	shown.read = make(chan peopleRead, 1)
	go func() {
		if !isNeeded {
			limited, cancel := context.WithTimeout(ctx, namesPatience)
			defer cancel()
			ctx = limited
		}
		people, err := read(ctx)
		shown.read <- peopleRead{people, err}
	}()
	return shown, nil
}

// people returns whom it has read. Names that are only shown never make a command fail: it says why
// they are missing.
func (s *shownNames) people() (*desired.People, error) {
	if s.read == nil {
		return nil, nil
	}
	result := <-s.read
	if result.err != nil && s.needed {
		return nil, result.err
	}
	if result.err != nil {
		s.connection.say("Names are not shown: %s. --names never does not read them.", whyNoNames(result.err))
	}
	return result.people, nil
}

// whyNoNames is one line.
func whyNoNames(err error) string {
	if as[*directory.PermissionError](err) {
		return "the key may lack the permission " + directory.Permission
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "they took too long"
	}
	return firstOf(err).Error()
}

// readAccount returns a function that reads the users and roles of the account of a client.
func readAccount(client *access.Client) func(context.Context) (*desired.People, error) {
	return func(ctx context.Context) (*desired.People, error) {
		names, err := accountOf(client)
		if err != nil {
			return nil, err
		}
		list, err := names.Identities(ctx)
		if err != nil {
			return nil, err
		}
		return desired.PeopleOf(list), nil
	}
}

// useOfWord returns what a command with a word for a principal does with names.
func useOfWord(word string) nameUse {
	if _, isName := nameInWord(word); isName {
		return namesUsed
	}
	return namesShown
}

// groups returns the groups of the account with their members.
func (a *account) groups(ctx context.Context) ([]export.Group, error) {
	groups, err := a.names.Groups(ctx)
	if err != nil {
		return nil, err
	}
	var all []export.Group
	for _, group := range groups {
		members, err := a.names.Members(ctx, group.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, export.Group{Name: group.Name, Members: usersOf(members)})
	}
	return all, nil
}

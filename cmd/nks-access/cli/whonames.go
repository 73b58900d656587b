package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/desired"
)

// observeForList reads the clusters of a file for a list of its entries, and the names that the list
// needs or shows. A name in the filter becomes an NRN.
func (f *fleet) observeForList(ctx context.Context, file *desired.File, filter *desired.Filter) (*observation, error) {
	use := f.useOfFilter(file, *filter)
	if use == namesNeeded {
		if err := f.mayReadNames("the list"); err != nil {
			return nil, err
		}
	}
	shown, err := f.readNames(ctx, use, f.readPeople(file))
	if err != nil {
		return nil, err
	}
	if use == namesUsed && isOneName(file, filter.Principal) {
		client, err := f.clientOf("", "")
		if err != nil {
			return nil, err
		}
		if filter.Principal, err = f.nrnOf(ctx, client, filter.Principal); err != nil {
			return nil, err
		}
	}
	observed := f.read(ctx, file)
	people, err := shown.people()
	if err != nil {
		return nil, err
	}
	withPeople := file.WithPeople(people)
	return &observation{withPeople, withPeople, observed}, nil
}

// useOfFilter returns what a list does with names.
func (f *fleet) useOfFilter(file *desired.File, filter desired.Filter) nameUse {
	if filter.Stale {
		return namesNeeded
	}
	_, isName := nameInWord(filter.Principal)
	isOther := isName && !isInFile(file, filter.Principal)
	if isOther && !isOneName(file, filter.Principal) {
		return namesNeeded // a pattern
	}
	if isOther || file.HasNames() {
		return namesUsed
	}
	return namesShown
}

// isOneName reports whether a word names one user or role of the account.
func isOneName(file *desired.File, word string) bool {
	_, isName := nameInWord(word)
	return isName && !strings.ContainsAny(word, `*?[`) && !isInFile(file, word)
}

// isInFile reports whether the file has a principal of the name.
func isInFile(file *desired.File, name string) bool {
	return slices.ContainsFunc(file.Principals, func(p desired.Principal) bool { return p.Name == name })
}

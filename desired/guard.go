package desired

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// The errors of a report are these, or those of package access. Use errors.Is.
var (
	ErrNoAdmin   = errors.New("the cluster would be without an administrator")
	ErrProtected = errors.New("a protected principal would lose access")
	ErrRemovals  = errors.New("too many entries would be removed")
	ErrAuthType  = errors.New("the auth type of the cluster is CONFIG_MAP")
	ErrConflict  = errors.New("somebody else changed the cluster meanwhile")
	ErrEmptyList = errors.New("the cluster has no entries any more")
)

// Guards returns all reasons not to change the cluster as planned. Options can lift guards.
func (c *ClusterPlan) Guards(options Options) (reasons []error) {
	if c.NeedsSwitch() && (options.SwitchAuthType == nil || !options.SwitchAuthType(*c)) {
		reasons = append(reasons, fmt.Errorf("%w, and access entries work only after a switch to API", ErrAuthType))
	}
	if (c.NeedsSwitch() || c.Admins.Before > 0) && c.Admins.After == 0 && !options.AllowNoAdmin {
		reasons = append(reasons,
			fmt.Errorf("%w: no entry would grant a cluster-wide %s", ErrNoAdmin, access.ClusterAdminPolicy))
	}
	for _, change := range c.Changes {
		loses := change.Action == Remove || len(change.Takes) > 0
		if loses && slices.Contains(c.Protected, change.Principal) && !options.AllowProtected {
			grants := cmp.Or(strings.Join(change.Takes, ", "), "its entry")
			reasons = append(reasons, fmt.Errorf("%w: %s would lose %s", ErrProtected, change.Principal, grants))
		}
	}
	return reasons
}

// guardRemovals returns an error if a plan removes more entries than it may.
func (p *Plan) guardRemovals(most int) error {
	if n := p.count().Remove; n > most {
		return fmt.Errorf("%w: %d, and at most %d may be", ErrRemovals, n, most)
	}
	return nil
}

// guardAdmin returns an error if a change takes the last cluster-wide administrator from a cluster
// with these entries.
func guardAdmin(change *Change, entries []access.Entry) error {
	had, has := false, change.After.Admin()
	for _, entry := range entries {
		if !grantsOf(entry).Admin() {
			continue
		}
		had = true
		has = has || entry.Principal != change.Principal
	}
	if had && !has {
		return fmt.Errorf("%w: %s is the last with a cluster-wide %s",
			ErrNoAdmin, change.Principal, access.ClusterAdminPolicy)
	}
	return nil
}

// joined is one error for many, the error itself for one, and nil for none.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

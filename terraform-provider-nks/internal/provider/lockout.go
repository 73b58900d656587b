package provider

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nks-access/nks-access/access"
)

var errLockout = errors.New("no administrator would be left")

// administers reports whether policies make a cluster-wide administrator.
func administers(policies []access.Policy) bool {
	return slices.ContainsFunc(policies, func(p access.Policy) bool {
		return p.Type == access.ClusterAdminPolicy && p.Scope == access.ClusterScope
	})
}

// refuseLockout returns errLockout if entry is the last cluster-wide administrator of its cluster,
// and is not one with the policies after the change. Entries are all entries of the cluster before
// the change.
func (s *service) refuseLockout(entries []access.Entry, entry access.Entry, after []access.Policy) error {
	if !s.preventLockout || !administers(entry.Policies) || administers(after) {
		return nil
	}
	for _, other := range entries {
		if other.UUID != entry.UUID && administers(other.Policies) {
			return nil
		}
	}
	return fmt.Errorf("the principal %s is the last cluster-wide administrator of cluster %s: %w",
		entry.Principal, entry.ClusterUUID, errLockout)
}

// lockoutWords say how to go on after a refusal.
const lockoutWords = `The entry was not changed. Without it, no entry has NKSClusterAdminPolicy on the whole cluster.
To go on:
  - give another principal NKSClusterAdminPolicy, and apply again. To replace the principal of this entry, set
    lifecycle { create_before_destroy = true } in its resource; or
  - if the cluster may lose its last administrator, set prevent_lockout = false in provider "nks".`

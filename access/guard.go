package access

import (
	"fmt"
	"strings"
)

// NoAdminError says that a change would leave a cluster without a cluster-wide administrator. It is
// [ErrNoAdmin].
type NoAdminError struct {
	Principal NRN // the last administrator
}

func (e *NoAdminError) Error() string {
	return fmt.Sprintf("%s: %s is the last with a cluster-wide %s", ErrNoAdmin, e.Principal, ClusterAdmin)
}

// Is reports whether target is ErrNoAdmin.
func (e *NoAdminError) Is(target error) bool { return target == ErrNoAdmin }

// GuardAdmin returns a [*NoAdminError] if a change takes the last cluster-wide administrator from a
// cluster with these entries. A cluster that has none cannot lose it.
func GuardAdmin(entries []Entry, change Change) error {
	if !change.Before.Administers() || change.After.Administers() {
		return nil
	}
	for _, entry := range entries {
		if entry.Administers() && !strings.EqualFold(entry.UUID, change.Before.UUID) {
			return nil
		}
	}
	return &NoAdminError{change.Before.Principal}
}

// Administrators counts the entries that make somebody a cluster-wide administrator.
func Administrators(entries []Entry) int {
	count := 0
	for _, entry := range entries {
		if entry.Administers() {
			count++
		}
	}
	return count
}

package access_test

import "testing"

// lowerScopes makes the emulators of these tests spell scopes cluster and namespace in responses.
// Otherwise they are Cluster and Namespace. The sources disagree on what the service sends.
var lowerScopes bool

func TestWithLowerScopes(t *testing.T) {
	lowerScopes = true
	t.Cleanup(func() { lowerScopes = false })
	for name, test := range map[string]func(*testing.T){
		"an entry from create to delete": TestAnEntryFromCreateToDelete,
		"create is safe to repeat":       TestCreateIsSafeToRepeat,
		"grant and revoke":               TestGrantAndRevoke,
	} {
		t.Run(name, test)
	}
}

//go:build unix

package credentials_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

// To open a pipe that nobody writes would block for ever.
func TestFileThatIsAPipe(t *testing.T) {
	clearEnvironment(t)
	pipe := filepath.Join(t.TempDir(), "configure")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := (&credentials.File{Path: pipe}).Credentials(t.Context())
	check(t, signer.Credentials{}, err, "is not a regular file")
}

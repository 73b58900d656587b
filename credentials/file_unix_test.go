//go:build unix

package credentials_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

func TestFileThatOthersMayRead(t *testing.T) {
	clearEnvironment(t)
	var log bytes.Buffer
	file := &credentials.File{
		Path:   writeFile(t, "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n"),
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	got, err := file.Credentials(t.Context())
	check(t, got, err, "a")
	if log.Len() > 0 {
		t.Errorf("warned of a file of 0600: %s", log.String())
	}
	if err := os.Chmod(file.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err = file.Credentials(t.Context())
	check(t, got, err, "a")
	if !strings.Contains(log.String(), "chmod 600") || strings.Contains(log.String(), secret) {
		t.Errorf("log is %s", log.String())
	}
}

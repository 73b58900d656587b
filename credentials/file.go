package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"gopkg.in/ini.v1"

	"github.com/nks-access/nks-access/signer"
)

// File is the configure file of the provider's command line. It has a section for each profile.
// Older files have no section: their keys belong to profile DEFAULT. The file is read as
// ncp-iam-authenticator reads it, by the default rules of gopkg.in/ini.v1: a value may be in quotes,
// a comment may follow it, and ":" may stand for "=". UTF-16 with a byte order mark is read, too.
type File struct {
	Path    string       // .ncloud/configure in the home directory if empty (HOME, on Windows USERPROFILE)
	Profile string       // NCLOUD_PROFILE, or DEFAULT, if empty
	Logger  *slog.Logger // gets a warning if others may read the file; may be nil
}

// maxFileBytes is enough for some 400 profiles. The parser compares each section with each other.
const maxFileBytes = 64 << 10

// Credentials reads the file on each call. It returns a [*NotFoundError] if there is no file, no such
// profile or no key in it, an [*IncompleteError] if one of the keys is missing, and an
// [*InvalidError] if the file cannot be read or a key is malformed.
func (f *File) Credentials(context.Context) (signer.Credentials, error) {
	chosen, err := f.load()
	if err != nil {
		return signer.Credentials{}, err
	}
	return chosen.credentials()
}

// APIURL returns the ncloud_api_url of the profile, or "" if it has none or there is no file. It
// returns an [*InvalidError] if the file cannot be read.
func (f *File) APIURL() (string, error) {
	chosen, err := f.load()
	if isNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return chosen.value(fileAPIURL)
}

// Source names the file and the profile.
func (f *File) Source() string { return fmt.Sprintf("%s (profile %s)", f.path(), f.profile()) }

func (f *File) profile() string {
	return cmp.Or(f.Profile, os.Getenv("NCLOUD_PROFILE"), ini.DefaultSection)
}

func (f *File) path() string {
	if f.Path != "" {
		return f.Path
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".ncloud", "configure")
}

func (f *File) load() (*profile, error) {
	if _, err := os.UserHomeDir(); err != nil && f.Path == "" {
		return nil, &NotFoundError{"~/.ncloud/configure", "there is no home directory: " + err.Error()}
	}
	data, err := f.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{f.path(), "does not exist"}
	}
	if err != nil {
		return nil, &InvalidError{f.path(), err}
	}
	return parseProfile(f.path(), data, f.profile())
}

// read returns the bytes of the file. It opens only regular files, because a pipe that nobody writes
// would block for ever.
func (f *File) read() ([]byte, error) {
	info, err := os.Stat(f.path())
	if err != nil {
		return nil, withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	f.warnIfShared(info.Mode())
	file, err := os.Open(f.path())
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("is larger than %d KiB, the limit for a configure file", maxFileBytes>>10)
	}
	return data, nil
}

func (f *File) warnIfShared(mode fs.FileMode) {
	othersMayUse := mode.Perm()&0o066 != 0
	if f.Logger == nil || runtime.GOOS == "windows" || !othersMayUse {
		return
	}
	f.Logger.Warn("others on this machine can read or change the secret key; run chmod 600 on the file", "file", f.path())
}

// withoutPath removes the path from an error of package os. The source of an error names it.
func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return fmt.Errorf("cannot be read: %w", pathError.Err)
	}
	return err
}

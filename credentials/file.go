package credentials

import (
	"bytes"
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
	"strings"

	"gopkg.in/ini.v1"

	"github.com/nks-access/nks-access/signer"
)

// File is the configure file of the provider's command line. It has a section for each profile.
// Older files have no section: their keys belong to profile DEFAULT.
type File struct {
	Path    string       // .ncloud/configure in the home directory if empty (HOME, on Windows USERPROFILE)
	Profile string       // NCLOUD_PROFILE, or DEFAULT, if empty
	Logger  *slog.Logger // gets a warning if others may read the file; may be nil
}

// The keys of a profile.
const (
	fileAccessKey = "ncloud_access_key_id"
	fileSecretKey = "ncloud_secret_access_key"
	fileAPIURL    = "ncloud_api_url"
)

const maxBytes = 1 << 20 // of a file or a response

// Credentials reads the file on each call.
func (f *File) Credentials(context.Context) (signer.Credentials, error) {
	section, err := f.section()
	if err != nil {
		return signer.Credentials{}, err
	}
	value := func(key string) string { return section.Key(key).Value() } // String would replace %(name)s in it
	place := f.path() + ": profile " + section.Name()
	return pair(place, fileAccessKey, value(fileAccessKey), fileSecretKey, value(fileSecretKey))
}

// APIURL returns the ncloud_api_url of the profile, or "" if it has none or there is no file.
func (f *File) APIURL() (string, error) {
	section, err := f.section()
	if nothing := (*NotFoundError)(nil); errors.As(err, &nothing) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return section.Key(fileAPIURL).Value(), nil
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

// section reads the section of the profile. It does not return the errors of the parser, because
// they contain lines of the file.
func (f *File) section() (*ini.Section, error) {
	data, err := f.read()
	if err != nil {
		return nil, err
	}
	file, err := ini.LoadSources(ini.LoadOptions{
		// A secret key may contain any of these characters.
		IgnoreInlineComment: true, IgnoreContinuation: true, PreserveSurroundedQuote: true,
		KeyValueDelimiters: "=", ChildSectionDelimiter: "\x00",
	}, data)
	if broken := (ini.ErrDelimiterNotFound{}); errors.As(err, &broken) {
		return nil, fmt.Errorf("%s:%d: expected KEY = VALUE or [PROFILE]", f.path(), lineOf(data, broken.Line))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: is not a configure file of KEY = VALUE lines and [PROFILE] sections", f.path())
	}
	section, err := file.GetSection(f.profile())
	if err != nil {
		return nil, &NotFoundError{f.path(), fmt.Sprintf("there is no profile %s, only %s",
			f.profile(), strings.Join(file.SectionStrings(), ", "))}
	}
	return section, nil
}

func (f *File) read() ([]byte, error) {
	if _, err := os.UserHomeDir(); err != nil && f.Path == "" {
		return nil, &NotFoundError{"~/.ncloud/configure", "there is no home directory: " + err.Error()}
	}
	file, err := os.Open(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{f.path(), "does not exist"}
	}
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err == nil && f.Logger != nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o066 != 0 {
		f.Logger.Warn("others on this machine can read or change the secret key; run chmod 600 on the file", "file", f.path())
	}
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: is larger than %d bytes", f.path(), maxBytes)
	}
	return data, nil
}

func lineOf(data []byte, text string) int {
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		if number++; string(bytes.TrimSpace(line)) == strings.TrimSpace(text) {
			break
		}
	}
	return number
}

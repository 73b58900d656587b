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
	"slices"
	"strings"

	"gopkg.in/ini.v1"

	"github.com/nks-access/nks-access/signer"
)

// File is the configure file of the provider's command line. Newer ones have a section for each
// profile, older ones have no section at all, which is profile DEFAULT.
type File struct {
	// Path of the file; when empty .ncloud/configure in the home directory (HOME, on Windows
	// USERPROFILE).
	Path string
	// Profile to read; when empty that of NCLOUD_PROFILE, else DEFAULT.
	Profile string
	// Logger is warned when others may read the file. Nil is fine.
	Logger *slog.Logger
}

// The keys of a profile.
const (
	fileAccessKey = "ncloud_access_key_id"
	fileSecretKey = "ncloud_secret_access_key"
	fileAPIURL    = "ncloud_api_url"
)

const maxFileBytes = 1 << 20

// Credentials reads the file anew.
func (f *File) Credentials(context.Context) (signer.Credentials, error) {
	section, data, err := f.section()
	if err != nil {
		return signer.Credentials{}, err
	}
	pair := signer.Credentials{AccessKey: value(section, fileAccessKey), SecretKey: value(section, fileSecretKey)}
	switch {
	case pair.AccessKey == "" && pair.SecretKey == "":
		return signer.Credentials{}, &NotFoundError{f.path(), fmt.Sprintf("profile %s has neither %s nor %s",
			section.Name(), fileAccessKey, fileSecretKey)}
	case pair.AccessKey == "":
		return signer.Credentials{}, f.halfSet(data, section, fileSecretKey, fileAccessKey)
	case pair.SecretKey == "":
		return signer.Credentials{}, f.halfSet(data, section, fileAccessKey, fileSecretKey)
	}
	return pair, nil
}

// APIURL returns the ncloud_api_url of the profile, or "" when there is none or no file.
func (f *File) APIURL() (string, error) {
	section, _, err := f.section()
	if nothing := (*NotFoundError)(nil); errors.As(err, &nothing) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return value(section, fileAPIURL), nil
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
	return filepath.Join(home(), ".ncloud", "configure")
}

func home() string {
	if runtime.GOOS == "windows" {
		return os.Getenv("USERPROFILE")
	}
	return os.Getenv("HOME")
}

// section reads the section of the profile. The errors of the parser hold lines of the file, so
// they are not passed on.
func (f *File) section() (*ini.Section, []byte, error) {
	data, err := f.read()
	if err != nil {
		return nil, nil, err
	}
	file, err := ini.LoadSources(ini.LoadOptions{
		// A secret key may hold any of these characters.
		IgnoreInlineComment: true, IgnoreContinuation: true, PreserveSurroundedQuote: true,
		KeyValueDelimiters: "=", ChildSectionDelimiter: "\x00",
	}, data)
	if err != nil {
		if broken := (ini.ErrDelimiterNotFound{}); errors.As(err, &broken) {
			return nil, nil, fmt.Errorf("%s:%d: expected KEY = VALUE or [PROFILE]", f.path(), lineOf(data, func(line string) bool {
				return line == strings.TrimSpace(broken.Line)
			}))
		}
		return nil, nil, fmt.Errorf("%s: is not a configure file of KEY = VALUE lines and [PROFILE] sections", f.path())
	}
	section, err := file.GetSection(f.profile())
	if err != nil {
		return nil, nil, &NotFoundError{f.path(), fmt.Sprintf("there is no profile %s, only %s", f.profile(), profiles(file))}
	}
	return section, data, nil
}

func (f *File) read() ([]byte, error) {
	if f.Path == "" && home() == "" {
		return nil, &NotFoundError{"~/.ncloud/configure", "there is no home directory, because HOME is not set"}
	}
	file, err := os.Open(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{f.path(), "does not exist"}
	}
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && f.Logger != nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o066 != 0 {
		f.Logger.Warn("others on this machine can read or change the secret key; run chmod 600 on the file", "file", f.path())
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s: is larger than %d bytes", f.path(), maxFileBytes)
	}
	return data, nil
}

func (f *File) halfSet(data []byte, section *ini.Section, set, missing string) error {
	inSection := section.Name() == ini.DefaultSection // keys before any section are of that profile, too
	line := lineOf(data, func(line string) bool {
		if name, ok := strings.CutPrefix(line, "["); ok {
			inSection = strings.TrimSpace(strings.TrimSuffix(name, "]")) == section.Name()
		}
		key, _, _ := strings.Cut(line, "=")
		return inSection && strings.TrimSpace(key) == set
	})
	return fmt.Errorf("%s:%d: profile %s has %s but no %s", f.path(), line, section.Name(), set, missing)
}

// lineOf returns the number of the first line that matches, from 1.
func lineOf(data []byte, matches func(line string) bool) int {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if matches(strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))) {
			return number
		}
	}
	return number
}

// value returns the value as it stands in the file: String would replace %(name)s in it.
func value(section *ini.Section, key string) string {
	if !section.HasKey(key) {
		return ""
	}
	return section.Key(key).Value()
}

func profiles(file *ini.File) string {
	names := slices.DeleteFunc(file.SectionStrings(), func(name string) bool {
		section := file.Section(name)
		return name == ini.DefaultSection && len(section.Keys()) == 0
	})
	if len(names) == 0 {
		return "an empty file"
	}
	return strings.Join(names, ", ")
}

package credentials

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/ini.v1"

	"github.com/nks-access/nks-access/internal/meant"
	"github.com/nks-access/nks-access/internal/textfile"
	"github.com/nks-access/nks-access/signer"
)

// The keys of a profile.
const (
	fileAccessKey = "ncloud_access_key_id"
	fileSecretKey = "ncloud_secret_access_key"
	fileAPIURL    = "ncloud_api_url"
)

// profile is a section of a configure file.
type profile struct {
	path    string
	section *ini.Section
	all     []string // the profiles of the file
}

// parseProfile finds the profile of a name in a configure file. It returns a [*NotFoundError] if
// there is none, and an [*InvalidError] if the file is malformed.
func parseProfile(path string, file []byte, name string) (*profile, error) {
	text, err := textfile.Decode(file)
	if err != nil {
		return nil, &InvalidError{path, err}
	}
	if bytes.IndexByte(text, 0) >= 0 {
		err := errors.New("contains zero bytes, as UTF-16 without a byte order mark does; save the file as UTF-8")
		return nil, &InvalidError{path, err}
	}
	// Without options: the default rules are those of ncp-iam-authenticator.
	parsed, err := ini.Load(text)
	if err != nil {
		return nil, syntaxError(path, text, err)
	}
	all := profilesOf(parsed)
	section, err := parsed.GetSection(name)
	if err != nil {
		reason := fmt.Sprintf("there is no profile %s, only %s%s", printable(name), list(all), nearMiss(name, all))
		return nil, &NotFoundError{path, reason}
	}
	return &profile{path, section, all}, nil
}

// syntaxError returns an error with the line, if it is known. It does not wrap err, which contains
// lines of the file.
func syntaxError(path string, text []byte, err error) error {
	noDelimiter := ini.ErrDelimiterNotFound{}
	if errors.As(err, &noDelimiter) {
		return &InvalidError{lineOf(path, text, noDelimiter.Line), errors.New("expected KEY = VALUE or [PROFILE]")}
	}
	noKey := ini.ErrEmptyKeyName{}
	if errors.As(err, &noKey) {
		return &InvalidError{lineOf(path, text, noKey.Line), errors.New("expected a key before the value")}
	}
	return &InvalidError{path, errors.New("is not a configure file of KEY = VALUE lines and [PROFILE] sections")}
}

// lineOf returns "path:number" of the first line that is equal to wanted, without spaces around it.
func lineOf(path string, text []byte, wanted string) string {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if string(bytes.TrimSpace(line)) == strings.TrimSpace(wanted) {
			break
		}
	}
	return fmt.Sprintf("%s:%d", path, number)
}

// profilesOf returns the names of the profiles in a file. The library adds DEFAULT to every file.
func profilesOf(file *ini.File) []string {
	var names []string
	for _, section := range file.Sections() {
		if section.Name() != ini.DefaultSection || len(section.Keys()) > 0 {
			names = append(names, section.Name())
		}
	}
	return names
}

func (p *profile) credentials() (signer.Credentials, error) {
	access, err := p.value(fileAccessKey)
	if err != nil {
		return signer.Credentials{}, err
	}
	secret, err := p.value(fileSecretKey)
	if err != nil {
		return signer.Credentials{}, err
	}
	pair, err := keyPair{p.source(), fileAccessKey, fileSecretKey, access, secret}.credentials()
	var notFound *NotFoundError
	if errors.As(err, &notFound) {
		notFound.Reason += p.otherKeys() + p.otherProfiles()
	}
	var incomplete *IncompleteError
	if errors.As(err, &incomplete) {
		incomplete.Hint = p.otherKeys()
	}
	return pair, err
}

func (p *profile) source() string { return p.path + ": profile " + p.section.Name() }

// reference is what the library replaces by the value of another key. References of two keys to each
// other would never end.
var reference = regexp.MustCompile(`%\([^)]+\)s`)

// value returns the value of a key, or "" if there is none. It returns an [*InvalidError] if the
// value contains a reference to another key.
func (p *profile) value(key string) (string, error) {
	value := p.section.Key(key).Value()
	if reference.MatchString(value) {
		err := fmt.Errorf("%s contains %%(NAME)s, a reference to another key; write the value itself", key)
		return "", &InvalidError{p.source(), err}
	}
	return value, nil
}

// otherKeys names keys of the profile that are misspelt names of those of a key pair.
func (p *profile) otherKeys() string {
	hint := ""
	known := []string{fileAccessKey, fileSecretKey}
	for _, name := range p.section.KeyStrings() {
		near := meant.Nearest(name, known...)
		if len(near) == 1 && !slices.Contains(known, name) {
			hint += fmt.Sprintf("; write %s instead of %s", near[0], printable(name))
		}
	}
	return hint
}

// otherProfiles names the profiles of a file whose chosen profile has no keys.
func (p *profile) otherProfiles() string {
	if len(p.all) == 0 {
		return ""
	}
	return fmt.Sprintf("; the profiles in the file are %s%s", list(p.all), nearMiss(p.section.Name(), p.all))
}

// nearMiss names the profile that differs from name only in case and spaces, or the nearest one.
func nearMiss(name string, profiles []string) string {
	for _, candidate := range profiles {
		if candidate != name && strings.EqualFold(strings.TrimSpace(candidate), strings.TrimSpace(name)) {
			return fmt.Sprintf(" (%s and %s differ: the case and the spaces of a name count)",
				printable(name), printable(candidate))
		}
	}
	var names []string
	for _, candidate := range profiles {
		names = append(names, printable(candidate))
	}
	return meant.Bracketed(name, names...)
}

const maxListed = 20

func list(profiles []string) string {
	if len(profiles) == 0 {
		return "an empty file"
	}
	var names []string
	for _, name := range profiles[:min(len(profiles), maxListed)] {
		names = append(names, printable(name))
	}
	if rest := len(profiles) - maxListed; rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(names, ", ")
}

// printable returns a name in quotes if it contains spaces or characters that cannot be seen.
func printable(name string) string {
	unclear := func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }
	if name == "" || strings.ContainsFunc(name, unclear) {
		return strconv.Quote(name)
	}
	return name
}

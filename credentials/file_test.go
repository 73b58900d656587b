package credentials_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"gopkg.in/ini.v1"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "configure")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	manyProfiles := ""
	for i := range 22 {
		manyProfiles += fmt.Sprintf("[p%d]\n", i)
	}
	for _, c := range []struct{ name, content, profile, env, want, apiURL string }{
		{name: "without a section", content: "ncloud_access_key_id = a\nncloud_secret_access_key = TOPSECRETa\nncloud_api_url = https://ncloud.apigw.ntruss.com\n", want: "a", apiURL: "https://ncloud.apigw.ntruss.com"},
		{name: "with sections", content: "[DEFAULT]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n\n[dev]\nncloud_access_key_id=b\nncloud_secret_access_key=TOPSECRETb\nncloud_api_url=https://ncloud.apigw.gov-ntruss.com\n", want: "a"},
		{name: "an explicit profile", content: "[DEFAULT]\nncloud_access_key_id=a\n[dev]\nncloud_access_key_id=b\nncloud_secret_access_key=TOPSECRETb\nncloud_api_url=https://x\n", profile: "dev", env: "DEFAULT", want: "b", apiURL: "https://x"},
		{name: "a profile of the environment", content: "[DEFAULT]\nncloud_access_key_id=a\n[dev]\nncloud_access_key_id=b\nncloud_secret_access_key=TOPSECRETb\n", env: "dev", want: "b"},
		{name: "Windows line ends, a byte order mark and comments", content: "\ufeff# keys\r\n[DEFAULT]\r\n; mine\r\nncloud_access_key_id = a\r\nncloud_secret_access_key = TOPSECRETa\r\n", want: "a"},
		{name: "a profile with a dot", content: "[a]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n[a.b]\nncloud_access_key_id=a\n", profile: "a.b", want: "a"},
		{name: "quotes, colons and comments", content: "[DEFAULT]\nncloud_access_key_id: \"a\" ; ci\nncloud_secret_access_key = 'TOPSECRETa' # mine\nncloud_api_url: https://x # y\n", want: "a", apiURL: "https://x"},
		{name: "UTF-16, little-endian", content: utf16File(binary.LittleEndian, "[DEFAULT]\r\nncloud_access_key_id=a\r\nncloud_secret_access_key=TOPSECRETa\r\n"), want: "a"},
		{name: "UTF-16, big-endian", content: utf16File(binary.BigEndian, "[개발]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n"), profile: "개발", want: "a"},
		{name: "comments of a Korean Windows", content: "# \xb1\xe8\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n", want: "a"},

		{name: "UTF-16 that is cut off", content: utf16File(binary.LittleEndian, "[TOPSECRET]") + "\n", want: "in UTF-16 and ends in the middle"},
		{name: "UTF-16 without a byte order mark", content: "n\x00c\x00TOPSECRET\x00", want: "zero bytes, as UTF-16 without a byte order mark does; save the file as UTF-8"},
		{name: "a reference to another key", content: "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRET%(x)s\n", want: "ncloud_secret_access_key contains %(NAME)s, a reference"},
		{name: "references without an end", content: "ncloud_access_key_id=%(x)s\nx=%(ncloud_access_key_id)s\nncloud_secret_access_key=TOPSECRET\n", want: "ncloud_access_key_id contains %(NAME)s, a reference"},
		{name: "a key that cannot be sent", content: "ncloud_access_key_id=키\nncloud_secret_access_key=TOPSECRET\n", want: `profile DEFAULT: access key contains the invalid character '\ud0a4'`},
		{name: "a secret of two lines", content: "ncloud_access_key_id=a\nncloud_secret_access_key=`TOP\nSECRET`\n", want: `profile DEFAULT: secret key contains the invalid character '\n'`},
		{name: "a value without a key", content: "\n=TOPSECRET\n", want: ":2: expected a key before the value"},
		{name: "too large", content: strings.Repeat("[TOPSECRET]\n", 6000), want: "is larger than 64 KiB, the limit for a configure file"},
		{name: "a lower-case default", content: "[default]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRET\n[dev]\nx=y\n", want: "profile DEFAULT: there is no ncloud_access_key_id, and no ncloud_secret_access_key; the profiles in the file are default, dev (DEFAULT and default differ: the case and the spaces of a name count)"},
		{name: "a profile in other case", content: "[Dev]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRET\n", profile: "dev", want: "there is no profile dev, only Dev (dev and Dev differ: the case and the spaces of a name count)"},
		{name: "a profile with spaces", content: "[ dev ]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRET\n", profile: "dev", want: `there is no profile dev, only " dev " (dev and " dev " differ`},
		{name: "keys in upper case", content: "[dev]\nNCLOUD_ACCESS_KEY_ID=a\nNcloud_Secret_Access_Key=TOPSECRET\n", profile: "dev", want: "no ncloud_secret_access_key; write ncloud_access_key_id instead of NCLOUD_ACCESS_KEY_ID; write ncloud_secret_access_key instead of Ncloud_Secret_Access_Key; the profiles in the file are dev"},
		{name: "a misspelt key", content: "ncloud_acces_key_id=a\nncloud_secret_access_key=TOPSECRET\n", want: "there is ncloud_secret_access_key but no ncloud_access_key_id; write ncloud_access_key_id instead of ncloud_acces_key_id"},
		{name: "a misspelt profile", content: "[production]\nncloud_access_key_id=a\n", profile: "produktion", want: "there is no profile produktion, only production (did you mean production?)"},
		{name: "many profiles", content: manyProfiles, profile: "z", want: "p18, p19, and 2 more"},
		{name: "no profile at all", content: "# nothing yet\n", profile: "dev", want: "there is no profile dev, only an empty file"},
		{name: "no such profile", content: "[DEFAULT]\nncloud_access_key_id=a\n[dev]\nx=y\n", profile: "prod", want: "there is no profile prod, only DEFAULT, dev"},
		{name: "no secret key", content: "[x]\nncloud_secret_access_key=TOPSECRET\n[DEFAULT]\n# a\nncloud_access_key_id=a\n", want: "configure: profile DEFAULT: there is ncloud_access_key_id but no ncloud_secret_access_key"},
		{name: "an empty access key", content: "[dev]\nncloud_access_key_id=\nncloud_secret_access_key=TOPSECRET\n", profile: "dev", want: "configure: profile dev: there is ncloud_secret_access_key but no ncloud_access_key_id"},
		{name: "a line that is neither", content: "ncloud_access_key_id=a\nTOPSECRET\n", want: ":2: expected KEY = VALUE or [PROFILE]"},
		{name: "a section that does not end", content: "[TOPSECRET\n", want: "is not a configure file"},
		{name: "another file", content: "a=b\n", want: "configure: profile DEFAULT: there is no ncloud_access_key_id, and no ncloud_secret_access_key"},
		{name: "an empty file", content: "", want: "profile DEFAULT: there is no ncloud_access_key_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv("NCLOUD_PROFILE", c.env)
			file := &credentials.File{Path: writeFile(t, c.content), Profile: c.profile}
			got, err := file.Credentials(t.Context())
			check(t, got, err, c.want)
			if err != nil && !strings.HasPrefix(err.Error(), file.Path+":") {
				t.Errorf("the error does not begin with the file: %v", err)
			}
			if url, urlErr := file.APIURL(); err == nil && (urlErr != nil || url != c.apiURL) {
				t.Errorf("API URL is %q, %v", url, urlErr)
			}
		})
	}
}

// utf16File returns a text in UTF-16, with a byte order mark.
func utf16File(order binary.AppendByteOrder, text string) string {
	var file []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		file = order.AppendUint16(file, unit)
	}
	return string(file)
}

// The provider's ncp-iam-authenticator calls ini.Load(path), Section(profile) and Key(name).String().
// It reads every file as a File does. But a File refuses references to other keys, and profiles that
// are not in the file.
func TestFileReadsAsTheAuthenticator(t *testing.T) {
	clearEnvironment(t)
	path := writeFile(t, "")
	text := rapid.Custom(func(t *rapid.T) string {
		odd := rapid.StringOfN(rapid.RuneFrom([]rune("=:#;'\"`\\ \t\r%().키[]")), 0, 2, -1)
		plain := rapid.StringMatching("[a-z0-9]{0,3}")
		quote := rapid.SampledFrom([]string{"", "", `"`, "'", "`", `"""`}).Draw(t, "quote")
		return quote + plain.Draw(t, "start") + odd.Draw(t, "odd") + plain.Draw(t, "end") + quote
	})
	assignment := func(t *rapid.T, name string) string {
		delimiter := rapid.SampledFrom([]string{"=", " = ", ":", ": ", "\t=\t"}).Draw(t, "delimiter")
		comment := rapid.SampledFrom([]string{"", "", " # c", " ; c", "#", "\\"}).Draw(t, "comment")
		return name + delimiter + text.Draw(t, "text") + comment
	}
	names := []string{
		"ncloud_access_key_id", "ncloud_secret_access_key", "ncloud_api_url", "`ncloud_access_key_id`", "\"ncloud_api_url\"",
		"NCLOUD_API_URL", "x", "-",
	}
	others := []string{"# comment", ";", "", "[DEFAULT]", "[dev]", "[dev.eu] # mine", "[ dev ]", "[]", "[", "neither"}
	section := rapid.Custom(func(t *rapid.T) string {
		lines := []string{
			rapid.SampledFrom([]string{"[DEFAULT]", "[dev]", "[dev.eu]", "[ dev ] ; mine", ""}).Draw(t, "section"),
			assignment(t, "ncloud_access_key_id"),
			assignment(t, "ncloud_secret_access_key"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			lines = append(lines, assignment(t, rapid.SampledFrom(names).Draw(t, "name")))
		}
		if rapid.IntRange(0, 4).Draw(t, "odd") == 0 {
			lines = append(lines, rapid.SampledFrom(others).Draw(t, "other"))
		}
		return strings.Join(lines, "\n")
	})
	var read, refused int
	rapid.Check(t, func(t *rapid.T) {
		ends := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "ends")
		sections := strings.Join(rapid.SliceOfN(section, 1, 3).Draw(t, "sections"), "\n")
		content := strings.ReplaceAll(sections, "\n", ends)
		profile := rapid.SampledFrom([]string{"DEFAULT", "dev", "dev.eu", " dev "}).Draw(t, "profile")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs, theirErr := ini.Load(path)
		file := &credentials.File{Path: path, Profile: profile}
		ours, err := file.Credentials(context.Background())
		url, urlErr := file.APIURL()
		if theirErr != nil {
			if err == nil || urlErr == nil {
				t.Fatalf("got %v, %v, although ini.v1 says %v", err, urlErr, theirErr)
			}
			return
		}
		if !theirs.HasSection(profile) {
			if !as[*credentials.NotFoundError](err) {
				t.Fatalf("there is no profile %q, but got %v, %v", profile, ours, err)
			}
			return
		}
		section := theirs.Section(profile)
		access := section.Key("ncloud_access_key_id")
		secretKey := section.Key("ncloud_secret_access_key")
		if strings.Contains(access.Value()+secretKey.Value(), "%(") {
			return
		}
		want := signer.Credentials{AccessKey: access.String(), SecretKey: secretKey.String()}
		if err == nil && ours != want || err != nil && want.Validate() == nil {
			t.Fatalf("got %q %q, %v, want %q %q", ours.AccessKey, ours.SecretKey, err, want.AccessKey, want.SecretKey)
		}
		wantURL := section.Key("ncloud_api_url")
		if !strings.Contains(wantURL.Value(), "%(") && (urlErr != nil || url != wantURL.String()) {
			t.Fatalf("URL is %q, %v, want %q", url, urlErr, wantURL.String())
		}
		if err == nil {
			read++
		} else {
			refused++
		}
	})
	if read == 0 || refused == 0 {
		t.Errorf("%d files with a key pair and %d without one show little", read, refused)
	}
}

func TestFileErrorsHaveTypes(t *testing.T) {
	clearEnvironment(t)
	for _, c := range []struct {
		name, content string
		is            func(error) bool
	}{
		{"no keys", "x=y\n", as[*credentials.NotFoundError]},
		{"half a pair", "ncloud_access_key_id=a\n", as[*credentials.IncompleteError]},
		{"a malformed file", "[x\n", as[*credentials.InvalidError]},
		{"a malformed key", "ncloud_access_key_id=a b\nncloud_secret_access_key=c\n", as[*signer.KeyError]},
		{"a malformed key, from a source", "ncloud_access_key_id=a b\nncloud_secret_access_key=c\n", as[*credentials.InvalidError]},
	} {
		_, err := (&credentials.File{Path: writeFile(t, c.content)}).Credentials(t.Context())
		if !c.is(err) {
			t.Errorf("%s: got %T: %v", c.name, err, err)
		}
	}
}

func as[E error](err error) bool { return errors.As(err, new(E)) }

func TestFileThatIsNoFile(t *testing.T) {
	clearEnvironment(t)
	folder := t.TempDir()
	_, err := (&credentials.File{Path: folder}).Credentials(t.Context())
	check(t, signer.Credentials{}, err, folder+": is not a regular file")
	_, err = (&credentials.File{Path: os.DevNull}).APIURL()
	check(t, signer.Credentials{}, err, os.DevNull+": is not a regular file")
	if !as[*credentials.InvalidError](err) {
		t.Errorf("got %T", err)
	}
}

func TestFileInTheHomeDirectory(t *testing.T) {
	clearEnvironment(t)
	got, err := (&credentials.File{}).Credentials(t.Context())
	check(t, got, err, filepath.Join(os.Getenv("HOME"), ".ncloud", "configure")+": does not exist")
	if url, err := (&credentials.File{}).APIURL(); url != "" || err != nil {
		t.Errorf("without a file the API URL is %q, %v", url, err)
	}
	if err := os.Mkdir(filepath.Join(os.Getenv("HOME"), ".ncloud"), 0o700); err != nil {
		t.Fatal(err)
	}
	content := "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n"
	if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), ".ncloud", "configure"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err = (&credentials.File{}).Credentials(t.Context())
	check(t, got, err, "a")
}

func TestFileWithoutAHome(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	_, err := (&credentials.File{}).Credentials(t.Context())
	check(t, signer.Credentials{}, err, "there is no home directory")
}

package credentials_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

// secret is in none of the errors, logs and printed values of these tests.
const secret = "TOPSECRET"

func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NCLOUD_PROFILE",
		"NCLOUD_METADATA_API_ENDPOINT",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("USERPROFILE", os.Getenv("HOME"))
}

// check compares what a provider gave with an access key, or with words of an error when want holds
// a space.
func check(t *testing.T, got signer.Credentials, err error, want string) {
	t.Helper()
	if strings.Contains(want, " ") {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want an error with %q", got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a secret key: %v", err)
		}
		return
	}
	if err != nil || got.AccessKey != want || got.SecretKey != secret+want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
}

// given is a provider that always has a key pair.
type given struct{ signer.Provider }

func (given) Source() string { return "given keys" }

func static(access, secret string) signer.Provider { return given{signer.Static(access, secret)} }

func TestEnvironment(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"of the SDK", map[string]string{"NCLOUD_ACCESS_KEY_ID": "a", "NCLOUD_SECRET_ACCESS_KEY": secret + "a"}, "a"},
		{"of Terraform", map[string]string{"NCLOUD_ACCESS_KEY": "b", "NCLOUD_SECRET_KEY": secret + "b"}, "b"},
		{"one of each", map[string]string{"NCLOUD_ACCESS_KEY_ID": "c", "NCLOUD_SECRET_KEY": secret + "c"}, "c"},
		{"both", map[string]string{"NCLOUD_ACCESS_KEY_ID": "d", "NCLOUD_ACCESS_KEY": "x", "NCLOUD_SECRET_ACCESS_KEY": secret + "d", "NCLOUD_SECRET_KEY": secret}, "d"},
		{"a whole pair beside half of another", map[string]string{"NCLOUD_ACCESS_KEY_ID": "x", "NCLOUD_ACCESS_KEY": "f", "NCLOUD_SECRET_KEY": secret + "f"}, "f"},
		{"no secret key", map[string]string{"NCLOUD_ACCESS_KEY": "e"}, "there is NCLOUD_ACCESS_KEY but no NCLOUD_SECRET_ACCESS_KEY or NCLOUD_SECRET_KEY"},
		{"no access key", map[string]string{"NCLOUD_SECRET_KEY": secret}, "there is NCLOUD_SECRET_KEY but no NCLOUD_ACCESS_KEY_ID or NCLOUD_ACCESS_KEY"},
		{"nothing", nil, "there is no NCLOUD_ACCESS_KEY_ID or NCLOUD_ACCESS_KEY, and no NCLOUD_SECRET_ACCESS_KEY or NCLOUD_SECRET_KEY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clearEnvironment(t)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			got, err := credentials.Environment{}.Credentials(t.Context())
			check(t, got, err, c.want)
		})
	}
}

func TestChain(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("NCLOUD_METADATA_API_ENDPOINT", "http://127.0.0.1:1")
	_, err := credentials.Default().Credentials(t.Context())
	for _, place := range []string{
		"no credentials found\n  environment: there is no NCLOUD_ACCESS_KEY_ID", "\n  " + filepath.Join(os.Getenv("HOME"), ".ncloud", "configure") + ": does not exist",
		"\n  server role (http://127.0.0.1:1): ",
	} {
		if err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%q is not in %v", place, err)
		}
	}
	var all *credentials.ChainError
	if !errors.As(err, &all) || len(all.Places) != 3 {
		t.Errorf("got %T", err)
	}

	chain := credentials.NewChain(credentials.Environment{}, static("b", secret+"b"))
	got, err := chain.Credentials(t.Context())
	check(t, got, err, "b")
	if chain.Source() != "given keys" {
		t.Errorf("place is %s", chain.Source())
	}

	t.Setenv("NCLOUD_ACCESS_KEY", "a")
	_, err = credentials.NewChain(credentials.Environment{}, static("b", secret+"b")).Credentials(t.Context())
	check(t, signer.Credentials{}, err, "there is NCLOUD_ACCESS_KEY but no")
	t.Setenv("NCLOUD_SECRET_KEY", secret+"a")
	chain = credentials.NewChain(credentials.Environment{}, static("b", secret+"b"))
	got, err = chain.Credentials(t.Context())
	check(t, got, err, "a")
	if chain.Source() != "environment (NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY)" {
		t.Errorf("place is %s", chain.Source())
	}
}

func TestNothingPrintsTheSecretKey(t *testing.T) {
	clearEnvironment(t)
	m := newMetadata(t, time.Now, time.Hour)
	role := &credentials.ServerRole{Endpoint: m.URL}
	chain := credentials.NewChain(role, static("b", secret))
	if _, err := chain.Credentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := &credentials.File{Path: writeFile(t, "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n")}
	if _, err := file.Credentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{role, chain, file, static("b", secret), credentials.Environment{}} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
		if strings.Contains(out.String(), secret) || strings.Contains(out.String(), fmt.Sprintf("%x", secret)) {
			t.Errorf("%T prints the secret key:\n%s", value, out.String())
		}
	}
}

func ExampleNewChain() {
	os.Setenv("NCLOUD_ACCESS_KEY", "EXAMPLEACCESSKEY0001")
	os.Setenv("NCLOUD_SECRET_KEY", "a secret")
	keys := credentials.NewChain(credentials.Environment{}, &credentials.File{Profile: "dev"})
	found, err := keys.Credentials(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found)
	fmt.Println(keys.Source())
	// Output:
	// access key "EXAMPLEACCESSKEY0001", secret key hidden
	// environment (NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY)
}

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

// baseURLCase is a case of ../../base-urls.json, which the examples in all languages are tested
// with.
type baseURLCase struct{ Gateway, Region, BaseURL, Names string }

func readCases(t *testing.T) (baseURLs, refused []baseURLCase) {
	t.Helper()
	data, err := os.ReadFile("../../base-urls.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ BaseURLs, Refused []baseURLCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.BaseURLs) < 10 || len(file.Refused) < 10 {
		t.Fatal("base-urls.json has too few cases")
	}
	return file.BaseURLs, file.Refused
}

func TestBaseURL(t *testing.T) {
	baseURLs, refused := readCases(t)
	for _, c := range baseURLs {
		if got, err := baseURL(c.Gateway, c.Region); err != nil || got != c.BaseURL {
			t.Errorf("%s %s: %q, %v, not %s", c.Gateway, c.Region, got, err, c.BaseURL)
		}
	}
	for _, c := range refused {
		_, err := baseURL(c.Gateway, c.Region)
		if err == nil || !strings.HasPrefix(err.Error(), c.Names) || strings.Contains(err.Error(), "password") {
			t.Errorf("%s %s: %v", c.Gateway, c.Region, err)
		}
	}
}

// The examples and nks-access understand NCLOUD_API_GW and NCLOUD_REGION alike.
func TestBaseURLIsThatOfPackageGateway(t *testing.T) {
	baseURLs, refused := readCases(t)
	resolve := func(c baseURLCase) (string, error) {
		t.Setenv("NCLOUD_API_GW", c.Gateway)
		g, err := gateway.New(gateway.Config{Region: c.Region, Credentials: signer.Static("access", "secret")})
		if err != nil {
			return "", err
		}
		return g.Settings().BaseURL, nil
	}
	for _, c := range baseURLs {
		if got, err := resolve(c); err != nil || got != c.BaseURL {
			t.Errorf("%s %s: %q, %v, not %s", c.Gateway, c.Region, got, err, c.BaseURL)
		}
	}
	for _, c := range refused {
		if got, err := resolve(c); err == nil {
			t.Errorf("%s %s: %s", c.Gateway, c.Region, got)
		}
	}
}

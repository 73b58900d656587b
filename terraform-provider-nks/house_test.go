package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The provider manages entries through package access, and knows names through package directory. It
// does not carry the contract, an OpenAPI parser or the emulator.
func TestProviderDependsOnAccessAndDirectoryAlone(t *testing.T) {
	const module = "github.com/nks-access/nks-access/"
	allowed := []string{module + "access", module + "directory"}
	own, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(own)) {
		isOwn := strings.HasPrefix(name, module) && !strings.HasPrefix(name, module+"terraform-provider-nks/")
		if isOwn && !slices.Contains(allowed, name) {
			t.Errorf("the provider imports %s", name)
		}
	}
	all, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{module + "api", module + "emulator", module + "desired"} {
		if slices.Contains(strings.Fields(string(all)), unwanted) {
			t.Errorf("the provider depends on %s", unwanted)
		}
	}
}

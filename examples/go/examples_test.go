package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
)

// The example programs run against an emulator and print what is expected.
func TestGoExamples(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "./...").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, example := range []struct{ name, want string }{
		{"grant", `^\[developers\] \[NKSViewPolicy NKSEditPolicy@dev\]\n$`},
		{"grant", `^\[developers\] \[NKSViewPolicy NKSEditPolicy@dev\]\n$`}, // a second run changes nothing
		{"client", `^[0-9a-f-]{36} nrn:PUB:IAM::5000008:Role/acb1a2a1-0000-0000-0000-357fa77fcfd5\n$`},
	} {
		program := exec.Command(filepath.Join(bin, example.name))
		program.Env = []string{
			"NCLOUD_API_GW=" + server.URL,
			"NCLOUD_ACCESS_KEY=" + emulator.DemoAccessKey, "NCLOUD_SECRET_KEY=" + emulator.DemoSecretKey,
			"NKS_CLUSTER=" + emulator.DemoClusterUUID,
		}
		out, err := program.CombinedOutput()
		if err != nil || !regexp.MustCompile(example.want).Match(out) {
			t.Errorf("%s: %v, printed\n%s", example.name, err, out)
		}
	}
}

// The client does not fall back to the real service.
func TestClientNeedsItsVariables(t *testing.T) {
	for missing, want := range map[string]string{
		"NCLOUD_API_GW": "client: not set: NCLOUD_API_GW\n", "NKS_CLUSTER": "client: not set: NKS_CLUSTER\n",
	} {
		program := exec.Command("go", "run", "./client")
		program.Env = append(os.Environ(), "NCLOUD_API_GW=http://127.0.0.1:1", "NCLOUD_ACCESS_KEY=a", "NCLOUD_SECRET_KEY=s",
			"NKS_CLUSTER="+emulator.DemoClusterUUID, missing+"=")
		out, err := program.CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%v, printed\n%s", err, out)
		}
	}
}

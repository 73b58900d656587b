//go:build workflows

// Package workflows_test runs the workflows of examples against an emulator.
package workflows_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

const (
	platform = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	kim      = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	lee      = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184d"

	withKim = `version: 1
clusters: {demo: }
access:
  - {principal: '` + platform + `', clusters: demo, policies: [NKSClusterAdminPolicy]}
  - {principal: '` + kim + `', clusters: demo, policies: [NKSViewPolicy]}
`
	withLee = withKim + `  - {principal: '` + lee + `', clusters: demo, policies: [NKSViewPolicy]}
`
)

// place is where a workflow runs: a repository with access.yaml and the folder ci, an emulator, and a
// mirror with a release of nks-access.
type place struct {
	t       *testing.T
	example string // folder
	bin     string // commands that a runner has
	server  *emulator.Server
	access  string            // content of access.yaml
	keys    map[string]string // of the jobs
	mirror  []string          // environment of the install script
}

func newPlace(t *testing.T, example string) *place {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	entry := nks.AccessEntry{Entry: platform, Policies: []nks.AttachedPolicy{{Type: "NKSClusterAdminPolicy", Scope: "cluster"}}}
	if err := server.SetEntries(emulator.DemoClusterUUID, []nks.AccessEntry{entry}); err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, example: filepath.Join(root, example), bin: t.TempDir(), server: server, access: withKim, keys: map[string]string{}}
	for _, kind := range []string{"READ", "WRITE"} {
		p.keys[kind+"_ACCESS_KEY"] = emulator.DemoAccessKey
		p.keys[kind+"_SECRET_KEY"] = emulator.DemoSecretKey
	}
	p.release(root)
	return p
}

// release puts an archive of nks-access where the install script finds it.
func (p *place) release(root string) {
	p.t.Helper()
	binary, err := os.ReadFile(filepath.Join(root, "bin", "nks-access"))
	if err != nil {
		p.t.Fatal(err)
	}
	const name = "nks-access_0.1.0_linux_amd64"
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	files := tar.NewWriter(zipped)
	header := &tar.Header{Name: name + "/nks-access", Mode: 0o755, Size: int64(len(binary))}
	if err := files.WriteHeader(header); err != nil {
		p.t.Fatal(err)
	}
	if _, err := files.Write(binary); err != nil {
		p.t.Fatal(err)
	}
	for _, closer := range []interface{ Close() error }{files, zipped} {
		if err := closer.Close(); err != nil {
			p.t.Fatal(err)
		}
	}
	folder := p.t.TempDir()
	p.write(filepath.Join(folder, "v0.1.0", name+".tar.gz"), archive.String())
	p.mirror = []string{"NKS_ACCESS_RELEASES=file://" + folder, fmt.Sprintf("NKS_ACCESS_SHA256=%x", sha256.Sum256(archive.Bytes()))}
}

func (p *place) write(path, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

// file replaces access.yaml.
func (p *place) file(text string) { p.access = text }

// checkout returns a folder with access.yaml and the folder ci.
func (p *place) checkout() string {
	p.t.Helper()
	work := p.t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "ci"), os.DirFS(filepath.Join(p.example, "ci"))); err != nil {
		p.t.Fatal(err)
	}
	p.write(filepath.Join(work, "access.yaml"), p.access)
	return work
}

// bash runs a script as runners do.
func (p *place) bash(work, script string, env ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir = work
	cmd.Env = append([]string{"HOME=" + p.bin, "NCLOUD_API_GW=" + p.server.URL, "NKS_CLUSTER=" + emulator.DemoClusterUUID}, p.mirror...)
	cmd.Env = append(cmd.Env, env...)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// nks runs nks-access as a person would.
func (p *place) nks(args ...string) {
	p.t.Helper()
	program, err := filepath.Abs("../../bin/nks-access")
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Env = []string{
		"HOME=" + p.bin, "NCLOUD_API_GW=" + p.server.URL, "NKS_CLUSTER=" + emulator.DemoClusterUUID,
		"NCLOUD_ACCESS_KEY=" + emulator.DemoAccessKey, "NCLOUD_SECRET_KEY=" + emulator.DemoSecretKey,
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, output)
	}
}

// must returns the output of a job that has to succeed.
func (p *place) must(output string, ok bool) string {
	p.t.Helper()
	if !ok {
		p.t.Fatalf("the job failed:\n%s", output)
	}
	return output
}

// principals returns who has an entry.
func (p *place) principals() []string {
	var list []string
	for _, entry := range p.server.Entries(emulator.DemoClusterUUID) {
		list = append(list, entry.Entry)
	}
	return list
}

// forge changes whom a saved plan lets in.
func (p *place) forge(path string) {
	p.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	forged := strings.ReplaceAll(string(data), kim, lee)
	if forged == string(data) {
		p.t.Fatal("the plan does not have the principal")
	}
	p.write(path, forged)
}

// Both examples install alike, and refuse another archive than the pinned one.
func TestInstall(t *testing.T) {
	p := newPlace(t, "examples/github-actions")
	other, err := os.ReadFile("../../examples/gitlab-ci/ci/install-nks-access.sh")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(p.example, "ci", "install-nks-access.sh"))
	if err != nil || !bytes.Equal(script, other) {
		t.Errorf("the scripts differ (%v)", err)
	}
	work := p.checkout()
	path := "PATH=" + os.Getenv("PATH")
	if output, err := p.bash(work, "sh ci/install-nks-access.sh bin", path); err != nil || !strings.HasPrefix(output, "nks-access ") {
		t.Errorf("%v: %s", err, output)
	}
	p.mirror[1] = "NKS_ACCESS_SHA256=" + strings.Repeat("1", 64)
	if output, err := p.bash(work, "sh ci/install-nks-access.sh other", path); err == nil {
		t.Errorf("another archive was installed: %s", output)
	}
	p.mirror[1] = ""
	if output, err := p.bash(work, "sh ci/install-nks-access.sh other", path); err == nil || !strings.Contains(output, "set version and sha256") {
		t.Errorf("an archive without a checksum was installed: %s", output)
	}
}

//go:build docs

package docs_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// The commands of each document run in one bash session, in a copy of the repository, against an
// emulator. CONTRIBUTING.md describes how code blocks are marked.
func TestCommandsInDocuments(t *testing.T) {
	for _, pattern := range []string{"README*.md", "docs/*.md", "docs/ko/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || names == nil {
			t.Fatal(pattern, names, err)
		}
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				runDocument(t, name, start(t, account(filepath.Base(name))))
			})
		}
	}
}

// Who reads the README and then that of the Terraform provider has one emulator for both.
func TestCommandsInReadmesInOrder(t *testing.T) {
	server := start(t, emulator.Options{})
	for _, name := range []string{"README.md", "terraform-provider-nks/README.md"} {
		if commands := runDocument(t, name, server); commands == 0 {
			t.Fatal("no command found, so the parser is broken")
		}
	}
}

func start(t *testing.T, options emulator.Options) *emulator.Server {
	t.Helper()
	server, err := emulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

// runDocument runs the commands of a document, and compares what they print. It returns how many of them
// have output in the document.
func runDocument(t *testing.T, name string, server *emulator.Server) int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc := parse(strings.ReplaceAll(string(text), "http://127.0.0.1:8080", server.URL))
	folder := t.TempDir()
	state := t.TempDir()
	home := t.TempDir()
	for path, content := range doc.files {
		if inHome, ok := strings.CutPrefix(path, "~/"); ok {
			write(t, filepath.Join(home, inHome), content)
			continue
		}
		write(t, filepath.Join(folder, path), content)
	}
	write(t, filepath.Join(state, "commands"), strings.Join(doc.commands, "\n"))
	write(t, filepath.Join(home, "nks-access"), reader)
	write(t, filepath.Join(home, ".curlrc"), "silent\nshow-error\nfail-with-body\n")
	// The session has its own home directory. Go must still find its settings and caches.
	out, err := exec.Command("go", "env", "GOENV", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	goEnv := strings.Split(string(out), "\n")

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "-c", session, name)
	bash.Dir = folder
	bash.WaitDelay = time.Second
	bash.Env = append(os.Environ(), "ROOT="+root, "STATE="+state, "EMULATOR="+server.URL, "HOME="+home,
		"PATH="+home+":"+os.Getenv("PATH"), "GOENV="+goEnv[0], "GOCACHE="+goEnv[1], "GOMODCACHE="+goEnv[2])
	output, failed := bash.CombinedOutput()
	if failed != nil {
		t.Errorf("%v\n%s", failed, output)
	}
	for command, lines := range doc.prints {
		got, err := os.ReadFile(filepath.Join(state, fmt.Sprint(command)))
		if err != nil {
			continue // the session has ended before
		}
		if line, ok := firstMismatch(lines, got); ok {
			t.Errorf("%s:%d: this line does not match the output of the command:\n%s", name, command+1+line, got)
		}
	}
	return len(doc.prints)
}

// firstMismatch returns the index of the first line that does not match the output, if there is one.
func firstMismatch(lines []string, output []byte) (int, bool) {
	pattern := "(?s)^"
	for i, line := range append(lines, "$") {
		pattern += line
		if !regexp.MustCompile(pattern).Match(output) {
			return i, true
		}
	}
	return 0, false
}

// account returns what a page needs of the emulator. Getting started is about a real account: an
// administrator can enter the cluster, one key can read, and another can write.
func account(page string) emulator.Options {
	if page != "getting-started.md" {
		return emulator.Options{}
	}
	reading := []string{
		"listClusters", "getCluster", "listAccessEntries", "getAccessEntry",
		"listSubAccounts", "getUser", "listGroups", "getGroup", "listRoles", "getRole",
	}
	reader := signer.Credentials{AccessKey: "READACCESSKEY", SecretKey: "READSECRETKEY"}
	writer := signer.Credentials{AccessKey: "WRITEACCESSKEY", SecretKey: "WRITESECRETKEY"}
	admin := nks.AccessPolicy{Type: "NKSClusterAdminPolicy", Scope: "cluster"}
	return emulator.Options{
		Keys: []emulator.Key{{Credentials: reader, Operations: reading}, {Credentials: writer}},
		Entries: map[string][]nks.CreateAccessEntryRequest{emulator.DemoClusterUUID: {{
			Type:     "ROLE",
			Entry:    "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
			Policies: []nks.AccessPolicy{admin},
		}}},
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// session runs the commands after the lines that the emulator prints for the shell. A page that writes
// a configure file has its keys there.
const session = `
set -euo pipefail
git -C "$ROOT" ls-files -z --cached --others --exclude-standard | tar -C "$ROOT" -c --null -T - | tar -x --skip-old-files
unset MAKEFLAGS MAKELEVEL ${!NCLOUD_*} ${!NKS_*} ${!TF_*}
export NCLOUD_API_GW=$EMULATOR
if [ ! -e ~/.ncloud/configure ]; then
	export NCLOUD_ACCESS_KEY=` + emulator.DemoAccessKey + ` NCLOUD_SECRET_KEY=` + emulator.DemoSecretKey + `
	export NKS_CLUSTER=` + emulator.DemoClusterUUID + `
fi
export GIT_AUTHOR_NAME=Kim GIT_AUTHOR_EMAIL=kim@example.com GIT_COMMITTER_NAME=Kim GIT_COMMITTER_EMAIL=kim@example.com
exec 3>&2
trap 'echo "$0:$LINENO: the command fails" >&3' ERR
. "$STATE/commands"
`

// reader replaces nks-access: it stops an emulator that a document starts, and confirms changes.
const reader = `#!/usr/bin/env bash
case $1 in
emulator)
	exec 9< <(exec "$ROOT/bin/nks-access" "$@" --listen 127.0.0.1:0)
	pid=$!
	sed '/^unset /q' <&9
	kill $pid
	wait $pid ;;
update | revoke | delete | apply) exec "$ROOT/bin/nks-access" "$@" --yes ;;
*) exec "$ROOT/bin/nks-access" "$@" ;;
esac
`

// document holds the commands of a document.
type document struct {
	commands []string         // by line of the document, so that bash reports its line numbers; "" for other lines
	prints   map[int][]string // regular expressions for the lines of output, by the line of the command
	files    map[string]string
}

// volatile matches ports, times, signatures and durations, which differ from run to run.
var volatile = regexp.MustCompile(`127\.0\.0\.1:\d+|\d{13}|[A-Za-z0-9+/]{43}=|\d+\.\d+s\b`)

func parse(text string) document {
	doc := document{prints: map[int][]string{}, files: map[string]string{}}
	var block []string // language and marks of the current block, nil outside of blocks
	command := 0
	for i, line := range strings.Split(text, "\n") {
		run := ""
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && block == nil:
			block = append(strings.Fields(info), "", "")
		case fence:
			block = nil
		case block == nil || block[1] == "no-run":
		case (block[0] == "yaml" || block[0] == "ini") && block[1] != "":
			doc.files[block[1]] += line + "\n"
		case block[0] == "sh" && !strings.Contains(line, "…"):
			run = line
		case block[0] == "console" && strings.HasPrefix(line, "$ "):
			command = i + 1
			run = fmt.Sprintf(`{ %s; } >"$STATE/%d" 2>&1`, line[2:], command)
			doc.prints[command] = []string{}
		case block[0] == "console":
			pattern := regexp.QuoteMeta(volatile.ReplaceAllString(line+"\n", "…"))
			doc.prints[command] = append(doc.prints[command], strings.ReplaceAll(pattern, "…", ".*"))
		}
		doc.commands = append(doc.commands, run)
	}
	return doc
}

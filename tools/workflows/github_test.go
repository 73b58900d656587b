//go:build workflows

package workflows_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// workflow is a workflow of GitHub Actions, as far as the test runs it.
type workflow struct {
	Jobs map[string]struct {
		Environment string
		Steps       []step
	}
}

type step struct {
	Name, If, Uses, Run string
	With                map[string]string
	Env                 map[string]string
}

// github runs the jobs of the workflow, with a stub of gh that keeps its state in files.
type github struct {
	*place
	workflow  workflow
	artifacts string // folder with the artifacts, by run and name
	state     string // folder of the stub
	inputs    map[string]string
}

func newGitHub(t *testing.T) *github {
	t.Helper()
	g := &github{place: newPlace(t, "examples/github-actions"), artifacts: t.TempDir(), state: t.TempDir()}
	text, err := os.ReadFile(filepath.Join(g.example, "access.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &g.workflow); err != nil {
		t.Fatal(err)
	}
	g.write(filepath.Join(g.bin, "gh"), gh)
	g.write(filepath.Join(g.state, "issues.json"), "[]")
	g.write(filepath.Join(g.state, "pulls.json"), `[{"merged_at": null, "head": {"sha": "other"}}, {"merged_at": "2026-11-28", "head": {"sha": "head1"}}]`)
	g.write(filepath.Join(g.state, "runs.json"), `[{"databaseId": 1}]`)
	return g
}

// gh answers what the workflow asks for, and notes what it does.
const gh = `#!/usr/bin/env bash
set -euo pipefail
: "${GH_TOKEN:?}"
printf '%s\n' "$*" >>"$GH_STATE/log"
value() { local want=$1; shift; while [ $# -gt 0 ]; do [ "$1" = "$want" ] && { echo "$2"; return; }; shift; done; }
case "$1 ${2:-}" in
"api "*) jq -r "$(value --jq "$@")" "$GH_STATE/pulls.json" ;;
"run list") [ "$(value --commit "$@")" = head1 ]; jq -r "$(value --jq "$@")" "$GH_STATE/runs.json" ;;
"run download") dir=$(value --dir "$@"); mkdir -p "${dir:-.}"; cp "$GH_ARTIFACTS/$3/$(value --name "$@")/"* "${dir:-.}" ;;
"pr comment") cp "$(value --body-file "$@")" "$GH_STATE/comment.md" ;;
"issue list") jq -r "$(value --jq "$@")" "$GH_STATE/issues.json" ;;
"issue create") echo '[{"number": 7}]' >"$GH_STATE/issues.json"; cp "$(value --body-file "$@")" "$GH_STATE/issue.md" ;;
"issue edit") [ "$3" = 7 ]; cp "$(value --body-file "$@")" "$GH_STATE/issue.md" ;;
"issue close") [ "$3" = 7 ]; echo '[]' >"$GH_STATE/issues.json" ;;
"label create") ;;
*) echo "gh $*: not in the stub" >&2; exit 1 ;;
esac
`

var expression = regexp.MustCompile(`\$\{\{ ([a-z_.]+)(?:\.([A-Z_]+))? \}\}`)

// evaluate returns a value with its expressions filled in. A job has only the secrets of its
// environment.
func (g *github) evaluate(environment, value string) string {
	return expression.ReplaceAllStringFunc(value, func(text string) string {
		match := expression.FindStringSubmatch(text)
		switch match[1] {
		case "secrets":
			prefix := map[string]string{"access-read": "READ_", "access-write": "WRITE_"}[environment]
			if prefix == "" || !strings.HasPrefix(match[2], prefix) {
				g.t.Fatalf("a job of the environment %q uses the secret %s", environment, match[2])
			}
			return g.keys[match[2]]
		case "vars":
			return ""
		case "github.token":
			return "token"
		case "github.event.pull_request.number":
			return "12"
		case "inputs.undo":
			return g.inputs["undo"]
		}
		g.t.Fatalf("unknown expression %s", text)
		return ""
	})
}

// runs reports whether a step runs after the earlier ones.
func (g *github) runs(s step, failed bool) bool {
	switch s.If {
	case "":
		return !failed
	case "inputs.undo != ''":
		return !failed && g.inputs["undo"] != ""
	}
	if !strings.Contains(s.If, "!cancelled()") {
		g.t.Fatalf("unknown condition %q", s.If)
	}
	return true
}

// job runs a job in a fresh checkout, and returns its output and whether it succeeded.
func (g *github) job(name string, run int) (output string, ok bool) {
	g.t.Helper()
	job, found := g.workflow.Jobs[name]
	if !found {
		g.t.Fatalf("there is no job %s", name)
	}
	work := g.checkout()
	path := filepath.Join(g.t.TempDir(), "path")
	g.write(path, "")
	summary := filepath.Join(g.t.TempDir(), "summary")
	failed := false
	for _, s := range job.Steps {
		if !g.runs(s, failed) {
			continue
		}
		if strings.HasPrefix(s.Uses, "actions/upload-artifact@") {
			failed = !g.upload(work, s, run) || failed
			continue
		}
		if s.Uses != "" {
			continue // the checkout
		}
		added, err := os.ReadFile(path)
		if err != nil {
			g.t.Fatal(err)
		}
		env := []string{
			"PATH=" + strings.Join(append(strings.Fields(string(added)), g.bin, os.Getenv("PATH")), ":"), "GITHUB_PATH=" + path,
			"GITHUB_STEP_SUMMARY=" + summary, "GITHUB_REPOSITORY=corp/access", "GITHUB_SHA=main1", fmt.Sprintf("GITHUB_RUN_ID=%d", run),
			"RUNNER_TEMP=" + g.t.TempDir(), "GH_STATE=" + g.state, "GH_ARTIFACTS=" + g.artifacts,
		}
		for key, value := range s.Env {
			env = append(env, key+"="+g.evaluate(job.Environment, value))
		}
		text, err := g.bash(work, s.Run, env...)
		output += text
		failed = failed || err != nil
	}
	text, err := os.ReadFile(summary)
	if err == nil {
		output += string(text)
	}
	return output, !failed
}

// upload keeps an artifact.
func (g *github) upload(work string, s step, run int) bool {
	data, err := os.ReadFile(filepath.Join(work, s.With["path"]))
	if err != nil {
		return s.With["if-no-files-found"] != "error"
	}
	g.write(filepath.Join(g.artifacts, fmt.Sprint(run), s.With["name"], filepath.Base(s.With["path"])), string(data))
	return true
}

func (g *github) read(name string) string {
	data, err := os.ReadFile(filepath.Join(g.state, name))
	if err != nil {
		return ""
	}
	return string(data)
}

// The life of a change: planned and commented, confirmed and applied, and taken back.
func TestGitHubAppliesTheReviewedPlan(t *testing.T) {
	g := newGitHub(t)
	g.must(g.job("plan", 1))
	if comment := g.read("comment.md"); !strings.Contains(comment, "### Access: 1 to add") {
		t.Fatalf("the comment is\n%s", comment)
	}
	g.must(g.job("confirm", 2))
	output := g.must(g.job("apply", 2))
	if !strings.Contains(output, "1 change made, 0 left") || !slices.Contains(g.principals(), kim) {
		t.Fatalf("%v\n%s", g.principals(), output)
	}

	g.inputs = map[string]string{"undo": "2"}
	output = g.must(g.job("prepare", 3))
	if !strings.Contains(output, "### Access: 0 to add, 0 to change, 1 to remove") {
		t.Errorf("the summary is\n%s", output)
	}
	g.must(g.job("apply", 3))
	if slices.Contains(g.principals(), kim) {
		t.Error("the undo left the entry")
	}
	g.inputs = nil
	g.must(g.job("prepare", 4))
	g.must(g.job("apply", 4))
	if !slices.Contains(g.principals(), kim) {
		t.Error("the file was not applied by hand")
	}
}

// What was not reviewed is not applied.
func TestGitHubRefusesAnotherPlan(t *testing.T) {
	for name, test := range map[string]struct {
		before func(g *github)
		want   string
	}{
		"the cluster changed":       {func(g *github) { g.nks("create", kim, "--policy", "NKSAdminPolicy") }, "the plan is not the expected one"},
		"the file is another one":   {func(g *github) { g.file(withLee) }, "the plan is not the expected one"},
		"the artifact was forged":   {func(g *github) { g.forge(filepath.Join(g.artifacts, "1", "plan", "plan.json")) }, "the plan is not the expected one"},
		"there was no pull request": {func(g *github) { g.write(filepath.Join(g.state, "pulls.json"), "[]") }, "nobody has reviewed a plan"},
		"there is no plan":          {func(g *github) { g.write(filepath.Join(g.state, "runs.json"), "[]") }, "There is no plan of head1"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGitHub(t)
			g.must(g.job("plan", 1))
			test.before(g)
			output, ok := g.job("confirm", 2)
			if ok || !strings.Contains(output, test.want) {
				t.Errorf("confirm succeeded: %t\n%s", ok, output)
			}
			if _, err := os.Stat(filepath.Join(g.artifacts, "2", "to-apply")); err == nil {
				t.Error("there is a plan to apply")
			}
		})
	}
}

// A cluster that changes while the apply waits for approval is left alone.
func TestGitHubRefusesAStalePlan(t *testing.T) {
	g := newGitHub(t)
	g.must(g.job("plan", 1))
	g.must(g.job("confirm", 2))
	g.nks("create", lee, "--policy", "NKSViewPolicy")
	output, ok := g.job("apply", 2)
	if ok || !strings.Contains(output, "changed after the plan was saved") || slices.Contains(g.principals(), kim) {
		t.Errorf("apply succeeded: %t\n%s", ok, output)
	}
}

// Drift opens one issue, updates it, and closes it.
func TestGitHubKeepsOneIssue(t *testing.T) {
	g := newGitHub(t)
	g.nks("create", kim, "--policy", "NKSViewPolicy")
	g.must(g.job("drift", 1))
	if strings.Contains(g.read("log"), "issue create") {
		t.Fatal("an issue about nothing")
	}
	g.nks("create", lee, "--policy", "NKSClusterAdminPolicy")
	g.must(g.job("drift", 2))
	g.must(g.job("drift", 3))
	if n := strings.Count(g.read("log"), "issue create"); n != 1 {
		t.Errorf("%d issues", n)
	}
	if !strings.Contains(g.read("issue.md"), lee) || !strings.Contains(g.read("log"), "issue edit 7") {
		t.Errorf("the issue is\n%s", g.read("issue.md"))
	}
	g.nks("delete", lee, "--yes")
	g.must(g.job("drift", 4))
	if g.read("issues.json") != "[]\n" {
		t.Error("the issue is open")
	}
	g.file("version: 1\nclusters: {nowhere: }\n")
	if output, ok := g.job("drift", 5); ok || strings.Count(g.read("log"), "issue create") != 1 {
		t.Errorf("a cluster that cannot be read is no failure, or drift:\n%s", output)
	}
}

// A plan that fails is commented all the same.
func TestGitHubCommentsAFailedPlan(t *testing.T) {
	g := newGitHub(t)
	g.file("version: 1\nclusters: {demo: , nowhere: }\n")
	if output, ok := g.job("plan", 1); ok {
		t.Errorf("the job succeeded\n%s", output)
	}
	if !strings.Contains(g.read("comment.md"), "Cannot be planned") {
		t.Errorf("the comment is\n%s", g.read("comment.md"))
	}
}

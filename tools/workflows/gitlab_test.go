//go:build workflows

package workflows_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// gitlabJob is a job of GitLab CI, as far as the test runs it.
type gitlabJob struct {
	Extends   string
	Script    []string
	Variables map[string]string
	Artifacts struct{ Paths []string }
}

// gitlab runs jobs, with a stub of the API.
type gitlab struct {
	*place
	jobs   map[string]gitlabJob
	before []string
	api    *httptest.Server

	requests  []string          // method and path
	artifacts map[string]string // by path of the API
	notes     map[int]string
	issue     string // of the open issue, or ""
	merged    string // what the API says of the commit
}

func newGitLab(t *testing.T) *gitlab {
	t.Helper()
	g := &gitlab{
		place: newPlace(t, "examples/gitlab-ci"), jobs: map[string]gitlabJob{}, artifacts: map[string]string{}, notes: map[int]string{},
		merged: `[{"iid": 11, "state": "closed"}, {"iid": 12, "state": "merged"}]`,
	}
	text, err := os.ReadFile(filepath.Join(g.example, ".gitlab-ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]yaml.Node
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for name, node := range all {
		if name == "stages" {
			continue
		}
		var job struct {
			gitlabJob `yaml:",inline"`
			Before    []string `yaml:"before_script"`
		}
		if err := node.Decode(&job); err != nil {
			t.Fatal(name, err)
		}
		if name == "default" {
			g.before = job.Before
		}
		g.jobs[name] = job.gitlabJob
	}
	g.api = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.api.Close)
	return g
}

// serve answers the calls of the scripts.
func (g *gitlab) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4/projects/5")
	g.requests = append(g.requests, r.Method+" "+path)
	if r.Header.Get("Authorization") != "Bearer token" {
		http.Error(w, "no token", http.StatusUnauthorized)
		return
	}
	var body struct {
		Body, Title, Labels, Description string
		StateEvent                       string `json:"state_event"`
	}
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	switch {
	case path == "/repository/commits/main1/merge_requests":
		_, _ = w.Write([]byte(g.merged))
	case strings.HasPrefix(path, "/jobs/"):
		artifact, found := g.artifacts[path]
		if !found {
			http.Error(w, "404 Not Found", http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(artifact))
	case path == "/merge_requests/12/notes" && r.Method == http.MethodGet:
		list := []map[string]any{{"id": 1, "body": "a person's words"}}
		for id, text := range g.notes {
			list = append(list, map[string]any{"id": id, "body": text})
		}
		_ = json.NewEncoder(w).Encode(list)
	case path == "/merge_requests/12/notes":
		g.notes[2] = body.Body
	case path == "/merge_requests/12/notes/2":
		g.notes[2] = body.Body
	case path == "/issues" && r.Method == http.MethodGet:
		if g.issue == "" {
			_, _ = w.Write([]byte("[]"))
			return
		}
		_, _ = w.Write([]byte(`[{"iid": 7}]`))
	case path == "/issues":
		g.issue = body.Labels + "\n" + body.Description
	case path == "/issues/7" && body.StateEvent == "close":
		g.issue = ""
	case path == "/issues/7":
		g.issue = body.Labels + "\n" + body.Description
	default:
		http.Error(w, "404 Not Found", http.StatusNotFound)
	}
}

// job runs a job in a fresh checkout with files of earlier jobs. It returns the artifacts, the
// output, and whether it succeeded.
func (g *gitlab) job(name string, files map[string]string, more ...string) (artifacts map[string]string, output string, ok bool) {
	g.t.Helper()
	job, found := g.jobs[name]
	if !found {
		g.t.Fatalf("there is no job %s", name)
	}
	work := g.checkout()
	for path, text := range files {
		g.write(filepath.Join(work, path), text)
	}
	env := append([]string{
		"PATH=" + os.Getenv("PATH"), "CI_PROJECT_DIR=" + work, "CI_API_V4_URL=" + g.api.URL + "/api/v4", "CI_PROJECT_ID=5",
		"CI_COMMIT_SHA=main1", "CI_MERGE_REQUEST_IID=12", "GITLAB_TOKEN=token",
	}, more...)
	variables := job.Variables
	if job.Extends != "" {
		variables = g.jobs[job.Extends].Variables
	}
	for key, value := range variables {
		env = append(env, key+"="+g.keys[strings.TrimPrefix(value, "$")])
	}
	output, err := g.bash(work, strings.Join(append(slices.Clone(g.before), job.Script...), "\n"), env...)
	artifacts = map[string]string{}
	for _, path := range job.Artifacts.Paths {
		data, readErr := os.ReadFile(filepath.Join(work, path))
		if readErr == nil {
			artifacts[path] = string(data)
		}
	}
	return artifacts, output, err == nil
}

// planned runs the job of a merge request, and keeps its plan.
func (g *gitlab) planned() {
	g.t.Helper()
	plan, output, ok := g.job("plan", nil)
	g.must(output, ok)
	g.artifacts["/jobs/artifacts/refs%2Fmerge-requests%2F12%2Fhead/raw/plan.json"] = plan["plan.json"]
}

func TestGitLabAppliesTheReviewedPlan(t *testing.T) {
	g := newGitLab(t)
	g.planned()
	g.planned()
	if len(g.notes) != 1 || !strings.Contains(g.notes[2], "### Access: 1 to add") {
		t.Fatalf("the notes are %v", g.notes)
	}
	confirmed, output, ok := g.job("confirm", nil)
	g.must(output, ok)
	applied, output, ok := g.job("apply", confirmed)
	g.must(output, ok)
	if !strings.Contains(output, "1 change made, 0 left") || !slices.Contains(g.principals(), kim) {
		t.Fatalf("%v\n%s", g.principals(), output)
	}

	g.artifacts["/jobs/99/artifacts/plan.json"] = applied["plan.json"]
	undo, output, ok := g.job("prepare", nil, "UNDO_JOB=99")
	g.must(output, ok)
	_, output, ok = g.job("apply", undo)
	g.must(output, ok)
	if slices.Contains(g.principals(), kim) {
		t.Error("the undo left the entry")
	}
	again, output, ok := g.job("prepare", nil)
	g.must(output, ok)
	_, output, ok = g.job("apply", again)
	g.must(output, ok)
	if !slices.Contains(g.principals(), kim) {
		t.Error("the file was not applied by hand")
	}
}

func TestGitLabRefusesAnotherPlan(t *testing.T) {
	for name, test := range map[string]struct {
		before func(g *gitlab)
		want   string
	}{
		"the cluster changed":     {func(g *gitlab) { g.nks("create", kim, "--policy", "NKSAdminPolicy") }, "the plan is not the expected one"},
		"the file is another one": {func(g *gitlab) { g.file(withLee) }, "the plan is not the expected one"},
		"the artifact was forged": {func(g *gitlab) {
			for path, text := range g.artifacts {
				g.artifacts[path] = strings.ReplaceAll(text, kim, lee)
			}
		}, "the plan is not the expected one"},
		"there was no merge request": {func(g *gitlab) { g.merged = "[]" }, "nobody has reviewed a plan"},
		"there is no plan":           {func(g *gitlab) { g.artifacts = nil }, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGitLab(t)
			g.planned()
			test.before(g)
			plan, output, ok := g.job("confirm", nil)
			if ok || len(plan) > 0 || !strings.Contains(output, test.want) {
				t.Errorf("confirm succeeded: %t, with %d files\n%s", ok, len(plan), output)
			}
		})
	}
}

func TestGitLabKeepsOneIssue(t *testing.T) {
	g := newGitLab(t)
	drift := func() {
		t.Helper()
		_, output, ok := g.job("drift", nil)
		g.must(output, ok)
	}
	g.nks("create", kim, "--policy", "NKSViewPolicy")
	drift()
	if g.issue != "" {
		t.Fatal("an issue about nothing")
	}
	g.nks("create", lee, "--policy", "NKSClusterAdminPolicy")
	drift()
	drift()
	opened := 0
	for _, request := range g.requests {
		if request == "POST /issues" {
			opened++
		}
	}
	if opened != 1 || !strings.Contains(g.issue, lee) {
		t.Errorf("%d issues, %s", opened, g.issue)
	}
	g.nks("delete", lee, "--yes")
	drift()
	if g.issue != "" {
		t.Error("the issue is open")
	}
	g.file("version: 1\nclusters: {nowhere: }\n")
	if _, output, ok := g.job("drift", nil); ok || g.issue != "" {
		t.Errorf("a cluster that cannot be read is no failure, or drift:\n%s", output)
	}
}

// A plan that fails is noted all the same.
func TestGitLabNotesAFailedPlan(t *testing.T) {
	g := newGitLab(t)
	g.file("version: 1\nclusters: {demo: , nowhere: }\n")
	if _, output, ok := g.job("plan", nil); ok || !strings.Contains(g.notes[2], "Cannot be planned") {
		t.Errorf("the job succeeded: %t, the note is %q\n%s", ok, g.notes[2], output)
	}
}

// GitLab's own schema accepts the file, and its rules start the right jobs.
func TestGitLabLint(t *testing.T) {
	linter, err := filepath.Abs("../nodetools/node_modules/.bin/gitlab-ci-local")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t, "examples/gitlab-ci")
	work := p.checkout()
	text, err := os.ReadFile(filepath.Join(p.example, ".gitlab-ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write(filepath.Join(work, ".gitlab-ci.yml"), string(text))
	commit := "git -c user.email=a@example.com -c user.name=a commit -q --allow-empty -m "
	git := "git init -q -b main . && " + commit + "nothing && git update-ref refs/remotes/origin/main HEAD && git add -A && " +
		commit + "access && git remote add origin https://gitlab.example.com/corp/access.git"
	if output, err := p.bash(work, git, "PATH="+os.Getenv("PATH")); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for source, want := range map[string][]string{
		"merge_request_event": {"plan"}, "push": {"apply", "confirm"}, "schedule": {"drift"}, "web": {"apply", "prepare"},
	} {
		cmd := exec.CommandContext(t.Context(), linter, "--list-csv", "--variable", "CI_PIPELINE_SOURCE="+source,
			"--variable", "CI_COMMIT_BRANCH=main", "--variable", "CI_DEFAULT_BRANCH=main")
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "HOME="+p.bin)
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		var jobs []string
		for line := range strings.Lines(string(output)) {
			name, _, isRow := strings.Cut(line, ";")
			if isRow && name != "name" {
				jobs = append(jobs, strings.Trim(name, `"`))
			}
		}
		slices.Sort(jobs)
		if !slices.Equal(jobs, want) {
			t.Errorf("%s starts %v, want %v\n%s", source, jobs, want, fmt.Sprint(string(output)))
		}
	}
}

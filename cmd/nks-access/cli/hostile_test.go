package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/nks-access/nks-access/emulator"
)

// hostileNames are names that a service may return, and that nobody should see as they are.
var hostileNames = []string{
	"a\x1b[2Jb", "c\u009bd", "e\nf", "tab\tg", "\u202eright to left", "admins\u200b", "admins ", "ad\u00a0mins",
	"\u0430dmins",
	"tag\U000e0041", "x;=1+1;y", "`a|b\\|<script>@everyone`", `"quoted"`, "two  blanks", "개발\u3164",
}

// hostileService serves two clusters. A principal has the hostile names as groups, and another one
// is hostile itself.
func hostileService(t *testing.T) http.Handler {
	t.Helper()
	cluster := map[string]any{
		"uuid": emulator.DemoClusterUUID, "name": "demo", "status": "RUNNING", "authType": "API", "regionCode": "KR\u202e",
	}
	other := map[string]any{
		"uuid": "11111111-e0fb-4dc9-af1b-97fd3f8d0000", "name": "evil\u202e", "status": "RUNNING\x1b[2J",
		"authType": "CONFIG_MAP",
	}
	entries := []map[string]any{
		{
			"uuid": "22222222-e0fb-4dc9-af1b-97fd3f8d0000", "entry": hostilePrincipal, "groups": hostileNames,
			"username": "u\x1b[2J",
			"policies": []map[string]any{{"type": "NKS\u202ePolicy", "scope": "namespace",
				"namespaces": []string{"a\u200b", "b c"}}},
		},
	}
	answer := func(value any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(value)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /vnks/v2/clusters", answer(map[string]any{"clusters": []any{cluster, other}}))
	mux.HandleFunc("GET /vnks/v2/clusters/{cluster}", answer(map[string]any{"cluster": cluster}))
	mux.HandleFunc("GET /vnks/v2/clusters/{cluster}/access-entries", answer(map[string]any{"accessEntries": entries}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
			"errorCode": "Forbidden\x1b[2J", "message": "no\n\u202efake: success", "details": "\u009b31m",
		}})
	})
	return mux
}

const hostilePrincipal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"

// No output has a character that cannot be seen, whatever names the service returns.
func TestHostileNamesAreVisible(t *testing.T) {
	service := hostileService(t)
	file := filepath.Join(t.TempDir(), "access.yaml")
	text := "version: 1\nclusters: {demo: {others: remove}}\n" +
		"access: [{principal: '" + hostilePrincipal + "', clusters: demo, groups: [admins]}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bindings := filepath.Join(t.TempDir(), "bindings.json")
	list, err := json.Marshal(map[string]any{
		"kind": "ClusterRoleBinding", "metadata": map[string]string{"name": "b\x1b[2J\nfake: success"},
		"roleRef":  map[string]string{"kind": "ClusterRole", "name": "cluster-admin"},
		"subjects": []map[string]string{{"kind": "Group", "name": hostileNames[0]}, {"kind": "User", "name": "u\x1b[2J"}},
	})
	if err := errors.Join(err, os.WriteFile(bindings, list, 0o600)); err != nil {
		t.Fatal(err)
	}
	for variable, value := range map[string]string{
		"EDITOR": "cat", "VISUAL": "",
		"HOME": t.TempDir(), "NCLOUD_API_GW": "http://127.0.0.1:1", "NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
		"NCLOUD_SECRET_KEY": emulator.DemoSecretKey, "NKS_CLUSTER": emulator.DemoClusterUUID,
	} {
		t.Setenv(variable, value)
	}
	for _, line := range []string{
		"clusters -o wide", "clusters -o json", "clusters -o name", "clusters nope",
		"list -o wide", "list -o json", "list -o yaml", "get PRINCIPAL", "get PRINCIPAL -o yaml",
		"list -o csv", "list --sort groups", "list --sort groups:desc -o name", "edit PRINCIPAL",
		"who -o wide", "who -o yaml", "who -o name", "who --cluster demo --rbac BINDINGS",
		"who --cluster demo --rbac BINDINGS -o csv", "who --cluster demo --rbac BINDINGS -o html",
		"clusters -o csv", "config --check -c 'evil\u202e'",
		"create PRINCIPAL --group x", "create PRINCIPAL1 --group x",
		"grant PRINCIPAL --group x", "grant PRINCIPAL --group x --dry-run", "grant PRINCIPAL --group x --dry-run -o yaml",
		"update PRINCIPAL --group x --yes", "delete PRINCIPAL --yes", "delete PRINCIPAL --dry-run", "delete PRINCIPAL",
		"plan -f FILE", "plan -f FILE -o markdown", "plan -f FILE -o json", "apply -f FILE --yes",
		"apply -f FILE --yes -o json", "plan -f FILE -o yaml", "apply -f FILE --yes -o yaml",
		"delete PRINCIPAL --all-clusters --yes", "delete PRINCIPAL --all-clusters --yes -o yaml",
		"delete PRINCIPAL --all-clusters --dry-run -o yaml", "sign GET http://127.0.0.1:1/evil\u202e -o yaml",
		"who", "who -o csv", "who -o html", "who -o json", "export", "export -o terraform", "export 'evil\u202e'",
		"__complete get ''", "__complete list --cluster ''",
	} {
		words := strings.NewReplacer("PRINCIPAL", hostilePrincipal, "FILE", file, "BINDINGS", bindings, "''", "")
		args := strings.Fields(words.Replace(line))
		if strings.HasPrefix(line, "__complete") {
			args = append(args, "")
		}
		var stdout, stderr bytes.Buffer
		a := newApp(strings.NewReader(""), &stdout, &stderr)
		a.transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			recorder := httptest.NewRecorder()
			service.ServeHTTP(recorder, r)
			return recorder.Result(), nil
		})
		a.run(context.Background(), args)
		if stdout.Len()+stderr.Len() == 0 {
			t.Errorf("%s: no output", line)
		}
		for name, output := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
			isComplete := strings.HasPrefix(line, "__complete")
			at := strings.IndexFunc(output, func(r rune) bool {
				return r != '\n' && (r != '\t' || !isComplete) && !unicode.IsPrint(r)
			})
			if at >= 0 {
				t.Errorf("%s: %s has a character that cannot be seen: %+q", line, name,
					output[max(0, at-40):min(len(output), at+40)])
			}
			if slices.Contains(strings.Split(output, "\n"), "fake: success") || strings.Contains(output, "\nf ") {
				t.Errorf("%s: %s has a line break of a name:\n%s", line, name, output)
			}
		}
	}
}

// Words of the command line and names of files stay on their line in errors.
func TestHostileWordsStayOnTheirLine(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	entry := filepath.Join(t.TempDir(), "entry.yaml")
	if err := os.WriteFile(entry, []byte(`{"a\nfake: success": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"WORD", "--WORD", "clusters --WORD", "clusters --sort WORD", "clusters -o WORD", "clusters --url WORD", "help WORD",
		"plan -f WORD", "plan --undo WORD", "plan --cluster WORD -f WORD", "apply WORD", "who -f WORD", "who --rbac WORD",
		"who --policy WORD", "who --principal WORD", "migrate WORD --account 1 --cluster c", "create -f WORD --cluster c",
		"update " + hostilePrincipal + " -f WORD --cluster c", "create -f " + entry + " --cluster c", "emulator --config WORD",
		"create WORD --policy WORD --cluster c", "proxy --listen WORD", "sign GET WORD",
	} {
		args := strings.Fields(line)
		for i, arg := range args {
			args[i] = strings.ReplaceAll(arg, "WORD", "a\nfake: success\n")
		}
		var stdout, stderr bytes.Buffer
		newApp(strings.NewReader(""), &stdout, &stderr).run(context.Background(), args)
		if stderr.Len() == 0 || strings.Contains(stderr.String(), "\nfake: success") {
			t.Errorf("%s: it says\n%s", line, stderr.String())
		}
	}
}

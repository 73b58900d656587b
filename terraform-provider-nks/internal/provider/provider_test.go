package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// What the provider is not told it takes from where the command line does.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, "data \"nks_clusters\" \"all\" {}\n")
	file := "ncloud_access_key_id = WRONG\nncloud_secret_access_key = wrong-key-of-the-default-profile\n" +
		"[staging]\nncloud_access_key_id = " + emulator.DemoAccessKey + "\nncloud_secret_access_key = " + emulator.DemoSecretKey + "\nncloud_api_url = " + s.url + "\n"
	if err := os.Mkdir(session.dir+"/.ncloud", 0o700); err != nil {
		t.Fatal(err)
	}
	session.write(".ncloud/configure", file)
	keys := session.env
	noKeys := append(outerEnvironment(), "HOME="+session.dir, "TF_CLI_CONFIG_FILE="+session.dir+"/terraform.rc", "CHECKPOINT_DISABLE=1")
	var path atomic.Value
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		path.Store(r.URL.Path)
		next.ServeHTTP(w, r)
	})
	for _, c := range []struct {
		name, arguments string
		env             []string
		path            string
	}{
		{"environment alone", "", keys, "/vnks/v2/clusters"},
		{"region of the environment", "", append(keys[:len(keys):len(keys)], "NCLOUD_REGION=SGN"), "/vnks/sgn-v2/clusters"},
		{"region", `region = "JPN"`, append(keys[:len(keys):len(keys)], "NCLOUD_REGION=SGN"), "/vnks/jpn-v2/clusters"},
		{"base URL", `base_url = "` + s.url + `/vnks/krs-v2"`, keys, "/vnks/krs-v2/clusters"},
		{"profile", `profile = "staging"`, append(keys[:len(keys):len(keys)], "NCLOUD_ACCESS_KEY=WRONG", "NCLOUD_API_GW=http://127.0.0.1:1"), "/vnks/v2/clusters"},
		{"profile of the environment", "", append(noKeys[:len(noKeys):len(noKeys)], "NCLOUD_PROFILE=staging"), "/vnks/v2/clusters"},
		{"no profile", "", append(noKeys[:len(noKeys):len(noKeys)], "NCLOUD_API_GW="+s.url), "WRONG"},
	} {
		session.configure("data \"nks_clusters\" \"all\" {}\nprovider \"nks\" {\n  " + c.arguments + "\n}\n")
		session.env = c.env
		path.Store("")
		output, code := session.run("plan")
		if strings.HasPrefix(c.path, "/") && (code != 0 || path.Load() != c.path) || code != 0 && !strings.Contains(output, c.path) {
			t.Errorf("%s: exit code %d, path %s\n%s", c.name, code, path.Load(), output)
		}
	}
}

func TestTimeoutsDoNotChangeTheGateway(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	session := newSession(t, s, entry("user", user, viewAll, "timeouts = {\n    create = \"1h\"\n  }")+"provider \"nks\" {\n  profile = \"staging\"\n}\n")
	if err := os.Mkdir(session.dir+"/.ncloud", 0o700); err != nil {
		t.Fatal(err)
	}
	session.write(".ncloud/configure", "[staging]\nncloud_access_key_id = "+emulator.DemoAccessKey+"\nncloud_secret_access_key = "+
		emulator.DemoSecretKey+"\nncloud_api_url = "+s.url+"\n")
	session.env = append(session.env, "NCLOUD_API_GW=", "HTTPS_PROXY=http://127.0.0.1:1") // so that nothing gets out
	session.apply()
	if _, there := s.entries(t, cluster)[user]; !there {
		t.Error("the entry was not made")
	}
}

// clusters are n clusters, named cluster-0 and so on.
func clusters(n int) emulator.Options {
	options := emulator.Options{}
	for i := range n {
		options.Clusters = append(options.Clusters, nks.Cluster{
			UUID: fmt.Sprintf("0000a20e-e0fb-4dc9-af1b-97fd3f8d%04d", i), Name: fmt.Sprintf("cluster-%d", i), Status: "RUNNING", AuthType: "API",
		})
	}
	return options
}

func entryOnEach(n int) string {
	return fmt.Sprintf("resource \"nks_access_entry\" \"each\" {\n  count = %d\n  cluster = \"cluster-${count.index}\"\n  principal = %q\n}\n", n, user)
}

func TestClustersAreChangedAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := newService(t, clusters(3))
	session := newSession(t, s, entryOnEach(3))
	var mu sync.Mutex
	seen, all := map[string]bool{}, make(chan struct{})
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost { // each waits for the other two
			mu.Lock()
			if seen[r.URL.Path] = true; len(seen) == 3 {
				close(all)
				seen[""] = true // once
			}
			mu.Unlock()
			<-all
		}
		next.ServeHTTP(w, r)
	})
	session.apply()
}

func TestClustersAreChangedOneAfterAnother(t *testing.T) {
	t.Parallel()
	s := newService(t, clusters(4))
	session := newSession(t, s, entryOnEach(4)+"provider \"nks\" {\n  parallel = 1\n}\n")
	var underWay, most atomic.Int32
	s.interfere(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if n := underWay.Add(1); n > most.Load() {
			most.Store(n)
		}
		next.ServeHTTP(w, r)
		underWay.Add(-1)
	})
	session.apply()
	if most.Load() != 1 {
		t.Errorf("there were %d requests at the same time", most.Load())
	}
}

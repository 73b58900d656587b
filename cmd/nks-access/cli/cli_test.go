package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"nks-access": func() {
			if now, err := time.Parse(time.RFC3339, os.Getenv("NKS_TEST_NOW")); err == nil { // stops the clock
				cli.SetClock(now)
			}
			os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// Main writes to what it is given. A release is built with the completions that it prints.
func TestCompletionGoesToStdout(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var stdout, stderr bytes.Buffer
		if code := cli.Main([]string{"completion", shell}, nil, &stdout, &stderr); code != 0 {
			t.Errorf("%s: exit code %d: %s", shell, code, &stderr)
		}
		if !strings.Contains(stdout.String(), "nks-access") {
			t.Errorf("%s: no script on stdout, %d bytes", shell, stdout.Len())
		}
	}
}

// Each session in testdata runs against an emulator of its own, in an empty home directory, with
// the environment that the emulator tells users to set.
func TestSessions(t *testing.T) {
	cluster := func(uuid, name string) nks.Cluster {
		return nks.Cluster{UUID: uuid, Name: name, Status: "RUNNING", AuthType: "API", RegionCode: "KR", K8sVersion: "1.33.4"}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// waitfor URL waits until a server answers.
			"waitfor": func(ts *testscript.TestScript, _ bool, args []string) {
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
				for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); <-time.After(10 * time.Millisecond) {
					if resp, err := client.Get(args[0]); err == nil {
						_ = resp.Body.Close()
						return
					}
				}
				ts.Fatalf("%s does not answer", args[0])
			},
			// fetch METHOD URL NAME=VALUE... sends a request with headers, and writes the status and the body
			// to stdout.
			"fetch":  fetch,
			"faults": faults,
			// exits CODE COMMAND ARGS... runs a command that must exit with the code.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					exit := (*exec.ExitError)(nil)
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					got = exit.ExitCode()
				}
				if got != want {
					ts.Fatalf("exit code is %d, want %d", got, want)
				}
			},
			// interrupt TEXT ARGS... runs nks-access, sends it a Ctrl-C when it prints TEXT, and
			// requires exit code 130.
			"interrupt": func(ts *testscript.TestScript, _ bool, args []string) { interrupt(ts, args[0], args[1:]) },
			// interruptagain ADDRESS starts an emulator that waits for the body of a request, and sends it
			// Ctrl-C until it ends, which must be by the signal.
			"interruptagain": func(ts *testscript.TestScript, _ bool, args []string) {
				cmd := command(ts, "emulator", "--listen", args[0], "--quiet")
				stdout, err := cmd.StdoutPipe()
				ts.Check(err)
				ts.Check(cmd.Start())
				_, err = bufio.NewReader(stdout).ReadString('\n')
				ts.Check(err)
				conn, err := net.Dial("tcp", args[0])
				ts.Check(err)
				defer func() { _ = conn.Close() }()
				url := "http://" + args[0] + "/vnks/v2/clusters/" + emulator.DemoClusterUUID + "/access-entries"
				req, err := http.NewRequest(http.MethodPost, url, http.NoBody)
				ts.Check(err)
				ts.Check(signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)).Sign(context.Background(), req))
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Expect", "100-continue")
				_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n", req.URL.RequestURI())
				ts.Check(err)
				ts.Check(req.Header.Write(conn))
				_, err = conn.Write([]byte("\r\n"))
				ts.Check(err)
				line, err := bufio.NewReader(conn).ReadString('\n')
				ts.Check(err)
				if !strings.Contains(line, "100 Continue") {
					ts.Fatalf("got %q, want 100 Continue", line)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				for {
					select {
					case err := <-ended:
						if !strings.Contains(fmt.Sprint(err), "signal: interrupt") {
							ts.Fatalf("got %v, want an end by the signal", err)
						}
						return
					case <-time.After(10 * time.Millisecond):
						_ = cmd.Process.Signal(os.Interrupt)
					}
				}
			},
			// utf16 FROM TO writes a text as a Windows shell does.
			"utf16": func(ts *testscript.TestScript, _ bool, args []string) {
				text := []byte{0xff, 0xfe}
				for _, unit := range utf16.Encode([]rune(ts.ReadFile(args[0]))) {
					text = append(text, byte(unit), byte(unit>>8))
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
			},
			// people FILE replaces the users, roles and groups of the emulator.
			"people": func(ts *testscript.TestScript, _ bool, args []string) {
				server := ts.Value(emulatorOfScript{}).(*emulator.Server)
				ts.Check(server.SetDirectory(directoryOf(ts.ReadFile(args[0]))))
				ts.Setenv("NAMES_READ", fmt.Sprint(namesRead(server)))
			},
			// namesread N requires that the list of users was read N times since people or namesread.
			"namesread": func(ts *testscript.TestScript, _ bool, args []string) {
				read := namesRead(ts.Value(emulatorOfScript{}).(*emulator.Server))
				before, _ := strconv.Atoi(ts.Getenv("NAMES_READ"))
				if fmt.Sprint(read-before) != args[0] {
					ts.Fatalf("the users were read %d times, not %s", read-before, args[0])
				}
				ts.Setenv("NAMES_READ", fmt.Sprint(read))
			},
			// fault NAME=VALUE... sets the faults of the emulator to these: directory, fail and only.
			"fault": func(ts *testscript.TestScript, _ bool, args []string) {
				var faults emulator.Faults
				for _, arg := range args {
					name, value, _ := strings.Cut(arg, "=")
					status, _ := strconv.Atoi(value)
					switch name {
					case "directory":
						faults.Directory = status
					case "fail":
						faults.Fail = emulator.Failure{Status: status, Probability: 1}
					case "only":
						faults.Only = value
					default:
						ts.Fatalf("unknown fault %s", name)
					}
				}
				ts.Value(emulatorOfScript{}).(*emulator.Server).SetFaults(faults)
			},
			// badname creates an entry with a group that is not UTF-8, which a script file cannot
			// hold.
			"badname": func(ts *testscript.TestScript, _ bool, _ []string) {
				exit := (*exec.ExitError)(nil)
				if err := ts.Exec("nks-access", "create", ts.Getenv("ROLE1"), "--group", "a\xffb"); !errors.As(err, &exit) ||
					exit.ExitCode() != 2 {
					ts.Fatalf("got %v, want exit code 2", err)
				}
			},
		},
		Setup: func(env *testscript.Env) error {
			free, err := freeAddress()
			if err != nil {
				return err
			}
			env.Setenv("FREE", free)
			options := emulator.Options{Clusters: []nks.Cluster{
				cluster(emulator.DemoClusterUUID, "demo"),
				cluster("11111111-e0fb-4dc9-af1b-97fd3f8d0000", "운영"),
				cluster("22222222-e0fb-4dc9-af1b-97fd3f8d0000", "twin"),
				cluster("33333333-e0fb-4dc9-af1b-97fd3f8d0000", "twin"),
			}}
			// A key without the permission for names does all that has nothing to do with names.
			if !strings.HasPrefix(filepath.Base(env.WorkDir), "script-names") && filepath.Base(env.WorkDir) != "script-proxy" {
				options.Faults.Directory = http.StatusForbidden
			}
			if filepath.Base(env.WorkDir) == "script-who" {
				old := cluster("44444444-e0fb-4dc9-af1b-97fd3f8d0000", "old")
				old.AuthType = "CONFIG_MAP"
				options.Clusters = append(options.Clusters, old)
			}
			withRegions := strings.HasPrefix(filepath.Base(env.WorkDir), "script-regions")
			if withRegions {
				options.Clusters[1].RegionCode = "SGN"
				options.Clusters[3].RegionCode = "SGN"
			}
			server, err := emulator.Start(options)
			if err != nil {
				return err
			}
			env.Defer(server.Close)
			gateway := server.URL
			if withRegions {
				denied := map[string]string{"script-regionsdenied": "JPN"}[filepath.Base(env.WorkDir)]
				front := newRegions(server, denied)
				env.Defer(front.Close)
				gateway = front.URL
			}
			env.Values[emulatorOfScript{}] = server
			isCompletion := filepath.Base(env.WorkDir) == "script-completion" // which asks for names, as on a terminal
			if options.Faults.Directory != 0 && !isCompletion {
				env.Defer(func() {
					for _, request := range server.Requests() {
						if request.Fault == "directory" {
							t.Errorf("%s reads names: %s", filepath.Base(env.WorkDir), request.Target)
						}
					}
				})
			}
			if entries := entriesOfScripts[filepath.Base(env.WorkDir)]; entries != nil {
				if err := server.SetEntries(emulator.DemoClusterUUID, entries); err != nil {
					return err
				}
			}
			if folder := coverageFolder(); folder != "" {
				env.Setenv("GOCOVERDIR", folder)
			}
			for name, value := range map[string]string{
				"NCLOUD_API_GW": gateway, "NCLOUD_ACCESS_KEY": emulator.DemoAccessKey, "NCLOUD_SECRET_KEY": emulator.DemoSecretKey,
				"GORACE":      "atexit_sleep_ms=0", // with the race detector, each command sleeps a second before it exits
				"NKS_CLUSTER": emulator.DemoClusterUUID, "HOME": env.WorkDir, "NCLOUD_METADATA_API_ENDPOINT": "http://127.0.0.1:1",
				"USER1": "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c",
				"ROLE1": "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
			} {
				env.Setenv(name, value)
			}
			return nil
		},
	})
}

// entriesOfScripts are the entries on the cluster demo that no request can create.
var entriesOfScripts = map[string][]nks.AccessEntry{
	"script-hostile": {{
		Entry:  "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
		Groups: []string{"a\u001b[2Jb", "c\u009bd", "e\nf", "tab\tg", ".inf", "? h", "\u202eright to left"},
	}},
	"script-whorbacusers": {
		{Entry: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4", Groups: []string{"ops"}},
		{Entry: "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c", Username: "kim", Groups: []string{"ops"}},
		{Entry: "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184d", Username: "ops"},
	},
}

func fetch(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest(args[0], args[1], nil)
	ts.Check(err)
	for _, header := range args[2:] {
		name, value, _ := strings.Cut(header, "=")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d\n%s\n", resp.StatusCode, body)
	ts.Check(err)
}

// emulatorOfScript is the key of the emulator of a session.
type emulatorOfScript struct{}

// namesRead counts the requests for the list of users.
func namesRead(server *emulator.Server) int {
	read := 0
	for _, request := range server.Requests() {
		if request.Operation == "listSubAccounts" {
			read++
		}
	}
	return read
}

// directoryOf reads lines such as "user kim@corp UUID inactive", "role deployer UUID" and
// "group backend kim@corp lee@corp".
func directoryOf(text string) emulator.Directory {
	var d emulator.Directory
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch words[0] {
		case "user":
			status := strings.Join(words[3:], "")
			d.Users = append(d.Users, emulator.User{LoginID: words[1], ID: words[2], Inactive: status == "inactive",
				Deleted: status == "deleted"})
		case "role":
			d.Roles = append(d.Roles, emulator.Role{Name: words[1], ID: words[2]})
		case "group":
			d.Groups = append(d.Groups, emulator.Group{Name: words[1], Members: words[2:]})
		}
	}
	return d
}

// coverageFolder is where go test -cover collects what programs write that are built with it. Without
// it, they warn on stderr.
func coverageFolder() string {
	folder := flag.Lookup("test.gocoverdir")
	if folder == nil {
		return ""
	}
	return folder.Value.String()
}

// command is nks-access with the environment of a script.
func command(ts *testscript.TestScript, args ...string) *exec.Cmd {
	program := "" // testscript puts it first on the PATH
	for _, folder := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(folder, "nks-access"); program == "" && isFile(path) {
			program = path
		}
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "GORACE", "NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY",
		"NKS_CLUSTER", "GOCOVERDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd
}

func interrupt(ts *testscript.TestScript, text string, args []string) {
	cmd := command(ts, args...)
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	said := ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), text) {
			ts.Check(cmd.Process.Signal(os.Interrupt))
		}
	}
	exit := (*exec.ExitError)(nil)
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 ||
		!strings.HasSuffix(said, "nks-access: interrupted\n") {
		ts.Fatalf("got %v, want exit code 130; it said\n%s", err, said)
	}
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// freeAddress is one that nobody listens on at the moment.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

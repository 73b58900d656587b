package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

func (a *app) newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show how it works, on an emulator",
		Long: `Start an emulator on a free port and run commands on it: create an entry, grant it more, read it back. It shows each
request with the string to sign, and its response. At the end it changes a signed request, which the emulator refuses.`,
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: command(func(cmd *cobra.Command, _ []string) error {
			server, err := emulator.Start(emulator.Options{})
			if err != nil {
				return err
			}
			defer server.Close()
			// The commands run in this process, and find the emulator as users do.
			for name, value := range emulatorEnvironment(server) {
				if err := os.Setenv(name, value); err != nil {
					return err
				}
			}
			for _, name := range []string{"NCLOUD_ACCESS_KEY_ID", "NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_REGION", "NCLOUD_PROFILE"} {
				if err := os.Unsetenv(name); err != nil {
					return err
				}
			}
			return (&demo{out: a.stdout, server: server}).run(cmd.Context())
		}),
	}
}

// demo runs commands and shows their requests and responses.
type demo struct {
	out    io.Writer
	server *emulator.Server
	steps  int
}

func (d *demo) run(ctx context.Context) error {
	const principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	fmt.Fprintf(d.out, "An emulator serves NKS at %s%s.\n", d.server.URL, emulator.BasePaths[0])
	type step struct {
		words string
		args  []string
	}
	var created bytes.Buffer
	for _, s := range []step{
		{"List the clusters.", []string{"clusters"}},
		{"Create an entry that lets a sub account read the whole cluster. The response does not hold the UUID of the entry, so\n" +
			"   the list is read before and after.",
			[]string{"create", principal, "--policy", "NKSViewPolicy", "-o", "json"}},
		{"Grant it more: write in some namespaces, and a group.",
			[]string{"grant", principal, "--policy", "NKSEditPolicy@dev,*-ns", "--group", "developers"}},
	} {
		if err := d.command(ctx, s.words, &created, s.args...); err != nil {
			return err
		}
	}
	var entry access.Entry
	if err := json.NewDecoder(strings.NewReader(created.String()[strings.Index(created.String(), "{"):])).Decode(&entry); err != nil {
		return fmt.Errorf("read the created entry: %w", err)
	}
	if err := d.command(ctx, "Get the entry by its UUID.", io.Discard, "get", entry.UUID, "-o", "yaml"); err != nil {
		return err
	}
	d.step("Sign a GET, and change it into a DELETE.")
	if err := d.tamper(ctx); err != nil {
		return err
	}
	if err := d.accessAsCode(ctx); err != nil {
		return err
	}
	fmt.Fprintln(d.out, "\nCreated, granted, read back. The changed request was refused. The file was applied.")
	return nil
}

// command runs a command and shows its result. It copies the result to copied.
func (d *demo) command(ctx context.Context, words string, copied io.Writer, args ...string) error {
	d.step(words)
	fmt.Fprintf(d.out, "\n   $ nks-access %s\n", strings.Join(args, " "))
	var result bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: io.MultiWriter(&result, copied), stderr: &result, transport: d}
	code := a.run(ctx, append(args, "--quiet"))
	fmt.Fprintf(d.out, "\n%s", indent(result.String()))
	if code != exitOK {
		return fmt.Errorf("nks-access %s: exit code %d", args[0], code)
	}
	return nil
}

func (d *demo) step(words string) {
	d.steps++
	fmt.Fprintf(d.out, "\n%d. %s\n", d.steps, words)
}

func (d *demo) tamper(ctx context.Context) error {
	url := d.server.URL + emulator.BasePaths[0] + "/clusters/" + emulator.DemoClusterUUID
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if err := signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)).Sign(ctx, req); err != nil {
		return err
	}
	signed := stringToSign(req)
	req.Method = http.MethodDelete
	resp, err := d.exchange(req, signed)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return errors.New("the emulator did not refuse a tampered request: " + resp.Status)
	}
	return nil
}

// RoundTrip sends a request of a command and shows it.
func (d *demo) RoundTrip(r *http.Request) (*http.Response, error) {
	return d.exchange(r, stringToSign(r))
}

func stringToSign(r *http.Request) string {
	return signer.StringToSign(r.Method, r.URL.RequestURI(), r.Header.Get(signer.HeaderTimestamp), r.Header.Get(signer.HeaderAccessKey))
}

// exchange sends a request. It shows the request line, the string to sign, and the response.
func (d *demo) exchange(r *http.Request, signed string) (*http.Response, error) {
	fmt.Fprintf(d.out, "\n   > %s %s\n", r.Method, r.URL.RequestURI())
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(d.out, "   > %s\n", data)
	}
	fmt.Fprintf(d.out, "     signed    %q\n     signature %s\n", signed, r.Header.Get(signer.HeaderSignature))
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	resp, err := http.DefaultTransport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, emulator.MaxBodyBytes))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	fmt.Fprintf(d.out, "   < %s\n   < %s\n", resp.Status, bytes.TrimSpace(data))
	return resp, nil
}

func indent(text string) string {
	var s strings.Builder
	for line := range strings.Lines(text) {
		s.WriteString("   " + line)
	}
	return s.String()
}

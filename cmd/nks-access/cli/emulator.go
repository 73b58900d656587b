package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// emulate is the emulator command with its flags.
type emulate struct {
	*app
	listen, config, data string
	seed                 uint64
	tls, quiet           bool
	faults               map[string]string // by flag
}

func (a *app) newEmulator() *cobra.Command {
	e := &emulate{app: a, faults: map[string]string{}}
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Run an NKS emulator on this machine",
		Long: `Run an emulator of the access entries API on this machine. The console is at /, the contract to try out at /docs.

Paste the printed lines into another terminal. Then every nks-access command there uses the emulator. It logs each request
to stderr. Ctrl-C stops it. Without --data, this deletes all entries.

The flags from --busy to --skew turn faults on. They can be changed while it runs, in the console or with
  curl --data fail=503:0.5 --data busy=2s http://127.0.0.1:8080/_emulator/faults`,
		Example: `  nks-access emulator --data nks.db --busy 2s
  nks-access emulator --config emulator.yaml --fail 503:0.05 --lose 0.05 --seed 1`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&e.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 means a free port")
	flags.StringVar(&e.config, "config", "", "YAML `FILE` with keys, clusters and initial entries (default: one demo key and cluster)")
	flags.StringVar(&e.data, "data", "", "keep the entries in `FILE` (default: in memory)")
	flags.BoolVar(&e.tls, "tls", false, "serve HTTPS with a new self-signed certificate")
	flags.Uint64Var(&e.seed, "seed", 0, "make UUIDs and random faults the same in every run with the same `NUMBER`")
	flags.BoolVarP(&e.quiet, "quiet", "q", false, "log no requests, and print no warnings")
	for _, fault := range []struct{ name, usage string }{
		{"busy", "keep a cluster WORKING for `TIME` after each change; it refuses changes with 409 meanwhile"},
		{"latency", "delay each response by `TIME`"},
		{"rate", "refuse more requests than `RATE`, such as 10/s, with 429 and Retry-After"},
		{"fail", "let requests fail: `STATUS:PROBABILITY`, such as 503:0.05"},
		{"lose", "drop the response to a successful change with `PROBABILITY`, such as 0.05"},
		{"skew", "set the clock of the emulator off by `TIME`, such as 7m"},
	} {
		flags.Func(fault.name, fault.usage, func(value string) error {
			e.faults[fault.name] = value
			return new(emulator.Faults).Set(fault.name, value)
		})
	}
	return cmd
}

func (e *emulate) run(ctx context.Context) error {
	options := emulator.Options{}
	if e.config != "" {
		var err error
		if options, err = emulator.LoadConfig(e.config); err != nil {
			return usagef("%v", err)
		}
	}
	for name, value := range e.faults { // flags take precedence over the file
		_ = options.Faults.Set(name, value) // its flag has checked the value
	}
	options.Seed, options.TLS = e.seed, e.tls
	level := slog.LevelInfo
	if e.quiet {
		level = slog.LevelError // the cause of a 500 is in the log only
	}
	options.Logger = slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level}))
	if e.data != "" {
		store, err := emulator.OpenFile(e.data)
		if err != nil {
			return &advised{err}
		}
		defer func() { _ = store.Close() }()
		options.Store = store
	}
	server, err := emulator.Listen(e.listen, options)
	if busy := (*net.OpError)(nil); errors.As(err, &busy) {
		err = fmt.Errorf("%w; --listen takes another address", err)
	}
	if err != nil {
		return &advised{err}
	}
	environment := emulatorEnvironment(server, options)
	if e.tls {
		certificate, err := writeTemporary("", "nks-emulator-*.pem", server.CertificatePEM)
		if err != nil {
			server.Close()
			return fmt.Errorf("write certificate: %w", err)
		}
		defer func() { _ = os.Remove(certificate) }()
		environment["SSL_CERT_FILE"] = certificate
	}
	e.greet(server.URL, environment)
	select {
	case <-server.Stopped():
		return server.Err()
	case <-ctx.Done():
	}
	// The latency fault may delay the last responses.
	shutdown, cancel := context.WithTimeout(context.Background(), 5*time.Second+server.Faults().Latency)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		fmt.Fprintln(e.stderr, err)
	}
	return nil
}

// greet prints how to reach the emulator.
func (e *emulate) greet(url string, environment map[string]string) {
	fmt.Fprintf(e.stdout, `NKS emulator
  base URL    %s%s
  console     %[1]s/
  API page    %[1]s/docs

Paste this into another terminal:

`, url, emulator.BasePaths[0])
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fmt.Fprintf(e.stdout, "export %s=%s\n", name, shellWord(environment[name]))
	}
	fmt.Fprintln(e.stdout, "unset "+strings.Join(otherVariables, " "))
	if host, _, err := net.SplitHostPort(e.listen); err == nil && !e.quiet && !signer.IsLoopback(host) {
		fmt.Fprintln(e.stderr, "Warning: other machines can reach this emulator and its keys. "+
			"The console and the admin API accept local requests only.")
	}
}

// plainWord is a value that a shell takes as it is.
var plainWord = regexp.MustCompile(`^[-\w./:]+$`)

func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return shellQuote(s)
}

// otherVariables would take precedence over those of the emulator.
var otherVariables = []string{"NCLOUD_ACCESS_KEY_ID", "NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_REGION"}

// emulatorEnvironment returns the environment variables that point commands at the emulator, and at
// its first key and cluster.
func emulatorEnvironment(server *emulator.Server, options emulator.Options) map[string]string {
	environment := map[string]string{
		"NCLOUD_API_GW":     server.URL,
		"NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
		"NCLOUD_SECRET_KEY": emulator.DemoSecretKey,
		"NKS_CLUSTER":       emulator.DemoClusterUUID,
	}
	if len(options.Keys) > 0 {
		environment["NCLOUD_ACCESS_KEY"], environment["NCLOUD_SECRET_KEY"] = options.Keys[0].AccessKey, options.Keys[0].SecretKey
	}
	if len(options.Clusters) > 0 {
		environment["NKS_CLUSTER"] = options.Clusters[0].UUID
	}
	return environment
}

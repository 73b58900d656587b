package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

type emulatorCommand struct {
	*app
	listen, config, data string
	seed                 uint64
	tls, quiet           bool
	faults               map[string]string // by flag
}

func newEmulator(a *app) command { return &emulatorCommand{app: a, faults: map[string]string{}} }

func (c *emulatorCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "emulator",
		Short: "Run an NKS emulator on this machine",
		Long: `Run an emulator of the access entries API on this machine. The console is at /, the contract to try out at
/docs.

Paste the printed lines into another terminal. Then every nks-access command there uses the emulator. It logs each
request to stderr. Ctrl-C stops it. Without --data, entries are lost when it stops.

The flags from --busy on turn faults on. They can be changed while it runs, in the console or with
  curl --data fail=503:0.5 --data busy=2s http://127.0.0.1:8080/_emulator/faults`,
		Example: `  nks-access emulator --data nks.db --busy 2s
  nks-access emulator --config emulator.yaml --fail 503:0.05 --lose 0.05 --seed 1`,
	}
}

func (c *emulatorCommand) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&c.listen, "listen", "127.0.0.1:8080", "listen on `ADDRESS`; port 0 means a free port")
	flags.StringVar(&c.config, "config", "",
		"YAML `FILE` with keys, clusters and initial entries (default: one demo key and cluster)")
	flags.StringVar(&c.data, "data", "", "keep the entries in `FILE` (default: in memory)")
	flags.BoolVar(&c.tls, "tls", false, "serve HTTPS with a new self-signed certificate")
	flags.Uint64Var(&c.seed, "seed", 0, "make UUIDs and random faults the same in every run with the same `NUMBER`")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "log no requests, and print no warnings")
	for _, kind := range emulator.FaultKinds() {
		flags.Var(faultFlag{kind, c.faults}, kind.Name, kind.Usage)
	}
}

// faultFlag is the flag of a fault. It keeps the value as text, because flags take precedence over
// the configuration file, which is read later.
type faultFlag struct {
	kind   emulator.FaultKind
	values map[string]string // by name
}

// Set checks a value and keeps it.
func (f faultFlag) Set(value string) error {
	f.values[f.kind.Name] = value
	return new(emulator.Faults).Set(f.kind.Name, value)
}

// String returns the default, none.
func (f faultFlag) String() string { return "" }

// Type returns an example of a value, which the help shows.
func (f faultFlag) Type() string { return f.kind.Example }

func (c *emulatorCommand) run(ctx context.Context, _ []string) error {
	c.sayWaiting()
	options, err := term.Await(ctx, c.options) // the file may be a pipe that nobody writes
	if err != nil {
		return err
	}
	server, err := emulator.Listen(c.listen, options)
	if busy := (*net.OpError)(nil); errors.As(err, &busy) {
		err = fmt.Errorf("%w; --listen takes another address", err)
	}
	if err != nil {
		return &advised{err}
	}
	defer server.Close()
	variables := emulatorVariables(server, options)
	if c.tls {
		certificate, err := term.WriteTemporary("", "nks-emulator-*.pem", server.CertificatePEM)
		if err != nil {
			return fmt.Errorf("write certificate: %w", err)
		}
		defer func() { _ = os.Remove(certificate) }()
		variables["SSL_CERT_FILE"] = certificate
	}
	c.greet(server, variables)
	c.warnIfReachable()
	return c.serve(ctx, server)
}

// sayWaiting says what the emulator waits for if the configuration comes from a pipe or a device.
func (c *emulatorCommand) sayWaiting() {
	info, err := os.Stat(c.config)
	if err != nil || c.quiet || info.Mode().IsRegular() || info.IsDir() {
		return
	}
	fmt.Fprintf(c.stderr, "Waiting for the end of the configuration from %s.\n", term.PrintableLine(c.config))
}

// options returns the options of file and flags. Flags take precedence.
func (c *emulatorCommand) options() (emulator.Options, error) {
	options := emulator.Options{}
	if c.config != "" {
		var err error
		if options, err = emulator.LoadConfig(c.config); err != nil {
			return emulator.Options{}, usagef("%v", err)
		}
	}
	for name, value := range c.faults {
		_ = options.Faults.Set(name, value) // its flag has checked the value
	}
	options.Seed = c.seed
	options.TLS = c.tls
	options.DataFile = c.data
	level := slog.LevelInfo
	if c.quiet {
		level = slog.LevelError // the cause of a 500 is in the log only
	}
	options.Logger = slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level}))
	return options, nil
}

// greet prints how to reach the emulator.
func (c *emulatorCommand) greet(server *emulator.Server, variables map[string]string) {
	fmt.Fprintf(c.stdout, `NKS emulator
  base URL    %s
  console     %s/
  API page    %[2]s/docs

Paste this into another terminal:

`, server.BaseURL(), server.URL)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		fmt.Fprintf(c.stdout, "export %s=%s\n", name, term.ShellWord(variables[name]))
	}
	fmt.Fprintln(c.stdout, "unset "+strings.Join(overridingVariables, " "))
}

func (c *emulatorCommand) warnIfReachable() {
	host, _, err := net.SplitHostPort(c.listen)
	if err != nil || c.quiet || signer.IsLoopback(host) {
		return
	}
	fmt.Fprintln(c.stderr, "Warning: other machines can reach this emulator and its keys. "+
		"The console and the admin API accept local requests only.")
}

// serve waits until the emulator or ctx ends.
func (c *emulatorCommand) serve(ctx context.Context, server *emulator.Server) error {
	select {
	case <-server.Stopped():
		return server.Err()
	case <-ctx.Done():
	}
	// The latency fault may delay the last responses.
	shutdown, cancel := context.WithTimeout(context.Background(), 5*time.Second+server.Faults().Latency)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		fmt.Fprintln(c.stderr, err)
	}
	return nil
}

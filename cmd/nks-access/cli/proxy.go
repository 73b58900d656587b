package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/cmd/nks-access/proxy"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/gateway"
)

type proxyCommand struct {
	connection
	listen                        string
	readOnly, allPaths, withToken bool
	origins                       []string
}

func newProxy(a *app) command { return &proxyCommand{connection: newConnection(a)} }

func (c *proxyCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "proxy",
		Short: "Sign the requests of tools that cannot sign",
		Long: `Listen on this machine, sign each request that comes, and pass it on to NKS or the Sub Account API: for
Postman, Bruno, Insomnia, Swagger UI, MCP servers, curl, and every other tool without code for the signature. Give the
tool the printed base URL.

Whoever can send requests to the proxy can do what its key may do. So it takes requests from this machine only, and none
of pages in a browser. Other users of this machine can reach it: --token asks for a token. --read-only lets only reads
through, and its contract lists nothing else. Only paths of the contract are passed on. Each request is sent once:
the proxy does not retry, and follows no redirect.

It logs a line for each request to stderr, without secrets. Ctrl-C stops it.`,
		Example: `  nks-access proxy --read-only
  curl http://127.0.0.1:8081/vnks/v2/clusters`,
	}
}

// proxyLimit is longer than an attempt, which is sent again once if the local clock is wrong.
var proxyLimit = limit{time.Minute, "limit of `TIME` for each request"}

func (c *proxyCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, proxyLimit)
	flags := cmd.Flags()
	flags.StringVar(&c.listen, "listen", "127.0.0.1:8081", "listen on `ADDRESS` of this machine; port 0 means a free port")
	flags.BoolVar(&c.readOnly, "read-only", false, "pass on GET and HEAD only")
	flags.BoolVar(&c.withToken, "token", false,
		"ask for a token in each request: that of NKS_PROXY_TOKEN, or else a new one, which is printed")
	flags.StringArrayVar(&c.origins, "allow-origin", nil,
		"let the pages of `ORIGIN` use the proxy, such as http://localhost:3000 (repeatable)")
	flags.BoolVar(&c.allPaths, "all-paths", false, "pass on every path below the base URL, not only those of the contract")
}

func (c *proxyCommand) run(ctx context.Context, _ []string) error {
	server, err := c.start(ctx)
	if err != nil {
		return err
	}
	select {
	case <-server.Stopped():
		return server.Err()
	case <-ctx.Done():
	}
	shutdown, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		fmt.Fprintln(c.stderr, err)
	}
	return nil
}

func (c *proxyCommand) start(ctx context.Context) (*proxy.Server, error) {
	options, err := c.options(ctx)
	if err != nil {
		return nil, err
	}
	handler, err := proxy.New(options)
	if err != nil {
		return nil, usagef("%v", err)
	}
	server, err := proxy.Listen(c.listen, handler)
	if errors.Is(err, proxy.ErrNotLoopback) {
		return nil, usagef("%v", err)
	}
	if refused := (*net.OpError)(nil); errors.As(err, &refused) {
		err = fmt.Errorf("%w; --listen takes another address", err)
	}
	if err != nil {
		return nil, &advised{err}
	}
	c.greet(server.URL, options)
	return server, nil
}

func (c *proxyCommand) options(ctx context.Context) (proxy.Options, error) {
	client, err := c.client(access.WithRetry(access.Retry{TryTimeout: c.timeout}))
	if err != nil {
		return proxy.Options{}, err
	}
	g := client.Gateway()
	// A proxy without keys is of no use, and its user would learn that from a tool.
	if _, err := g.Credentials().Credentials(ctx); err != nil {
		return proxy.Options{}, err
	}
	services, err := servicesOf(g)
	if err != nil {
		return proxy.Options{}, err
	}
	token, err := c.token()
	if err != nil {
		return proxy.Options{}, err
	}
	level := slog.LevelInfo
	if c.quiet {
		level = slog.LevelError
	}
	return proxy.Options{
		Gateway:  g,
		Services: services,
		ReadOnly: c.readOnly,
		AllPaths: c.allPaths,
		Token:    token,
		Origins:  c.origins,
		Timeout:  c.timeout,
		Logger:   slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level})),
	}, nil
}

// servicesOf returns the services of both contracts.
func servicesOf(g *gateway.Gateway) ([]proxy.Service, error) {
	entries, err := api.Document()
	if err != nil {
		return nil, err
	}
	names, err := api.SubAccountDocument()
	if err != nil {
		return nil, err
	}
	subAccounts, err := directory.New(g)
	if err != nil {
		return nil, err
	}
	return []proxy.Service{
		{Name: "openapi", BaseURL: g.Settings().BaseURL, Contract: entries},
		{Name: "subaccount", BaseURL: subAccounts.BaseURL(), Contract: names},
	}, nil
}

const (
	tokenVariable = "NKS_PROXY_TOKEN"
	shortestToken = 16
)

// token returns the token that requests need, or "".
func (c *proxyCommand) token() (string, error) {
	if !c.withToken {
		return "", nil
	}
	token := os.Getenv(tokenVariable)
	if token == "" {
		return rand.Text(), nil
	}
	if len(token) < shortestToken {
		return "", usagef("the token of %s must have at least %d characters", tokenVariable, shortestToken)
	}
	return token, nil
}

// greet prints how to reach the proxy.
func (c *proxyCommand) greet(url string, options proxy.Options) {
	fmt.Fprintf(c.stdout, "NKS proxy\n  key pair from %s\n", credentials.Source(options.Gateway.Credentials()))
	for _, service := range options.Services {
		fmt.Fprintf(c.stdout, "\n  passes to     %s\n", service.BaseURL)
		fmt.Fprintf(c.stdout, "  base URL      %s\n", proxy.Local(url, service))
		fmt.Fprintf(c.stdout, "  contract      %s/%s.json\n", url, service.Name)
	}
	if options.Token != "" && os.Getenv(tokenVariable) == "" {
		fmt.Fprintf(c.stdout, "\nEach request needs the token:\n\nexport %s=%s\n",
			tokenVariable, term.ShellWord(options.Token))
	}
	if options.Token == "" && !options.ReadOnly {
		c.say("Every user of this machine can do what the key may do. " +
			"--token asks for a token, --read-only lets only reads through.")
	}
}

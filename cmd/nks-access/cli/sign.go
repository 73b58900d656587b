package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

type signCommand struct {
	connection
	output output
	flags  *pflag.FlagSet
	curl   bool
}

func newSign(a *app) command { return &signCommand{connection: newConnection(a)} }

func (c *signCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "sign METHOD URL",
		Short: "Print the signature headers of a request",
		Long: `Print the three headers that sign a request, to compare with those of your own code or to give to another
program. With --curl it prints a command to run, with -o json or yaml an object with method, url and headers. For a tool that
cannot sign each request, see nks-access proxy.

Whoever has the headers can send the same method to the same path for five minutes, with any body.`,
		Example: `  nks-access sign GET https://nks.apigw.ntruss.com/vnks/v2/clusters
  eval "$(nks-access sign GET https://nks.apigw.ntruss.com/vnks/v2/clusters --curl)"`,
		Args:              arguments(2, 2),
		ValidArgsFunction: fixed("GET", "POST", "PUT", "DELETE"),
	}
}

func (c *signCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	for _, name := range []string{"url", "region", "environment", "debug"} {
		_ = cmd.Flags().MarkHidden(name) // accepted by all commands, and without a use here: nothing is sent
	}
	c.flags = cmd.Flags()
	c.flags.BoolVar(&c.curl, "curl", false, "print a curl command")
	c.output.addFlag(cmd, "text", "json", "yaml")
}

func (c *signCommand) run(ctx context.Context, args []string) error {
	req, err := http.NewRequest(strings.ToUpper(args[0]), args[1], nil)
	if err != nil || req.URL.User != nil || req.URL.Host == "" {
		return usagef("sign takes a method and an absolute URL without user name, " +
			"such as https://nks.apigw.ntruss.com/vnks/v2/clusters")
	}
	if err := errors.Join(c.checkTimes(), exclusive(c.flags, "curl", "output")); err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	if err := signer.New(c.keys()).Sign(ctx, req); err != nil {
		return err
	}
	if c.output.isData() {
		return c.output.writeData(c.stdout, newSignedRequest(req))
	}
	text := strings.Join(signatureHeaders(req), "\n")
	if c.curl {
		text = curlCommand(req)
	}
	_, err = fmt.Fprintln(c.stdout, text)
	return err
}

// keys returns where the key pair comes from. Unlike that of a client, it needs no base URL.
func (c *signCommand) keys() signer.Provider {
	file := &credentials.File{Profile: c.profile, Logger: term.NewLogger(c.stderr, c.logLevel())}
	if c.profile != "" {
		return credentials.NewChain(file)
	}
	return credentials.NewChain(credentials.Environment{}, file, &credentials.ServerRole{})
}

// signedRequest is a signed request as -o json prints it.
type signedRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

func newSignedRequest(signed *http.Request) signedRequest {
	headers := map[string]string{}
	for _, name := range signatureNames {
		headers[strings.ToLower(name)] = signed.Header.Get(name)
	}
	return signedRequest{Method: signed.Method, URL: signed.URL.String(), Headers: headers}
}

// signatureNames are the names of the headers of a signature.
var signatureNames = []string{signer.HeaderTimestamp, signer.HeaderAccessKey, signer.HeaderSignature}

// signatureHeaders returns the headers of a signature, each as a line.
func signatureHeaders(signed *http.Request) []string {
	var lines []string
	for _, name := range signatureNames {
		lines = append(lines, strings.ToLower(name)+": "+signed.Header.Get(name))
	}
	return lines
}

// curlCommand returns a command that sends the request.
func curlCommand(signed *http.Request) string {
	// Without --path-as-is curl would change the path after signing.
	url := term.ShellQuote(signed.URL.String())
	lines := []string{
		"curl --path-as-is --request " + term.ShellWord(signed.Method) + " " + url,
		"  --silent --show-error",
	}
	for _, header := range signatureHeaders(signed) {
		lines = append(lines, "  --header "+term.ShellQuote(header))
	}
	return strings.Join(lines, " \\\n")
}

package cli

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/signer"
)

func (a *app) newSign() *cobra.Command {
	var curl bool
	cmd := &cobra.Command{
		Use:   "sign METHOD URL",
		Short: "Print the signature headers of a request",
		Long: `Print the three headers that sign a request, to compare with those of your own code or to give to another program.
With --curl it prints a command to run.

Whoever has the headers can send the same method to the same path for five minutes, with any body.`,
		Example: `  nks-access sign GET https://nks.apigw.ntruss.com/vnks/v2/clusters
  eval "$(nks-access sign GET https://nks.apigw.ntruss.com/vnks/v2/clusters --curl)"`,
		Args:              arguments(2, 2),
		ValidArgsFunction: fixed("GET", "POST", "PUT", "DELETE"),
	}
	c := a.connect(cmd, false)
	cmd.Flags().BoolVar(&curl, "curl", false, "print a curl command")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req, err := http.NewRequest(strings.ToUpper(args[0]), args[1], nil)
		if err != nil || req.URL.User != nil || req.URL.Host == "" {
			return usagef("sign takes a method and an absolute URL without user name, such as https://nks.apigw.ntruss.com/vnks/v2/clusters")
		}
		client, err := c.client()
		if err != nil {
			return err
		}
		ctx, cancel := c.deadline(cmd.Context())
		defer cancel()
		if err := signer.New(client.Provider()).Sign(ctx, req); err != nil {
			return err
		}
		var lines []string
		separator := "\n"
		if curl {
			// Without --path-as-is curl would change the path after signing.
			lines = append(lines, "curl --path-as-is --request "+req.Method+" "+shellQuote(req.URL.String()))
			separator = " \\\n"
		}
		for _, name := range []string{signer.HeaderTimestamp, signer.HeaderAccessKey, signer.HeaderSignature} {
			header := strings.ToLower(name) + ": " + req.Header.Get(name)
			if curl {
				header = "  --header " + shellQuote(header)
			}
			lines = append(lines, header)
		}
		_, err = fmt.Fprintln(a.stdout, strings.Join(lines, separator))
		return err
	}
	return cmd
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

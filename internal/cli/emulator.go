package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/emulator"
)

func newEmulator() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Serve NKS on this machine, to try everything without an account",
		Long: `Serve the access entries API of NKS on this machine, in memory, with one cluster and one key pair.

Paste the printed lines into another terminal, and every nks-access command there works on it. Stop it with Ctrl-C;
it forgets everything then.`,
		Args: cobra.NoArgs,
		RunE: run(func(cmd *cobra.Command, _ []string) error {
			server, err := emulator.Listen(listen, emulator.Options{})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), `NKS emulator
  base URL    %s%s
  access key  %s
  secret key  %s
  cluster     %s (%s)

Paste this into another terminal:

export NCLOUD_API_GW=%s
export NCLOUD_ACCESS_KEY=%s
export NCLOUD_SECRET_KEY=%s
export NKS_CLUSTER=%s
`,
				server.URL, emulator.BasePaths[0], emulator.DemoAccessKey, emulator.DemoSecretKey,
				emulator.DemoClusterUUID, emulator.DemoClusterName,
				server.URL, emulator.DemoAccessKey, emulator.DemoSecretKey, emulator.DemoClusterUUID)
			<-cmd.Context().Done()
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			return server.Shutdown(ctx)
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 takes a free one")
	return cmd
}

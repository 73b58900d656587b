package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/emulator"
)

func (a *app) newEmulator() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Serve NKS on this machine, to try everything without an account",
		Long: `Serve the access entries API of NKS on this machine, in memory, with one cluster and one key pair.

Paste the printed lines into another terminal, and every nks-access command there works on it. Stop it with Ctrl-C;
it forgets everything then.`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: command(func(cmd *cobra.Command, _ []string) error {
			server, err := emulator.Listen(listen, emulator.Options{})
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "NKS emulator\n  base URL    %s%s\n  access key  %s\n  secret key  %s\n  cluster     %s (%s)\n\n",
				server.URL, emulator.BasePaths[0], emulator.DemoAccessKey, emulator.DemoSecretKey,
				emulator.DemoClusterUUID, emulator.DemoClusterName)
			fmt.Fprint(a.stdout, "Paste this into another terminal:\n\n")
			environment := emulatorEnvironment(server)
			for _, name := range []string{"NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER"} {
				fmt.Fprintf(a.stdout, "export %s=%s\n", name, environment[name])
			}
			fmt.Fprintln(a.stdout, "unset NCLOUD_ACCESS_KEY_ID NCLOUD_SECRET_ACCESS_KEY NCLOUD_REGION")
			<-cmd.Context().Done()
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			return server.Shutdown(ctx)
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 takes a free one")
	return cmd
}

// emulatorEnvironment is what lets every command find the emulator.
func emulatorEnvironment(server *emulator.Server) map[string]string {
	return map[string]string{
		"NCLOUD_API_GW":     server.URL,
		"NCLOUD_ACCESS_KEY": emulator.DemoAccessKey,
		"NCLOUD_SECRET_KEY": emulator.DemoSecretKey,
		"NKS_CLUSTER":       emulator.DemoClusterUUID,
	}
}

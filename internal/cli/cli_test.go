package cli_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"nks-access": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// Each session in testdata runs against an emulator of its own, with the environment that the emulator tells users to set.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			server, err := emulator.Start(emulator.Options{})
			if err != nil {
				return err
			}
			env.Defer(server.Close)
			env.Setenv("NCLOUD_API_GW", server.URL)
			env.Setenv("NCLOUD_ACCESS_KEY", emulator.DemoAccessKey)
			env.Setenv("NCLOUD_SECRET_KEY", emulator.DemoSecretKey)
			env.Setenv("NKS_CLUSTER", emulator.DemoClusterUUID)
			return nil
		},
	})
}

package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version can be set when building outside of git. Otherwise Go knows it from the tag.
var version string

func (a *app) newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), versionLine())
			return err
		},
	}
}

func versionLine() string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
	}
	commit := settings["vcs.revision"] // if it was built in a git checkout
	if commit != "" {
		commit = fmt.Sprintf(" (%s, %s)", commit, settings["vcs.time"])
	}
	return fmt.Sprintf("nks-access %s%s %s %s/%s", versionString(), commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version // from the tag, from go install, or (devel)
	}
	return "(devel)"
}

package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version can be set when building outside of git. Otherwise Go knows it from the tag.
var version string

// versionLine is what --version prints.
func versionLine() string {
	settings := map[string]string{}
	for _, setting := range buildInfo().Settings {
		settings[setting.Key] = setting.Value
	}
	commit := settings["vcs.revision"] // if it was built in a git checkout
	if commit != "" {
		commit = fmt.Sprintf(" (%s, %s)", commit, settings["vcs.time"])
	}
	return fmt.Sprintf("nks-access %s%s %s %s/%s", versionString(), commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionString is as set, from the tag, from go install, or (devel).
func versionString() string { return cmp.Or(version, buildInfo().Main.Version, "(devel)") }

func buildInfo() debug.BuildInfo {
	info, _ := debug.ReadBuildInfo() // nil if the build has none
	return *cmp.Or(info, &debug.BuildInfo{})
}

package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version can be set when building outside of git. Otherwise Go knows it from the tag.
var version string

// builtVersion says how the program was built.
type builtVersion struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"` // if it was built in a git checkout
	Time     string `json:"time,omitempty"`   // of the commit
	Go       string `json:"go"`
	Platform string `json:"platform"` // such as linux/amd64
}

func buildVersion() builtVersion {
	settings := map[string]string{}
	for _, setting := range buildInfo().Settings {
		settings[setting.Key] = setting.Value
	}
	return builtVersion{
		Version:  versionString(),
		Commit:   settings["vcs.revision"],
		Time:     settings["vcs.time"],
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// versionLine is what --version prints.
func versionLine() string {
	built := buildVersion()
	commit := ""
	if built.Commit != "" {
		commit = fmt.Sprintf(" (%s, %s)", built.Commit, built.Time)
	}
	return fmt.Sprintf("nks-access %s%s %s %s", built.Version, commit, built.Go, built.Platform)
}

// versionString is as set, from the tag, from go install, or (devel).
func versionString() string { return cmp.Or(version, buildInfo().Main.Version, "(devel)") }

func buildInfo() debug.BuildInfo {
	info, _ := debug.ReadBuildInfo() // nil if the build has none
	return *cmp.Or(info, &debug.BuildInfo{})
}

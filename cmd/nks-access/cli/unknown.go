package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nks-access/nks-access/internal/meant"
)

const (
	checkKey      = "nks-access config --check says which key is used, and whether it works"
	chooseCluster = "there are no contexts: choose with --cluster or NKS_CLUSTER, and with --profile or NCLOUD_PROFILE"
	wholeRegion   = "--all-regions works on all regions"
	nameArgument  = "the principal is an argument, such as user:kim@corp or role:deployer"
	chooseParts   = "use -o json and a program such as jq"
)

// commandHabits says what takes the place of commands that people know from other programs.
var commandHabits = map[string]string{
	"login": checkKey, "auth": checkKey, "whoami": checkKey, "configure": checkKey,
	"context": chooseCluster, "use-context": chooseCluster, "get-contexts": chooseCluster, "use": chooseCluster,
	"diff":   "nks-access plan shows how clusters differ from a file",
	"audit":  "nks-access who shows who can enter which clusters",
	"show":   "nks-access get shows an entry",
	"add":    "nks-access create makes an entry, nks-access grant adds to one",
	"remove": "nks-access delete removes an entry, nks-access revoke a part of it",
	"users":  "nks-access principals shows users, roles and groups",
	"roles":  "nks-access principals shows users, roles and groups",
}

// flagHabits says what takes the place of flags that people know from other programs.
var flagHabits = map[string]string{
	"color":             "NO_COLOR=1 in the environment turns colours off",
	"no-color":          "NO_COLOR=1 in the environment turns colours off",
	"verbose":           "--debug logs each request",
	"v":                 "--version prints the version, --debug logs each request",
	"all":               "nks-access who reads all clusters of the region, and of all regions with --all-regions",
	"A":                 "nks-access who reads all clusters of the region, and of all regions with --all-regions",
	"watch":             "there is no watching: run the command again",
	"w":                 "there is no watching: run the command again",
	"force":             "--yes skips the question, where there is one",
	"auto-approve":      "--yes skips the question, where there is one",
	"detailed-exitcode": "plan --check exits with 10 if the clusters differ from the file",
	"target":            "--cluster limits plan and apply to some clusters",
	"sort-by":           "--sort sorts by a column",
	"jq":                chooseParts,
	"template":          chooseParts,
	"query":             chooseParts,
	"namespace":         "namespaces are part of a policy: --policy NKSViewPolicy@dev",
	"n":                 "namespaces are part of a policy: --policy NKSViewPolicy@dev",
	"context":           chooseCluster,
	"user":              nameArgument,
	"role":              nameArgument,
	"principal":         nameArgument,
	"principal-arn":     nameArgument,
}

// flagHabitsOf is flagHabits of one command.
var flagHabitsOf = map[string]string{
	"migrate f":         "the file is an argument: nks-access migrate FILE",
	"migrate from-file": "the file is an argument: nks-access migrate FILE",
	"grant f":           "grant adds --policy and --group; nks-access update takes a file",
	"revoke f":          "revoke removes --policy and --group; nks-access update takes a file",
	"delete f":          "nks-access apply removes entries by a file",
	"delete all":        "--all-clusters takes a principal out of all clusters",
	"delete A":          "--all-clusters takes a principal out of all clusters",
	"clusters all":      wholeRegion,
	"clusters A":        wholeRegion,
	"who all":           wholeRegion,
	"who A":             wholeRegion,
	"export all":        wholeRegion,
	"export A":          wholeRegion,
}

// flagError rewords pflag's errors for an unknown flag and for the value of a flag.
func flagError(cmd *cobra.Command, err error) error {
	unknown := (*pflag.NotExistError)(nil)
	if errors.As(err, &unknown) {
		name := unknown.GetSpecifiedName()
		shorthands := unknown.GetSpecifiedShortnames()
		if len(shorthands) > 1 { // -target, as Terraform has it
			name = shorthands
		}
		return usagef("%s%s", err.Error(), flagHint(cmd, name))
	}
	return flagValueError(err)
}

// flagHint returns a hint at the flag that was meant, or "".
func flagHint(cmd *cobra.Command, name string) string {
	habit := cmp.Or(flagHabitsOf[cmd.Name()+" "+name], flagHabits[name])
	if habit != "" {
		return " (" + habit + ")"
	}
	if len(name) == 1 {
		return ""
	}
	var known []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			known = append(known, flag.Name)
		}
	})
	near := meant.Nearest(name, known...)
	if len(near) == 0 {
		return ""
	}
	return " (did you mean --" + strings.Join(near, " or --") + "?)"
}

// commandHint returns a hint at the command below cmd that was meant, or "".
func commandHint(cmd *cobra.Command, name string) string {
	habit := commandHabits[name]
	isElsewhere := cmd.HasParent() && habit != chooseCluster // config use-context
	if habit != "" && !isElsewhere {
		return " (" + habit + ")"
	}
	var known []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			known = append(known, sub.Name())
		}
	}
	return meant.Bracketed(name, known...)
}

// unknownCommand returns cobra's error with a hint if it is about an unknown command.
func unknownCommand(cmd *cobra.Command, args []string, err error) error {
	for _, name := range args {
		if err.Error() == fmt.Sprintf("unknown command %q for %q", name, cmd.CommandPath()) {
			return usagef("unknown command %q%s", strings.TrimSpace(name), commandHint(cmd, name))
		}
	}
	return usagef("%v", err)
}

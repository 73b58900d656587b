package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nks-access/nks-access/access"
)

// sourceOfSetting returns err with the variable or flag that a wrong region or base URL comes from,
// and with a wrong base URL. Other errors stay as they are.
func (c *connection) sourceOfSetting(err error) error {
	setting := (*access.SettingError)(nil)
	if !errors.As(err, &setting) {
		return err
	}
	explained := *setting
	switch setting.Setting {
	case "region":
		if c.region == "" {
			explained.Setting = "region from NCLOUD_REGION"
		}
	case "base URL":
		explained.Setting = "base URL from --url"
		explained.Rule += urlText(c.url)
	case "base URL from NCLOUD_API_GW":
		explained.Rule += urlText(os.Getenv("NCLOUD_API_GW"))
	case "base URL from NCLOUD_SUBACCOUNT_ENDPOINT":
		explained.Rule += urlText(os.Getenv("NCLOUD_SUBACCOUNT_ENDPOINT"))
	}
	return &explained
}

// urlText says what a base URL is, unless a secret may be in it.
func urlText(url string) string {
	if strings.ContainsAny(url, "@?#%") {
		return ""
	}
	return fmt.Sprintf("; not %q", url)
}

// refuseEmptyValues returns an error for an empty flag or argument: in a script it is a variable that is
// not set, and the command must not fall back to something else.
func refuseEmptyValues(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		isEmpty := flag.Value.Type() == "string" && flag.Value.String() == ""
		if list, isList := flag.Value.(pflag.SliceValue); isList {
			isEmpty = slices.Contains(list.GetSlice(), "")
		}
		if isEmpty {
			err = usagef("--%s is empty; is a variable not set?", flag.Name)
		}
	})
	for i, arg := range cmd.Flags().Args() {
		if arg == "" {
			err = usagef("argument %d is empty; is a variable not set?", i+1)
		}
	}
	return err
}

package access

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// Environment is a platform of the provider. Each has its own accounts and clusters. Case does not
// count.
type Environment string

// The environments.
const (
	Public     Environment = "public"
	Financial  Environment = "financial"
	Government Environment = "government"
)

// Location is a region of an environment and its base URL.
type Location struct {
	Environment Environment
	Region      string
	BaseURL     string
}

// Locations lists the regions of the service (docs page "Ncloud Kubernetes Service" of each
// environment).
var Locations = []Location{
	{Public, "KR", nks.ServerURLKR},
	{Public, "SGN", nks.ServerURLSGN},
	{Public, "JPN", nks.ServerURLJPN},
	{Financial, "FKR", nks.ServerURLFKR},
	{Government, "KR", nks.ServerURLGovKR},
	{Government, "KRS", nks.ServerURLGovKRS},
}

// locate returns the first location of the environment and the region. Either may be empty.
func locate(environment Environment, region string) (Location, error) {
	environment, region = Environment(strings.ToLower(string(environment))), strings.ToUpper(region)
	var regions []string // of the environment
	for _, l := range Locations {
		if environment != "" && l.Environment != environment {
			continue
		}
		if region == "" || l.Region == region {
			return l, nil
		}
		regions = append(regions, l.Region)
	}
	if regions == nil {
		return Location{}, &ValidationError{[]Problem{about("environment",
			fmt.Sprintf("must be %s, %s or %s, not %q", Public, Financial, Government, environment))}}
	}
	of := ""
	if environment != "" {
		of = " in the " + string(environment) + " environment"
	}
	slices.Sort(regions)
	return Location{}, &ValidationError{[]Problem{about("region",
		fmt.Sprintf("must be one of %s%s, not %q", strings.Join(slices.Compact(regions), ", "), of, region))}}
}

// checkRegion refuses a region that no environment has. The provider's SDK also knows regions with
// CS in their code.
func checkRegion(region string) error {
	if region == "" || regionPattern.MatchString(region) && strings.Contains(strings.ToUpper(region), "CS") {
		return nil
	}
	_, err := locate("", region)
	return err
}

var regionPattern = regexp.MustCompile(`^[A-Za-z]{2,8}$`)

// gatewayURL returns the base URL for the general gateway, which users of the provider's tools set,
// and a region. It follows the provider's Go SDK. A gateway that already has the path of a base URL
// is returned as it is.
func gatewayURL(gateway, source, region string) (string, error) {
	gateway = strings.TrimRight(gateway, "/")
	for _, general := range []string{"https://ncloud.", "https://fin-ncloud."} {
		if rest, ok := strings.CutPrefix(gateway, general); ok {
			gateway = "https://nks." + rest
			if region == "" && general == "https://fin-ncloud." {
				region = "FKR"
			}
		}
	}
	if region == "" && strings.Contains(gateway, ".fin-ntruss.com") {
		region = "FKR"
	}
	if err := checkBaseURL("base URL from "+source, gateway); err != nil {
		return "", err
	}
	switch region = strings.ToUpper(region); {
	case strings.HasSuffix(gateway, "/v2") || strings.HasSuffix(gateway, "-v2"):
		if region != "" && !strings.HasSuffix(gateway, regionPath(region)) {
			return "", &ValidationError{[]Problem{about("region", fmt.Sprintf("must not be %s, because the gateway already is the base URL of another region: %s", region, gateway))}}
		}
		return gateway, nil
	}
	return gateway + regionPath(region), nil
}

// regionPath returns the path of the base URL of a region, as the provider's Go SDK does.
func regionPath(region string) string {
	switch {
	case strings.HasPrefix(region, "F"):
		return "/nks/v2"
	case region == "" || region == "KR" || strings.Contains(region, "CS"):
		return "/vnks/v2"
	}
	return "/vnks/" + strings.ToLower(region) + "-v2"
}

// checkBaseURL returns a [*ValidationError] for an invalid base URL. The error does not show the
// URL, which may hold a password or a token. The signer checks that it is HTTPS.
func checkBaseURL(field, base string) error {
	u, err := url.Parse(base)
	var wrong string
	switch {
	case err != nil:
		wrong = "this is no URL"
	case u.Scheme != "https" && u.Scheme != "http":
		wrong = "this does not begin with https:// or http://"
	case u.Host == "":
		wrong = "this has no host"
	case u.User != nil:
		wrong = "this has a user name"
	case u.RawQuery != "" || u.Fragment != "":
		wrong = "this has a query or a fragment"
	default:
		return nil
	}
	return &ValidationError{[]Problem{about(field, fmt.Sprintf("must be such as %s: %s", nks.ServerURLKR, wrong))}}
}

package access

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// Environment is one of the provider's platforms, each with accounts and clusters of its own.
type Environment string

// The environments.
const (
	Public     Environment = "public"
	Financial  Environment = "financial"
	Government Environment = "government"
)

// Location is a region of an environment, and the base URL of the service there.
type Location struct {
	Environment Environment
	Region      string
	BaseURL     string
}

// Locations lists where the service is. Source: the docs page "Ncloud Kubernetes Service" of each environment.
var Locations = []Location{
	{Public, "KR", nks.ServerURLKR},
	{Public, "SGN", nks.ServerURLSGN},
	{Public, "JPN", nks.ServerURLJPN},
	{Financial, "FKR", nks.ServerURLFKR},
	{Government, "KR", nks.ServerURLGovKR},
	{Government, "KRS", nks.ServerURLGovKRS},
}

// locate finds the base URL for an environment and a region, either of which may be empty: the first one that fits.
func locate(environment Environment, region string) (Location, error) {
	region = strings.ToUpper(region)
	i := slices.IndexFunc(Locations, func(l Location) bool {
		return (environment == "" || l.Environment == environment) && (region == "" || l.Region == region)
	})
	if i >= 0 {
		return Locations[i], nil
	}
	known := make([]string, len(Locations))
	for i, l := range Locations {
		known[i] = fmt.Sprintf("%s %s", l.Environment, l.Region)
	}
	what := strings.TrimSpace(string(environment) + " " + region)
	return Location{}, &ValidationError{[]Problem{about("region", fmt.Sprintf("must be one of %s, not %q", strings.Join(known, ", "), what))}}
}

func checkRegion(region string) error {
	if region != "" && !regionPattern.MatchString(region) {
		return &ValidationError{[]Problem{about("region", fmt.Sprintf("must be a code such as KR or SGN, not %q", region))}}
	}
	return nil
}

var regionPattern = regexp.MustCompile(`^[A-Za-z]{2,8}$`)

// gatewayURL makes a base URL of the general gateway that users of the provider's tools set, and a region, as the provider's
// Go SDK does. A gateway that has the path of a base URL already is taken as it is.
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
			return "", &ValidationError{[]Problem{about("region", fmt.Sprintf("must not be %s, because the gateway is a base URL of another region already: %s", region, gateway))}}
		}
		return gateway, nil
	}
	return gateway + regionPath(region), nil
}

// regionPath is the path of the base URL of a region.
func regionPath(region string) string {
	switch {
	case strings.HasPrefix(region, "F"):
		return "/nks/v2"
	case region == "" || region == "KR":
		return "/vnks/v2"
	}
	return "/vnks/" + strings.ToLower(region) + "-v2"
}

// checkBaseURL refuses what cannot be a base URL. It does not show it, because a URL like that may hold a password or a token.
// That it is HTTPS is for the signer to see to.
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

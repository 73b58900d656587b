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
	environment = Environment(strings.ToLower(string(environment)))
	if !slices.Contains([]Environment{"", Public, Financial, Government}, environment) {
		return Location{}, violation("environment",
			fmt.Sprintf("must be %s, %s or %s, not %q", Public, Financial, Government, environment))
	}
	var choice []string
	for _, l := range Locations {
		if environment != "" && l.Environment != environment {
			continue
		}
		if region == "" || l.Region == region {
			return l, nil
		}
		choice = append(choice, fmt.Sprintf("%s (%s)", l.Region, l.Environment))
	}
	return Location{}, violation("region", fmt.Sprintf("must be one of %s, not %q", strings.Join(choice, ", "), region))
}

var regionPattern = regexp.MustCompile(`^[A-Z]{2,8}$`)

// gatewayURL returns the base URL for the general gateway, which users of the provider's tools set,
// and a region. It has the path of the region's own base URL, or that of KR for a region with CS in
// its code. The provider's Go SDK does the same. A gateway that already ends in the path of a base
// URL is returned as it is.
func gatewayURL(gateway, source, region string) (string, error) {
	if region == "" && (strings.Contains(gateway, "//fin-ncloud.") || strings.Contains(gateway, ".fin-ntruss.com")) {
		region = "FKR"
	}
	pathOf := region
	if regionPattern.MatchString(region) && strings.Contains(region, "CS") {
		pathOf = "KR"
	}
	location, err := locate("", pathOf)
	if err != nil {
		return "", err
	}
	_, path, _ := strings.Cut(location.BaseURL, ".com") // such as /vnks/v2
	gateway = strings.TrimRight(gateway, "/")
	for _, general := range []string{"https://ncloud.", "https://fin-ncloud."} {
		if rest, ok := strings.CutPrefix(gateway, general); ok {
			gateway = "https://nks." + rest
		}
	}
	if err := checkBaseURL("base URL from "+source, gateway); err != nil {
		return "", err
	}
	switch {
	case !strings.HasSuffix(gateway, "/v2") && !strings.HasSuffix(gateway, "-v2"):
		gateway += path
	case region != "" && !strings.HasSuffix(gateway, path):
		return "", violation("region", fmt.Sprintf(
			"must not be %s, because the gateway already is the base URL of another region: %s", region, gateway))
	}
	return gateway, nil
}

// checkBaseURL returns a [*ValidationError] for an invalid base URL. The error does not show the
// URL, which may hold a password or a token. The signer checks that it is HTTPS.
func checkBaseURL(field, base string) error {
	u, err := url.Parse(base)
	if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		u.User == nil && u.RawQuery+u.Fragment == "" {
		return nil
	}
	return violation(field, fmt.Sprintf("must be such as %s, without user name, query and fragment", nks.ServerURLKR))
}

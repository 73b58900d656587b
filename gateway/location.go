package gateway

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/internal/meant"
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

// exampleURL is the base URL of the first region.
const exampleURL = "https://nks.apigw.ntruss.com/vnks/v2"

// Locations returns the regions of NKS (docs page "Ncloud Kubernetes Service" of each environment).
func Locations() []Location {
	return []Location{
		{Public, "KR", exampleURL},
		{Public, "SGN", "https://nks.apigw.ntruss.com/vnks/sgn-v2"},
		{Public, "JPN", "https://nks.apigw.ntruss.com/vnks/jpn-v2"},
		{Financial, "FKR", "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{Government, "KR", "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{Government, "KRS", "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
	}
}

// locate returns the first location of the environment and the region. Either may be empty.
func locate(environment Environment, region string) (Location, error) {
	environment = Environment(strings.ToLower(string(environment)))
	if !slices.Contains([]Environment{"", Public, Financial, Government}, environment) {
		hint := meant.Bracketed(string(environment), string(Public), string(Financial), string(Government))
		rule := fmt.Sprintf("must be %s, %s or %s, not %q%s", Public, Financial, Government, environment, hint)
		return Location{}, &SettingError{"environment", rule}
	}
	var choice, codes []string
	for _, location := range Locations() {
		if environment != "" && location.Environment != environment {
			continue
		}
		if region == "" || location.Region == region {
			return location, nil
		}
		choice = append(choice, fmt.Sprintf("%s (%s)", location.Region, location.Environment))
		codes = append(codes, location.Region)
	}
	hint := meant.Bracketed(region, slices.Compact(codes)...)
	rule := fmt.Sprintf("must be one of %s, not %q%s", strings.Join(choice, ", "), region, hint)
	return Location{}, &SettingError{"region", rule}
}

var regionPattern = regexp.MustCompile(`^[A-Z]{2,8}$`)

// CheckRegion returns a [*SettingError] if region is not a code such as KR or SGN. It does not say
// whether there is such a region.
func CheckRegion(region string) error {
	if regionPattern.MatchString(region) {
		return nil
	}
	return &SettingError{"region", fmt.Sprintf("must be a code such as KR or SGN, not %q", region)}
}

// fromGeneralGateway returns the base URL for the general gateway, which users of the provider's
// tools set, and a region. The provider's Go SDK makes the same URL. A gateway that already is the
// base URL of the region is returned as it is. source says where the gateway is from, for errors.
func fromGeneralGateway(gateway, source, region string) (string, error) {
	apiPath, err := pathOf(gateway, region)
	if err != nil {
		return "", err
	}
	base := strings.TrimRight(gateway, "/")
	for _, general := range []string{"https://ncloud.", "https://fin-ncloud."} {
		if rest, isGeneral := strings.CutPrefix(base, general); isGeneral {
			base = "https://nks." + rest
		}
	}
	if err := checkBaseURL("base URL from "+source, base); err != nil {
		return "", err
	}
	if strings.HasSuffix(base, apiPath) {
		return base, nil
	}
	if version(base) == "" {
		return base + apiPath, nil
	}
	if region == "" {
		return base, nil // of whichever region it is
	}
	rule := fmt.Sprintf("must not be %s, because the gateway from %s already is the base URL of another region: %s",
		region, source, base)
	return "", &SettingError{"region", rule}
}

// pathOf returns the path of the API for a region, such as /vnks/v2. A gateway of the financial
// environment has one region. A region with CS in its code has the path of KR.
func pathOf(gateway, region string) (string, error) {
	financial := strings.Contains(gateway, "//fin-ncloud.") || strings.Contains(gateway, ".fin-ntruss.com")
	if region == "" && financial {
		region = "FKR"
	}
	if regionPattern.MatchString(region) && strings.Contains(region, "CS") {
		region = "KR"
	}
	location, err := locate("", region)
	if err != nil {
		return "", err
	}
	base, err := url.Parse(location.BaseURL)
	if err != nil {
		return "", err
	}
	return base.Path, nil
}

var versionPattern = regexp.MustCompile(`^(?:[a-z]+-)?(v[0-9]+)$`)

// version returns the version of the API in which a base URL ends, such as v2, or "".
func version(base string) string {
	match := versionPattern.FindStringSubmatch(path.Base(base))
	if match == nil {
		return ""
	}
	return match[1]
}

// checkBaseURL returns a [*SettingError] for an invalid base URL of NKS.
func checkBaseURL(setting, base string) error {
	if v := version(base); v != "" && v != "v2" {
		rule := fmt.Sprintf("ends in %s, but this program speaks version 2 of the API (want a URL such as %s)", v, exampleURL)
		return &SettingError{setting, rule}
	}
	return CheckURL(setting, base, exampleURL)
}

// CheckURL returns a [*SettingError] for a base URL that is not of http or https, or that has a user
// name, a query or a fragment. The error shows an example in place of the URL, which may hold a password
// or a token. The signer checks that it is HTTPS.
func CheckURL(setting, base, example string) error {
	if !strings.Contains(base, "://") {
		return &SettingError{setting, fmt.Sprintf("must begin with https://, as %s does", example)}
	}
	parsed, err := url.Parse(base)
	if err != nil || !isPlain(parsed) {
		rule := fmt.Sprintf("must be such as %s, without user name, query and fragment", example)
		return &SettingError{setting, rule}
	}
	return nil
}

func isPlain(u *url.URL) bool {
	isHTTP := u.Scheme == "https" || u.Scheme == "http"
	isBare := u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	return isHTTP && u.Host != "" && isBare
}

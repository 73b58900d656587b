package directory

import (
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/nks-access/nks-access/gateway"
)

// endpointVariable is also read by a client in a pull request of the official Terraform provider.
const endpointVariable = "NCLOUD_SUBACCOUNT_ENDPOINT"

const apiPath = "/api/v1"

// resolve returns the base URL: the one that was given, that of NCLOUD_SUBACCOUNT_ENDPOINT, or the
// one that belongs to the base URL of NKS.
func resolve(given, nks string) (string, error) {
	if given != "" {
		return withPath("base URL of the Sub Account API", given)
	}
	if endpoint := os.Getenv(endpointVariable); endpoint != "" {
		return withPath("base URL from "+endpointVariable, endpoint)
	}
	return neighbour(nks)
}

var otherVersion = regexp.MustCompile(`/v([02-9]|[1-9][0-9]+)$`)

// withPath checks a base URL and adds the path of the API if it lacks it.
func withPath(setting, base string) (string, error) {
	base = strings.TrimRight(base, "/")
	if otherVersion.MatchString(base) {
		return "", &gateway.SettingError{Setting: setting, Rule: "must be of version 1 of the API, so end in " + apiPath}
	}
	if err := gateway.CheckURL(setting, base, exampleURL); err != nil {
		return "", err
	}
	if strings.HasSuffix(base, apiPath) {
		return base, nil
	}
	return base + apiPath, nil
}

const exampleURL = "https://subaccount.apigw.ntruss.com/api/v1"

var nksPath = regexp.MustCompile(`/v?nks/(?:[a-z]+-)?v2$`)

// neighbour returns the base URL that belongs to the base URL of NKS. The gateways of the provider
// have a host for each API, such as nks.apigw.ntruss.com and subaccount.apigw.ntruss.com. Any other
// gateway, such as the emulator, serves all APIs at one host.
func neighbour(nks string) (string, error) {
	parsed, err := url.Parse(nks)
	if err != nil {
		return "", err // the gateway has checked it
	}
	isProviders := parsed.Scheme == "https" && strings.HasPrefix(parsed.Host, "nks.")
	if isProviders {
		return "https://subaccount." + strings.TrimPrefix(parsed.Host, "nks.") + apiPath, nil
	}
	prefix := ""
	if path := strings.TrimRight(parsed.EscapedPath(), "/"); nksPath.MatchString(path) {
		prefix = nksPath.ReplaceAllString(path, "")
	}
	return parsed.Scheme + "://" + parsed.Host + prefix + apiPath, nil
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// paths are the paths of the API in each region.
var paths = map[string]string{
	"KR":  "/vnks/v2",
	"SGN": "/vnks/sgn-v2",
	"JPN": "/vnks/jpn-v2",
	"KRS": "/vnks/krs-v2",
	"FKR": "/nks/v2",
}

var (
	generalGateway = regexp.MustCompile(`^https://(fin-)?ncloud\.`)
	versionPattern = regexp.MustCompile(`/(?:[a-z]+-)?(v[0-9]+)$`)
)

// baseURL returns the base URL for the values of NCLOUD_API_GW and NCLOUD_REGION, as nks-access
// derives it. The region may be empty. An error names the variable that is wrong. (Package access
// does this for its users.)
func baseURL(gateway, region string) (string, error) {
	parsed, err := url.Parse(gateway)
	if err != nil || !isPlain(parsed) {
		return "", errors.New("NCLOUD_API_GW must be such as https://ncloud.apigw.ntruss.com, without user name, query and fragment")
	}
	path, known := paths[cmp.Or(strings.ToUpper(region), defaultRegion(parsed))]
	if !known {
		return "", fmt.Errorf("NCLOUD_REGION must be one of KR, SGN, JPN, KRS, FKR, not %q", region)
	}
	base := generalGateway.ReplaceAllString(strings.TrimRight(gateway, "/"), "https://nks.")
	version := versionPattern.FindStringSubmatch(base)
	if version == nil {
		return base + path, nil
	}
	if version[1] != "v2" {
		return "", fmt.Errorf("NCLOUD_API_GW ends in %s, but this program uses version 2 of the API", version[1])
	}
	if region != "" && !strings.HasSuffix(base, path) {
		return "", fmt.Errorf("NCLOUD_REGION is %s, but NCLOUD_API_GW is the base URL of another region", region)
	}
	return base, nil
}

// defaultRegion returns the first region of the environment that the gateway is of.
func defaultRegion(gateway *url.URL) string {
	if strings.HasSuffix(gateway.Hostname(), ".fin-ntruss.com") {
		return "FKR"
	}
	return "KR"
}

// isPlain reports whether a URL is HTTP or HTTPS, with a host, and without user name, query and
// fragment.
func isPlain(u *url.URL) bool {
	if u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	return u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

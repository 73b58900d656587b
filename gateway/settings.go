package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nks-access/nks-access/credentials"
)

// Settings are the base URL and the region of a gateway. They hold no secret.
type Settings struct {
	BaseURL string `json:"baseUrl"`
	Source  string `json:"baseUrlSource"`    // where the base URL is from, such as "NCLOUD_API_GW"
	Region  string `json:"region,omitempty"` // empty if only the base URL is known
}

// resolve finds the base URL: BaseURL, then Environment, then the gateway of Profile, of
// NCLOUD_API_GW, or of the configure file, then the public environment.
func resolve(config Config) (Settings, error) {
	region := strings.ToUpper(config.Region)
	if config.BaseURL != "" {
		return given(config.BaseURL, region)
	}
	general, source, err := configuredGateway(config)
	if err != nil {
		return Settings{}, err
	}
	if general != "" {
		base, err := fromGeneralGateway(general, source, region)
		if err != nil {
			return Settings{}, err
		}
		return Settings{base, source, region}, nil
	}
	location, err := locate(config.Environment, region)
	if err != nil {
		return Settings{}, err
	}
	source = fmt.Sprintf("region %s of the %s environment", location.Region, location.Environment)
	return Settings{location.BaseURL, source, location.Region}, nil
}

// given returns the settings for a base URL that the caller has given. The region is sent in a
// header.
func given(base, region string) (Settings, error) {
	if region != "" {
		if err := CheckRegion(region); err != nil {
			return Settings{}, err
		}
	}
	if err := checkBaseURL("base URL", base); err != nil {
		return Settings{}, err
	}
	return Settings{base, "given", region}, nil
}

// configuredGateway returns the general gateway that the user has configured, or "". The one of the
// configure file is used only if the keys can also come from the file.
func configuredGateway(config Config) (gateway, source string, err error) {
	if config.Environment != "" {
		return "", "", nil
	}
	file := &credentials.File{Profile: config.Profile}
	if config.Profile != "" {
		gateway, err = file.APIURL()
		if gateway != "" || err != nil {
			return gateway, "ncloud_api_url in " + file.Source(), err
		}
	}
	if gateway = os.Getenv("NCLOUD_API_GW"); gateway != "" {
		return gateway, "NCLOUD_API_GW", nil
	}
	if config.Profile != "" || config.Credentials != nil || keysInEnvironment() {
		return "", "", nil
	}
	gateway, err = file.APIURL()
	return gateway, "ncloud_api_url in " + file.Source(), err
}

// keysInEnvironment reports whether the environment has keys, complete or not.
func keysInEnvironment() bool {
	_, err := credentials.Environment{}.Credentials(context.Background())
	var none *credentials.NotFoundError
	return !errors.As(err, &none)
}

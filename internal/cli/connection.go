package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// connection is what a command needs to reach the service, and the flags that say it.
type connection struct {
	url     string
	cluster string
}

func (c *connection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.url, "url", "", "base `URL` of the service (default: from NCLOUD_API_GW, else "+nks.ServerURLKR+")")
	cmd.Flags().StringVar(&c.cluster, "cluster", os.Getenv("NKS_CLUSTER"), "`UUID` of the cluster (environment: NKS_CLUSTER)")
}

func (c *connection) client() (*nks.ClientWithResponses, error) {
	accessKey := cmp.Or(os.Getenv("NCLOUD_ACCESS_KEY_ID"), os.Getenv("NCLOUD_ACCESS_KEY"))
	secretKey := cmp.Or(os.Getenv("NCLOUD_SECRET_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY"))
	if accessKey == "" || secretKey == "" {
		return nil, errors.New("no key pair: set NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY")
	}
	sign := signer.New(signer.Static(accessKey, secretKey))
	return nks.NewClientWithResponses(c.baseURL(), nks.WithRequestEditorFn(sign.Sign),
		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
}

// baseURL follows the provider's Go SDK: NCLOUD_API_GW names the general gateway.
func (c *connection) baseURL() string {
	if c.url != "" {
		return c.url
	}
	gateway := strings.TrimSuffix(os.Getenv("NCLOUD_API_GW"), "/")
	if gateway == "" {
		return nks.ServerURLKR
	}
	for _, general := range []string{"https://ncloud.", "https://fin-ncloud."} {
		if rest, ok := strings.CutPrefix(gateway, general); ok {
			gateway = "https://nks." + rest
		}
	}
	return gateway + "/vnks/v2"
}

func (c *connection) clusterUUID() (uuid.UUID, error) {
	if c.cluster == "" {
		return uuid.UUID{}, usagef("which cluster? Give --cluster UUID, or set NKS_CLUSTER")
	}
	id, err := uuid.Parse(c.cluster)
	if err != nil {
		return uuid.UUID{}, usagef("cluster %q is not a UUID", c.cluster)
	}
	return id, nil
}

// failure describes an answer that is no success.
func failure(what, status string, body *nks.Error) error {
	if body == nil {
		return fmt.Errorf("%s: %s", what, status)
	}
	message := fmt.Sprintf("%s: %s: %s", what, status, body.Error.Message)
	if body.Error.ErrorCode != "" {
		message += fmt.Sprintf(" (code %s)", body.Error.ErrorCode)
	}
	if len(body.Error.Details) > 0 {
		message += ": " + string(body.Error.Details)
	}
	return errors.New(message)
}

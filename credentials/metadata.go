package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/nks-access/nks-access/signer"
)

const rolePath = "/latest/meta-data/iam/security-credentials/"

// maxResponseBytes is far more than a list of roles or a key pair needs.
const maxResponseBytes = 64 << 10

// The metadata service is local, so timeouts are short and no proxy is used.
var metadataClient = &http.Client{
	Timeout:       3 * time.Second,
	CheckRedirect: signer.NoRedirect,
	Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: time.Second}).DialContext, DisableKeepAlives: true},
}

// metadataService is the metadata service of a server. A broken one may send keys anywhere. So no
// error repeats what it sent, not even the name of a role or the text of a message.
type metadataService struct {
	endpoint string
	source   string // for errors
}

// roleCredentials returns the credentials of the first role that the service lists.
func (m metadataService) roleCredentials(ctx context.Context) (*roleCredentials, error) {
	roles, err := m.get(ctx, "")
	if err != nil {
		return nil, err
	}
	role, err := m.firstRole(string(roles))
	if err != nil {
		return nil, err
	}
	response, err := m.get(ctx, role)
	if err != nil {
		return nil, err
	}
	return m.decode(role, response)
}

// roleName matches a role ID. The service lists one in each line.
var roleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (m metadataService) firstRole(roles string) (string, error) {
	names := strings.Fields(roles)
	if len(names) == 0 {
		return "", &NotFoundError{m.source, "the server has no role"}
	}
	for _, name := range names {
		if !roleName.MatchString(name) {
			return "", &NotFoundError{m.source, "the response is not a list of roles"}
		}
	}
	return names[0], nil
}

func (m metadataService) decode(role string, response []byte) (*roleCredentials, error) {
	var sent struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Expiration      time.Time
	}
	if err := json.Unmarshal(response, &sent); err != nil {
		return nil, &InvalidError{m.source, errors.New("the response for the role is not the expected JSON")}
	}
	pair := signer.Credentials{AccessKey: sent.AccessKeyID, SecretKey: sent.SecretAccessKey, Expires: sent.Expiration}
	if pair.AccessKey == "" || pair.SecretKey == "" || pair.Expires.IsZero() {
		return nil, &InvalidError{m.source, fmt.Errorf("the role has no keys, or they have no expiration; "+
			"curl %s%s lists the roles, and the same URL with a role shows the reason", m.endpoint, rolePath)}
	}
	if err := pair.Validate(); err != nil {
		return nil, &InvalidError{m.source, err}
	}
	if role == pair.AccessKey || role == pair.SecretKey {
		return nil, &InvalidError{m.source, errors.New("the service lists keys in place of roles")}
	}
	return &roleCredentials{pair, role, pair.Expires.Add(-renewBefore)}, nil
}

func (m metadataService) get(ctx context.Context, role string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.endpoint+rolePath+role, nil)
	if err != nil {
		return nil, &InvalidError{m.source, errors.New("the endpoint is not a URL")}
	}
	resp, err := metadataClient.Do(req)
	if err != nil {
		return nil, &NotFoundError{m.source, connectionProblem(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &NotFoundError{m.source, fmt.Sprintf("the service has no role: status %d", resp.StatusCode)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBytes))
	if err != nil {
		return nil, &InvalidError{m.source, errors.New("the response was cut off")}
	}
	return body, nil
}

// connectionProblem says why there was no response. Only errors of dialing are repeated.
func connectionProblem(err error) string {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return dial.Error()
	}
	return "no valid HTTP response in time"
}

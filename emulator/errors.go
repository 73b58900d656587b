package emulator

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// apiError is an error in one of the two shapes that clients of the service see: that of the gateway, and that of the
// service behind it.
type apiError struct {
	status    int
	code      any // a string from the gateway, a number from the service
	message   string
	details   any // a string, a violationDetails, or nil
	byService bool
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %v", e.status, e.message, e.details) }

func gatewayError(status int, code, message, details string) error {
	return &apiError{status: status, code: code, message: message, details: details}
}

func serviceError(status int, message string, details any) error {
	return &apiError{status: status, code: status, message: message, details: details, byService: true}
}

func pathNotFound(r *http.Request) error {
	path := r.URL.EscapedPath()
	hint := fmt.Sprintf("Paths begin with the path of a base URL, such as %s.", BasePaths[0])
	if strings.HasSuffix(path, "/") {
		hint = "Paths do not end with a slash."
	}
	return gatewayError(http.StatusNotFound, "300", "Not Found Exception", fmt.Sprintf("There is no %s. %s", path, hint))
}

func methodNotAllowed(r *http.Request, allow string) error {
	return serviceError(http.StatusMethodNotAllowed, "Method Not Allowed",
		fmt.Sprintf("%s takes %s, not %s.", r.URL.EscapedPath(), allow, r.Method))
}

func unsupportedMediaType(contentType string) error {
	return serviceError(http.StatusBadRequest, "Bad Request",
		fmt.Sprintf("Content-Type must be application/json, not %q.", contentType))
}

func bodyTooLarge() error {
	return gatewayError(http.StatusRequestEntityTooLarge, "430", "Request Entity Too Large",
		fmt.Sprintf("The body must be at most %d bytes long.", MaxBodyBytes))
}

func clusterNotFound(uuid string) error {
	return serviceError(http.StatusNotFound, "Not Found", fmt.Sprintf("There is no cluster %s.", uuid))
}

func entryNotFound(cluster, entry string) error {
	return serviceError(http.StatusNotFound, "Not Found", fmt.Sprintf("Cluster %s has no access entry %s.", cluster, entry))
}

func entryExists(cluster, entry, principal string) error {
	return serviceError(http.StatusConflict, "ConflictException",
		fmt.Sprintf("Cluster %s already has access entry %s for %s.", cluster, entry, principal))
}

func throttled() error {
	return gatewayError(http.StatusTooManyRequests, "410", "Throttle Limited", "More requests than --rate allows. Wait for as long as Retry-After says.")
}

// failed is a failure on purpose, in the shape, with the code and the words that the docs have for the status.
func failed(status int) error {
	const why = "On purpose: the emulator was told to fail."
	gateway := map[int][2]string{
		http.StatusBadRequest:            {"100", "Bad Request Exception"},
		http.StatusUnauthorized:          {"200", "Authentication Failed"},
		http.StatusNotFound:              {"300", "Not Found Exception"},
		http.StatusTooManyRequests:       {"400", "Quota Exceeded"},
		http.StatusRequestEntityTooLarge: {"430", "Request Entity Too Large"},
		http.StatusServiceUnavailable:    {"500", "Endpoint Error"},
		http.StatusGatewayTimeout:        {"510", "Endpoint Timeout"},
		http.StatusInternalServerError:   {"900", "Unexpected Error"},
	}
	service := map[int]string{http.StatusForbidden: "ForbiddenException", http.StatusConflict: "ConflictException"}
	if words, ok := gateway[status]; ok {
		return gatewayError(status, words[0], words[1], why)
	}
	if status < 400 { // of options in Go that name none
		return failed(http.StatusServiceUnavailable)
	}
	return serviceError(status, cmp.Or(service[status], http.StatusText(status), "Error"), why)
}

func forbidden(accessKey, operation string) error {
	return serviceError(http.StatusForbidden, "ForbiddenException",
		fmt.Sprintf("The key %s may not use %s.", accessKey, operation))
}

// authenticationFailed says what is wrong with a signature, and what should have been signed.
func authenticationFailed(diagnosis *Diagnosis) error {
	details := "Invalid authentication information: " + diagnosis.Summary()
	if diagnosis.Expected != "" {
		details += fmt.Sprintf(" The string to sign is %q, HMAC-SHA256 with the secret key of the access key, in base64.", diagnosis.Expected)
	}
	return gatewayError(http.StatusUnauthorized, "200", "Authentication Failed", details)
}

func clusterBusy(cluster nks.Cluster) error {
	return serviceError(http.StatusConflict, "ConflictException",
		fmt.Sprintf("Cluster %s is %s. It takes changes when it is RUNNING or NO_NODE.", cluster.UUID, cluster.Status))
}

// notByAPI is the emulator's own: what the service answers on such a cluster is not documented.
func notByAPI(cluster nks.Cluster) error {
	return serviceError(http.StatusBadRequest, "Bad Request",
		fmt.Sprintf("Cluster %s has authType %s. Access entries need authType API.", cluster.UUID, cluster.AuthType))
}

// violation is one broken rule, in the form that the service gives it.
type violation struct {
	Property    string            `json:"property"`
	Children    []violation       `json:"children"`
	Constraints map[string]string `json:"constraints"`
}

type violationDetails struct {
	Error []violation `json:"error"`
}

// maxViolations are listed of a request that breaks more rules.
const maxViolations = 20

func badRequest(violations ...violation) error {
	if more := len(violations) - maxViolations; more > 0 {
		violations = append(violations[:maxViolations:maxViolations], newViolation("", "more", fmt.Sprintf("and %d more", more)))
	}
	return serviceError(http.StatusBadRequest, "Bad Request", violationDetails{violations})
}

func newViolation(property, rule, words string) violation {
	return violation{Property: property, Children: []violation{}, Constraints: map[string]string{rule: words}}
}

// writeError answers with err, or with 500 when err is not one that clients are meant to see.
func (e *Emulator) writeError(w http.ResponseWriter, _ *http.Request, err error) {
	var api *apiError
	if !errors.As(err, &api) {
		api = &apiError{status: http.StatusInternalServerError, code: "900", message: "Unexpected Error"}
	}
	type info struct {
		ErrorCode  any    `json:"errorCode"`
		StatusCode int    `json:"statusCode,omitempty"`
		Message    string `json:"message"`
		Details    any    `json:"details,omitempty"`
	}
	body := struct {
		Error     info   `json:"error"`
		Timestamp string `json:"timestamp,omitempty"`
	}{Error: info{ErrorCode: api.code, Message: api.message, Details: api.details}}
	if api.byService {
		body.Error.StatusCode = api.status
		body.Timestamp = e.now().UTC().Format("2006-01-02T15:04:05.000Z")
	}
	data, err := json.Marshal(body)
	if err != nil { // cannot be: the body is strings and numbers
		http.Error(w, `{"error":{"errorCode":"900","message":"Unexpected Error"}}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", e.now().UTC().Format(http.TimeFormat))
	w.WriteHeader(api.status)
	_, _ = w.Write(append(data, '\n'))
}

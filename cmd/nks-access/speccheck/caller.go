package speccheck

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/gateway"
)

// parameters are the values of the parameters of a path. All are UUIDs.
type parameters map[string]string

// operation is an operation of the contract with its method and path.
type operation struct {
	*openapi3.Operation
	method, path string
}

// newContract returns the operations of the contract by operationId.
func newContract(doc *openapi3.T) map[string]operation {
	operations := map[string]operation{}
	for path, item := range doc.Paths.Map() {
		for method, described := range item.Operations() {
			operations[described.OperationID] = operation{described, method, path}
		}
	}
	return operations
}

// target returns the path with the values of its parameters.
func (o operation) target(values parameters) string {
	target := o.path
	for name, value := range values {
		target = strings.ReplaceAll(target, "{"+name+"}", value)
	}
	return target
}

// exchange is one request and its response.
type exchange struct {
	operation string
	values    parameters
	sent      bool
	status    int // 0 without a response
	header    http.Header
	body      []byte
	value     any // the body, if it is JSON
	form      form
}

func (x *exchange) isSuccess() bool { return x.status/100 == 2 }

// caller sends requests and observes the responses.
type caller struct {
	gateway  *gateway.Gateway
	contract map[string]operation
	seen     *observations
}

// send sends one request and observes its response. The exchange is never nil. The error is that of
// [gateway.Gateway.Do].
func (c *caller) send(ctx context.Context, id string, values parameters, body any) (*exchange, error) {
	x := &exchange{operation: id, values: values}
	op := c.contract[id]
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return x, err
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, op.method, c.gateway.Settings().BaseURL+op.target(values), content)
	if err != nil {
		return x, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	x.sent = true
	resp, err := c.gateway.Do(req)
	var failed *gateway.Error
	if errors.As(err, &failed) {
		resp = failed.Response()
	}
	if resp == nil {
		return x, err
	}
	x.status = resp.StatusCode
	x.header = resp.Header
	x.body, _ = io.ReadAll(resp.Body) // it is in memory
	x.value, x.form = decode(x.body)
	c.seen.observe(c.contract, x)
	return x, gateway.During(id, err)
}

// read sends a read, with retries.
func (c *caller) read(ctx context.Context, id string, values parameters) (*exchange, error) {
	last := &exchange{operation: id, values: values}
	err := c.gateway.Read(ctx, id, func(ctx context.Context) error {
		var err error
		last, err = c.send(ctx, id, values, nil)
		return err
	})
	return last, err
}

// textOf returns the text of a field of a JSON object, or "".
func textOf(value any, field string) string {
	object, _ := value.(map[string]any)
	text, _ := object[field].(string)
	return text
}

// listOf returns the list of a field of a JSON object, or nil.
func listOf(value any, field string) []any {
	object, _ := value.(map[string]any)
	list, _ := object[field].([]any)
	return list
}

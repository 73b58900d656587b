package nks

import (
	"encoding/json"
	"fmt"
)

// ErrorCode is the code of an [Error]. The gateway sends a string ("210"), the service a number
// (400). An ErrorCode holds the digits in both cases. It is empty if there is no code.
type ErrorCode string

// UnmarshalJSON accepts a JSON string or number.
func (c *ErrorCode) UnmarshalJSON(data []byte) error {
	var code any
	if err := json.Unmarshal(data, &code); err != nil {
		return err
	}
	switch code := code.(type) {
	case nil:
	case string:
		*c = ErrorCode(code)
	case float64:
		*c = ErrorCode(data)
	default:
		return fmt.Errorf("error code is neither a string nor a number: %s", data)
	}
	return nil
}

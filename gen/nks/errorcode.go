package nks

import (
	"encoding/json"
	"fmt"
)

// ErrorCode is the code of an [Error]. The gateway sends it as a string ("210"), the service as a number (400); either way
// it reads as the digits. It is empty when there was none.
type ErrorCode string

// UnmarshalJSON takes a JSON string or number.
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

// Package jsonlimit bounds what decoding JSON takes. Two bytes of JSON, {}, can become hundreds of
// bytes of memory.
package jsonlimit

import "fmt"

// Limit is how much JSON may hold.
type Limit struct {
	Objects int
	Values  int // with the objects
}

// Check returns an error that names the limit if data holds more. It counts brackets and commas, so it
// is fast, also for data that is not JSON.
func (l Limit) Check(data []byte) error {
	objects := 0
	values := 1
	inText := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inText && c == '\\':
			i++ // what is escaped, such as a quote
		case c == '"':
			inText = !inText
		case inText:
		case c == '{':
			objects++
			values++
		case c == '[' || c == ',':
			values++
		}
	}
	if objects > l.Objects {
		return fmt.Errorf("it holds %d JSON objects; the limit is %d", objects, l.Objects)
	}
	if values > l.Values {
		return fmt.Errorf("it holds %d JSON values; the limit is %d", values, l.Values)
	}
	return nil
}

package desired

import _ "embed"

//go:embed access.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 7) of the file, for editors.
func Schema() []byte { return append([]byte{}, schema...) }

package desired

import _ "embed"

// SchemaURL is where editors find the JSON Schema of the file.
const SchemaURL = "https://raw.githubusercontent.com/nks-access/nks-access/main/desired/access.schema.json"

//go:embed access.schema.json
var schemaText []byte

// Schema returns the JSON Schema (draft 7) of the file, for editors.
func Schema() []byte { return append([]byte{}, schemaText...) }

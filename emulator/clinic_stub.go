package emulator

import "net/http"

// Diagnosis explains a refused signature.
type Diagnosis struct{ words string }

// Summary is what is wrong, in words.
func (d Diagnosis) Summary() string { return d.words }

func (e *Emulator) diagnose(_ *http.Request, err error) *Diagnosis {
	return &Diagnosis{err.Error() + "."}
}

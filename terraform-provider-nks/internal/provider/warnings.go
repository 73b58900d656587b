package provider

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// warnings are sentences of the client that a person must see. They come during a request, and are
// shown with the next response to Terraform.
type warnings struct {
	mu        sync.Mutex
	sentences []string
}

func (w *warnings) add(sentence string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sentences = append(w.sentences, sentence)
}

// show moves the sentences to the diagnostics of a response.
func (w *warnings) show(diagnostics *diag.Diagnostics) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, sentence := range w.sentences {
		diagnostics.AddWarning("Requests to NKS", sentence)
	}
	w.sentences = nil
}

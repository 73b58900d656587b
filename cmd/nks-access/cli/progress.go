package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/nks-access/nks-access/desired"
)

// progress shows how far apply is: a bar on a terminal, and a line for each change elsewhere.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	quiet    bool
	bar      *progressbar.ProgressBar // nil where there is no terminal
	clusters int
	done     int // clusters
}

func newProgress(w io.Writer, quiet bool, plan *desired.Plan) *progress {
	p := &progress{w: w, quiet: quiet, clusters: len(plan.Clusters)}
	if !quiet && isTerminal(w) {
		p.bar = progressbar.NewOptions(plan.Summary.Changes(),
			progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription(p.description()))
	}
	return p
}

func (p *progress) description() string {
	return fmt.Sprintf("%d/%d clusters, changes", p.done, p.clusters)
}

// event shows one event.
func (p *progress) event(e desired.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Change == nil {
		p.done++
	}
	switch {
	case p.quiet:
	case p.bar != nil && e.Change == nil:
		p.bar.Describe(p.description())
	case p.bar != nil && e.Err == nil:
		_ = p.bar.Add(1)
	case p.bar == nil && e.Change != nil && e.Err == nil:
		principal := who(e.Change.Name, e.Change.Principal)
		fmt.Fprintf(p.w, "%s: %s %s\n", printable(e.Cluster), past[e.Change.Action], printable(principal))
	}
}

var past = map[desired.Action]string{desired.Add: "added", desired.Update: "changed", desired.Remove: "removed"}

// interrupted says what happens after Ctrl-C.
func (p *progress) interrupted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.w, "Finishing the requests under way. Press Ctrl-C again to end at once.")
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

package cli

import (
	"fmt"
	"io"
	"sync"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// applyProgress shows how far apply is: a line for each change, and on a terminal a bar below them.
type applyProgress struct {
	mu       sync.Mutex
	w        io.Writer
	quiet    bool
	bar      *term.Progress // nil where there is no terminal, and with quiet
	clusters int
	done     int // clusters
}

func newApplyProgress(w io.Writer, quiet bool, plan *desired.Plan) *applyProgress {
	p := &applyProgress{w: w, quiet: quiet, clusters: len(plan.Clusters)}
	if !quiet {
		p.bar = term.NewProgress(w, plan.Summary.Steps(), p.description())
	}
	return p
}

func (p *applyProgress) description() string {
	return fmt.Sprintf("%d/%d clusters, changes", p.done, p.clusters)
}

// event shows one event.
func (p *applyProgress) event(e desired.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Step == nil {
		p.clusterDone()
		return
	}
	if e.Err == nil {
		p.stepMade(e.Cluster, e.Step)
	}
}

func (p *applyProgress) clusterDone() {
	p.done++
	if p.bar != nil {
		p.bar.Describe(p.description())
	}
}

func (p *applyProgress) stepMade(cluster string, step *desired.Step) {
	if p.quiet {
		return
	}
	if p.bar != nil {
		p.bar.Clear() // the line stays above the bar
		defer p.bar.Step()
	}
	principal := principalText(bothNames(step.Name, step.Shown(), step.PrincipalName), step.Principal)
	fmt.Fprintf(p.w, "%s: %s %s\n", term.Printable(cluster), past[step.Action], principal)
}

// past says what a step did.
var past = map[desired.Action]string{desired.Add: "added", desired.Update: "changed", desired.Remove: "removed"}

// interrupted says what happens after Ctrl-C.
func (p *applyProgress) interrupted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.w, "Finishing the requests under way. Press Ctrl-C again to end at once.")
}

// end takes the bar away.
func (p *applyProgress) end() {
	if p.bar != nil {
		p.bar.Clear()
	}
}

package term

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a progress bar on a terminal.
type Progress struct{ bar *progressbar.ProgressBar }

// NewProgress shows a progress bar on w, or returns nil if w is no terminal.
func NewProgress(w io.Writer, steps int, description string) *Progress {
	if !IsTerminal(w) {
		return nil
	}
	bar := progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetDescription(description),
	)
	return &Progress{bar}
}

// Step moves the bar by one step.
func (p *Progress) Step() { _ = p.bar.Add(1) }

// Describe replaces the words before the bar.
func (p *Progress) Describe(description string) { p.bar.Describe(description) }

// Clear removes the bar from the terminal.
func (p *Progress) Clear() { _ = p.bar.Clear() }

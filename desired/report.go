package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// Event says that a step was made, or that work on a cluster ended.
type Event struct {
	Cluster string
	Step    *Step // nil when the cluster is done
	Err     error // why the step, or the work on the cluster, failed
}

// Report is the result of applying a plan.
type Report struct {
	Clusters []ClusterReport `json:"clusters"`
	Done     int             `json:"done"` // steps
	Left     int             `json:"left"` // steps
	Switched int             `json:"switched,omitempty"`
	Failed   int             `json:"failed"` // clusters
}

// ClusterReport is the result of applying a plan to one cluster.
type ClusterReport struct {
	Cluster  string     `json:"cluster"`
	UUID     string     `json:"uuid,omitempty"`
	Switched bool       `json:"switched,omitempty"` // the auth type was switched to API
	Done     int        `json:"done"`               // steps
	Left     []LeftStep `json:"left"`
	Error    string     `json:"error,omitempty"`

	err error
}

// LeftStep is a step that was not made.
type LeftStep struct {
	Step
	Error string `json:"error,omitempty"` // why; empty if it was not tried

	err error
}

// Err returns why the step was not made, or nil if it was not tried.
func (l *LeftStep) Err() error { return l.err }

// Err returns why steps are left, or nil.
func (c *ClusterReport) Err() error { return c.err }

// Err returns the errors of all clusters, or nil.
func (r *Report) Err() error {
	var failed []error
	for i := range r.Clusters {
		c := &r.Clusters[i]
		if c.err != nil {
			failed = append(failed, aboutCluster(c.Cluster, c.err))
		}
	}
	return oneOrJoined(failed)
}

// AgainHelps reports whether applying again may make what is left: steps, or those of a cluster that
// could not be planned. It does not help for a step that the service refuses: the file must change
// first; see [RefusedError].
func (r *Report) AgainHelps() bool {
	for i := range r.Clusters {
		isUnplanned := r.Clusters[i].err != nil && len(r.Clusters[i].Left) == 0
		if isUnplanned {
			return true
		}
		for _, left := range r.Clusters[i].Left {
			if !left.isRefused() {
				return true
			}
		}
	}
	return false
}

// Refused reports whether the service refuses a step that is left. Then the file must change first.
func (r *Report) Refused() bool {
	for i := range r.Clusters {
		if slices.ContainsFunc(r.Clusters[i].Left, LeftStep.isRefused) {
			return true
		}
	}
	return false
}

func (s LeftStep) isRefused() bool {
	var refused *RefusedError
	return errors.As(s.err, &refused)
}

// RefusedError says that the service refuses a step as it is. Applying again does not help before the
// file changes. Err is an error of package access.
type RefusedError struct {
	Step Step
	Err  error
}

func (e *RefusedError) Error() string {
	if len(e.Step.Rules) == 0 {
		return fmt.Sprintf("the service refuses to %s: %s", &e.Step, e.Err)
	}
	return fmt.Sprintf("%s: the service refuses to %s, so the file must change: %s",
		strings.Join(e.Step.Rules, ", "), &e.Step, e.Err)
}

func (e *RefusedError) Unwrap() error { return e.Err }

// leave adds a step that was not made.
func (c *ClusterReport) leave(step *Step, err error) {
	left := LeftStep{Step: *step, err: err}
	if err != nil {
		left.Error = err.Error()
	}
	c.Left = append(c.Left, left)
}

// end records why steps are left: the errors of those that were tried, and what stopped the rest.
func (c *ClusterReport) end(stopped error) {
	var errs []error
	for i := range c.Left {
		err := c.Left[i].err
		if err != nil {
			errs = append(errs, err)
		}
	}
	if stopped != nil {
		errs = append(errs, stopped)
	}
	c.err = oneOrJoined(errs)
	if c.err != nil {
		c.Error = c.err.Error()
	}
}

// refusal returns err as a [*RefusedError] if the service refuses the step itself.
func refusal(step *Step, err error) error {
	if errors.Is(err, access.ErrInvalid) {
		return &RefusedError{*step, err}
	}
	return err
}

// stopsCluster reports whether no later step of the cluster can be made after the error. An error
// that is about one principal stops no other.
func stopsCluster(err error) bool {
	if err == nil {
		return false
	}
	var refused *RefusedError
	if errors.As(err, &refused) {
		return false
	}
	aboutOne := slices.ContainsFunc([]error{
		access.ErrForbidden, access.ErrConflict, access.ErrNoAdmin, access.ErrUnknownOutcome, ErrRemovals,
		ErrEnded,
	}, func(kind error) bool { return errors.Is(err, kind) })
	return !aboutOne
}

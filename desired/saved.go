package desired

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nks-access/nks-access/access"
)

// ParsePlan reads a plan that was saved as JSON. It returns an error that says what is wrong with
// it.
func ParsePlan(data []byte) (*Plan, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var plan Plan
	if err := decoder.Decode(&plan); err != nil {
		return nil, fmt.Errorf("read saved plan: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read saved plan: unexpected text after the plan")
	}
	if plan.Version != Version {
		return nil, fmt.Errorf("read saved plan: unknown version %d (want %d)", plan.Version, Version)
	}
	for i := range plan.Clusters {
		c := &plan.Clusters[i]
		if err := c.checkSaved(); err != nil {
			return nil, fmt.Errorf("read saved plan: clusters[%d]: %w", i, err)
		}
		slices.SortStableFunc(c.Changes, func(a, b Change) int { return a.rank() - b.rank() })
	}
	plan.Summary = plan.count()
	return &plan, nil
}

// checkSaved checks the part of a saved plan that Apply depends on, and works out what its changes
// add and take.
func (c *ClusterPlan) checkSaved() error {
	if c.Error != "" {
		if len(c.Changes) > 0 {
			return errors.New("it has both an error and changes")
		}
		return nil
	}
	if !access.IsUUID(c.UUID) {
		return fmt.Errorf("uuid %q is not a UUID", c.UUID)
	}
	if c.State == "" {
		return errors.New("state is missing")
	}
	for i := range c.Changes {
		change := &c.Changes[i]
		if change.Action != Add && change.Action != Update && change.Action != Remove {
			return fmt.Errorf("changes[%d]: unknown action %q (want %s, %s or %s)", i, change.Action, Add, Update, Remove)
		}
		if !isNRN(change.Principal) && change.Action == Add {
			return fmt.Errorf("changes[%d]: %q is not an NRN", i, change.Principal)
		}
		if err := change.check(); err != nil {
			return fmt.Errorf("changes[%d]: %w", i, err)
		}
		change.diff()
	}
	return nil
}

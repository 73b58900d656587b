package desired

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// ParsePlan reads a plan that json.Marshal wrote. Apply then changes only clusters that are as they
// were when the plan was made. The error says what is wrong with the plan.
func ParsePlan(data []byte) (*Plan, error) {
	var plan Plan
	if err := plan.parse(data); err != nil {
		return nil, fmt.Errorf("read saved plan: %w", err)
	}
	return &plan, nil
}

func (p *Plan) parse(data []byte) error {
	var head struct{ Version int }
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("%w (want the whole of a saved plan)", err)
	}
	if head.Version != Version {
		return fmt.Errorf("unknown version %d (want %d)", head.Version, Version)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(p); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range p.Clusters {
		c := &p.Clusters[i]
		err := c.checkSaved()
		if id := strings.ToLower(c.UUID); err == nil && id != "" {
			if seen[id] {
				err = fmt.Errorf("cluster %s is there twice", c.UUID)
			}
			seen[id] = true
		}
		if err != nil {
			return fmt.Errorf("clusters[%d]: %w", i, err)
		}
		c.saved = true
		slices.SortStableFunc(c.Changes, func(a, b Change) int { return a.rank() - b.rank() })
	}
	p.Summary = p.count()
	return nil
}

// checkSaved checks the part of a saved plan that Apply depends on, and works out what its changes
// add and take.
func (c *ClusterPlan) checkSaved() error {
	switch {
	case c.Error != "" && len(c.Changes) > 0:
		return errors.New("it has both an error and changes")
	case c.Error != "":
		return nil
	case !access.IsUUID(c.UUID):
		return fmt.Errorf("uuid %q is not a UUID", c.UUID)
	case c.State == "":
		return errors.New("state is missing")
	}
	for i := range c.Changes {
		change := &c.Changes[i]
		if !slices.Contains([]Action{Add, Update, Remove}, change.Action) {
			return fmt.Errorf("changes[%d]: unknown action %q (want %s, %s or %s)", i, change.Action, Add, Update, Remove)
		}
		if err := change.check(); err != nil {
			return fmt.Errorf("changes[%d]: %w", i, err)
		}
		change.diff()
	}
	return nil
}

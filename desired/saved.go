package desired

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/internal/jsonlimit"
	"github.com/nks-access/nks-access/internal/textfile"
)

// ParsePlan reads a plan that json.Marshal wrote. Apply then changes only clusters that are as they
// were when the plan was made. What follows from the steps is computed again, not read. The error
// says what is wrong with the plan.
func ParsePlan(data []byte) (*Plan, error) {
	var plan Plan
	if err := plan.parse(data); err != nil {
		return nil, fmt.Errorf("read saved plan: %w", err)
	}
	return &plan, nil
}

// The limits of a saved plan bound what reading it takes. They are enough for some 30,000 steps.
const (
	maxPlanBytes   = 32 << 20
	maxPlanObjects = 300_000
	maxPlanValues  = 1_500_000
)

func (p *Plan) parse(file []byte) error {
	if len(file) > maxPlanBytes {
		return fmt.Errorf("it is larger than %d bytes; plan fewer clusters at a time", maxPlanBytes)
	}
	data, err := textfile.Decode(file)
	if err != nil {
		return err
	}
	if err := checkSaved(data); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(p); err != nil {
		return err
	}
	for i := range p.Names {
		if err := p.Names[i].readSaved(); err != nil {
			return fmt.Errorf("names[%d]: %w", i, err)
		}
	}
	if err := p.readClusters(); err != nil {
		return err
	}
	p.Summary = p.count()
	return nil
}

// checkSaved returns an error if data is too much, is no JSON, or is a plan of another version.
func checkSaved(data []byte) error {
	if !utf8.Valid(data) { // JSON would silently change names
		return errors.New("it must be valid UTF-8")
	}
	limit := jsonlimit.Limit{Objects: maxPlanObjects, Values: maxPlanValues}
	if err := limit.Check(data); err != nil {
		return fmt.Errorf("%w; plan fewer clusters at a time", err)
	}
	var head struct{ Version int }
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("%w (want the whole of a saved plan, which is JSON)", err)
	}
	if head.Version != PlanVersion {
		return fmt.Errorf("unknown version %d (want %d)", head.Version, PlanVersion)
	}
	return nil
}

// readClusters checks the clusters of a saved plan. Each may be there once.
func (p *Plan) readClusters() error {
	seen := map[string]bool{}
	for i := range p.Clusters {
		c := &p.Clusters[i]
		if err := c.readSaved(); err != nil {
			return fmt.Errorf("clusters[%d]: %w", i, err)
		}
		id := sameID(c.UUID)
		if id != "" && seen[id] {
			return fmt.Errorf("clusters[%d]: duplicate cluster %s", i, c.UUID)
		}
		seen[id] = true
	}
	return nil
}

// readSaved checks the part of a saved plan that Apply depends on, and computes what follows from its
// steps.
func (c *ClusterPlan) readSaved() error {
	c.saved = true
	if c.Error != "" {
		if len(c.Steps) > 0 {
			return errors.New("it has both an error and changes")
		}
		c.mayLose = unlimited
		return nil
	}
	if !access.IsUUID(c.UUID) {
		return fmt.Errorf("uuid %q is not a UUID", c.UUID)
	}
	if c.State == "" {
		return errors.New("state is missing")
	}
	for i := range c.Steps {
		if err := c.Steps[i].readSaved(); err != nil {
			return fmt.Errorf("changes[%d]: %w", i, err)
		}
	}
	sortSteps(c.Steps)
	return nil
}

// readSaved checks a step of a saved plan, and computes what follows from it.
func (s *Step) readSaved() error {
	s.Principal = access.AnyNRN(string(s.Principal))
	if err := s.checkSaved(); err != nil {
		return err
	}
	s.fill()
	return s.validate()
}

func (s *Step) checkSaved() error {
	switch s.Action {
	case Add:
		return s.checkSavedAdd()
	case Update:
		return s.checkSavedUUIDs()
	case Remove:
		if !s.After.Empty() {
			return errors.New("an entry that is removed grants nothing after that")
		}
		return s.checkSavedUUIDs()
	}
	return fmt.Errorf("unknown action %q (want %s, %s or %s)", s.Action, Add, Update, Remove)
}

func (s *Step) checkSavedAdd() error {
	if len(s.entryIDs()) > 0 {
		return errors.New("an entry that is added has no UUID")
	}
	if !s.Before.Empty() {
		return errors.New("an entry that is added grants nothing before that")
	}
	return nil
}

func (s *Step) checkSavedUUIDs() error {
	for _, id := range slices.Concat([]string{s.Entry}, s.Duplicates) {
		if !access.IsUUID(id) {
			return fmt.Errorf("entry %q is not a UUID", id)
		}
	}
	return nil
}

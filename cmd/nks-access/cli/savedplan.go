package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// maxPlanBytes is what package desired takes.
const maxPlanBytes = 32 << 20

// readPlan reads a saved plan, or the part of it that --cluster names.
func (f *fleet) readPlan(ctx context.Context, path string) (*desired.Plan, error) {
	if len(f.files) > 0 || f.shard != "" || f.repair {
		return nil, usagef("a saved plan takes neither --file nor --shard nor --repair")
	}
	plan, err := f.parsePlan(ctx, path)
	if err != nil || len(f.only) == 0 {
		return plan, err
	}
	part, err := plan.Only(f.only...)
	if err != nil {
		return nil, usagef("--cluster: %v", err)
	}
	return part, nil
}

// parsePlan reads a saved plan.
func (f *fleet) parsePlan(ctx context.Context, path string) (*desired.Plan, error) {
	name, data, err := term.ReadFile(ctx, path, f.stdin, maxPlanBytes)
	if err != nil {
		return nil, err
	}
	plan, err := desired.ParsePlan(data)
	if err != nil {
		return nil, usagef("%s: %v; an access.yaml is given with --file", name, err)
	}
	return plan, nil
}

// planUndo makes the plan that takes back what a saved plan did.
func (f *fleet) planUndo(ctx context.Context, path string) (*desired.Plan, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	done, err := f.readPlan(ctx, path)
	if err != nil {
		return nil, err
	}
	return done.Undo(done.Read(ctx, f.clientOf, f.parallel), desired.At(clock())), nil
}

// savePlan saves a plan, and says with which command to use it. Without a path it does nothing.
func (f *fleet) savePlan(ctx context.Context, path string, plan *desired.Plan, use string) error {
	if path == "" {
		return nil
	}
	var data bytes.Buffer
	if err := term.WriteJSON(&data, plan); err != nil {
		return err
	}
	ctx, cancel := f.readDeadline(ctx)
	defer cancel()
	if err := term.WriteFile(ctx, path, data.Bytes()); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	f.say("Saved the plan. %s %s", use, path)
	return nil
}

const (
	useToApply = "To apply it: nks-access apply"
	useToUndo  = "To take it back: nks-access plan --undo"
)

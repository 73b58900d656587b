package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

type editCommand struct{ writes }

func newEdit(a *app) command {
	return &editCommand{writes: writes{connection: newConnection(a)}}
}

func (c *editCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "edit ENTRY",
		Short: "Change an access entry in your editor",
		Long: `Open the groups and policies of an access entry in the editor that VISUAL or EDITOR names, and send what was
saved. ENTRY is its UUID, or the NRN or the name of its principal.

If the file has mistakes, the editor opens again, with the mistakes as comments, or without a terminal the edit ends. If
it is saved as it was, or empty, nothing is sent. If somebody else has changed the entry meanwhile, it is left alone. If
a change is not made, the file is kept. It asks before access is removed.`,
		Example: `  nks-access edit user:kim@corp --cluster demo
  EDITOR='code --wait' nks-access edit nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4`,
		Args: arguments(1, 1),
	}
}

func (c *editCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, formatsOfLists...)
	c.addGuardFlag(cmd)
}

func (c *editCommand) run(ctx context.Context, args []string) error {
	if err := c.checkEditor(); err != nil {
		return err
	}
	return c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		entry, err := on.find(readCtx, args[0])
		if err != nil {
			return nil, err
		}
		edit, err := newEntryEdit(entry, on.cluster)
		if err != nil {
			return nil, err
		}
		changed, err := c.edit(ctx, on, edit)
		isLost := err != nil && !errors.Is(err, errEmptied) && !errors.Is(err, errDryRun)
		if isLost && edit.isOwn {
			c.warn("The edited file is kept: " + edit.path)
			return nil, err
		}
		removed := os.Remove(edit.path)
		if errors.Is(removed, fs.ErrNotExist) { // the editor took it away
			removed = nil
		}
		return changed, errors.Join(err, removed)
	})
}

// edit opens the editor, and makes the change.
func (c *editCommand) edit(ctx context.Context, on site, edit *entryEdit) (*access.Entry, error) {
	chosen := c.newEditor()
	grants, err := edit.until(context.WithoutCancel(ctx), chosen.open, c.questions.Possible())
	ctx, stop := chosen.release(ctx)
	defer stop()
	if err != nil {
		return nil, err
	}
	readCtx, cancel := c.deadline(ctx) // the time in the editor does not count
	defer cancel()
	return c.replaceGrants(ctx, readCtx, on, edit.entry, grants)
}

package desired

import (
	"context"
	"fmt"

	"github.com/nks-access/nks-access/access"
)

// switchAuthType switches a CONFIG_MAP cluster to API, after everything that can be checked before.
// The first change that follows is that of an administrator.
func (r *run) switchAuthType(ctx context.Context, client *access.Client, plan *ClusterPlan, ready bool) error {
	if !ready {
		waitCtx, cancel := context.WithTimeout(ctx, r.options.Wait)
		defer cancel()
		if err := client.WaitReady(waitCtx, plan.UUID); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := client.SetAuthType(context.WithoutCancel(ctx), plan.UUID, "API"); err != nil {
		return fmt.Errorf("switch the auth type: %w", err)
	}
	return nil
}

package speccheck

import (
	"context"
	"errors"
	"fmt"

	"github.com/nks-access/nks-access/gateway"
)

// change waits until the cluster accepts changes, and sends one. It sends it again after errors that
// again reports, if the budget takes them for retryable. The exchange is never nil, and that of the last
// attempt.
func (l *life) change(
	ctx context.Context, id string, values parameters, body any, again func(error) bool,
) (*exchange, error) {
	budget := l.gateway.NewBudget(busyLimit)
	for {
		if err := l.waitReady(ctx); err != nil {
			return &exchange{operation: id, values: values}, err
		}
		x, err := l.send(ctx, id, values, body)
		if err == nil || !again(err) {
			return x, err
		}
		if err := budget.Pause(ctx, err); err != nil {
			return x, err
		}
	}
}

// wasRefused reports whether a request was not carried out. A create is sent again after nothing else,
// because it could make two entries.
func wasRefused(err error) bool {
	var failed *gateway.Error
	return errors.As(err, &failed) && !failed.MayHaveArrived()
}

// anyFailure is for updates and deletes of one entry, which may be carried out twice.
func anyFailure(error) bool { return true }

// waitReady waits until the cluster accepts changes.
func (l *life) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, busyLimit)
	defer cancel()
	return l.gateway.Poll(ctx, func() (bool, error) {
		now, err := l.readCluster(ctx)
		if err == nil && now.status == "DELETING" {
			err = fmt.Errorf("cluster %s is being deleted", l.cluster.name)
		}
		return now.isReady(), err
	})
}

// isReady reports whether the cluster accepts changes now. A cluster that cannot be read is taken for
// ready: then the last response counts.
func (l *life) isReady(ctx context.Context) bool {
	now, err := l.readCluster(ctx)
	return err != nil || now.isReady()
}

func (l *life) readCluster(ctx context.Context) (cluster, error) {
	x, err := l.read(ctx, "getCluster", l.onCluster())
	result, _ := x.value.(map[string]any)
	return newCluster(result["cluster"]), err
}

// noteBusy notes the status of the cluster after a change. An error shows at the next step.
func (l *life) noteBusy(ctx context.Context) {
	now, err := l.readCluster(ctx)
	if err == nil {
		l.seen.note(topicBusy, "%s", statusWord(now.status))
	}
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nks-access/nks-access/access"
)

// guard returns the conditions of every change. The client checks them before each attempt, also
// before the retries on a busy cluster.
func (s *service) guard(more ...access.WriteOption) []access.WriteOption {
	if s.preventLockout { // which is what the client does by default
		return more
	}
	return append(more, access.AllowNoAdmin())
}

// create creates the entry of a principal. It takes over an existing entry if that grants the same, or
// if adopt is set. Otherwise the error is access.ErrExists.
func (s *service) create(
	ctx context.Context, uuid string, limit time.Duration, wanted access.NewEntry, adopt bool,
) (entry access.Entry, err error) {
	err = s.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		if err := s.checkAuthType(ctx, c); err != nil {
			return err
		}
		entry, err = s.ensure(ctx, c, wanted, adopt)
		return err
	})
	return entry, err
}

// checkAuthType returns an error if access entries do not work on the cluster. A cluster can be
// switched to API at any time, so only API is remembered.
func (s *service) checkAuthType(ctx context.Context, c *cluster) error {
	if c.acceptsEntries {
		return nil
	}
	found, err := s.client.Cluster(ctx, c.uuid)
	if err != nil { // the service decides
		return nil
	}
	if found.AuthType == access.AuthTypeConfigMap {
		return fmt.Errorf("cluster %s has authType %s. Access entries work only with authType %s",
			c.uuid, access.AuthTypeConfigMap, access.AuthTypeAPI)
	}
	c.acceptsEntries = found.AuthType == access.AuthTypeAPI
	return nil
}

// ensure is create for a change that has the turn.
func (s *service) ensure(
	ctx context.Context, c *cluster, wanted access.NewEntry, adopt bool,
) (access.Entry, error) {
	entry, _, err := s.client.Ensure(ctx, c.uuid, wanted, s.guard()...)
	var exists *access.ExistsError
	differs := errors.As(err, &exists)
	if err != nil && !differs {
		return access.Entry{}, err
	}
	if differs {
		entry = exists.Existing
	}
	if c.manages(entry.UUID) {
		return access.Entry{}, managedElsewhere(entry)
	}
	if differs && !adopt {
		return access.Entry{}, err
	}
	if differs {
		return s.replace(ctx, c, entry.UUID, wanted.Grants)
	}
	c.manage(entry.UUID)
	return entry, nil
}

// managedElsewhere returns the error for a second resource of one entry.
func managedElsewhere(entry access.Entry) error {
	return fmt.Errorf("another resource manages the entry of %s on cluster %s: one entry needs one resource",
		entry.Principal, strings.ToLower(entry.ClusterUUID))
}

// update replaces what an entry grants, if it grants what it granted before: what the plan showed. If
// not, the error is access.ErrConflict. It is access.ErrNotFound if the entry is gone.
func (s *service) update(
	ctx context.Context, limit time.Duration, before access.Entry, wanted access.Grants,
) (entry access.Entry, err error) {
	err = s.change(ctx, before.ClusterUUID, limit, func(ctx context.Context, c *cluster) error {
		if c.manages(before.UUID) {
			return managedElsewhere(before)
		}
		entry, err = s.replace(ctx, c, before.UUID, wanted, access.IfSame(before))
		if errors.Is(err, access.ErrNotFound) {
			return fmt.Errorf("%w: it was deleted after the plan was made: plan and apply again", err)
		}
		return err
	})
	return entry, err
}

// replace replaces what an entry grants, and returns it as it is then.
func (s *service) replace(
	ctx context.Context, c *cluster, id string, wanted access.Grants, conditions ...access.WriteOption,
) (access.Entry, error) {
	change, err := s.client.Modify(ctx, c.uuid, id,
		func(access.Grants) access.Grants { return wanted }, s.guard(conditions...)...)
	if err != nil {
		return access.Entry{}, err
	}
	c.manage(id)
	return change.After, nil
}

// errNotListed stops a deletion of an entry that is gone.
var errNotListed = errors.New("the entry is not in the list")

// delete deletes the entry with the ID. It leaves alone an entry that the principal was given since
// then, and one that another resource has taken over: a new object of the same resource with
// create_before_destroy, or a resource that was given another name.
func (s *service) delete(ctx context.Context, uuid string, limit time.Duration, id string) error {
	return s.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		if c.manages(id) {
			return nil
		}
		listed := false
		err := s.client.Delete(ctx, c.uuid, id, s.guard(access.If(func(look access.Look) error {
			listed = strings.EqualFold(look.Change.Before.UUID, id)
			if !listed {
				return errNotListed
			}
			return nil
		}))...)
		deletedMeanwhile := listed && errors.Is(err, access.ErrNotFound)
		if errors.Is(err, errNotListed) || deletedMeanwhile {
			return nil
		}
		notRead := errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrUnavailable)
		if notRead && s.clusterIsGone(ctx, c.uuid) {
			return nil
		}
		return err
	})
}

// clusterIsGone reports whether the entries of the cluster cannot be read because it does not exist.
func (s *service) clusterIsGone(ctx context.Context, uuid string) bool {
	_, err := s.client.List(ctx, uuid)
	return isGone(ctx, uuid, err, s.client.Clusters)
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nks-access/nks-access/access"
)

// create makes an entry. It takes over the one that is there if it grants the same or is to be
// adopted.
func (s *service) create(
	ctx context.Context, uuid string, limit time.Duration, wanted access.NewEntry, adopt bool,
) (entry access.Entry, err error) {
	err = s.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		if c.authType == "" {
			found, _ := s.client.Cluster(ctx, uuid) // if it cannot be read, the service decides
			c.authType = found.AuthType
		}
		if c.authType == "CONFIG_MAP" {
			return fmt.Errorf("cluster %s has authType CONFIG_MAP. Access entries work only with authType API", uuid)
		}
		there, _, err := s.client.Create(ctx, uuid, wanted)
		var exists *access.ExistsError
		switch {
		case errors.As(err, &exists) && (adopt || c.managed[exists.Existing.UUID]):
			there = exists.Existing
		case err != nil:
			return err
		}
		entry, err = s.replace(ctx, c, there, wanted)
		return err
	})
	return entry, err
}

// update replaces what the entry with the ID grants. It returns an error if the principal has it no
// more.
func (s *service) update(
	ctx context.Context, uuid string, limit time.Duration, id string, wanted access.NewEntry,
) (entry access.Entry, err error) {
	err = s.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		entries, err := s.client.List(ctx, uuid)
		if err != nil {
			return err
		}
		found, ok := entryOf(entries, wanted.Principal)
		if !ok || found.UUID != id {
			return fmt.Errorf("access entry %s on cluster %s was deleted after the plan was made: plan and apply again",
				id, uuid)
		}
		entry, err = s.replace(ctx, c, found, wanted)
		return err
	})
	return entry, err
}

// replace replaces what an entry grants, unless another resource manages the entry or that would
// lock everybody out. It returns the entry as it is then.
func (s *service) replace(
	ctx context.Context, c *cluster, entry access.Entry, wanted access.NewEntry,
) (access.Entry, error) {
	if c.managed[entry.UUID] {
		return entry, fmt.Errorf("another resource manages the entry of %s on cluster %s: one entry needs one resource",
			entry.Principal, c.uuid)
	}
	if administers(entry.Policies) && !administers(wanted.Policies) {
		entries, err := s.client.List(ctx, c.uuid)
		if err == nil {
			err = s.refuseLockout(entries, entry, wanted.Policies)
		}
		if err != nil {
			return entry, err
		}
	}
	after := entry
	after.Groups, after.Policies = wanted.Groups, wanted.Policies
	if err := s.client.Apply(ctx, access.Change{Before: entry, After: after}); err != nil {
		return entry, err
	}
	c.managed[entry.UUID] = true
	return after, nil
}

// delete deletes the entry with the ID. It leaves alone an entry that the principal was given since
// then, and one that another resource has taken over: a new object of the same resource with
// create_before_destroy, or a resource that was given another name.
func (s *service) delete(ctx context.Context, uuid string, limit time.Duration, id string) error {
	return s.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		entries, err := s.client.List(ctx, uuid)
		if clusterIsGone(ctx, uuid, err, s.client.Clusters) {
			return nil
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.UUID == id })
		if i < 0 || c.managed[id] {
			return nil
		}
		if err := s.refuseLockout(entries, entries[i], nil); err != nil {
			return err
		}
		if err := s.client.Delete(ctx, uuid, id); !errors.Is(err, access.ErrNotFound) {
			return err
		}
		return nil // somebody else deleted it meanwhile
	})
}

func entryOf(entries []access.Entry, principal string) (access.Entry, bool) {
	i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.Principal == principal })
	if i < 0 {
		return access.Entry{}, false
	}
	return entries[i], true
}

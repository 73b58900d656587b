package access

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/gen/nks"
)

// List returns the access entries of a cluster.
func (c *Client) List(ctx context.Context, cluster string) ([]Entry, error) {
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return nil, fmt.Errorf("list access entries: %w", err)
	}
	var list nks.AccessEntryList
	err = c.do(ctx, call{
		op:      "list access entries on cluster " + cluster,
		cluster: cluster,
		send:    func(ctx context.Context) (*http.Response, error) { return c.api.ListAccessEntries(ctx, id) },
		result:  &list,
		complete: func() bool {
			return list.AccessEntries != nil && !slices.ContainsFunc(list.AccessEntries, func(e nks.AccessEntry) bool { return !complete(e) })
		},
	})
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(list.AccessEntries))
	for i, entry := range list.AccessEntries {
		entries[i] = entryFrom(cluster, entry)
	}
	return entries, nil
}

// Get returns the access entry with the UUID.
func (c *Client) Get(ctx context.Context, cluster, entry string) (Entry, error) {
	op := fmt.Sprintf("get access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parsePath(op, cluster, entry)
	if err != nil {
		return Entry{}, err
	}
	var result nks.AccessEntryResult
	err = c.do(ctx, call{
		op: op, cluster: cluster, entry: entry,
		send: func(ctx context.Context) (*http.Response, error) {
			return c.api.GetAccessEntry(ctx, clusterID, entryID)
		},
		result:   &result,
		complete: func() bool { return complete(result.AccessEntry) },
	})
	if err != nil {
		return Entry{}, err
	}
	return entryFrom(cluster, result.AccessEntry), nil
}

// complete reports whether an entry has what the contract requires of it.
func complete(e nks.AccessEntry) bool { return e.UUID != "" && e.Entry != "" }

// Find returns the access entry with the UUID, or of the principal with the NRN.
func (c *Client) Find(ctx context.Context, cluster, uuidOrNRN string) (Entry, error) {
	if IsUUID(uuidOrNRN) {
		return c.Get(ctx, cluster, uuidOrNRN)
	}
	if rule := nrnRule(uuidOrNRN); rule != "" {
		return Entry{}, fmt.Errorf("find access entry: %w", &ValidationError{[]Problem{about("entry", "must be a UUID, or "+strings.TrimPrefix(rule, "must be "))}})
	}
	entry, found, err := c.lookUp(ctx, cluster, uuidOrNRN)
	if err == nil && !found {
		err = fmt.Errorf("find access entry for %s on cluster %s: %w", uuidOrNRN, cluster, ErrNotFound)
	}
	return entry, err
}

func (c *Client) lookUp(ctx context.Context, cluster, principal string) (Entry, bool, error) {
	entries, err := c.List(ctx, cluster)
	if err != nil {
		return Entry{}, false, err
	}
	if i := slices.IndexFunc(entries, func(e Entry) bool { return e.Principal == principal }); i >= 0 {
		return entries[i], true, nil
	}
	return Entry{}, false, nil
}

// Create lets a principal into a cluster and returns its entry, with the UUID that the API itself does not return.
//
// It is safe to repeat. When the principal has an entry that grants the same, that one is returned; when it grants something
// else, the error is an [*ExistsError] with it. After an attempt whose answer was lost it looks before it tries again, so one
// call makes one entry. It also looks before the first attempt, because what the service answers to a second entry for the
// same principal is not documented.
func (c *Client) Create(ctx context.Context, cluster string, entry NewEntry) (Entry, error) {
	created, _, err := c.Ensure(ctx, cluster, entry)
	return created, err
}

// Ensure is Create, and reports whether it sent a request to create the entry, or found it there.
func (c *Client) Ensure(ctx context.Context, cluster string, entry NewEntry) (created Entry, sent bool, err error) {
	op := fmt.Sprintf("create access entry for %s on cluster %s", clean(entry.Principal), clean(cluster))
	id, err := parseUUID("cluster", cluster)
	if err == nil {
		err = entry.Validate()
	}
	if err != nil {
		return Entry{}, false, fmt.Errorf("%s: %w", op, err)
	}

	// existing finds the entry of the principal, which may be the one that this call made.
	existing := func(ctx context.Context) (found Entry, ok bool, err error) {
		found, ok, err = c.lookUp(ctx, cluster, entry.Principal)
		if err != nil {
			return found, ok, fmt.Errorf("%s: %w", op, err)
		}
		if ok && !found.Grants(entry.Groups, entry.Policies) {
			return found, ok, &ExistsError{found}
		}
		return found, ok, nil
	}
	ctx = c.withBudget(ctx)
	if found, ok, err := existing(ctx); ok || err != nil {
		return found, false, err
	}
	body := entry.request()
	err = c.do(ctx, call{
		op: op, cluster: cluster, entry: entry.Principal,
		send: func(ctx context.Context) (*http.Response, error) { return c.api.CreateAccessEntry(ctx, id, body) },
		look: func(ctx context.Context) (done bool, err error) {
			created, done, err = existing(ctx)
			return done, err
		},
	})
	if err != nil || created.UUID != "" {
		return created, true, err
	}
	created, err = c.appeared(ctx, op, existing)
	return created, true, err
}

// appeared waits for an entry that was created to be in the list. The service is not known to need it, nor not to.
func (c *Client) appeared(ctx context.Context, op string, existing func(context.Context) (Entry, bool, error)) (Entry, error) {
	pause := c.retry.FirstPause
	for try := 1; ; try++ {
		found, ok, err := existing(ctx)
		if ok {
			return found, err
		}
		if err != nil || try == c.retry.MaxTries || time.Now().Add(pause).After(budget(ctx)) {
			return Entry{}, fmt.Errorf("%s: it was created, but looking for it failed: %w", op, lasting(err, ErrNotFound))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return Entry{}, fmt.Errorf("%s: it was created, but is not in the list yet: %w", op, ctx.Err())
		}
		pause *= 2
	}
}

func (e NewEntry) request() nks.CreateAccessEntryRequest {
	return nks.CreateAccessEntryRequest{Type: e.kind(), Entry: e.Principal, Groups: e.Groups, Policies: requestPolicies(e.Policies)}
}

// Update replaces what the entry with the UUID grants. Both lists are always sent in full, because no source says what leaving
// one out does.
func (c *Client) Update(ctx context.Context, cluster, entry string, groups []string, policies []Policy) error {
	if err := problem(stateProblems(groups, policies)); err != nil {
		return fmt.Errorf("update access entry %s on cluster %s: %w", clean(entry), clean(cluster), err)
	}
	return c.update(ctx, cluster, entry, groups, policies)
}

func (c *Client) update(ctx context.Context, cluster, entry string, groups []string, policies []Policy) error {
	op := fmt.Sprintf("update access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parsePath(op, cluster, entry)
	if err != nil {
		return err
	}
	body := updateRequest(groups, policies)
	return c.do(ctx, call{
		op: op, cluster: cluster, entry: entry,
		send: func(ctx context.Context) (*http.Response, error) {
			return c.api.UpdateAccessEntry(ctx, clusterID, entryID, body)
		},
	})
}

func updateRequest(groups []string, policies []Policy) nks.UpdateAccessEntryRequest {
	return nks.UpdateAccessEntryRequest{Groups: append([]string{}, groups...), Policies: requestPolicies(policies)}
}

// Delete shuts the principal of the entry with the UUID out of the cluster. When an attempt whose answer was lost is followed
// by a 404, that attempt did it.
func (c *Client) Delete(ctx context.Context, cluster, entry string) error {
	op := fmt.Sprintf("delete access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parsePath(op, cluster, entry)
	if err != nil {
		return err
	}
	return c.do(ctx, call{
		op: op, cluster: cluster, entry: entry, deletes: true,
		send: func(ctx context.Context) (*http.Response, error) {
			return c.api.DeleteAccessEntry(ctx, clusterID, entryID)
		},
	})
}

// Change is what an entry granted before and is to grant after.
type Change struct{ Before, After Entry }

// Grant adds groups and policies to the entry with the UUID or of the principal with the NRN: it reads, changes and replaces
// it, and sends nothing when it grants them already. The API knows no condition to replace on, so of two changes at the same
// moment one may undo the other.
func (c *Client) Grant(ctx context.Context, cluster, uuidOrNRN string, groups []string, policies []Policy) (Change, error) {
	return c.change(ctx, cluster, uuidOrNRN, groups, policies, Entry.Granting)
}

// Revoke takes groups and policies away from an entry, as Grant adds them.
func (c *Client) Revoke(ctx context.Context, cluster, uuidOrNRN string, groups []string, policies []Policy) (Change, error) {
	return c.change(ctx, cluster, uuidOrNRN, groups, policies, Entry.Revoking)
}

func (c *Client) change(ctx context.Context, cluster, uuidOrNRN string, groups []string, policies []Policy, change func(Entry, []string, []Policy) Entry) (Change, error) {
	if err := problem(stateProblems(groups, policies)); err != nil {
		return Change{}, fmt.Errorf("change access entry %s: %w", clean(uuidOrNRN), err)
	}
	before, err := c.Find(ctx, cluster, uuidOrNRN)
	if err != nil {
		return Change{}, err
	}
	made := Change{before, change(before, groups, policies)}
	return made, c.Apply(ctx, made)
}

// Apply replaces what the entry before the change grants with what it grants after, or sends nothing when that is the same.
// Policies that were there before are sent back as the service reported them, also those that this package does not know.
func (c *Client) Apply(ctx context.Context, change Change) error {
	before, after := change.Before, change.After
	if before.Grants(after.Groups, after.Policies) {
		return nil
	}
	var problems []Problem
	for _, p := range stateProblems(after.Groups, after.Policies) {
		if p.policy < 0 || !slices.ContainsFunc(before.Policies, after.Policies[p.policy].Equal) {
			problems = append(problems, p)
		}
	}
	if err := problem(problems); err != nil {
		return fmt.Errorf("update access entry %s on cluster %s: %w", clean(before.UUID), before.ClusterUUID, err)
	}
	return c.update(ctx, before.ClusterUUID, before.UUID, after.Groups, after.Policies)
}

func parsePath(op, cluster, entry string) (clusterID nks.ClusterUUID, entryID nks.EntryUUID, err error) {
	clusterID, err = parseUUID("cluster", cluster)
	if err == nil {
		entryID, err = parseUUID("entry", entry)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", op, err)
	}
	return clusterID, entryID, err
}

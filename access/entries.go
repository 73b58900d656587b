package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/gen/nks"
)

// List returns the access entries of a cluster. UUIDs and names of policies are as the service
// returns them.
func (c *Client) List(ctx context.Context, cluster string) ([]Entry, error) {
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return nil, fmt.Errorf("list access entries: %w", err)
	}
	var list nks.AccessEntryList
	err = c.read(ctx, call{
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
	err = c.read(ctx, call{
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

// complete reports whether an entry has the fields that the contract requires.
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

// lookUp looks for an entry in the list, by its UUID or the NRN of its principal.
func (c *Client) lookUp(ctx context.Context, cluster, uuidOrNRN string) (entry Entry, found bool, err error) {
	entries, err := c.List(ctx, cluster)
	if err != nil {
		return Entry{}, false, err
	}
	if i := slices.IndexFunc(entries, func(e Entry) bool {
		return e.Principal == uuidOrNRN || strings.EqualFold(e.UUID, uuidOrNRN)
	}); i >= 0 {
		return entries[i], true, nil
	}
	return Entry{}, false, nil
}

// appearWithin limits the wait for a created entry to appear in the list. The docs do not say
// whether the list is consistent right after a create.
const appearWithin = 30 * time.Second

// Create creates the entry of a principal and returns it with its UUID, which the API itself does
// not return. created is false if the principal already has an entry with the same groups and
// policies. If its entry differs, the error is an [*ExistsError].
//
// Create never makes two entries, even if the response is lost. It lists the entries before each
// attempt, because no source says what the service returns for a second entry of the same
// principal. If the outcome cannot be determined, the error is an [*UnknownOutcomeError].
func (c *Client) Create(ctx context.Context, cluster string, entry NewEntry) (_ Entry, created bool, err error) {
	op := fmt.Sprintf("create access entry for %s on cluster %s", clean(entry.Principal), clean(cluster))
	id, err := parseUUID("cluster", cluster)
	if err == nil {
		err = entry.Validate()
	}
	if err != nil {
		return Entry{}, false, fmt.Errorf("%s: %w", op, err)
	}
	var found Entry
	look := func(ctx context.Context) (bool, error) {
		existing, ok, err := c.lookUp(ctx, cluster, entry.Principal)
		switch {
		case err != nil:
			return false, fmt.Errorf("%s: %w", op, err)
		case ok && !existing.HasExactly(entry.Groups, entry.Policies):
			return false, &ExistsError{existing}
		}
		found = existing
		return ok, nil
	}
	ctx = c.withBudget(ctx)
	body := entry.request()
	sent, err := c.change(ctx, change{
		call: call{op: op, cluster: cluster, entry: entry.Principal, send: func(ctx context.Context) (*http.Response, error) {
			return c.api.CreateAccessEntry(ctx, id, body)
		}},
		done:      look,
		lookFirst: true,
	})
	if err == nil && found.UUID == "" {
		waitCtx, cancel := context.WithTimeout(ctx, appearWithin)
		defer cancel()
		if err = c.poll(waitCtx, func() (bool, error) { return look(waitCtx) }); err != nil && !errors.Is(err, ErrExists) {
			err = &UnknownOutcomeError{Op: op, ReadErr: err}
		}
	}
	if err != nil {
		return Entry{}, false, err
	}
	return found, sent, nil
}

func (e NewEntry) request() nks.CreateAccessEntryRequest {
	return nks.CreateAccessEntryRequest{Type: e.kind(), Entry: e.Principal, Groups: e.Groups, Policies: requestPolicies(e.Policies)}
}

// Update replaces the groups and policies of an entry. It always sends both lists, because no
// source says what leaving one out does.
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
	_, err = c.change(ctx, change{
		call: call{op: op, cluster: cluster, entry: entry, send: func(ctx context.Context) (*http.Response, error) {
			return c.api.UpdateAccessEntry(ctx, clusterID, entryID, body)
		}},
		done: func(ctx context.Context) (bool, error) {
			found, ok, err := c.lookUp(ctx, cluster, entry)
			return ok && found.HasExactly(groups, policies), err
		},
	})
	return err
}

func updateRequest(groups []string, policies []Policy) nks.UpdateAccessEntryRequest {
	return nks.UpdateAccessEntryRequest{Groups: append([]string{}, groups...), Policies: requestPolicies(policies)}
}

// Delete deletes an entry. It returns ErrNotFound if there is no such entry. It succeeds only if
// the entry is no longer in the list: a 404 alone may come from a proxy.
func (c *Client) Delete(ctx context.Context, cluster, entry string) error {
	op := fmt.Sprintf("delete access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parsePath(op, cluster, entry)
	if err != nil {
		return err
	}
	ctx = c.withBudget(ctx)
	gone := func(ctx context.Context) (bool, error) {
		_, listed, err := c.lookUp(ctx, cluster, entry)
		return err == nil && !listed, err
	}
	_, err = c.change(ctx, change{
		call: call{op: op, cluster: cluster, entry: entry, send: func(ctx context.Context) (*http.Response, error) {
			return c.api.DeleteAccessEntry(ctx, clusterID, entryID)
		}},
		done: gone,
	})
	if errors.Is(err, ErrNotFound) {
		return c.confirmNotFound(ctx, err, gone)
	}
	return err
}

// confirmNotFound returns err, a 404 of a delete, if the entry is not in the list. Otherwise the
// 404 is not from the service, and the error is ErrUnavailable.
func (c *Client) confirmNotFound(ctx context.Context, err error, gone func(context.Context) (bool, error)) error {
	isGone, lookErr := gone(ctx)
	var failed, look *Error
	noCluster := errors.Is(lookErr, ErrNotFound) && errors.As(lookErr, &look) && !look.html
	if isGone || noCluster || !errors.As(err, &failed) {
		return err
	}
	failed.contradicted = true
	failed.Details = "the entry is still in the list, so the response is not from the service"
	if lookErr != nil {
		failed.Details = "reading the list to confirm it failed: " + reason(lookErr)
	}
	return err
}

// Change is an entry before and after a change.
type Change struct{ Before, After Entry }

// Grant adds groups and policies to the entry with the UUID, or of the principal with the NRN. It
// reads the entry, and replaces it unless it has them already. The API has no conditional update,
// so one of two changes at the same moment may undo the other.
func (c *Client) Grant(
	ctx context.Context, cluster, uuidOrNRN string, groups []string, policies []Policy,
) (Change, error) {
	return c.modify(ctx, cluster, uuidOrNRN, groups, policies, Entry.Granting)
}

// Revoke removes groups and policies from an entry, as Grant adds them.
func (c *Client) Revoke(
	ctx context.Context, cluster, uuidOrNRN string, groups []string, policies []Policy,
) (Change, error) {
	return c.modify(ctx, cluster, uuidOrNRN, groups, policies, Entry.Revoking)
}

func (c *Client) modify(
	ctx context.Context, cluster, uuidOrNRN string, groups []string, policies []Policy,
	after func(Entry, []string, []Policy) Entry,
) (Change, error) {
	if err := problem(stateProblems(groups, policies)); err != nil {
		return Change{}, fmt.Errorf("change access entry %s: %w", clean(uuidOrNRN), err)
	}
	before, err := c.Find(ctx, cluster, uuidOrNRN)
	if err != nil {
		return Change{}, err
	}
	change := Change{before, after(before, groups, policies)}
	return change, c.Apply(ctx, change)
}

// Apply replaces the groups and policies of change.Before with those of change.After. It sends
// nothing if they are the same. Policies of change.Before that this package does not know are sent
// back as they are.
func (c *Client) Apply(ctx context.Context, change Change) error {
	before, after := change.Before, change.After
	if before.HasExactly(after.Groups, after.Policies) {
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

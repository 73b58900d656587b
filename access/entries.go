package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
)

// List returns the access entries of a cluster. UUIDs and names of policies are as the service
// returns them.
func (c *Client) List(ctx context.Context, cluster string) ([]Entry, error) {
	op := "list access entries on cluster " + clean(cluster)
	list, err := read(ctx, c, call{
		op: op, ids: []string{cluster},
		send: func(ctx context.Context) (*http.Response, error) {
			return c.api.ListAccessEntries(ctx, uuid.MustParse(cluster))
		},
	}, func(list nks.AccessEntryList) bool {
		return list.AccessEntries != nil && !slices.ContainsFunc(list.AccessEntries, incomplete)
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
	result, err := read(ctx, c, call{
		op: op, ids: []string{cluster, entry},
		send: func(ctx context.Context) (*http.Response, error) {
			return c.api.GetAccessEntry(ctx, uuid.MustParse(cluster), uuid.MustParse(entry))
		},
	}, func(result nks.AccessEntryResult) bool { return !incomplete(result.AccessEntry) })
	if err != nil {
		return Entry{}, err
	}
	return entryFrom(cluster, result.AccessEntry), nil
}

// incomplete reports whether an entry lacks a field that the contract requires.
func incomplete(e nks.AccessEntry) bool { return e.UUID == "" || e.Entry == "" }

// Find returns the access entry with the UUID, or of the principal with the NRN.
func (c *Client) Find(ctx context.Context, cluster, uuidOrNRN string) (Entry, error) {
	if IsUUID(uuidOrNRN) {
		return c.Get(ctx, cluster, uuidOrNRN)
	}
	if rule := nrnRule(uuidOrNRN); rule != "" {
		rule = "must be a UUID, or " + strings.TrimPrefix(rule, "must be ")
		return Entry{}, fmt.Errorf("find access entry: %w", violation("entry", rule))
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
	i := slices.IndexFunc(entries, func(e Entry) bool {
		return e.Principal == uuidOrNRN || strings.EqualFold(e.UUID, uuidOrNRN)
	})
	if err != nil || i < 0 {
		return Entry{}, false, err
	}
	return entries[i], true, nil
}

// Create creates the entry of a principal and returns it with its UUID, which the API itself does
// not return. created is false if the principal already has an entry with the same groups and
// policies. If its entry differs, the error is an [*ExistsError].
//
// Create never makes two entries, even if the response is lost. It lists the entries before each
// attempt, because no source says what the service returns for a second entry of the same
// principal. If the outcome cannot be determined, the error is an [*UnknownOutcomeError].
func (c *Client) Create(ctx context.Context, cluster string, entry NewEntry) (_ Entry, created bool, err error) {
	op := fmt.Sprintf("create access entry for %s on cluster %s", clean(entry.Principal), clean(cluster))
	body := entry.request()
	var found Entry
	created, err = c.change(ctx, change{
		call: call{
			op: op, ids: []string{cluster}, decode: isClusterUUID, invalid: entry.Validate(),
			send: func(ctx context.Context) (*http.Response, error) {
				return c.api.CreateAccessEntry(ctx, uuid.MustParse(cluster), body)
			},
		},
		done: func(ctx context.Context) (ok bool, err error) {
			found, ok, err = c.lookUp(ctx, cluster, entry.Principal)
			switch {
			case err != nil:
				return false, fmt.Errorf("%s: %w", op, err)
			case ok && !found.HasExactly(entry.Groups, entry.Policies):
				return false, &ExistsError{found}
			}
			return ok, nil
		},
		lookFirst: true,
		confirm:   true, // and learn the UUID
		repeated:  []int{http.StatusBadRequest, http.StatusConflict},
	})
	if err != nil {
		return Entry{}, false, err
	}
	return found, created, nil
}

func (e NewEntry) request() nks.CreateAccessEntryRequest {
	policies := requestPolicies(e.Policies)
	return nks.CreateAccessEntryRequest{Type: e.kind(), Entry: e.Principal, Groups: e.Groups, Policies: policies}
}

// Update replaces the groups and policies of an entry. It always sends both lists, because no
// source says what leaving one out does.
func (c *Client) Update(ctx context.Context, cluster, entry string, groups []string, policies []Policy) error {
	return c.update(ctx, cluster, entry, groups, policies, nil)
}

// update accepts policies that are invalid if they are among the known ones.
func (c *Client) update(
	ctx context.Context, cluster, entry string, groups []string, policies, known []Policy,
) error {
	op := fmt.Sprintf("update access entry %s on cluster %s", clean(entry), clean(cluster))
	body := updateRequest(groups, policies)
	_, err := c.change(ctx, change{
		call: call{
			op: op, ids: []string{cluster, entry}, decode: isClusterUUID,
			invalid: problem(stateProblems(groups, policies, known)),
			send: func(ctx context.Context) (*http.Response, error) {
				return c.api.UpdateAccessEntry(ctx, uuid.MustParse(cluster), uuid.MustParse(entry), body)
			},
		},
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
// the entry is no longer in the list, because a response may come from a proxy.
func (c *Client) Delete(ctx context.Context, cluster, entry string) error {
	op := fmt.Sprintf("delete access entry %s on cluster %s", clean(entry), clean(cluster))
	there := false // by the last look
	_, err := c.change(ctx, change{
		call: call{
			op: op, ids: []string{cluster, entry},
			send: func(ctx context.Context) (*http.Response, error) {
				return c.api.DeleteAccessEntry(ctx, uuid.MustParse(cluster), uuid.MustParse(entry))
			},
			decode: func([]byte) bool { return true },
		},
		done: func(ctx context.Context) (bool, error) {
			_, listed, err := c.lookUp(ctx, cluster, entry)
			var failed *Error // only the gateway and the service send a code: there is no such cluster
			noCluster := errors.Is(err, ErrNotFound) && errors.As(err, &failed) && failed.Code != ""
			there = listed || err != nil && !noCluster
			return err == nil && !listed, err
		},
		confirm:  true,
		repeated: []int{http.StatusNotFound},
	})
	if there && errors.Is(err, ErrNotFound) {
		return &Error{Op: op, Err: fmt.Errorf("%s, which the list of entries does not confirm", reason(err))}
	}
	return err
}

// isClusterUUID reports whether a body is the response to a change.
func isClusterUUID(body []byte) bool {
	var result nks.ChangeResult
	return json.Unmarshal(body, &result) == nil && result.UUID != ""
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
	if err := problem(stateProblems(groups, policies, nil)); err != nil {
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
	return c.update(ctx, before.ClusterUUID, before.UUID, after.Groups, after.Policies, before.Policies)
}

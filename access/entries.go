package access

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gateway"
)

// List returns the access entries of a cluster. UUIDs and names of policies are as the service
// returns them.
func (c *Client) List(ctx context.Context, cluster string) ([]Entry, error) {
	op := "list access entries on cluster " + clean(cluster)
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return nil, gateway.During(op, err)
	}
	return c.list(ctx, op, id)
}

func (c *Client) list(ctx context.Context, op string, cluster uuid.UUID) ([]Entry, error) {
	return read(ctx, c, op, func(ctx context.Context) ([]Entry, error) { return c.service.list(ctx, cluster) })
}

// Get returns the access entry with the UUID. The error is [ErrNotFound] if there is none.
func (c *Client) Get(ctx context.Context, cluster, entry string) (Entry, error) {
	op := fmt.Sprintf("get access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parseUUIDs(cluster, entry)
	if err != nil {
		return Entry{}, gateway.During(op, err)
	}
	return read(ctx, c, op, func(ctx context.Context) (Entry, error) { return c.service.get(ctx, clusterID, entryID) })
}

// Find returns the access entry with the UUID, or of the principal with the NRN. The error is
// [ErrNotFound] if there is none, and [ErrAmbiguous] if the principal has more than one.
func (c *Client) Find(ctx context.Context, cluster, uuidOrNRN string) (Entry, error) {
	if IsUUID(uuidOrNRN) {
		return c.Get(ctx, cluster, uuidOrNRN)
	}
	op := fmt.Sprintf("find access entry for %s on cluster %s", clean(uuidOrNRN), clean(cluster))
	if err := checkUUIDOrNRN(uuidOrNRN); err != nil {
		return Entry{}, gateway.During(op, err)
	}
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return Entry{}, gateway.During(op, err)
	}
	entries, err := c.list(ctx, op, id)
	if err != nil {
		return Entry{}, err
	}
	entry, err := findListed(uuidOrNRN)(entries)
	return entry, gateway.During(op, err)
}

// checkUUIDOrNRN accepts every NRN that an entry can have, also of a form that this package does not
// know.
func checkUUIDOrNRN(text string) error {
	if IsUUID(text) || len(uncheckedProblems(text)) == 0 {
		return nil
	}
	var found problems
	found.add(Path{"entry"}, "must be a UUID, or an NRN such as %s, not %q", exampleNRN, text)
	return found.err()
}

func parseUUIDs(cluster, entry string) (clusterID, entryID uuid.UUID, err error) {
	clusterID, err = parseUUID("cluster", cluster)
	if err != nil {
		return clusterID, entryID, err
	}
	entryID, err = parseUUID("entry", entry)
	return clusterID, entryID, err
}

// Create creates the entry of a principal and returns it with its UUID, which the API itself does not
// return. If the principal already has an entry, the error is an [*ExistsError].
//
// Create never makes two entries, even if the response is lost. It lists the entries before each
// attempt, because no source says what the service returns for a second entry of the same principal.
// It sends no second request after one that may have arrived: if the entry does not show up, the
// error is an [*UnknownOutcomeError]. Calling Create again is safe once the first request cannot
// arrive any more, five minutes after it was signed at the latest.
func (c *Client) Create(ctx context.Context, cluster string, entry NewEntry, opts ...WriteOption) (Entry, error) {
	created, _, err := c.create(ctx, cluster, entry, false, opts)
	return created, err
}

// Ensure is Create, but an entry of the principal that grants the same is fine: Ensure returns it,
// and created is false. If the entry grants something else, the error is an [*ExistsError].
func (c *Client) Ensure(
	ctx context.Context, cluster string, entry NewEntry, opts ...WriteOption,
) (found Entry, created bool, err error) {
	return c.create(ctx, cluster, entry, true, opts)
}

func (c *Client) create(
	ctx context.Context, cluster string, entry NewEntry, ensure bool, opts []WriteOption,
) (found Entry, created bool, err error) {
	op := fmt.Sprintf("create access entry for %s on cluster %s", clean(string(entry.Principal)), clean(cluster))
	id, err := parseUUID("cluster", cluster)
	if err == nil {
		err = entry.Validate()
	}
	if err != nil {
		return Entry{}, false, gateway.During(op, err)
	}
	w := &creation{
		subject: subject{client: c, op: op, cluster: id, conditions: newConditions(opts)},
		entry:   entry, ensure: ensure,
	}
	if err := c.make(ctx, w); err != nil {
		return Entry{}, false, err
	}
	return w.found, w.sent, nil
}

// Update replaces the groups and policies of the entry with the UUID. It sends nothing if the entry
// grants them already. It always sends both lists, because no source says what leaving one out does.
// Policies that the entry has are not validated, and fields of them that this package does not know
// are sent back. It returns [ErrNotFound] if there is no such entry, and [ErrNoAdmin] and
// [ErrUnknownOutcome] as the package comment says.
func (c *Client) Update(ctx context.Context, cluster, entry string, grants Grants, opts ...WriteOption) error {
	op := fmt.Sprintf("update access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parseUUIDs(cluster, entry)
	if err != nil {
		return gateway.During(op, err)
	}
	return c.make(ctx, &replacement{
		subject: subject{client: c, op: op, cluster: clusterID, conditions: newConditions(opts)},
		id:      entryID,
		find:    findByUUID(clusterID, entryID),
		wanted:  func(Grants) Grants { return grants.Filled() },
	})
}

// Modify replaces the grants of the entry with the UUID, or of the principal with the NRN, by what
// wanted makes of them. It calls wanted with the newest grants before each attempt. It sends nothing
// if they stay the same. The API has no conditional update, so one of two changes within the time of
// one request may undo the other. If an earlier attempt may arrive yet and undo what somebody else has
// changed since, the error is an [*UnknownOutcomeError]. A success returns the change that was made;
// before and after are the same if there was nothing to change.
func (c *Client) Modify(
	ctx context.Context, cluster, uuidOrNRN string, wanted func(Grants) Grants, opts ...WriteOption,
) (Change, error) {
	op := fmt.Sprintf("change access entry %s on cluster %s", clean(uuidOrNRN), clean(cluster))
	id, err := parseUUID("cluster", cluster)
	if err == nil {
		err = checkUUIDOrNRN(uuidOrNRN)
	}
	if err != nil {
		return Change{}, gateway.During(op, err)
	}
	w := &replacement{
		subject: subject{client: c, op: op, cluster: id, conditions: newConditions(opts)},
		find:    findListed(uuidOrNRN),
		wanted:  wanted,
	}
	err = c.make(ctx, w)
	if err == nil {
		err = w.overtaken()
	}
	return w.result(), err
}

// Grant adds groups and policies to an entry; see [Client.Modify]. It returns a [*ValidationError] for
// grants that a request does not accept.
func (c *Client) Grant(
	ctx context.Context, cluster, uuidOrNRN string, more Grants, opts ...WriteOption,
) (Change, error) {
	if err := more.Validate(); err != nil {
		return Change{}, gateway.During("grant", err)
	}
	return c.Modify(ctx, cluster, uuidOrNRN, func(g Grants) Grants { return g.With(more) }, opts...)
}

// Revoke removes groups and policies from an entry; see [Client.Modify]. A policy for namespaces is
// removed from those namespaces, and disappears with the last one. A policy for the whole cluster is
// removed only as such: revoking a namespace from it changes nothing. Types and names may be any that an
// entry can have. It returns a [*ValidationError] for policies that cannot be part of an entry.
func (c *Client) Revoke(
	ctx context.Context, cluster, uuidOrNRN string, less Grants, opts ...WriteOption,
) (Change, error) {
	if err := less.checkForm(); err != nil {
		return Change{}, gateway.During("revoke", err)
	}
	return c.Modify(ctx, cluster, uuidOrNRN, func(g Grants) Grants { return g.Without(less) }, opts...)
}

// Delete deletes the entry with the UUID. It returns [ErrNotFound] if there is no such entry. It
// succeeds only if the entry is no longer in the list, because a response may come from a proxy.
func (c *Client) Delete(ctx context.Context, cluster, entry string, opts ...WriteOption) error {
	op := fmt.Sprintf("delete access entry %s on cluster %s", clean(entry), clean(cluster))
	clusterID, entryID, err := parseUUIDs(cluster, entry)
	if err != nil {
		return gateway.During(op, err)
	}
	return c.make(ctx, &deletion{
		subject: subject{client: c, op: op, cluster: clusterID, conditions: newConditions(opts)},
		id:      entryID,
	})
}

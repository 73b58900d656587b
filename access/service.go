package access

import (
	"context"

	"github.com/google/uuid"
)

// service is the part of the API of NKS that the client needs, in words of the domain. Each method
// makes one attempt. v2.go speaks version 2 of the API.
//
// An error is an [*Error] without Op, or says why the request was not sent. A success that is not
// what the contract says is an error, too.
type service interface {
	clusters(ctx context.Context) ([]Cluster, error)
	cluster(ctx context.Context, cluster uuid.UUID) (Cluster, error)
	list(ctx context.Context, cluster uuid.UUID) ([]Entry, error)
	get(ctx context.Context, cluster, entry uuid.UUID) (Entry, error)
	create(ctx context.Context, cluster uuid.UUID, entry NewEntry) error
	update(ctx context.Context, cluster, entry uuid.UUID, grants Grants) error
	remove(ctx context.Context, cluster, entry uuid.UUID) error
	enableEntries(ctx context.Context, cluster uuid.UUID) error
}

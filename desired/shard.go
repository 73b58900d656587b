package desired

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// Shard returns the file with only the clusters of share i of n. Shares are counted from 0, like
// the pods of an Indexed Job. Every cluster is in exactly one share. The share depends only on the
// name of the cluster in the file and on n, so adding or removing a cluster moves no other cluster.
func (f *File) Shard(i, n int) (*File, error) {
	if n < 1 || i < 0 || i >= n {
		n = max(n, 1)
		return nil, fmt.Errorf("unknown shard %d (want 0/%d to %d/%d)", i, n, n-1, n)
	}
	share := *f
	share.Clusters = slices.DeleteFunc(slices.Clone(f.Clusters), func(c Cluster) bool {
		sum := sha256.Sum256([]byte(c.Name))
		return binary.BigEndian.Uint64(sum[:8])%uint64(n) != uint64(i)
	})
	return &share, nil
}

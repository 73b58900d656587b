package desired

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// Shard returns the file with the share of its clusters that is number i of n, counted from 0 as
// the pods of an Indexed Job are. Every cluster is in exactly one share. The share of a cluster
// depends on its name in the file and on n alone, so clusters that come or go move no other.
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

package desired

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// Shard returns the file with only the clusters of shard i of n. Shards are counted from 0, like
// the pods of an Indexed Job. Every cluster is in exactly one shard, which depends only on n and on
// the name of the cluster in the file, so adding or removing a cluster moves no other cluster. The
// shard still knows the other clusters, so that [File.Read] finds a cluster that is also listed
// there. The error says which shards exist.
func (f *File) Shard(i, n int) (*File, error) {
	if n < 1 || i < 0 || i >= n {
		n = max(n, 1)
		return nil, fmt.Errorf("unknown shard %d (want 0/%d to %d/%d)", i, n, n-1, n)
	}
	shard := *f
	shard.Clusters = nil
	shard.elsewhere = slices.Clip(f.elsewhere)
	for _, target := range f.Clusters {
		if shardOf(target, n) == i {
			shard.Clusters = append(shard.Clusters, target)
		} else {
			shard.elsewhere = append(shard.elsewhere, target)
		}
	}
	return &shard, nil
}

func shardOf(target Target, n int) int {
	sum := sha256.Sum256([]byte(target.Name))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))
}

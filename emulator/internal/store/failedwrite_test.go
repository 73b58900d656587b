package store

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/nks-access/nks-access/gen/nks"
)

// A write that fails may be in the file all the same: a sync can fail after the file has changed.
// The store then shows what is in the file.
func TestFailedWriteThatIsInTheFile(t *testing.T) {
	s, err := OpenFile(filepath.Join(t.TempDir(), "nks.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, entry := range []nks.AccessEntry{{UUID: "1", Entry: "a"}, {UUID: "2", Entry: "b"}} {
		if err := s.Create("cluster/of a test", entry, true); err != nil {
			t.Fatal(err)
		}
	}
	disk := s.disk.(*file)
	err = disk.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(rootBucket).Bucket(entriesBucket).Delete(key("cluster/of a test", "1"))
	})
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("the disk failed")
	if err := disk.update(func(*bbolt.Tx) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if list := s.List("cluster/of a test"); len(list) != 1 || list[0].UUID != "2" {
		t.Errorf("got %v", list)
	}
	if err := s.Create("cluster/of a test", nks.AccessEntry{UUID: "3", Entry: "a"}, true); err != nil {
		t.Errorf("the principal is taken: %v", err)
	}
}

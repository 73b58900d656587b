package store_test

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/emulator/internal/store"
	"github.com/nks-access/nks-access/gen/nks"
)

// The attacks go on for this long. Without it they make a few rounds.
var attackFor = flag.Duration("attack", 0, "how long each attack goes on")

var attackStart = time.Now()

// attacking reports whether an attack goes on after some rounds: up to so many, or for as long as
// -attack says.
func attacking(rounds, done int) bool {
	if *attackFor == 0 {
		return done < rounds
	}
	return time.Since(attackStart) < *attackFor
}

// crashFile is set in the process that is to be killed.
const crashFile = "NKS_ACCESS_CRASH_FILE"

// An entry is created, updated, and deleted. What it holds follows from how far it came, so that a
// half-written one shows.
const (
	absent = iota - 1
	created
	updated
	deleted
)

func crashEntry(id string, state int) nks.AccessEntry {
	entry := nks.AccessEntry{UUID: id, ClusterUUID: oneCluster, Entry: "nrn:PUB:IAM::5000008:SubAccount/" + id}
	for range 5 + state*10 {
		entry.Groups = append(entry.Groups, strconv.Itoa(state))
		entry.Policies = append(entry.Policies, nks.AttachedPolicy{Type: strconv.Itoa(state), Scope: "Cluster"})
	}
	return entry
}

// writeUntilKilled writes from several goroutines, and says what it is about to write and what is
// written.
func writeUntilKilled(path string) {
	say := func(words ...any) {
		if _, err := fmt.Println(words...); err != nil {
			os.Exit(1) // nobody listens any more
		}
	}
	say("open")
	s, err := store.OpenFile(path)
	if err != nil {
		say("error", err)
		return
	}
	for range 3 {
		go func() {
			for i := 0; ; i++ {
				id := uuid.NewString()
				for state := created; state <= i%3; state++ {
					say("write", id, state)
					var err error
					switch state {
					case created:
						err = s.Create(oneCluster, crashEntry(id, created), true)
					case updated:
						err = s.Update(oneCluster, id, func(e *nks.AccessEntry) { *e = crashEntry(id, updated) })
					case deleted:
						err = s.Delete(oneCluster, id)
					}
					if err != nil {
						say("error", err)
						return
					}
					say("wrote", id, state)
				}
			}
		}()
	}
	select {}
}

// progress is how far an entry came for certain, and how far it may have come.
type progress struct{ wrote, write int }

// runAndKill lets a process write to a file, and kills it after so many acknowledged changes, or
// after some milliseconds if that is 0. It returns how far the entries came that the process wrote.
func runAndKill(t *testing.T, path string, changes int) map[string]progress {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	entries := map[string]progress{}
	for lines := bufio.NewReader(stdout); ; {
		line, err := lines.ReadString('\n')
		if err != nil { // it is gone
			break
		}
		words := strings.Fields(line)
		switch words[0] {
		case "open":
			if changes == 0 {
				time.AfterFunc(rand.N(10*time.Millisecond), func() { _ = child.Process.Kill() })
			}
		case "write", "wrote":
			state, err := strconv.Atoi(words[2])
			if err != nil {
				t.Fatal(err)
			}
			entry := progress{wrote: state - 1, write: state}
			if words[0] == "wrote" {
				entry.wrote = state
				if changes--; changes == 0 {
					_ = child.Process.Kill()
				}
			}
			entries[words[1]] = entry
		default:
			t.Errorf("the writer says: %s", line)
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil {
		t.Error("the writer was not killed")
	}
	return entries
}

// Whenever the emulator is killed, what it has acknowledged is there, and nothing is there by half.
func TestKilledWriter(t *testing.T) {
	if path := os.Getenv(crashFile); path != "" {
		writeUntilKilled(path)
		return
	}
	path := filepath.Join(t.TempDir(), "nks.db")
	entries := []nks.AccessEntry{}
	kills := 0
	attackStart = time.Now()
	for ; attacking(15, kills); kills++ {
		entries = checkKilled(t, path, entries, runAndKill(t, path, 1+rand.IntN(60)))
	}
	t.Logf("%d kills, %d entries are there", kills, len(entries))
}

func TestKilledWhileItMakesTheFile(t *testing.T) {
	kills := 0
	attackStart = time.Now()
	for ; attacking(10, kills); kills++ {
		path := filepath.Join(t.TempDir(), "nks.db")
		wrote := runAndKill(t, path, 0)
		// The operating system may cut the write that makes the file, of four pages.
		if info, err := os.Stat(path); len(wrote) == 0 && err == nil && info.Size() < 4*int64(os.Getpagesize()) {
			continue
		}
		checkKilled(t, path, []nks.AccessEntry{}, wrote)
	}
	t.Logf("%d kills", kills)
}

// checkKilled checks that a file holds the entries from before, and those after them that were
// written since.
func checkKilled(t *testing.T, path string, before []nks.AccessEntry, wrote map[string]progress) []nks.AccessEntry {
	t.Helper()
	s := openFile(t, path)
	list := s.List(oneCluster)
	if len(list) < len(before) || !reflect.DeepEqual(list[:len(before)], before) {
		t.Fatal("what was there before has changed")
	}
	found := map[string]int{}
	for _, entry := range list[len(before):] {
		state, err := strconv.Atoi(entry.Groups[0])
		if err != nil || !reflect.DeepEqual(entry, crashEntry(entry.UUID, state)) {
			t.Errorf("half written: %+v", entry)
		}
		if _, ok := wrote[entry.UUID]; !ok {
			t.Errorf("nobody wrote %+v", entry)
		}
		found[entry.UUID] = state
	}
	for id, entry := range wrote {
		state, there := found[id]
		if !there && entry.write == deleted {
			state = deleted
		} else if !there {
			state = absent
		}
		if state != entry.wrote && state != entry.write {
			t.Errorf("%s is in state %d, although %d was acknowledged", id, state, entry.wrote)
		}
		// All those that were cut off, and some of the others.
		if entry.write != entry.wrote || rand.IntN(20) == 0 {
			checkIndex(t, s, id, there)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return list
}

// checkIndex checks that a principal is taken when its entry is there, and free when it is not.
func checkIndex(t *testing.T, s *store.Store, id string, there bool) {
	t.Helper()
	err := s.Create(oneCluster, crashEntry(id, created), true)
	if exists, ok := err.(*store.ExistsError); there && (!ok || exists.UUID != id) {
		t.Errorf("the principal of %s is free: %v", id, err)
	}
	if there {
		return
	}
	if err != nil {
		t.Errorf("the principal of %s is taken: %v", id, err)
	} else if err := s.Delete(oneCluster, id); err != nil {
		t.Error(err)
	}
}

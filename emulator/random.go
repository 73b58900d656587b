package emulator

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// random makes UUIDs and decides which requests a fault hits. With a seed it does the same in every
// run.
type random struct {
	seed   uint64 // 0 for none
	mu     sync.Mutex
	source *rand.ChaCha8
}

// restart starts from the seed, again or for the first time.
func (r *random) restart() {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], cmp.Or(r.seed, rand.Uint64()))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source = rand.NewChaCha8(key)
}

func (r *random) uuid() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return uuid.Must(uuid.NewRandomFromReader(r.source)).String() // the source never fails
}

func (r *random) hit(probability float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return probability > 0 && rand.New(r.source).Float64() < probability
}

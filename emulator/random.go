package emulator

import (
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"
)

// random makes UUIDs and decides which requests a fault hits. With a seed it does the same in every
// run.
type random struct {
	mu     sync.Mutex
	seed   uint64
	source *rand.Rand // nil without a seed
}

func newRandom(seed uint64) *random {
	r := &random{seed: seed}
	r.restart()
	return r
}

// restart starts again from the seed.
func (r *random) restart() {
	if r.seed == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source = rand.New(rand.NewPCG(r.seed, r.seed))
}

func (r *random) uuid() string {
	if r.seed == 0 {
		return uuid.NewString()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var id uuid.UUID
	for i := range id {
		id[i] = byte(r.source.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4 of RFC 9562
	return id.String()
}

func (r *random) hit(probability float64) bool {
	if probability == 0 {
		return false
	}
	if r.seed == 0 {
		return rand.Float64() < probability
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Float64() < probability
}

// reserve takes a request from the limiter. If there is none, it returns the seconds to wait,
// rounded up.
func reserve(limiter *rate.Limiter, now time.Time) (retryAfter string, ok bool) {
	reservation := limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return "", true
	}
	reservation.CancelAt(now)
	return strconv.Itoa(int(math.Ceil(wait.Seconds()))), false
}

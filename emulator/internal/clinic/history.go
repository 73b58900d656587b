package clinic

import (
	"strconv"
	"sync"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/signature"
)

// maxHistory is how many timestamps are remembered.
const maxHistory = 1000

// history remembers which timestamps came with which access key, and when. Its zero value is empty.
type history struct {
	mu    sync.Mutex
	seen  map[sighting]time.Time // when it came first
	order []sighting             // oldest first
	right map[string]time.Time   // when the last right timestamp came, by access key
}

type sighting struct{ accessKey, timestamp string }

// add notes a timestamp. Long ones are no timestamps, and would cost memory.
func (h *history) add(accessKey, timestamp string, now time.Time) {
	if timestamp == "" || len(timestamp) > 20 || len(accessKey) > 100 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil {
		h.seen = map[sighting]time.Time{}
		h.right = map[string]time.Time{}
	}
	if isRight(timestamp, now) {
		if len(h.right) >= maxHistory {
			clear(h.right)
		}
		h.right[accessKey] = now
	}
	s := sighting{accessKey, timestamp}
	if _, known := h.seen[s]; known {
		return
	}
	if len(h.order) >= maxHistory {
		delete(h.seen, h.order[0])
		h.order = h.order[1:]
	}
	h.seen[s] = now
	h.order = append(h.order, s)
}

func isRight(timestamp string, now time.Time) bool {
	milliseconds, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && time.UnixMilli(milliseconds).Sub(now).Abs() <= signature.MaxSkew
}

// first returns when a timestamp came first.
func (h *history) first(accessKey, timestamp string) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, ok := h.seen[sighting{accessKey, timestamp}]
	return at, ok
}

// recentlyRight reports whether the access key came with a right timestamp in the last minutes.
func (h *history) recentlyRight(accessKey string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, ok := h.right[accessKey]
	return ok && now.Sub(at).Abs() <= signature.MaxSkew
}

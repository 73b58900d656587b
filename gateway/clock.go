package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/nks-access/nks-access/signer"
)

const (
	// clockTolerance is how far clocks may differ before a 401 is taken for the mistake of a clock. The
	// gateway tolerates five minutes.
	clockTolerance = time.Minute
	// largestCorrection limits what a server can do with a false date. Whoever sees a signature can use
	// it around the time it was made for. A false date of a year ahead would give a signature for use
	// in a year, and one of years ago would do no good. Clocks that are kept by hand are wrong by
	// minutes.
	largestCorrection = time.Hour
)

// clock is the local clock, corrected by what the gateway says of the time.
type clock struct {
	local  func() time.Time
	offset atomic.Int64
}

func newClock(local func() time.Time) *clock { return &clock{local: local} }

func (c *clock) now() time.Time { return c.local().Add(c.correction()) }

func (c *clock) correction() time.Duration { return time.Duration(c.offset.Load()) }

// clockChecked corrects the clock if a 401 and the date of its response show that the time of the
// request was wrong. Then it sends the request once more.
func (g *Gateway) clockChecked(next handler) handler {
	return func(req *http.Request) (*http.Response, error) {
		signedWith := g.clock.correction()
		resp, err := next(req)
		var refused *Error
		if !errors.Is(err, ErrUnauthenticated) || !errors.As(err, &refused) || refused.date.IsZero() {
			return resp, err
		}
		offset := refused.date.Sub(g.clock.local())
		if (offset - signedWith).Abs() <= clockTolerance {
			return resp, err
		}
		if offset.Abs() > largestCorrection {
			refused.hint = fmt.Sprintf("the clock of this machine and the date of the response differ by %s; "+
				"up to %s is corrected; set the clock", offset.Round(time.Second).Abs(), largestCorrection)
			return resp, err
		}
		again, copyErr := copyOf(req)
		if copyErr != nil {
			return resp, err
		}
		g.correctClock(offset)
		return next(again)
	}
}

// correctClock sets the offset, unless another request has done so.
func (g *Gateway) correctClock(offset time.Duration) {
	if (offset - g.clock.correction()).Abs() <= clockTolerance {
		return
	}
	g.clock.offset.Store(int64(offset))
	g.config.OnWarning(fmt.Sprintf("The clock of this machine is off by %s. Requests are signed with the time of the service.",
		offset.Round(time.Second).Abs()))
}

// copyOf returns a copy of a request that can be sent after the request has been sent.
func copyOf(req *http.Request) (*http.Request, error) {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, nil
	}
	if req.GetBody == nil {
		return nil, errors.New("the body of the request can be read only once")
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	again.Body = body
	return again, nil
}

// expiring returns the key pairs of a provider until they expire by the local clock. The signer then
// does not compare the expiry with its corrected clock, so a false date of a server makes no key
// pair expire.
type expiring struct {
	provider signer.Provider
	local    func() time.Time
}

func (e expiring) Credentials(ctx context.Context) (signer.Credentials, error) {
	pair, err := e.provider.Credentials(ctx)
	if err != nil {
		return signer.Credentials{}, err
	}
	if !pair.Expires.IsZero() && !e.local().Before(pair.Expires) {
		return signer.Credentials{}, fmt.Errorf("credentials expired at %s", pair.Expires.UTC().Format(time.RFC3339))
	}
	pair.Expires = time.Time{}
	return pair, nil
}

package gateway

import (
	"context"
	"fmt"
	"io"

	"github.com/nks-access/nks-access/internal/jsonlimit"
)

// maxResponseBytes is the limit of a response, unless LimitResponse sets a lower one.
const maxResponseBytes = 10 << 20

type limitKey struct{}

// LimitResponse returns a context whose requests accept responses of up to so many bytes. A larger one
// fails with [ErrTooLarge]. It cannot raise the limit of 10 MiB.
func LimitResponse(ctx context.Context, bytes int) context.Context {
	return context.WithValue(ctx, limitKey{}, bytes)
}

func responseLimit(ctx context.Context) int {
	bytes, isSet := ctx.Value(limitKey{}).(int)
	if !isSet {
		return maxResponseBytes
	}
	return min(bytes, maxResponseBytes)
}

// valuesOf returns how much JSON a response of so many bytes may hold. Lists of real entries stay below
// both. A response of the limit takes some 200 MB to decode.
func valuesOf(bytes int) jsonlimit.Limit {
	return jsonlimit.Limit{Objects: bytes / 50, Values: bytes / 20}
}

// readLimited reads a body up to the limit and one byte more, so that a larger one shows.
func readLimited(body io.Reader, limit int) ([]byte, error) {
	return io.ReadAll(io.LimitReader(body, int64(limit)+1))
}

// checkSize returns why a response is larger than the limit, or "".
func checkSize(body []byte, limit int) string {
	if len(body) > limit {
		return fmt.Sprintf("the response is larger than %d bytes", limit)
	}
	if err := valuesOf(limit).Check(body); err != nil {
		return "the response is too large: " + err.Error()
	}
	return ""
}

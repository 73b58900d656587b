package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
)

// Only a request that the service may not have received yet is a reason to wait.
func TestMayStillArrive(t *testing.T) {
	unread := errors.New("503 Service Unavailable.")
	lost := &access.UnknownOutcomeError{Op: "create", Err: unread, ReadErr: unread}
	accepted := &access.UnknownOutcomeError{Op: "create", ReadErr: unread}
	for err, want := range map[error]bool{
		lost: true, fmt.Errorf("demo: %w", lost): true, accepted: false, unread: false, access.ErrUnknownOutcome: false,
	} {
		if access.MayStillArrive(err) != want {
			t.Errorf("%v: got %t", err, !want)
		}
	}
	if text := lost.Error(); strings.Contains(text, ".;") {
		t.Errorf("a period before more words: %s", text)
	}
}

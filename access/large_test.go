package access_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nks-access/nks-access/access"
)

// largeSize is more than a list may have that is read beside others.
const largeSize = 600 << 10

// largeBody counts how many large bodies are being read.
type largeBody struct {
	*bytes.Reader
	read    int
	largest *atomic.Int64
	now     *atomic.Int64
}

func (b *largeBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	isLarge := b.read <= largeSize && b.read+n > largeSize
	b.read += n
	if isLarge {
		b.largest.Store(max(b.largest.Load(), b.now.Add(1)))
	}
	return n, err
}

func (b *largeBody) Close() error {
	if b.read > largeSize {
		b.now.Add(-1)
	}
	return nil
}

// transport is a service without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// clientOf returns a client of a service without a network.
func clientOf(t testing.TB, service transport) *access.Client {
	t.Helper()
	client, err := access.NewClient(access.WithBaseURL("https://nks.example.com/vnks/v2"),
		access.WithCredentials(demoKeys), access.WithHTTPClient(&http.Client{Transport: service}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func entriesJSON(n int) []byte {
	entries := make([]string, n)
	for i := range entries {
		id := fmt.Sprintf("%08x-0000-0000-0000-000000000000", i)
		entries[i] = fmt.Sprintf(`{"uuid":%q,"entry":%q,"groups":["g"],"policies":[]}`, id, user)
	}
	return []byte(`{"accessEntries":[` + strings.Join(entries, ",") + `]}`)
}

// Large lists are read one at a time, and none is lost.
func TestLargeListsAreReadOneAtATime(t *testing.T) {
	const count = 6_000 // some 800 KB
	body := entriesJSON(count)
	var largest, now atomic.Int64
	client := clientOf(t, func(*http.Request) (*http.Response, error) {
		received := &largeBody{Reader: bytes.NewReader(body), largest: &largest, now: &now}
		return &http.Response{StatusCode: 200, Body: received}, nil
	})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			entries, err := client.List(context.Background(), cluster)
			if err != nil || len(entries) != count {
				t.Errorf("%d entries, %v", len(entries), err)
			}
		})
	}
	readers.Wait()
	if largest.Load() != 1 {
		t.Errorf("%d large lists were read at the same time", largest.Load())
	}
}

// Who waits for a large list stops when its context ends.
func TestWaitingForALargeListEnds(t *testing.T) {
	body := entriesJSON(6_000)
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{})
	release := make(chan struct{})
	var requests atomic.Int64
	client := clientOf(t, func(*http.Request) (*http.Response, error) {
		if requests.Add(1) == 2 { // the first list, read alone
			close(started)
			<-release
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body))}, nil
	})
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := client.List(context.Background(), cluster); err != nil {
			t.Error(err)
		}
	})
	<-started
	second := make(chan error)
	go func() {
		_, err := client.List(ctx, cluster)
		second <- err
	}()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	first.Wait()
}

// A response of few bytes cannot ask for much memory.
func TestResponsesOfManyValuesAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"entries of nothing":  `{"accessEntries":[` + strings.Repeat("{},", 1_000_000) + `{}]}`,
		"clusters of nothing": `{"clusters":[` + strings.Repeat("{},", 1_000_000) + `{}]}`,
		"groups of nothing": `{"accessEntries":[{"uuid":"a","entry":"n","groups":[` +
			strings.Repeat(`"",`, 1_000_000) + `""]}]}`,
	} {
		client := clientOf(t, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		_, listErr := client.List(context.Background(), cluster)
		_, clustersErr := client.Clusters(context.Background())
		for _, err := range []error{listErr, clustersErr} {
			isShort := err != nil && len(err.Error()) <= 300
			if !isShort || !errors.Is(err, access.ErrTooLarge) || !strings.Contains(err.Error(), "; the limit is ") {
				t.Errorf("%s: %.400v", name, err)
			}
		}
	}
}

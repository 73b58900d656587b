package access_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// checkInBubble checks a property, each case with a fake clock. end is how long a case waits until
// nothing is under way.
func checkInBubble(t *testing.T, end time.Duration, check func(*testing.T, *rapid.T)) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		var failure any // rapid stops a check with a panic, which must leave the bubble
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				failure = recover()
				time.Sleep(end)
			}()
			check(t, rt)
		})
		if failure != nil {
			panic(failure)
		}
	})
}

// rival is somebody else, who changes the entries of the cluster and takes no last administrator.
type rival struct {
	service *emulator.Emulator
	random  *rand.Rand
	acted   int
}

// act changes, removes or adds an entry.
func (v *rival) act() {
	before := v.service.Entries(cluster)
	after := slices.Clone(before)
	choice := v.random.IntN(3)
	switch {
	case choice == 0 || len(after) == 0:
		id := fmt.Sprintf("%08x-0000-0000-0000-00000000abcd", v.acted)
		principal := fmt.Sprintf("nrn:PUB:IAM::5000008:Role/%08x-0000-0000-0000-246e966ebec4", v.acted)
		after = append(after, nks.AccessEntry{UUID: id, ClusterUUID: cluster, Entry: principal})
	case choice == 1:
		i := v.random.IntN(len(after))
		after = slices.Delete(after, i, i+1)
	default:
		i := v.random.IntN(len(after))
		after[i].Groups = []string{fmt.Sprint("rival-", v.acted)}
	}
	if administrators(before) > 0 && administrators(after) == 0 {
		return
	}
	if err := v.service.SetEntries(cluster, after); err != nil {
		panic(err)
	}
	v.acted++
}

func administrators(entries []nks.AccessEntry) int {
	count := 0
	for _, e := range entries {
		if isClusterAdmin(e) {
			count++
		}
	}
	return count
}

func isClusterAdmin(e nks.AccessEntry) bool {
	return slices.ContainsFunc(e.Policies, func(p nks.AttachedPolicy) bool {
		return p.Type == string(access.ClusterAdmin) && strings.EqualFold(p.Scope, access.ClusterScope)
	})
}

// snapshot is what the service has, as text.
func snapshot(entries []nks.AccessEntry) string {
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = fmt.Sprintf("%s %s %q %v", e.UUID, e.Entry, e.Groups, e.Policies)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A rival changes the cluster between any two requests, and requests arrive up to four minutes late, at
// a service that accepts a second entry of a principal. What a call reports stays true: nothing changes
// after a known outcome, an administrator is left, and no principal has two entries, even if a create of
// unknown outcome is repeated after five minutes.
//
// Between a look and the arrival of the write after it, the rival can take the other administrator, and
// nothing can be done about that, because the API has no conditional write. So an administrator is left
// only if no request was late.
func TestPropertyRivalAndLateRequests(t *testing.T) {
	outcomes := map[string]int{}
	acted := 0
	checkInBubble(t, 10*time.Minute, func(t *testing.T, rt *rapid.T) {
		wait := time.Duration(rapid.SampledFrom([]int{0, 60}).Draw(rt, "wait")) * time.Second
		busy := time.Duration(rapid.IntRange(0, 2).Draw(rt, "busy")) * time.Second
		faults := emulator.Faults{Duplicates: "accept", Busy: busy}
		b := newBench(t, emulator.Options{Faults: faults}, access.WithWait(wait))
		v := &rival{service: b.emulator, random: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "rival"), 0))}
		first := entryOf(t, b, user, access.ClusterAdmin.OnCluster())
		time.Sleep(time.Minute)
		entryOf(t, b, admin2, access.ClusterAdmin.OnCluster())
		time.Sleep(time.Minute)

		wasLate := false
		harm := v.random.IntN(9) // of ten writes have a mishap
		b.mishap = func(r *http.Request) mishap {
			if r.Method == http.MethodGet {
				if v.random.IntN(3) == 0 {
					v.act()
				}
				return fine
			}
			if v.random.IntN(10) >= harm {
				return fine
			}
			late := mishap{name: "late", late: true, delay: time.Duration(1+v.random.IntN(240)) * time.Second}
			late.status = []int{0, 503, 504}[v.random.IntN(3)]
			m := []mishap{late, late, lost, {status: 409}, {status: 429}, {status: 503, body: proxyPage}}[v.random.IntN(6)]
			wasLate = wasLate || m.late
			return m
		}
		call := rapid.SampledFrom([]string{"create", "delete", "narrow", "grant", "revoke"}).Draw(rt, "call")
		timeout := time.Duration(rapid.SampledFrom([]int{3, 3600}).Draw(rt, "timeout")) * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		err := write(ctx, b.client, call, first)
		cancel()
		b.mishap = nil
		reported := b.emulator.Entries(cluster)
		time.Sleep(6 * time.Minute) // until the last request has arrived, or its signature is too old
		final := b.emulator.Entries(cluster)

		if errors.Is(err, access.ErrUnknownOutcome) {
			outcomes["unknown"]++
			if call == "create" {
				_, _, err = b.client.Ensure(t.Context(), cluster, access.NewEntry{Principal: role})
				if err != nil && !errors.Is(err, access.ErrExists) { // which the rival has changed
					rt.Fatalf("create again: %v", err)
				}
				final = b.emulator.Entries(cluster)
			}
		} else {
			outcomes[fmt.Sprintf("made: %t", err == nil)]++
			if snapshot(reported) != snapshot(final) {
				rt.Fatalf("%s ended with %v, and then the entries changed from\n%s\nto\n%s",
					call, err, snapshot(reported), snapshot(final))
			}
			if administrators(final) == 0 && !wasLate {
				rt.Fatalf("%s ended with %v, and no administrator is left", call, err)
			}
		}
		if err == nil && !isWritten(call, final, first) {
			rt.Fatalf("%s succeeded, and there is\n%s", call, snapshot(final))
		}
		entriesOf := map[string]int{}
		for _, e := range b.emulator.Entries(cluster) {
			entriesOf[e.Entry]++
			if entriesOf[e.Entry] > 1 {
				rt.Fatalf("%s has two entries after %s: %v", e.Entry, call, err)
			}
		}
		acted += v.acted
	})
	t.Logf("the rival acted %d times; outcomes: %v", acted, outcomes)
	if acted == 0 || outcomes["unknown"] == 0 || outcomes["made: true"] == 0 || outcomes["made: false"] == 0 {
		t.Error("the test is one-sided")
	}
}

// write makes a call of the test.
func write(ctx context.Context, c *access.Client, call string, e access.Entry) error {
	var err error
	switch call {
	case "create":
		_, _, err = c.Ensure(ctx, cluster, access.NewEntry{Principal: role})
	case "delete":
		err = c.Delete(ctx, cluster, e.UUID)
	case "narrow":
		err = c.Update(ctx, cluster, e.UUID, access.Grants{Policies: []access.Policy{view}})
	case "grant":
		_, err = c.Grant(ctx, cluster, e.UUID, access.Grants{Groups: []string{"ours"}})
	case "revoke":
		_, err = c.Revoke(ctx, cluster, e.UUID, access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}})
	}
	return err
}

// isWritten reports whether the entries are as the call wanted it.
func isWritten(call string, entries []nks.AccessEntry, e access.Entry) bool {
	i := slices.IndexFunc(entries, func(now nks.AccessEntry) bool { return now.UUID == e.UUID })
	switch call {
	case "create":
		return slices.ContainsFunc(entries, func(now nks.AccessEntry) bool { return now.Entry == role })
	case "delete":
		return i < 0
	case "grant":
		return i >= 0 && slices.Contains(entries[i].Groups, "ours")
	}
	return i >= 0 && !isClusterAdmin(entries[i])
}

// lie is a response that is not true.
type lie func(r *http.Request, random *rand.Rand, truth *httptest.ResponseRecorder) *http.Response

func respondWith(status int, body string, header ...string) *http.Response {
	recorder := httptest.NewRecorder()
	for i := 0; i < len(header); i += 2 {
		recorder.Header().Set(header[i], header[i+1])
	}
	recorder.WriteHeader(status)
	_, _ = recorder.WriteString(body)
	return recorder.Result()
}

var entryUUID = regexp.MustCompile(`"uuid":"[0-9a-f]{8}`)

// lies are what a hostile service, or a proxy before it, may respond.
var lies = map[string]lie{
	"a false date": func(_ *http.Request, random *rand.Rand, _ *httptest.ResponseRecorder) *http.Response {
		date := time.Now().Add(time.Duration(random.Int64N(int64(20*time.Hour))) - 10*time.Hour)
		body := `{"error":{"errorCode":"200","message":"Authentication Failed"}}`
		return respondWith(401, body, "Date", date.UTC().Format(http.TimeFormat))
	},
	"a date of another age": func(_ *http.Request, random *rand.Rand, _ *httptest.ResponseRecorder) *http.Response {
		return respondWith(401, "", "Date", fmt.Sprintf("Fri, 01 Jan %d 00:00:00 GMT", 1000+random.IntN(8999)))
	},
	"another UUID": func(_ *http.Request, _ *rand.Rand, truth *httptest.ResponseRecorder) *http.Response {
		body := strings.NewReplacer(cluster, nobody).Replace(truth.Body.String())
		return respondWith(truth.Code, body)
	},
	"another entry": func(_ *http.Request, random *rand.Rand, truth *httptest.ResponseRecorder) *http.Response {
		body := entryUUID.ReplaceAllString(truth.Body.String(), fmt.Sprintf(`"uuid":"%08x`, random.Uint32()))
		return respondWith(truth.Code, body)
	},
	"a list twice over": func(_ *http.Request, _ *rand.Rand, truth *httptest.ResponseRecorder) *http.Response {
		body := truth.Body.String()
		if inner, found := strings.CutPrefix(body, `{"accessEntries":[`); found {
			inner = strings.TrimSuffix(strings.TrimSpace(inner), "]}")
			body = `{"accessEntries":[` + inner + "," + inner + "]}"
		}
		return respondWith(truth.Code, body)
	},
	"an empty list": func(*http.Request, *rand.Rand, *httptest.ResponseRecorder) *http.Response {
		return respondWith(200, `{"accessEntries":[],"clusters":[]}`)
	},
	"101": func(*http.Request, *rand.Rand, *httptest.ResponseRecorder) *http.Response {
		endless, _ := io.Pipe()
		return &http.Response{StatusCode: 101, Header: http.Header{"Upgrade": {"x"}}, Body: endless}
	},
	"a redirect": func(*http.Request, *rand.Rand, *httptest.ResponseRecorder) *http.Response {
		return respondWith(307, "", "Location", "https://other.example.com/vnks/v2/clusters")
	},
	"a retry in a year": func(_ *http.Request, random *rand.Rand, _ *httptest.ResponseRecorder) *http.Response {
		after := []string{"31536000", "-1", "99999999999999999999", "Fri, 01 Jan 9999 00:00:00 GMT"}
		return respondWith(429, "", "Retry-After", after[random.IntN(4)])
	},
	"half of the truth": func(_ *http.Request, random *rand.Rand, truth *httptest.ResponseRecorder) *http.Response {
		body := truth.Body.String()
		return respondWith(truth.Code, body[:random.IntN(len(body)+1)])
	},
	"noise": func(_ *http.Request, random *rand.Rand, _ *httptest.ResponseRecorder) *http.Response {
		noise := make([]byte, random.IntN(2000))
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		return respondWith([]int{200, 201, 204, 302, 400, 401, 403, 404, 409, 500}[random.IntN(10)], string(noise))
	},
	"odd values": func(_ *http.Request, random *rand.Rand, truth *httptest.ResponseRecorder) *http.Response {
		odd := []string{`null`, `{}`, `[]`, `7`, `""`, `"\u0000\u001b[2J\u202e"`, `[null]`, `{"uuid":null}`}[random.IntN(8)]
		parts := strings.SplitAfter(truth.Body.String(), ":")
		i := random.IntN(len(parts))
		parts[i] = odd + "," + parts[i]
		return respondWith(truth.Code, strings.Join(parts, ""))
	},
}

// A service that lies makes a client neither touch another entry nor sign for another time, and no call
// goes on without an end.
func TestPropertyLyingService(t *testing.T) {
	names := make([]string, 0, len(lies))
	for name := range lies {
		names = append(names, name)
	}
	slices.Sort(names)
	told, writes := 0, 0
	checkInBubble(t, time.Minute, func(t *testing.T, rt *rapid.T) {
		b := newBench(t, emulator.Options{})
		first := entryOf(t, b, user, access.ClusterAdmin.OnCluster())
		entryOf(t, b, admin2, access.ClusterAdmin.OnCluster())
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "random"), 0))
		kinds := rapid.SliceOfN(rapid.SampledFrom(names), 1, 3).Draw(rt, "lies")
		call := rapid.SampledFrom([]string{"create", "delete", "narrow", "grant", "revoke"}).Draw(rt, "call")
		client := clientOf(t, func(r *http.Request) (*http.Response, error) {
			checkRequest(rt, r, first)
			if r.Method != http.MethodGet {
				writes++
			}
			if r.Body == nil {
				r.Body = http.NoBody
			}
			truth := httptest.NewRecorder()
			b.emulator.ServeHTTP(truth, r)
			if random.IntN(2) == 0 {
				return truth.Result(), nil
			}
			told++
			return lies[kinds[random.IntN(len(kinds))]](r, random, truth), nil
		})
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := write(ctx, client, call, first)
		if took := time.Since(start); took > 10*time.Minute {
			rt.Errorf("%s took %s: %v", call, took, err)
		}
		if err != nil {
			checkText(rt, err.Error())
		}
	})
	t.Logf("%d lies were told, %d writes were sent", told, writes)
	if told == 0 || writes == 0 {
		t.Error("the test is one-sided")
	}
}

// A list may have one entry with two forms of one UUID. A change of one of them would be sent to the
// other.
func TestOtherFormsOfAUUIDAreNotSent(t *testing.T) {
	const id = "11111111-e0fb-4dc9-af1b-97fd3f8d0000"
	for _, form := range []string{strings.ReplaceAll(id, "-", ""), "urn:uuid:" + id, "{" + id + "}"} {
		client := clientOf(t, func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet {
				t.Errorf("%s: sent %s %s", form, r.Method, r.URL.Path)
			}
			w := httptest.NewRecorder()
			fmt.Fprintf(w, `{"accessEntries":[{"uuid":%q,"entry":%q},{"uuid":%q,"entry":%q}]}`, id, admin2, form, user)
			return w.Result(), nil
		})
		_, err := client.Grant(t.Context(), cluster, user, access.Grants{Groups: []string{"g"}})
		if err == nil || !strings.Contains(err.Error(), "in place of a UUID") {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// checkRequest checks that a request is about the cluster and the entry, and signed for about now.
func checkRequest(t rapid.TB, r *http.Request, e access.Entry) {
	if r.URL.Host != "nks.example.com" {
		t.Errorf("a request goes to %s", r.URL.Host)
	}
	base := "/vnks/v2/clusters/" + cluster + "/access-entries"
	own := []string{base, base + "/" + e.UUID}
	if !slices.Contains(own, r.URL.Path) {
		t.Errorf("%s %s is about something else", r.Method, r.URL.Path)
	}
	millis, err := strconv.ParseInt(r.Header.Get(signer.HeaderTimestamp), 10, 64)
	off := time.Since(time.UnixMilli(millis)).Abs()
	if err != nil || off > time.Hour+time.Second {
		t.Errorf("a request is signed for a time that is off by %s", off)
	}
}

// checkText checks that an error can be shown, and holds no secret.
func checkText(t rapid.TB, text string) {
	hidden := func(r rune) bool { return !strconv.IsPrint(r) && r != '\n' }
	if strings.ContainsFunc(text, hidden) || strings.Contains(text, emulator.DemoSecretKey) || len(text) > 20_000 {
		t.Errorf("the error is %.2000q", text)
	}
}

package speccheck_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/nks-access/nks-access/emulator"
)

// The check finds each deviation that the emulator knows, and removes what it made.
func TestTheDeviationsOfTheEmulator(t *testing.T) {
	found := []struct{ fault, value, want string }{ // want is in the report
		{"scopes", "lower", "| How do responses spell scopes? | cluster<br>namespace |"},
		{"create", "201", "createAccessEntry: 201<br>"},
		{"create", "202", "| `createAccessEntry` | 202 | status | is 202; the contract has 200, 201"},
		{"delete", "204", "deleteAccessEntry: 204<br>"},
		{"delete", "empty", "| `deleteAccessEntry` | 200 | body | is empty; the contract has JSON |"},
		{"lists", "null", "| `getAccessEntry` | 200 | body accessEntry.groups | is null; the contract has the type array |"},
		{"lists", "absent", "policies: absent"},
		{"errors", "xml", "| `getAccessEntry` | 404 | body | is XML; the contract has JSON |"},
		{"errors", "html", "| `getAccessEntry` | 404 | body | is HTML; the contract has JSON |"},
		{"errors", "empty", "| `getAccessEntry` | 404 | body | is empty; the contract has JSON |"},
		{"request-id", "on", "x-ncp-request-id on successes"},
		{"unknown", "on", "<br>AttachedPolicy: "},
		{"duplicates", "accept", "the status 200; the principal has 2 afterwards"},
		{"duplicates", "400", "the status 400; the principal has 1 afterwards"},
	}
	isTried := map[string]bool{}
	for _, c := range found {
		isTried[c.fault] = true
		t.Run(c.fault+" "+c.value, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var faults emulator.Faults
				if err := faults.Set(c.fault, c.value); err != nil {
					t.Fatal(err)
				}
				s := newService(t, emulator.Options{}, nil)
				before := s.entries(t)
				s.emulator.SetFaults(faults)
				report, err := s.check(t.Context(), t, true)
				if err != nil {
					t.Fatal(err)
				}
				if words := report.Markdown(); !strings.Contains(words, c.want) {
					t.Errorf("no %s in\n%s", c.want, words)
				}
				if after := s.entries(t); after != before {
					t.Errorf("the entries are\n%s\nand were\n%s", after, before)
				}
			})
		})
	}
	for _, kind := range emulator.FaultKinds() {
		if kind.Deviation && !isTried[kind.Name] {
			t.Errorf("the deviation %s is not tried", kind.Name)
		}
	}
}

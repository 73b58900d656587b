//go:build unix

package emulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
)

// A configuration of 16 times the size takes some 16 times the work, not 256 times. Processor time does
// not depend on what else the machine does.
func TestLoadingConfigurationsIsLinear(t *testing.T) {
	const (
		small  = 1500
		growth = 16
	)
	const cluster = "clusters: [{name: a, uuid: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000}]\n"
	for name, text := range map[string]func(n int) string{
		"clusters": func(n int) string {
			return "clusters:\n" + lines(n, "- {name: c, uuid: 0000a20e-e0fb-4dc9-af1b-%012x}\n")
		},
		"keys":  func(n int) string { return cluster + "keys:\n" + lines(n, "- {accessKey: A%d, secretKey: b}\n") },
		"users": func(n int) string { return cluster + "users:\n" + lines(n, "- {loginId: u%d}\n") },
		"members": func(n int) string {
			return cluster + "users:\n" + lines(n, "- {loginId: u%d}\n") +
				"groups: [{groupName: g, members: [" + lines(n, "u%d, ") + "]}]\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			first := loadingTime(t, text(small), 3)
			second := loadingTime(t, text(small*growth), 1)
			t.Logf("%s, %s", first, second)
			if second > 3*growth*first {
				t.Errorf("%d take %s, %d take %s", small, first, small*growth, second)
			}
		})
	}
}

// lines returns a line for each number up to n.
func lines(n int, format string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format, i)
	}
	return text.String()
}

// loadingTime returns the shortest processor time of some tries to load a configuration.
func loadingTime(t *testing.T, text string, tries int) time.Duration {
	t.Helper()
	path := filepath.Join(t.TempDir(), "emulator.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	shortest := time.Hour
	for range tries {
		before := processorTime(t)
		if _, err := emulator.LoadConfig(path); err != nil {
			t.Fatal(err)
		}
		shortest = min(shortest, processorTime(t)-before)
	}
	return shortest
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

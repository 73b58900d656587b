package cli_test

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
)

// A command that prints JSON prints YAML, too, and a command that has lists has all their flags.
func TestFormatsAreAlike(t *testing.T) {
	var lists []string
	checked := 0
	for cmd := range commandsBelow(cli.Root()) {
		flag := cmd.Flags().Lookup("output")
		if flag == nil {
			continue
		}
		checked++
		_, usage, _ := strings.Cut(flag.Usage, ": ")
		formats := strings.Split(usage, ", ")
		if slices.Contains(formats, "json") != slices.Contains(formats, "yaml") && cmd.Name() != "export" {
			t.Errorf("%s has one of json and yaml: %s", cmd.CommandPath(), usage)
		}
		if cmd.Flags().Lookup("sort") == nil {
			continue
		}
		lists = append(lists, cmd.Name())
		for _, format := range []string{"table", "wide", "json", "yaml", "csv", "name"} {
			if !slices.Contains(formats, format) {
				t.Errorf("%s has no -o %s", cmd.CommandPath(), format)
			}
		}
		if cmd.Flags().Lookup("no-headers") == nil {
			t.Errorf("%s has --sort, but no --no-headers", cmd.CommandPath())
		}
	}
	slices.Sort(lists)
	if want := []string{"clusters", "get", "list", "principals", "who"}; !slices.Equal(lists, want) {
		t.Errorf("the commands that read are %v, want %v", lists, want)
	}
	if checked < 18 {
		t.Errorf("only %d commands have -o", checked)
	}
}

// Every command that has --cluster takes -c.
func TestClusterHasAShorthand(t *testing.T) {
	checked := 0
	for cmd := range commandsBelow(cli.Root()) {
		flag := cmd.Flags().Lookup("cluster")
		if flag == nil {
			continue
		}
		checked++
		if flag.Shorthand != "c" {
			t.Errorf("%s has --cluster, but no -c", cmd.CommandPath())
		}
	}
	if checked < 12 {
		t.Errorf("only %d commands have --cluster", checked)
	}
}

// An error repeats what was wrong, but not a megabyte of it.
func TestErrorsAreShort(t *testing.T) {
	var stdout, stderr strings.Builder
	code := cli.Main([]string{"list", "-o", strings.Repeat("x", 1_000_000)}, nil, &stdout, &stderr)
	if code != 2 || stderr.Len() > 5000 {
		t.Errorf("code %d and %d bytes of error, want 2 and few", code, stderr.Len())
	}
	if !strings.Contains(stderr.String(), "(want table, wide, json, yaml, csv, name)") {
		t.Errorf("the end is missing: %.200s", stderr.String())
	}
}

// commandsBelow returns the commands below cmd, of all levels.
func commandsBelow(cmd *cobra.Command) iter.Seq[*cobra.Command] {
	return func(yield func(*cobra.Command) bool) {
		for _, child := range cmd.Commands() {
			if !yield(child) {
				return
			}
			for below := range commandsBelow(child) {
				if !yield(below) {
					return
				}
			}
		}
	}
}

package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// editor is the editor of the user.
type editor struct {
	command        string
	stdin          io.Reader
	stdout, stderr io.Writer
	interrupts     chan os.Signal // those of the time when it was open
}

// checkEditor returns an error if there is no editor that could run: the default one needs a terminal.
func (a *app) checkEditor() error {
	isNamed := os.Getenv("VISUAL") != "" || os.Getenv("EDITOR") != ""
	if isNamed || a.questions.Possible() {
		return nil
	}
	return usagef("there is no terminal for an editor: " +
		"set EDITOR to a command that changes a file, or use nks-access update")
}

// newEditor returns the editor of VISUAL or EDITOR. Until the caller calls release, Ctrl-C is for the
// editor, and does not end this program.
func (a *app) newEditor() *editor {
	e := &editor{
		command:    cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), defaultEditor()),
		stdin:      a.stdin,
		stdout:     a.stdout,
		stderr:     a.stderr,
		interrupts: make(chan os.Signal, 1),
	}
	if !term.IsTerminal(a.stdout) {
		e.stdout = a.stderr // stdout is for the result
	}
	signal.Notify(e.interrupts, os.Interrupt)
	return e
}

func defaultEditor() string {
	if runtime.GOOS == "windows" {
		return "notepad"
	}
	return "vi"
}

// open opens a file, and waits until the editor ends. A shell splits the command, which may have
// arguments.
func (e *editor) open(path string) error {
	cmd := exec.Command("sh", "-c", e.command+` "$@"`, "sh", path)
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(e.command), path)
		cmd = exec.Command(words[0], words[1:]...)
	}
	cmd.Stdin = e.stdin
	cmd.Stdout = e.stdout
	cmd.Stderr = e.stderr
	if err := cmd.Run(); err != nil {
		return &advised{fmt.Errorf("run the editor %s (VISUAL or EDITOR names another one): %w",
			term.ShellWord(e.command), err)}
	}
	return nil
}

// release returns a context for what comes after the editor. It is ctx, unless a Ctrl-C that was for the
// editor has ended that. The caller calls stop in the end.
func (e *editor) release(ctx context.Context) (after context.Context, stop func()) {
	defer signal.Stop(e.interrupts)
	select {
	case <-e.interrupts:
	default:
		return ctx, func() {}
	}
	after, stop = signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(after, stop) // the next Ctrl-C ends the program at once
	return after, stop
}

package term_test

import (
	"os/exec"
	"runtime"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// A shell reads a quoted word as it was.
func TestShellWord(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such shell")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "plain", "a b", "it's", "`id`", "$(id)", "a\nb", `\`, "-n", "*", "!x", "한글"} {
		for _, word := range []string{term.ShellWord(text), term.ShellQuote(text)} {
			out, err := exec.Command(shell, "-c", "printf %s "+"x"+word).Output()
			if err != nil || string(out) != "x"+text {
				t.Errorf("%q became %s, which a shell reads as %q (%v)", text, word, out, err)
			}
		}
	}
	if word := term.ShellWord("http://127.0.0.1:8080/a_b-c"); word != "http://127.0.0.1:8080/a_b-c" {
		t.Errorf("a plain URL became %s", word)
	}
}

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkBinaryGrowth measures how much a client adds to a hello-world program. The programs list
// the access entries of a cluster.
func BenchmarkBinaryGrowth(b *testing.B) {
	dir := b.TempDir()
	size := func(program string) int64 {
		binary := filepath.Join(dir, program)
		if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./testdata/programs/"+program).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		info, err := os.Stat(binary)
		if err != nil {
			b.Fatal(err)
		}
		return info.Size()
	}
	hello := size("hello")
	for _, program := range []string{"sdk", "nks", "access"} {
		b.Run("this="+program, func(b *testing.B) {
			var grown int64
			for b.Loop() {
				grown = size(program) - hello
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(grown), "bytes")
		})
	}
}

// BenchmarkCommandStart measures a command that prints its version. kubectl is compared if it is
// installed.
func BenchmarkCommandStart(b *testing.B) {
	run := func(name string, command ...string) {
		b.Run("this="+name, func(b *testing.B) {
			for b.Loop() {
				if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		})
	}
	if _, err := exec.LookPath("kubectl"); err == nil {
		run("kubectl", "kubectl", "version", "--client")
	}
	run("nks-access", emulatorCommand(b).args[0], "version")
}

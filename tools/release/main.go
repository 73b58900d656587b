// Command release builds what a release holds into a folder: an archive of nks-access for every
// system, and SHA256SUMS. The bytes depend on the commit and the version of Go alone, so anybody
// can build the same.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nks-access/nks-access/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: release FOLDER")
		os.Exit(2)
	}
	if err := release(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func release(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(folder, "nks-access_*"))
	if err != nil {
		return err
	}
	for _, archive := range old {
		if err := os.Remove(archive); err != nil {
			return err
		}
	}
	common, err := commonFiles()
	if err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, goarch := range []string{"amd64", "arm64"} {
			name, content, err := archive(goos, goarch, common)
			if err != nil {
				return fmt.Errorf("%s/%s: %w", goos, goarch, err)
			}
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
				return err
			}
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), name)
		}
	}
	fmt.Print(sums.String())
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), sums.Bytes(), 0o644)
}

// file is one in an archive.
type file struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// commonFiles are the same in every archive.
func commonFiles() ([]file, error) {
	var files []file
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, content})
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var script bytes.Buffer
		if code := cli.Main([]string{"completion", shell}, nil, &script, os.Stderr); code != 0 {
			return nil, fmt.Errorf("completion %s: exit code %d", shell, code)
		}
		files = append(files, file{"completions/nks-access." + shell, 0o644, script.Bytes()})
	}
	return files, nil
}

// archive builds the binary for one system, and packs it with the common files.
func archive(goos, goarch string, common []file) (name string, content []byte, err error) {
	folder, err := os.MkdirTemp("", "nks-access-")
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := "nks-access"
	if goos == "windows" {
		binary += ".exe"
	}
	path := filepath.Join(folder, binary)
	version, committed, err := build(path, goos, goarch)
	if err != nil {
		return "", nil, err
	}
	executable, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	name = fmt.Sprintf("nks-access_%s_%s_%s", strings.TrimPrefix(version, "v"), goos, goarch)
	files := []file{{name + "/" + binary, 0o755, executable}}
	for _, f := range common {
		files = append(files, file{name + "/" + f.name, f.mode, f.content})
	}
	if goos == "windows" {
		content, err = packZip(files, committed)
		return name + ".zip", content, err
	}
	content, err = packTar(files, committed)
	return name + ".tar.gz", content, err
}

// build says what Go recorded in the binary: the version of the tag, and the time of the commit.
func build(path, goos, goarch string) (version string, committed time.Time, err error) {
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./cmd/nks-access")
	// All is said here, because what is set around it must not change the bytes.
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "GOFLAGS=-trimpath -buildvcs=true", "CGO_ENABLED=0", "GOWORK=off",
		"GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", time.Time{}, err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", time.Time{}, err
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.time" {
			committed, err = time.Parse(time.RFC3339, setting.Value)
			return info.Main.Version, committed, err
		}
	}
	return "", time.Time{}, errors.New("no commit found: archives are built in a git checkout")
}

func packTar(files []file, committed time.Time) ([]byte, error) {
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	w := tar.NewWriter(compressed)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(f.content)), ModTime: committed}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(w.Close(), compressed.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func packZip(files []file, committed time.Time) ([]byte, error) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, f := range files {
		header := zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: committed}
		header.SetMode(f.mode)
		entry, err := w.CreateHeader(&header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/internal/yamlfile"
)

// entryEdit is the edit of an entry in a temporary file.
type entryEdit struct {
	entry   access.Entry
	cluster clusterRef
	path    string
	body    string // what the editor was opened with, without the comments at the top
	isOwn   bool   // the file has what the user wrote
}

const editHead = `# %s on cluster %s
# Change groups and policies. A policy may also be TYPE or TYPE@NAMESPACE,NAMESPACE.
# Comments at the top are ignored. If nothing changes, nothing is sent. An empty file cancels.
`

// newEntryEdit writes the entry into a temporary file, which the caller removes.
func newEntryEdit(entry access.Entry, cluster clusterRef) (*entryEdit, error) {
	e := &entryEdit{entry: entry, cluster: cluster}
	var body bytes.Buffer
	fields := struct {
		Entry    access.NRN      `json:"entry"`
		Groups   []string        `json:"groups"`
		Policies []access.Policy `json:"policies"`
	}{entry.Principal, entry.Groups, entry.Policies}
	if fields.Groups == nil {
		fields.Groups = []string{}
	}
	if fields.Policies == nil {
		fields.Policies = []access.Policy{}
	}
	if err := term.WriteYAML(&body, fields); err != nil {
		return nil, err
	}
	e.body = body.String()
	path, err := term.WriteTemporary("", "nks-access-*.yaml", []byte(e.head()+e.body))
	e.path = path
	return e, err
}

func (e *entryEdit) head() string {
	return fmt.Sprintf(editHead, term.Printable(string(e.entry.Principal)), e.cluster)
}

// errEmptied says that the file was emptied, which cancels an edit.
var errEmptied = fmt.Errorf("the file is empty: %w", term.ErrDeclined)

// read returns what the editor saved. It does not open a pipe, which could take for ever, and Ctrl-C is
// for the editor.
func (e *entryEdit) read(ctx context.Context) ([]byte, error) {
	info, err := os.Stat(e.path)
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, usagef("%s: is not a regular file", e.path)
	}
	_, text, err := term.ReadFile(ctx, e.path, nil, maxEntryBytes)
	return text, err
}

// until opens the file until it has no mistakes, or once if there is nobody who reads them. It
// returns what the entry shall grant. If the file is saved as it was, that is what the entry grants,
// or an error with the mistakes that are left.
func (e *entryEdit) until(ctx context.Context, open func(path string) error, isRead bool) (access.Grants, error) {
	var mistakes error
	for {
		if err := open(e.path); err != nil {
			text, unread := e.read(ctx)
			e.isOwn = unread == nil && withoutHead(string(text)) != e.body
			return access.Grants{}, err
		}
		text, err := e.read(ctx)
		if err != nil {
			e.isOwn = !errors.Is(err, fs.ErrNotExist)
			return access.Grants{}, err
		}
		body := withoutHead(string(text))
		if body == e.body {
			return e.entry.Grants, mistakes
		}
		e.isOwn = true
		if strings.TrimSpace(body) == "" {
			return access.Grants{}, errEmptied
		}
		grants, err := e.parse(body)
		if err == nil {
			return grants, nil
		}
		mistakes, err = e.writeAgain(ctx, body)
		if err != nil || !isRead {
			return access.Grants{}, cmp.Or(err, mistakes)
		}
	}
}

// withoutHead returns a text without the comments at its top.
func withoutHead(text string) string {
	for strings.HasPrefix(text, "#") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// parse reads what follows the comments at the top. The error is what a person has to mend.
func (e *entryEdit) parse(text string) (access.Grants, error) {
	var file entryFile
	if err := yamlfile.Decode(filepath.Base(e.path), []byte(text), &file); err != nil {
		return access.Grants{}, err
	}
	if file.Entry != "" && access.AnyNRN(file.Entry) != e.entry.Principal {
		return access.Grants{}, errors.New("the principal cannot be changed; to let another one in, use nks-access create")
	}
	if file.Groups == nil || file.Policies == nil {
		return access.Grants{}, errors.New("groups and policies are both required; use an empty list to clear one")
	}
	grants := file.grants()
	return grants, grants.ValidateChange(e.entry.Grants)
}

// writeAgain writes a text with its mistakes above it, and returns them. Their lines are those of the
// new file.
func (e *entryEdit) writeAgain(ctx context.Context, body string) (mistakes, err error) {
	_, mistakes = e.parse(body)
	lines := strings.Count(e.head()+mistakesHead(mistakes), "\n")
	_, mistakes = e.parse(strings.Repeat("\n", lines) + body)
	e.body = body
	return usagef("%v", mistakes), term.WriteFile(ctx, e.path, []byte(e.head()+mistakesHead(mistakes)+body))
}

func mistakesHead(err error) string {
	text := "#\n# Mistakes:\n"
	for _, line := range strings.Split(term.PrintableLines(err.Error()), "\n") {
		text += "#   " + line + "\n"
	}
	return text
}

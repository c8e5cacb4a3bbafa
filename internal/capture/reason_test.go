package capture_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"samizdat/internal/capture"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/judge"
)

// Readers see reasons on the page of an item: nothing of the editor's machine may be in them.
func TestReasonsTellNothingOfTheEditor(t *testing.T) {
	for want, err := range map[string]error{
		"a file could not be written":                 &fs.PathError{Op: "open", Path: "/home/askar/papers/item.yaml", Err: fs.ErrPermission},
		"the server does not speak HTTP as it should": fmt.Errorf("http://h.example/: Get %q: net/http: HTTP/1.x transport connection broken: malformed MIME header line: secret words", "http://h.example/"),
		"the disk is full":                            &os.LinkError{Op: "rename", Old: "/home/askar/a", New: "/home/askar/b", Err: syscall.ENOSPC},
		"there was no connection to the server":       fmt.Errorf("http://h.example/: %w: dial tcp 127.0.0.1:9050: %w", fetch.ErrProxy, syscall.ECONNREFUSED),
		"the server does not give the site's robots.txt, which forbids programs to fetch anything: the server answered 503 Service Unavailable": fmt.Errorf("http://h.example/: %w: %w", fetch.ErrNoRobots, &fetch.StatusError{Code: 503}),
		strings.Repeat("\u044f", 98) + "…":       errors.New(strings.Repeat("\u044f", 150)),
		"x" + strings.Repeat("\u044f", 98) + "…": errors.New("x" + strings.Repeat("\u044f", 150)),
	} {
		got := capture.Reason(err)
		if got != want || !utf8.ValidString(got) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// An item whose file has no place for a capture says so without the name of the editor's folder; a link that leads out of the
// dossier is not followed.
func TestCommitStaysInside(t *testing.T) {
	dir := t.TempDir()
	item := filepath.Join(dir, "item.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(item, "{id: z, kind: article, title: Z, lang: en, status: linked}\n")
	c := &dossier.Capture{Files: []dossier.CaptureFile{{Name: "files/0123456789abcdef.png"}}}
	err := capture.Commit(capture.Job{Dir: t.TempDir()}, item, c)
	if err == nil || strings.Contains(capture.Reason(err), dir) {
		t.Errorf("an item in braces: %v", err)
	}
	outside := t.TempDir()
	kept := filepath.Join(outside, "0123456789abcdef.png")
	write(kept, "somebody's own")
	if err := os.Symlink(outside, filepath.Join(dir, "files")); err != nil {
		judge.Missing(t, "no symbolic links here: "+err.Error())
	}
	write(item, "id: z\nkind: article\ntitle: Z\nlang: en\nstatus: linked\n")
	before := "id: z\nkind: article\ntitle: Z\nlang: en\nstatus: linked\n"
	var path *fs.PathError
	if err := capture.Commit(capture.Job{Dir: t.TempDir()}, item, c); !errors.As(err, &path) {
		t.Errorf("a link: %v, want an error of the disk", err)
	}
	if text, err := os.ReadFile(kept); err != nil || string(text) != "somebody's own" {
		t.Errorf("what lies outside is changed: %q, %v", text, err)
	}
	if text, _ := os.ReadFile(item); string(text) != before {
		t.Errorf("the item is changed: %q", text)
	}
}

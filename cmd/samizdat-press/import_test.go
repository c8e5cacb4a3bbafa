package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/imports/importstest"
)

// recorded FILE [FAULT] writes a file as another tool makes it, by the ending of its name: a page of a newspaper with what it shows. A name
// without an ending is a folder with the page. Faults: changed (a word of the page), cut (the end is missing),
// relisted (the list of pages of a WACZ is changed); signed is none, and neither are page and rest: the records of the page, and of
// what it shows.
func recorded(ts *testscript.TestScript, _ bool, args []string) {
	name, fault := ts.MkAbs(args[0]), ""
	if len(args) > 1 {
		fault = args[1]
	}
	records := importstest.Records()
	fault, signed := strings.CutPrefix(fault, "signed-")
	switch fault {
	case "page":
		records = records[:4]
	case "rest":
		records = append(records[:1:1], records[4:]...)
	}
	if fault == "changed" {
		records[2] = strings.Replace(records[2], "The square</h1>", "The circle</h1>", 1)
	}
	var data []byte
	switch filepath.Ext(name) {
	case ".warc":
		data = []byte(strings.Join(records, ""))
	case ".gz":
		data = importstest.Gzip(records...)
	case ".zst":
		data = importstest.Zstd(records...)
	case ".wacz":
		data = importstest.WACZ(importstest.Gzip(records...), "Crawler/3.2 (of the tests)", signed || fault == "signed" || fault == "relisted")
	case ".mhtml":
		data = importstest.MHTML()
	case ".html":
		data = importstest.SingleFile()
	case "":
		for file, data := range importstest.Folder() {
			file = filepath.Join(name, filepath.FromSlash(file))
			ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
			ts.Check(os.WriteFile(file, data, 0o666))
		}
		return
	default:
		ts.Fatalf("recorded %s: no such kind", args[0])
	}
	switch fault {
	case "cut":
		data = data[:len(data)-100]
	case "relisted":
		data = bytes.Replace(data, []byte(`"title":"The square"`), []byte(`"title":"The circle"`), 1)
	}
	ts.Check(os.WriteFile(name, data, 0o666))
}

// replace FILE OLD NEW replaces a text everywhere; it must be there.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o666))
}

// copy FROM TO copies a folder.
func copyFolder(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// redigest ITEM NAME FILE makes the digest of that name in an item's file that of a file, as somebody would who wants to hide a change.
func redigest(ts *testscript.TestScript, _ bool, args []string) {
	sum := sha256.Sum256([]byte(ts.ReadFile(args[2])))
	line := regexp.MustCompile(`(?m)^    ` + args[1] + `: "?[0-9a-f]{64}"?$`)
	text := ts.ReadFile(args[0])
	if !line.MatchString(text) {
		ts.Fatalf("%s has no digest %s", args[0], args[1])
	}
	text = line.ReplaceAllString(text, `    `+args[1]+`: "`+hex.EncodeToString(sum[:])+`"`)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// TestInterruptedImport stops at several moments. The dossier is then without fault, and nothing is left beside it.
func TestInterruptedImport(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "crawl.warc.gz")
	if err := os.WriteFile(archive, importstest.Gzip(importstest.Records()...), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, after := range []int64{1, 5, 20, 30, 40, 60, 1000} {
		dir := filepath.Join(t.TempDir(), "d")
		out := &lockedBuffer{}
		if status := newProgram().run(t.Context(), []string{"new", dir, "--quiet"}, nil, out, out); status != command.ExitOK {
			t.Fatal(out)
		}
		ctx, cancel := context.WithCancel(t.Context())
		status := newProgram().run(endingAfter(ctx, cancel, after), []string{"import", dir, archive, "--all"}, nil, out, out)
		cancel()
		if status == command.ExitOK {
			whole++
		} else if !strings.Contains(out.String(), "stopped before the end") {
			t.Errorf("after %d: status %d, %s", after, status, out)
		}
		d, err := dossier.Load(os.DirFS(dir))
		if err != nil || len(d.Warnings) > 0 {
			t.Errorf("after %d: %v, %v", after, err, d)
		}
		entries, err := filepath.Glob(filepath.Join(dir, ".*"))
		if err != nil || len(entries) > 0 {
			t.Errorf("after %d: %v is left, %v", after, entries, err)
		}
	}
	if whole == 0 {
		t.Error("none came to its end")
	}
}

//go:build corpora

package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/command"
	"samizdat/internal/imports"
	"samizdat/internal/judge"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// TestCorporaImport imports every page of every WARC and WACZ file below $CORPORA, which are of other people's making: "make judges
// CORPORA=DIR" runs it. Each page must come, or there must be a reason why it cannot, and the dossier must be without fault.
func TestCorporaImport(t *testing.T) {
	dir := judge.Corpora(t)
	counts := map[string]int{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind := ""
		for _, ending := range []string{".wacz", ".warc", ".warc.gz", ".warc.zst"} {
			if strings.HasSuffix(name, ending) {
				kind = strings.TrimSuffix(strings.TrimPrefix(ending, "."), ".gz")
			}
		}
		if kind == "" {
			return nil
		}
		counts[kind+" files"]++
		importAll(t, name, kind, counts)
		if kind == "wacz" {
			tamper(t, name, counts)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(counts) == 0 {
		judge.LacksCorpus(t, "WARC or WACZ file")
	}
	t.Logf("%v", counts)
}

func importAll(t *testing.T, name, kind string, counts map[string]int) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "d")
	run := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		status := newProgram().run(t.Context(), args, nil, &out, &errs)
		return status, out.String(), errs.String()
	}
	if status, _, said := run("new", dir, "--quiet"); status != command.ExitOK {
		t.Fatal(said)
	}
	status, out, said := run("import", dir, name, "--all", "--json")
	var rep importReport
	if err := json.Unmarshal([]byte(out), &rep); err != nil && out != "" {
		t.Fatalf("%s: %v", name, err)
	}
	damage := 0
	for _, f := range rep.Files {
		counts["records"] += f.Records
		for _, found := range f.Findings {
			if found.Grade == imports.Damage || found.Grade == imports.Broken {
				damage++
				t.Logf("%s: %v", name, found)
			}
		}
		if f.Tampered {
			counts[kind+" refused as tampered with"]++
		}
	}
	if damage > 0 {
		counts[kind+" with damage or wrong digests"]++
	}
	came := 0
	for _, it := range rep.Items {
		switch {
		case it.Item != "":
			came++
		case strings.Contains(it.Error, "it repeats an answer that is not in what was imported"):
			counts["pages that repeat what is elsewhere"]++
		default:
			counts["pages that failed"]++
			t.Logf("%s: %s: %s", name, it.URL, it.Error)
		}
	}
	counts["pages"] += came
	switch {
	case came > 0:
		counts[kind+" with pages"]++
	case strings.Contains(said, warc.ErrNotWARC.Error()), strings.Contains(said, wacz.ErrNotWACZ.Error()):
		counts[kind+" that are none"]++
		t.Logf("%s: %s", name, said)
	case status == command.ExitOK:
		t.Errorf("%s: nothing came, and status 0", name)
	default:
		counts[kind+" without a page that can be shown"]++
		t.Logf("%s: %s", name, strings.SplitN(said, "\n", 2)[0])
	}
	if status, out, said := run("verify", dir); came > 0 && status != command.ExitOK {
		t.Errorf("%s: verify: %s", name, fmt.Sprint(out, said))
	} else if came > 0 {
		counts["dossiers verified"]++
	}
	if status, out, said := run("check", dir, "--quiet"); status != command.ExitOK {
		t.Errorf("%s: check: %s", name, fmt.Sprint(out, said))
	}
}

// tamper changes one byte in the middle of each list of pages and each WARC file of a WACZ, as somebody would who knows how ZIP files
// are made, and sees that import notices.
func tamper(t *testing.T, name string, counts map[string]int) {
	t.Helper()
	in, err := zip.OpenReader(name)
	if err != nil {
		return // none at all
	}
	defer in.Close()
	dir := filepath.Join(t.TempDir(), "d")
	for _, target := range in.File {
		if target.UncompressedSize64 == 0 || !strings.HasPrefix(target.Name, "archive/") && !strings.HasPrefix(target.Name, "pages/") {
			continue
		}
		changed := filepath.Join(t.TempDir(), "changed.wacz")
		if err := changedZIP(changed, in.File, target); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		newProgram().run(t.Context(), []string{"new", dir, "--quiet"}, nil, &out, &errs)
		status := newProgram().run(t.Context(), []string{"import", dir, changed, "--all"}, nil, &out, &errs)
		counts["changed files of WACZ"]++
		switch {
		case status == command.ExitDamaged:
			counts["changed files of WACZ that are refused"]++
		case strings.Contains(out.String(), ": broken: "), strings.Contains(out.String(), ": damage: "):
			counts["changed files of WACZ that are told as damage"]++
		default:
			t.Logf("%s: a changed byte in %s is not noticed\n%s%s", name, target.Name, out.String(), errs.String())
		}
	}
}

// changedZIP writes a ZIP with one byte of a file changed.
func changedZIP(name string, files []*zip.File, target *zip.File) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for _, old := range files {
		if old != target {
			if err := w.Copy(old); err != nil {
				return err
			}
			continue
		}
		r, err := old.Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		data[len(data)/2] ^= 1
		to, err := w.CreateHeader(&zip.FileHeader{Name: old.Name, Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
	}
	return w.Close()
}

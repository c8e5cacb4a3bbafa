package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/command"
	"samizdat/internal/imports"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// TestCorporaImport imports every page of every WARC and WACZ file below $CORPORA, which are of other people's making: "make judges
// CORPORA=DIR" runs it. Each page must come, or there must be a reason why it cannot, and the dossier must be without fault.
func TestCorporaImport(t *testing.T) {
	dir := os.Getenv("CORPORA")
	if dir == "" {
		t.Skip("CORPORA names no folder; make judges CORPORA=DIR, with WARC and WACZ files there")
	}
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
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(counts) == 0 {
		t.Skipf("%s holds no WARC or WACZ file", dir)
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
	if status, out, said := run("check", dir, "--quiet"); status != command.ExitOK {
		t.Errorf("%s: check: %s", name, fmt.Sprint(out, said))
	}
}

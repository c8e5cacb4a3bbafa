package pack_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"samizdat/internal/dossier"
	"samizdat/internal/pack"
	"samizdat/internal/zim"
)

const bundleDir = "../../bundle"

// packDossier packs the dossier in dir and returns the archive's path.
func packDossier(t *testing.T, dir string, opts *pack.Options) string {
	t.Helper()
	d, err := dossier.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dossier.zim")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	report, err := pack.Dossier(t.Context(), d, f, opts)
	if err != nil {
		var faulty *pack.FaultyError
		if errors.As(err, &faulty) {
			for _, p := range faulty.Problems {
				t.Log(p)
			}
		}
		t.Fatal(err)
	}
	for _, p := range report.Problems {
		t.Errorf("the archive has a warning: %v", p)
	}
	return name
}

// pages returns the HTML of all pages by path.
func pages(t *testing.T, r *zim.Reader) map[string]string {
	t.Helper()
	all := map[string]string{}
	for e, err := range r.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Namespace() != zim.NamespaceContent || e.IsRedirect() || e.MIMEType() != "text/html" {
			continue
		}
		b, err := e.ReadAll(8 << 20)
		if err != nil {
			t.Fatal(err)
		}
		all[e.Path()] = string(b)
	}
	if len(all) == 0 {
		t.Fatal("the archive has no page")
	}
	return all
}

// plainText returns the text of a page as a reader sees it: elements that begin a line part words, others do not.
func plainText(page string) string {
	inline := []string{"a", "b", "bdi", "code", "em", "i", "mark", "span", "strong", "time", "wbr"}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); !slices.Contains(inline, string(name)) {
				b.WriteByte('\n')
			}
		}
	}
}

// copyTree copies src to dst, files in the given order of their names, each with a time of its own.
func copyTree(t *testing.T, dst, src string, backwards bool, first time.Time) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(src, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if backwards {
		slices.Reverse(names)
	}
	for i, name := range names {
		rel, err := filepath.Rel(src, name)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dst, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			t.Fatal(err)
		}
		at := first.Add(time.Duration(i) * 1000 * time.Hour)
		if err := os.Chtimes(to, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// output runs a judge and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = nil
	var both strings.Builder
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, both.String())
	}
	return both.String()
}

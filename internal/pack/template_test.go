package pack_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/dossier"
)

// writeTemplate writes the template of a new dossier into dir.
func writeTemplate(t *testing.T, dir string) {
	t.Helper()
	template := dossier.Template()
	err := fs.WalkDir(template, ".", func(name string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, name)
		if err != nil || d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := fs.ReadFile(template, name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// addItem adds an item to the first section of the dossier in dir.
func addItem(t *testing.T, dir, file, yaml string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, dossier.ManifestFile)
	manifest := string(readFile(t, name))
	sections := strings.Index(manifest, "\nsections:")
	items := strings.Index(manifest[max(sections, 0):], "items:\n")
	if sections < 0 || items < 0 {
		t.Fatal("the template's manifest has no items")
	}
	at := sections + items + len("items:\n")
	manifest = manifest[:at] + "      - " + file + "\n" + manifest[at:]
	if err := os.WriteFile(name, []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
}

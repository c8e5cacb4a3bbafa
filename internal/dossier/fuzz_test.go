package dossier_test

import (
	"errors"
	"testing"

	"samizdat/internal/dossier"
)

// FuzzLoad gives Load a manifest, an item and a text. It must not panic, must say the same twice, must name
// a file with every problem, and what it accepts must hold what docs/dossier.md promises.
func FuzzLoad(f *testing.F) {
	s := small()
	f.Add(s["dossier.yaml"], s["texts/one.md"], s["more/three/item.yaml"], s["introduction.md"])
	f.Add("a: &a [*a, *a]\n", "---\n---\n", "<<: *x", "[x](item:\x00)")
	f.Add(s["dossier.yaml"], "---\nid: one\n---", "id: !!str 1\n", "---\nlang: und\n---\n![](..)")
	f.Fuzz(func(t *testing.T, manifest, one, three, introduction string) {
		files := small()
		files["dossier.yaml"], files["texts/one.md"] = manifest, one
		files["more/three/item.yaml"], files["introduction.md"] = three, introduction
		d, err := dossier.Load(mapFS(files))
		if _, again := dossier.Load(mapFS(files)); (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Fatalf("Load says\n%v\nand then\n%v", err, again)
		}
		if err != nil {
			var problems dossier.Problems
			if !errors.As(err, &problems) || problems.Errors() == 0 {
				t.Fatalf("Load = %v, want problems", err)
			}
			for _, p := range problems {
				if p.File == "" || p.Message == "" || p.Line < 0 || (p.Line == 0) != (p.Column == 0) {
					t.Errorf("problem without a place: %+v", p)
				}
			}
			return
		}
		ids := map[string]bool{}
		for i, it := range d.Items() {
			if ids[it.ID] || it.ID == "" || it.Index != i || it.Lang == "" || it.Title == "" || d.Item(it.ID) != it {
				t.Errorf("item %d: %+v", i, it)
			}
			ids[it.ID] = true
		}
		if d.Title == "" || len(d.Language) != 3 || len(d.Date) != 10 || d.Edition < 1 || len(d.Illustration) == 0 {
			t.Errorf("dossier accepted without its metadata: %+v", d)
		}
	})
}

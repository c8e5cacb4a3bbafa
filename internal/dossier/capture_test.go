package dossier_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"samizdat/internal/dossier"
)

func TestCaptures(t *testing.T) {
	d, err := dossier.Load(os.DirFS("testdata/every-page"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Warnings) > 0 {
		t.Errorf("warnings:\n%v", d.Warnings)
	}
	c := d.Item("square").Capture
	var names []string
	for _, f := range c.Files {
		names = append(names, f.Name+" "+f.Type)
	}
	if want := []string{"files/bench.png image/png", "files/paper.png image/png", "files/style.css text/css;charset=utf-8"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	if c.Snapshot == nil || c.Snapshot.Name != "snapshot.html" || c.Screenshot == nil || c.Evidence == nil || !c.Packed || c.Evidence.Type != "application/gzip" {
		t.Errorf("capture %+v", c)
	}
	if got := slices.Sorted(maps.Keys(c.Digests)); !slices.Equal(got, []string{"evidence", "original", "screenshot", "snapshot", "text"}) {
		t.Errorf("digests of %q", got)
	}
	if c := d.Item("ploshchad").Capture; c.Packed || c.Digests["evidence"] == "" {
		t.Errorf("evidence that is not packed: %+v", c)
	}
}

// One fault each in a snapshot and in what it shows.
func TestFaultsOfSnapshots(t *testing.T) {
	files := map[string]string{}
	for name, s := range small() {
		files[name] = s
	}
	files["more/three/item.yaml"] = strings.Replace(files["more/three/item.yaml"], "  text: article.html\n", "  text: article.html\n  snapshot: snapshot.html\n  files: files\n", 1)
	files["more/three/snapshot.html"] = "<!DOCTYPE html>\n<meta charset=utf-8>\n<link rel=stylesheet href=files/a.css>\n<p>x\n"
	files["more/three/files/a.css"] = "p {\n  background: url(b.png) }\n"
	files["more/three/files/b.png"] = "png"
	fsys := mapFS(files)
	if d, err := dossier.Load(fsys); err != nil || len(d.Warnings) > 0 {
		t.Fatalf("without a fault: %v", err)
	}
	for name, c := range map[string]struct {
		file, old, by string
		want          []string
	}{
		"handler": {"more/three/snapshot.html", "<p>", "<p onclick=1>", []string{
			`more/three/snapshot.html:4:4: <p onclick> is an event handler; take the attribute out`,
		}},
		"charset": {"more/three/snapshot.html", "<meta charset=utf-8>", "", []string{
			`more/three/snapshot.html:1:1: the page does not say its charset; write <meta charset="utf-8"> after <head>`,
		}},
		"link": {"more/three/snapshot.html", "x", "<a href=https://x.example/>x</a>", []string{
			`more/three/snapshot.html:4:7: <a href> leads out of the page, to "https://x.example/"; take the attribute out and keep the words`,
		}},
		"style sheet": {"more/three/files/a.css", "url(b.png)", "url(//x.example/b.png)", []string{
			`more/three/files/a.css:2:15: url() refers to "//x.example/b.png", which is not in the dossier; put the file into the folder files/ and refer to it there, or take the reference out`,
			`more/three/files/b.png: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		"file of another item": {"more/three/snapshot.html", "x", "<img src=photo.jpg>", []string{
			`more/three/snapshot.html:4:9: <img src> refers to "photo.jpg", and the capture has no such file; list the folder of the file under capture, as files, or take the reference out`,
		}},
		"page in the folder": {"more/three/snapshot.html", "x", "<img src=files/c.html>", []string{
			`more/three/files/c.html: a page of the web shows pictures, styles, fonts, sound and video, and this is text/html;charset=utf-8; take it away, and what refers to it`,
		}},
		"empty picture": {"more/three/files/b.png", "png", "", []string{
			`more/three/files/b.png: the file is empty; restore the file, or take out what refers to it`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := fstest.MapFS{}
			maps.Copy(changed, fsys)
			if name == "page in the folder" {
				changed["more/three/files/c.html"] = &fstest.MapFile{Data: []byte("<p>x")}
			}
			changed[c.file] = &fstest.MapFile{Data: []byte(strings.Replace(files[c.file], c.old, c.by, 1))}
			_, err := dossier.Load(changed)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if want := strings.Join(c.want, "\n"); got != want {
				t.Errorf("problems:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// How a page came here that another tool captured, and one fault each.
func TestImported(t *testing.T) {
	files := map[string]string{}
	for name, s := range small() {
		files[name] = s
	}
	const imported = "  imported:\n    from: crawl.wacz\n    at: 2026-01-03T10:00:00Z\n    with: press 1\n    findings:\n      - note\n"
	files["more/three/item.yaml"] = strings.Replace(files["more/three/item.yaml"], "  text: article.html\n", imported+"  text: article.html\n", 1)
	d, err := dossier.Load(mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	if m := d.Item("three").Capture.Imported; m == nil || m.From != "crawl.wacz" || m.At != "2026-01-03T10:00:00Z" || m.With != "press 1" || !slices.Equal(m.Findings, []string{"note"}) {
		t.Errorf("%+v", m)
	}
	for old, c := range map[string]struct{ by, want string }{
		"    from: crawl.wacz\n":   {"", "from is missing; write from: crawl.wacz"},
		"at: 2026-01-03T10:00:00Z": {"at: yesterday", `at: "yesterday" is not a time; write YYYY-MM-DDTHH:MM:SSZ, in UTC`},
		"with: press 1":            {"by: press 1", `unknown field "by"`},
	} {
		changed := maps.Clone(files)
		changed["more/three/item.yaml"] = strings.Replace(files["more/three/item.yaml"], old, c.by, 1)
		if _, err := dossier.Load(mapFS(changed)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.by, err, c.want)
		}
	}
}

// A survey has the dossier and its problems, and tells which of them are damage.
func TestSurvey(t *testing.T) {
	files := map[string]string{}
	for name, s := range small() {
		files[name] = s
	}
	files["more/three/item.yaml"] = strings.Replace(files["more/three/item.yaml"], "  text: article.html\n", "  digests:\n    text: "+strings.Repeat("0", 64)+"\n  text: article.html\n  evidence: gone.warc.gz\n  colour: x\n", 1)
	d, problems, err := dossier.Survey(mapFS(files))
	if err != nil || d.Item("three") == nil {
		t.Fatalf("%v, %v", d, err)
	}
	var damaged []string
	for _, p := range problems {
		if p.Damaged {
			damaged = append(damaged, p.Message)
		}
	}
	if want := []string{"text: more/three/article.html has another SHA-256", "evidence: there is no file more/three/gone.warc.gz"}; !slices.Equal(damaged, want) || problems.Errors() <= len(want) {
		t.Errorf("damaged %q, want %q; all:\n%v", damaged, want, problems)
	}
}

package pack

import (
	"slices"
	"testing"
)

func TestSort(t *testing.T) {
	tree := &webTree{}
	for _, f := range []struct{ path, mime string }{
		{"_sources/b.rst.txt", "text/plain"},
		{"_sources/lib/a.md.txt", "text/plain"},
		{"_sources/lib/none.txt", "text/plain"},
		{"b.css", "text/css"},
		{"b.html", htmlType},
		{"film.mp4", "video/mp4"},
		{"js/b.js", "text/javascript"},
		{"lib/a.html", htmlType},
		{"lib/b.html", htmlType},
		{"src/b.html", htmlType},
		{"sub/_sources/b.txt", "text/plain"},
	} {
		tree.files = append(tree.files, webFile{path: f.path, mime: f.mime, store: f.mime == "video/mp4"})
	}
	tree.sort()
	var got []string
	for _, f := range tree.files {
		got = append(got, f.path)
	}
	want := []string{
		"film.mp4", "b.css", "_sources/b.rst.txt", "b.html", "_sources/lib/a.md.txt", "lib/a.html", "lib/b.html", "src/b.html",
		"js/b.js", "_sources/lib/none.txt", "sub/_sources/b.txt",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

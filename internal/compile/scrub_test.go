package compile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"samizdat/internal/compile"
	"samizdat/internal/dossier"
	"samizdat/internal/scrub"
)

// withPhoto is a dossier with a photo that tells a position and a name.
func withPhoto(t *testing.T) (fstest.MapFS, []byte) {
	t.Helper()
	photo, err := os.ReadFile("../scrub/testdata/picture.webp")
	if err != nil {
		t.Fatal(err)
	}
	m, ok := altered(t, map[string]string{
		"photo.yaml": "id: photo\nkind: image\ntitle: A photo\nlang: en\nstatus: full\nmedia:\n  - file: photo.webp\n", "photo.webp": string(photo),
	}).(fstest.MapFS)
	if !ok {
		t.Fatal("the template is no map")
	}
	manifest := m[dossier.ManifestFile]
	manifest.Data = bytes.Replace(manifest.Data, []byte("\nsections:\n"), []byte("\nsections:\n  - id: photos\n    title: Photos\n    items:\n      - photo.yaml\n"), 1)
	return m, photo
}

func packedEntry(t *testing.T, a *compile.Archive, path string) ([]byte, compile.Entry) {
	t.Helper()
	i := slices.IndexFunc(a.Entries, func(e compile.Entry) bool { return e.Path == path })
	if i < 0 {
		t.Fatalf("there is no %s", path)
	}
	e := a.Entries[i]
	if e.Data != nil {
		return e.Data, e
	}
	r, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b, e
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// TestMediaAreScrubbed looks at the file, its record and its page, with and without the wish to keep what it tells.
func TestMediaAreScrubbed(t *testing.T) {
	fsys, photo := withPhoto(t)
	d := load(t, fsys)
	for _, keep := range []bool{false, true} {
		opts := &compile.Options{}
		if keep {
			opts.Keep = []string{"photo"}
		}
		a, err := compile.Dossier(d, opts)
		if err != nil {
			t.Fatal(err)
		}
		packed, e := packedEntry(t, a, "photo.webp")
		if got := bytes.Equal(packed, photo); got != keep || e.Size != int64(len(packed)) {
			t.Errorf("keep %v: packed as it is: %v; %d bytes, said to be %d", keep, got, len(packed), e.Size)
		}
		if got := bytes.Contains(packed, []byte("Secret-Name")); got != keep {
			t.Errorf("keep %v: the name is there: %v", keep, got)
		}
		var r struct {
			Media []map[string]any
		}
		b, _ := packedEntry(t, a, compile.RecordPath("photo"))
		if err := json.Unmarshal(b, &r); err != nil || len(r.Media) != 1 {
			t.Fatalf("record %s: %v", b, err)
		}
		want := map[string]any{"path": "photo.webp", "type": "image/webp", "role": "media", "sha256": sum(packed), "size": float64(len(packed))}
		if keep {
			want["metadata"] = "kept"
		} else {
			want["original_sha256"], want["original_size"] = sum(photo), float64(len(photo))
			want["removed"] = []any{"position", "author", "software"}
		}
		if !reflect.DeepEqual(r.Media[0], want) {
			t.Errorf("keep %v: record %v, want %v", keep, r.Media[0], want)
		}
		page, _ := packedEntry(t, a, "media-photo.html")
		if !strings.Contains(strings.NewReplacer("<wbr>", "", "\u200b", "", " ", "").Replace(string(page)), sum(packed)[:8]) {
			t.Errorf("keep %v: the page does not show the digest of what is packed", keep)
		}
		if took, kept := strings.Contains(string(page), "<dt>Taken out</dt><dd>position, names of people, names of programs</dd>"), strings.Contains(string(page), "<dt>Metadata</dt><dd>The files keep what they tell"); took == keep || kept != keep {
			t.Errorf("keep %v: the page says that something was taken out: %v, that it was kept: %v", keep, took, kept)
		}
		if len(a.Media) != 1 || a.Media[0].Kept != keep || a.Media[0].Item != "photo" {
			t.Errorf("keep %v: media %+v", keep, a.Media)
		}
	}
}

// TestDamagedMedia is not packed, unless it is to be kept.
func TestDamagedMedia(t *testing.T) {
	fsys, photo := withPhoto(t)
	fsys["photo.webp"].Data = photo[:len(photo)-20]
	d := load(t, fsys)
	_, err := compile.Dossier(d, nil)
	var problems dossier.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != "photo.webp" || !strings.Contains(problems[0].Hint, "--keep-metadata photo") {
		t.Errorf("error %v, want one problem of photo.webp", err)
	}
	a, err := compile.Dossier(d, &compile.Options{Keep: []string{"photo"}})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := packedEntry(t, a, "photo.webp"); len(b) != len(photo)-20 {
		t.Errorf("%d bytes packed", len(b))
	}
}

// A file that is none of what its type says cannot be scrubbed: it is packed only if it is to be kept. Formats that nobody scrubs are warned of.
func TestMediaOfAnotherFormat(t *testing.T) {
	fsys, _ := withPhoto(t)
	fsys["photo.webp"].Data = []byte("noise")
	var problems dossier.Problems
	if _, err := compile.Dossier(load(t, fsys), nil); !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != "photo.webp" || problems[0].Warning || !strings.Contains(problems[0].Hint, "--keep-metadata photo") {
		t.Errorf("error %v, want one problem of photo.webp", err)
	}
	if _, err := compile.Dossier(load(t, fsys), &compile.Options{Keep: []string{"photo"}}); err != nil {
		t.Error(err)
	}
	fsys["photo.ogv"] = &fstest.MapFile{Data: []byte("OggS\x00\x02")}
	fsys["photo.yaml"].Data = bytes.Replace(fsys["photo.yaml"].Data, []byte("photo.webp"), []byte("photo.ogv"), 1)
	if a := compiled(t, fsys); len(a.Warnings) != 1 || a.Warnings[0].File != "photo.ogv" {
		t.Errorf("warnings %v", a.Warnings)
	}
}

// TestChangedMedia changes a file between looking through it and packing it.
func TestChangedMedia(t *testing.T) {
	fsys, photo := withPhoto(t)
	a := compiled(t, fsys)
	fsys["photo.webp"].Data = photo[:len(photo)-20]
	i := slices.IndexFunc(a.Entries, func(e compile.Entry) bool { return e.Path == "photo.webp" })
	if r, err := a.Entries[i].Open(); err == nil {
		r.Close()
		t.Error("a file that has become another is packed")
	}
}

// A drawing is packed without what acts in it, whether it was added or shown by a captured page, and whatever is kept of metadata; the
// folder keeps it as it is.
func TestDrawings(t *testing.T) {
	const drawing = `<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><!-- by Anna --><path d="M0 0" fill="url(https://x.example/a)"/><image href="data:image/png;base64,iVBORw0KGgo="/></svg>`
	const packed = `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" fill="url(&quot;data:,&quot;)"/><image/></svg>` + "\n"
	fsys, _ := withPhoto(t)
	fsys["photo.svg"] = &fstest.MapFile{Data: []byte(drawing)}
	fsys["photo.yaml"].Data = bytes.Replace(fsys["photo.yaml"].Data, []byte("photo.webp"), []byte("photo.svg"), 1)
	for _, keep := range [][]string{nil, {"photo"}} {
		a, err := compile.Dossier(load(t, fsys), &compile.Options{Keep: keep})
		if err != nil {
			t.Fatal(err)
		}
		if b, e := packedEntry(t, a, "photo.svg"); string(b) != packed || e.Size != int64(len(packed)) {
			t.Errorf("keep %v: %s, said to have %d bytes", keep, b, e.Size)
		}
		if len(a.Media) != 1 || a.Media[0].Kept || !slices.Equal(a.Media[0].Kinds(), []scrub.Kind{scrub.Picture, scrub.Comment, scrub.Script, scrub.Link}) {
			t.Errorf("keep %v: media %+v", keep, a.Media)
		}
	}
	if string(fsys["photo.svg"].Data) != drawing {
		t.Error("the file in the folder has changed")
	}
	fsys["photo.yaml"].Data = append(fsys["photo.yaml"].Data, "    type: IMAGE/svg+xml;charset=utf-8\n"...)
	if b, _ := packedEntry(t, compiled(t, fsys), "photo.svg"); string(b) != packed {
		t.Errorf("with the type in capitals: %s", b)
	}
	fsys["photo.svg"].Data = []byte("<html><script>x()</script></html>")
	var problems dossier.Problems
	if _, err := compile.Dossier(load(t, fsys), nil); !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != "photo.svg" || problems[0].Hint == "" {
		t.Errorf("error %v, want one problem of photo.svg", err)
	}

	m := dossierOf(t, everyPage)
	m["articles/square/files/bench.svg"] = &fstest.MapFile{Data: []byte(drawing)}
	look := m["articles/square/snapshot.html"]
	look.Data = bytes.Replace(look.Data, []byte("</body>"), []byte(`<img src="files/bench.svg"></body>`), 1)
	if b, _ := packedEntry(t, compiled(t, m), "captured/square/files/bench.svg"); string(b) != packed {
		t.Errorf("of a captured page: %s", b)
	}
}

package dossier_test

import (
	"os"
	"strings"
	"testing"

	"samizdat/internal/dossier"
)

// A type that a file's own bytes contradict, and files that act, are no media.
func TestTypesAndContents(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("../scrub/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	webp, film := read("picture.webp"), read("film.mp4")
	const drawing = "<?xml version=\"1.0\"?>\n<!-- by hand -->\n" + `<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>`
	const pdf = "%PDF-1.4\n"
	const page, xhtml = "<!DOCTYPE html><script>x()</script>", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>`
	const refused = "which can have scripts and is no medium; add it as a page"
	for _, c := range []struct{ name, typ, content, want string }{
		{"a.webp", "", webp, ""},
		{"a.webp", "IMAGE/WebP", webp, ""},
		{"a.jpg", "", webp, "more/three/item.yaml:8:11: more/three/a.jpg is not image/jpeg, as its ending says, but image/webp; give it the ending .webp"},
		{"a.webp", "text/plain", webp, "more/three/item.yaml:9:11: type: more/three/a.webp is not text/plain but image/webp; write type: image/webp"},
		{"a.webp", "application/octet-stream", webp, "write type: image/webp"},
		{"a.webp", "image/x-foo", webp, "write type: image/webp"},
		{"a.webp", "Text/HTML", webp, refused},
		{"a.mp4", "audio/mp4", film, ""},
		{"a.mov", "", film, ""},
		{"a.mp4", "video/webm", film, "write type: video/mp4"},
		{"a.svg", "IMAGE/svg+xml", drawing, ""},
		{"a.svg", "text/plain", drawing, "write type: image/svg+xml"},
		{"a.png", "", drawing, "give it the ending .svg"},
		{"a.svg", "application/xml", drawing, refused},
		{"a.svg", "text/XML", drawing, refused},
		{"a.html", "", page, refused},
		{"a.bin", "application/xhtml+xml", xhtml, refused},
		{"a.bin", "application/octet-stream", page, refused},
		{"a.bin", "application/octet-stream", xhtml, refused},
		{"a.bin", "*/*", page, "more/three"},
		{"a.bin", "multipart/x-mixed-replace", page, refused},
		{"a.txt", "", page, ""}, // is shown as text
		{"a.txt", "", "The free press of the town, and GIF89a", ""},
		{"a.txt", "", "GIF89a is a format", ""},
		{"a.md", "", "What %PDF-1.4 means", ""},
		{"a.zip", "", "PK\x03\x04\x14\x00\x00\x00 a.pdf " + pdf, ""},
		{"a.txt", "", pdf, "give it the ending .pdf"},
		{"a.bin", "image/tiff", "II*\x00\x08\x00\x00\x00", ""},
		{"a.bin", "application/octet-stream", "II*\x00\x08\x00\x00\x00", "write type: image/tiff"},
	} {
		t.Run(c.name+" "+c.typ, func(t *testing.T) {
			files := small()
			entry := "  - file: " + c.name + "\n"
			if c.typ != "" {
				entry += "    type: '" + c.typ + "'\n"
			}
			const was = "more/three/photo.jpg"
			delete(files, was)
			files["more/three/"+c.name] = c.content
			files["more/three/item.yaml"] = strings.Replace(files["more/three/item.yaml"], "  - file: photo.jpg\n", entry, 1)
			d, problems, err := dossier.Survey(mapFS(files))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.want == "" && len(problems) > 0, c.want != "" && (problems.Errors() != 1 || !strings.Contains(problems.Error(), c.want)):
				t.Errorf("problems:\n%v\nwant %q", problems, c.want)
			case c.want == "":
				if m := d.Item("three").Media[0]; c.typ != "" && m.Type != strings.ToLower(c.typ) {
					t.Errorf("type %s", m.Type)
				}
			}
		})
	}
}

// The same goes for files of captures, and for the source document, which is packed as it is.
func TestTypesElsewhere(t *testing.T) {
	files := small()
	files["source/doc.html"] = files["source/doc.txt"]
	delete(files, "source/doc.txt")
	files["dossier.yaml"] = strings.Replace(files["dossier.yaml"], "doc.txt", "doc.html", 1)
	files["more/three/item.yaml"] = strings.Replace(files["more/three/item.yaml"], "  text: article.html\n", "  text: article.html\n  files: files\n", 1)
	files["more/three/article.html"] = `<p>text <img src="files/a.png" alt=""></p>`
	files["more/three/files/a.png"] = "GIF89a\x01\x00\x01\x00\x00"
	expect(t, mapFS(files), []string{
		"dossier.yaml:10:9: source/doc.html is text/html, which can have scripts; name the document as text or PDF, or in a .zip",
		"more/three/files/a.png: more/three/files/a.png is not image/png, as its ending says, but image/gif; give it the ending .gif",
	})
}

package serve

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }

func TestHardPaths(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for _, path := range hard {
		target := "/content/ours/" + strings.ReplaceAll(url.PathEscape(path), "%2F", "/")
		a := w.get(target)
		w.want(target, a, 200, "Content-Type", "text/plain; charset=utf-8")
		if want := "body of " + path; a.body != want {
			t.Errorf("%s: body %q, want %q", target, a.body, want)
		}
		escaped := "/content/ours/" + url.PathEscape(path) // slashes as %2F too
		if a := w.get(escaped); a.body != "body of "+path {
			t.Errorf("%s: status %d, body %q", escaped, a.StatusCode, a.body)
		}
		if a := w.get("/raw/ours/content/" + url.PathEscape(path)); a.body != "body of "+path {
			t.Errorf("raw %s: status %d, body %q", path, a.StatusCode, a.body)
		}
	}
}

// The path with the query is looked for first, then the path alone.
func TestQueryBelongsToPath(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for target, want := range map[string]string{
		"/content/ours/q?lang=ru+ky":       "q with query",
		"/content/ours/q?lang=ru%20ky":     "q with query",
		"/content/ours/q%3Flang=ru%20ky":   "q with query",
		"/content/ours/q?lang=other":       "plain q",
		"/content/ours/q?":                 "plain q",
		"/content/ours/q":                  "plain q",
		"/content/ours/what?x=1&y=2":       "body of what?x=1&y=2",
		"/raw/ours/content/q?lang=ru%20ky": "q with query",
	} {
		if a := w.get(target); a.body != want {
			t.Errorf("%s: %d %q, want %q", target, a.StatusCode, a.body, want)
		}
	}
}

// Nothing that a request or an archive says makes a redirect lead away from the server.
func TestRedirectsStay(t *testing.T) {
	w := both(t, Config{Loopback: true})
	w.want("redirect entry", w.get("/content/ours/old"), 302, "Location", "/content/ours/statement.html")
	w.want("namespace spelled out", w.get("/content/ours/A/statement.html"), 302, "Location", "/content/ours/statement.html")
	w.want("book", w.get("/content/ours"), 302, "Location", "/content/ours/index.html")
	w.want("book/", w.get("/content/ours/"), 302, "Location", "/content/ours/index.html")

	for _, target := range []string{"//evil.example", "//evil.example/", "/%2Fevil.example", `/\evil.example`, "/content/ours/../../..//evil.example", "/content//evil.example"} {
		for _, host := range []string{"Host: 127.0.0.1:" + w.port, w.guest()} {
			a := w.get(target, host)
			to, err := url.Parse(a.Header.Get("Location"))
			if err != nil || to.Host != "" && to.Host != "127.0.0.1:"+w.port {
				t.Errorf("%s %s: Location %q", host, target, a.Header.Get("Location"))
			}
			if strings.HasPrefix(a.Header.Get("Location"), "//") {
				t.Errorf("%s %s: Location %q", host, target, a.Header.Get("Location"))
			}
		}
	}
}

// Archives of others may hold paths that look like something else in an address.
func TestHostilePaths(t *testing.T) {
	w := start(t, Config{Loopback: true, Archives: find(t, 1, handmade(t, "evil.zim", 6, 1, []entry{
		{'C', "..", "above", -1},
		{'C', "//evil.example/x", "slashes", -1},
		{'C', "/rooted", "rooted", -1},
		{'C', "aside", "", 1},
		{'C', "loop", "", 4},
		{'C', "up", "", 6},
		{'C', "x/../../y", "dots", -1},
	}))})
	w.want("to a path with two slashes", w.get("/content/evil/aside"), 302, "Location", "/content/evil///evil.example/x")
	for target, want := range map[string]string{
		"/content/evil///evil.example/x": "slashes",
		"/content/evil//rooted":          "rooted",
		"/content/evil/%2Frooted":        "rooted",
		"/content/evil/up":               "dots", // not redirected: "/content/evil/x/../../y" would climb out
		"/content/evil/":                 "above",
	} {
		if a := w.get(target); a.StatusCode != 200 || a.body != want {
			t.Errorf("%s: %d %.100q, want %q", target, a.StatusCode, a.body, want)
		}
	}
	a := w.get("/content/evil/loop")
	w.want("circle of redirects", a, 500)
	contains(t, "circle of redirects", a.body, "loop")
	w.want("root", w.get("/"), 302, "Location", "/content/evil/")
}

func TestOldNamespaces(t *testing.T) {
	w := start(t, Config{Loopback: true, Archives: find(t, 1, handmade(t, "old.zim", 5, 0, []entry{
		{'A', "Foo", `<img src="../I/x.png">`, -1},
		{'A', "To", "", 0},
		{'I', "x.png", "PNG", -1},
	}))})
	w.want("root", w.get("/"), 302, "Location", "/content/old/A/Foo")
	w.want("bare path", w.get("/content/old/Foo"), 302, "Location", "/content/old/A/Foo")
	w.want("redirect entry", w.get("/content/old/A/To"), 302, "Location", "/content/old/A/Foo")
	w.want("page", w.get("/content/old/A/Foo"), 200, "Content-Type", "text/html; charset=utf-8")
	if a := w.get("/content/old/I/x.png"); a.StatusCode != 200 || a.body != "PNG" { // what "../I/x.png" on that page means
		t.Errorf("picture: %d %q", a.StatusCode, a.body)
	}
}

func TestContentTypes(t *testing.T) {
	for given, want := range map[string]string{
		"text/html":                  "text/html; charset=utf-8",
		"text/html;raw=true":         "text/html; charset=utf-8",
		"text/html;charset=UTF-8":    "text/html; charset=UTF-8",
		"Text/CSS":                   "text/css; charset=utf-8",
		"application/json":           "application/json",
		"image/svg+xml":              "image/svg+xml",
		"video/webm; codecs=\"vp9\"": "video/webm; codecs=vp9",
		"":                           "application/octet-stream",
		// browsers take the last type of a list
		"application/pdf;, text/html":    "application/octet-stream",
		"application/pdf; a=b,text/html": "application/octet-stream",
		"image/png;,text/html":           "application/octet-stream",
		"application/pdf; a=\"x\"; b=c":  "application/pdf",
		"Application/PDF":                "application/pdf",
		"nonsense":                       "application/octet-stream",
		"text/html\r\nSet-Cookie: a=b":   "application/octet-stream",
		"/":                              "application/octet-stream",
	} {
		if got := contentType(given); got != want {
			t.Errorf("contentType(%q) = %q, want %q", given, got, want)
		}
	}
}

// HEAD has the headers of GET, without a body.
func TestHeadIsGetWithoutBody(t *testing.T) {
	for _, cfg := range []Config{{Loopback: true}, {}} {
		w := both(t, cfg)
		for _, target := range []string{
			"/", "/content/ours/index.html", "/content/ours/video.bin", "/content/ours/none", "/content/ours/old", "/content/ours/empty.txt",
			"/raw/ours/meta/Title", "/-/style.css", "/catalog/v2/entries", "/content/ours/share.html", "/content/ours/search.html?q=first",
		} {
			get, head := w.get(target), w.do("HEAD", target)
			if head.body != "" {
				t.Errorf("HEAD %s has a body of %d bytes", target, len(head.body))
			}
			if get.StatusCode != head.StatusCode {
				t.Errorf("%s: GET %d, HEAD %d", target, get.StatusCode, head.StatusCode)
			}
			for _, name := range []string{"ETag", "Content-Type", "Content-Length", "Content-Security-Policy", "Cache-Control", "Location", "Accept-Ranges"} {
				if g, h := get.Header.Get(name), head.Header.Get(name); g != h {
					t.Errorf("%s: %s is %q by GET, %q by HEAD", target, name, g, h)
				}
			}
		}
	}
}

func TestValidators(t *testing.T) {
	w := both(t, Config{Loopback: true})
	tags := map[string]string{}
	for _, target := range []string{"/content/ours/index.html", "/content/ours/contents.html", "/content/ours/video.bin"} {
		a := w.get(target)
		tag := a.Header.Get("ETag")
		if !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) {
			t.Errorf("%s: %q is no strong validator", target, tag)
		}
		if other, ok := tags[tag]; ok {
			t.Errorf("%s and %s share %s", target, other, tag)
		}
		tags[tag] = target
		b := w.get(target, "If-None-Match: "+tag)
		w.want(target+" again", b, 304, "ETag", tag, "Cache-Control", "no-store")
		if b.body != "" {
			t.Errorf("304 with %d bytes", len(b.body))
		}
		w.want(target+" with another tag", w.get(target, `If-None-Match: "x"`), 200)
		guest := w.get(strings.Replace(target, "ours", "guest", 1), w.guest())
		if guest.Header.Get("ETag") == tag {
			t.Errorf("%s: the same validator in another archive", target)
		}
	}
}

func TestRanges(t *testing.T) {
	w := both(t, Config{Loopback: true})
	const target, size = "/content/ours/video.bin", 600_000
	whole := w.get(target)
	w.want("whole", whole, 200, "Accept-Ranges", "bytes", "Content-Length", fmt.Sprint(size))
	tag := whole.Header.Get("ETag")
	for _, c := range []struct {
		ask, answered string
		status        int
		from, to      int // of the body in the whole
	}{
		{"bytes=0-9", "bytes 0-9/600000", 206, 0, 10},
		{"bytes=599990-", "bytes 599990-599999/600000", 206, 599_990, size},
		{"bytes=-5", "bytes 599995-599999/600000", 206, size - 5, size},
		{"bytes=100000-499999", "bytes 100000-499999/600000", 206, 100_000, 500_000}, // sent by the system
		{"bytes=599999-9223372036854775807", "bytes 599999-599999/600000", 206, size - 1, size},
		{"bytes=0-1,5-6", "", 200, 0, size}, // several at once: the whole
		{"bytes=600000-", "bytes */600000", 416, 0, 0},
		{"bytes=4294967296-", "bytes */600000", 416, 0, 0}, // would be 0 in 32 bits
	} {
		a := w.get(target, "Range: "+c.ask)
		w.want(c.ask, a, c.status, "Content-Range", c.answered, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff")
		if c.status != 416 && a.body != whole.body[c.from:c.to] {
			t.Errorf("%s: %d bytes that are not those of the file", c.ask, len(a.body))
		}
	}
	w.want("If-Range that holds", w.get(target, "Range: bytes=0-9", "If-Range: "+tag), 206)
	w.want("If-Range that does not", w.get(target, "Range: bytes=0-9", `If-Range: "other"`), 200)
}

// A range of a compressed item counts in the item, not in the archive.
func TestRangeOfCompressed(t *testing.T) {
	w := both(t, Config{Loopback: true})
	a := w.get("/content/ours/statement.html", "Range: bytes=10-18")
	w.want("range", a, 206)
	if a.body != "statement" {
		t.Errorf("got %q", a.body)
	}
}

// damaged is an archive whose compressed cluster, which holds the pages, lost its magic number; what is raw is whole.
func damaged(t testing.TB, name string) string {
	t.Helper()
	path := build(t, name, stock(), nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "\x28\xb5\x2f\xfd")
	if at < 0 {
		t.Fatal("no zstd cluster in the test archive")
	}
	copy(data[at:], "\x00\x00\x00\x00")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMissingAndDamaged(t *testing.T) {
	path := damaged(t, "ours.zim")
	var said []string
	w := start(t, Config{Loopback: true, Archives: find(t, 1, path), Log: func(l string) { said = append(said, l) }})
	a := w.get("/content/ours/statement.html")
	w.want("damaged", a, 500, "Content-Type", "text/html; charset=utf-8", "ETag", "", "Cache-Control", "no-store")
	contains(t, "damaged", a.body, "This page is damaged", "<code dir=\"ltr\" translate=\"no\">statement.html</code>", "cluster")
	if strings.Contains(a.body, "statement statement") {
		t.Error("the page shows bytes of the entry")
	}
	if len(said) != 1 || !strings.Contains(said[0], "cluster") || strings.Contains(said[0], "statement.html") {
		t.Errorf("log: %q, want the place of the damage and not what was read", said)
	}
	w.want("raw cluster", w.get("/content/ours/video.bin"), 200)

	none := w.get("/content/ours/no<such>page")
	w.want("missing", none, 404, "Content-Type", "text/html; charset=utf-8")
	contains(t, "missing", none.body, "No such page", "no&lt;such&gt;page", `href="/-/style.css"`)
	w.want("no such book", w.get("/content/none/x"), 404)
	w.want("no such place", w.get("/elsewhere"), 404)
	w.want("nothing below /-/ comes from an archive", w.get("/-/index.html"), 404)
}

func TestRaw(t *testing.T) {
	w := both(t, Config{Loopback: true})
	a := w.get("/raw/ours/meta/Title")
	w.want("metadata", a, 200, "Content-Type", "text/plain; charset=utf-8")
	if a.body != "Test & <archive>" {
		t.Errorf("metadata: %q", a.body)
	}
	a = w.get("/raw/ours/content/old") // no redirect here
	w.want("redirect entry", a, 200)
	w.want("missing", w.get("/raw/ours/meta/Nothing"), 404)
	w.want("other kind", w.get("/raw/ours/index/x"), 404)
	w.want("guest", w.get("/raw/guest/content/q"), 302, "Location", "http://localhost:"+w.port+"/raw/guest/content/q")
	w.want("guest", w.get("/raw/guest/content/q", w.guest()), 200)
}

func TestRandom(t *testing.T) {
	w := both(t, Config{Loopback: true})
	w.random = func(n uint32) uint32 { return n - 1 }
	w.want("last", w.get("/random?content=ours"), 302, "Location", "/content/ours/statement.html")
	w.random = func(uint32) uint32 { return 0 }
	w.want("first", w.get("/random?content=guest"), 302, "Location", "/content/guest/contents.html")
	w.want("no such book", w.get("/random?content=none"), 404)

	// A form in the body is not read: a long one would be kept on the disk.
	body := "--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nguest\r\n--b--\r\n"
	conn := w.dial()
	w.send(conn, fmt.Sprintf("GET /random HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", w.port, len(body), body))
	res, err := http.ReadResponse(newReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	w.want("a form in the body", answer{Response: res}, 302, "Location", "/content/ours/contents.html")
}

func TestMethods(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		for _, target := range []string{"/", "/content/ours/index.html", "/nothing", "/raw/ours/meta/Title"} {
			w.want(method+" "+target, w.do(method, target), http.StatusMethodNotAllowed, "Allow", "GET, HEAD", "X-Content-Type-Options", "nosniff")
		}
	}
	if a := w.do("OPTIONS", "*"); a.StatusCode == 200 || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("OPTIONS *: %d, answered around the guard", a.StatusCode)
	}
}

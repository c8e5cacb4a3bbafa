package serve

import (
	"crypto/md5"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// TestHostilePathsLeadNowhere asks for redirects of an archive to paths that could mean another site or another header.
// Each must lead to an address of the archive itself, which gives the entry's bytes, or be shown where it is.
func TestHostilePathsLeadNowhere(t *testing.T) {
	paths := []string{
		"00evil.example/x", // becomes //evil.example/x below: the writer refuses a slash in front
		"../../-/quit", "..", "a/../../b", "./x", `\\evil.example\x`, "https://evil.example/", "javascript:alert(1)",
		"a\r\nSet-Cookie: x=1", "a\nLocation: http://evil.example/", "C:/Windows/x", `C:\Windows\x`, "CON", "aux .html", "NUL.txt", "COM1", "a:b:$DATA", "x.", "x ",
		"%2e%2e/%2e%2e/x", "%0d%0aX: 1", "a?b#c", "?", "#", strings.Repeat("long", 500), "\u202egnp.exe", "\ufeff", "a%", "＜script＞",
	}
	items := []item{{path: "index.html", title: "Cover", mime: "text/html", body: "cover"}}
	for i, p := range paths {
		items = append(items, item{path: p, mime: "text/plain", body: fmt.Sprint("body ", i)}, item{path: fmt.Sprintf("zz%02d", i), to: p})
	}
	name := build(t, "guest.zim", items, nil)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const was, is = "00evil.example/x\x00", "//evil.example/x\x00"
	if strings.Count(string(data), was) != 1 {
		t.Fatal("the path to change is not there once")
	}
	data = []byte(strings.Replace(string(data), was, is, 1))
	sum := md5.Sum(data[:len(data)-md5.Size])
	copy(data[len(data)-md5.Size:], sum[:])
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	paths[0] = is[:len(is)-1]

	w := start(t, Config{Loopback: true, Archives: find(t, 0, name)})
	get := func(target string) answer { return w.get(target, w.guest()) }
	for i, p := range paths {
		res := get(fmt.Sprintf("/content/guest/zz%02d", i))
		for _, h := range []string{"Set-Cookie", "X"} {
			if v := res.Header.Get(h); v != "" {
				t.Errorf("%q: header %s: %s", p, h, v)
			}
		}
		if res.StatusCode == http.StatusFound {
			location := res.Header.Get("Location")
			u, err := url.Parse(location)
			if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(location, "/content/guest/") || strings.ContainsAny(location, "\r\n\\") {
				t.Errorf("%q: Location %q", p, location)
				continue
			}
			// as a browser would: dot segments are taken out before it asks
			base, err := url.Parse(w.url + "/content/guest/x")
			if err != nil {
				t.Fatal(err)
			}
			if at := base.ResolveReference(u); at.Host != base.Host || !strings.HasPrefix(at.EscapedPath(), "/content/guest/") {
				t.Errorf("%q: Location %q leads to %v", p, location, at)
				continue
			}
			res = get(location)
		}
		if res.StatusCode != http.StatusOK || res.body != fmt.Sprint("body ", i) {
			t.Errorf("%q: status %d, %.60q", p, res.StatusCode, res.body)
		}
	}
}

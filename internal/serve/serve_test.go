package serve

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/zim"
)

// item is one entry of a test archive; a redirect if to is not empty.
type item struct {
	path, title, mime, body, to string
	raw                         bool
}

// hard are paths that a router or a browser might change.
var hard = []string{
	"a//b", "a/b", "what?x=1&y=2", "100%", "100%25", "café", "a\nb", `back\slash`, "#hash", "plus+and space", "semi;colon", "a//evil.example/x", "...",
}

// stock is the archive that most tests read.
func stock() []item {
	items := []item{
		{path: "video.bin", mime: "video/mp4", body: strings.Repeat("0123456789", 60_000), raw: true},
		{path: "index.html", title: "Cover", mime: "text/html", body: "<p>cover</p>"},
		{path: "contents.html", title: "Contents", mime: "text/html", body: "<p>contents</p>"},
		{path: "statement.html", title: "First Statement", mime: "text/html;charset=utf-8", body: strings.Repeat("statement ", 500)},
		{path: "search.html", mime: "text/html", body: "stored search"},
		{path: "share.html", mime: "text/html", body: "stored share"},
		{path: "check.html", mime: "text/html", body: "stored check"},
		{path: "data.json", mime: "application/json", body: `{}`},
		{path: "paper.pdf", mime: "application/pdf", body: "%PDF-1.4"},
		{path: "empty.txt", mime: "text/plain", body: ""},
		{path: "q", mime: "text/plain", body: "plain q"},
		{path: "q?lang=ru ky", mime: "text/plain", body: "q with query"},
		{path: "old", to: "statement.html"},
	}
	for _, p := range hard {
		items = append(items, item{path: p, mime: "text/plain", body: "body of " + p})
	}
	return items
}

// build writes an archive and gives its file name.
func build(t testing.TB, name string, items []item, meta map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		h := zim.Header{Path: it.path, Title: it.title, MIMEType: it.mime, FrontArticle: it.title != "", Store: it.raw}
		if it.to != "" {
			err = w.AddRedirect(h, it.to)
		} else {
			err = w.Add(h, strings.NewReader(it.body))
		}
		if err != nil {
			t.Fatalf("add %q: %v", it.path, err)
		}
	}
	all := map[string]string{"Title": "Test & <archive>", "Description": "About tests", "Language": "eng", "Date": "2022-01-06", "Creator": "A & B", "Name": "test_en"}
	for k, v := range meta {
		all[k] = v
	}
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range all {
			if !yield(k) {
				return
			}
		}
	}) {
		if err := w.AddMetadata(k, []byte(all[k])); err != nil {
			t.Fatal(err)
		}
	}
	w.SetMainPage("index.html")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// find opens archives as arguments; the first ours ones are made ours, as if they had come inside the program.
func find(t testing.TB, ours int, paths ...string) []*archive.Source {
	t.Helper()
	sources, err := archive.Find(archive.Options{Paths: paths})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sources {
		s.Ours = i < ours
		t.Cleanup(func() { s.Close() })
	}
	return sources
}

// world is a running server with one archive of ours, "ours", and one guest, "guest".
type world struct {
	*Server
	t    testing.TB
	url  string // of the UI site, as printed
	port string
	http *http.Server
}

func start(t testing.TB, cfg Config) *world {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = s.httpServer()
	srv.Start()
	t.Cleanup(srv.Close)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	return &world{s, t, srv.URL, port, srv.Config}
}

// swap has another handler answer from now on.
func (w *world) swap(h http.Handler) { w.http.Handler = h }

// dial opens a connection to the server, which ends with the test.
func (w *world) dial() net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return conn
}

func (w *world) send(conn net.Conn, text string) {
	w.t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		w.t.Fatal(err)
	}
}

func both(t testing.TB, cfg Config) *world {
	t.Helper()
	cfg.Archives = find(t, 1, build(t, "ours.zim", stock(), nil), build(t, "guest.zim", stock(), map[string]string{"Title": "Guest", "Name": "guest_en"}))
	return start(t, cfg)
}

// answer is a response, read.
type answer struct {
	*http.Response
	body string
}

// do sends a request whose target is written as it is, so that nothing on the way cleans it. Header lines are
// "Name: value"; Host is one.
func (w *world) do(method, target string, header ...string) answer {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	host := "127.0.0.1:" + w.port
	lines := []string{method + " " + target + " HTTP/1.1", "Connection: close"}
	for _, h := range header {
		if v, ok := strings.CutPrefix(h, "Host: "); ok {
			host = v
			continue
		}
		lines = append(lines, h)
	}
	lines = append(lines, "Host: "+host)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.ReadResponse(newReader(conn), &http.Request{Method: method})
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	return answer{resp, string(body)}
}

func (w *world) get(target string, header ...string) answer {
	w.t.Helper()
	return w.do("GET", target, header...)
}

// post sends the form as a browser on our own page does, with the token unless form has one, but for what header, of
// names and values, changes.
func (w *world) post(target string, form url.Values, header ...string) *http.Response {
	w.t.Helper()
	if !form.Has(tokenField) {
		form = with(form, tokenField, w.token)
	}
	req, err := http.NewRequest(http.MethodPost, w.url+target, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "null")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res
}

func bodyOf(res *http.Response) string {
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

// guest is the Host header of the guests' site.
func (w *world) guest() string { return "Host: localhost:" + w.port }

// want fails unless a has this status and, with a header name, this value.
func (w *world) want(what string, a answer, status int, headers ...string) {
	w.t.Helper()
	if a.StatusCode != status {
		w.t.Errorf("%s: status %d, want %d\n%.300s", what, a.StatusCode, status, a.body)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if got := a.Header.Get(headers[i]); got != headers[i+1] {
			w.t.Errorf("%s: %s is %q, want %q", what, headers[i], got, headers[i+1])
		}
	}
}

// entry is a directory entry of a handmade archive; to is the entry that a redirect names, or -1.
type entry struct {
	ns         byte
	path, body string
	to         int
}

// handmade is a whole archive with one raw cluster, of things that the writer refuses. Entries must be in order; the
// first is the main page.
func handmade(t testing.TB, name string, major, minor uint16, entries []entry) string {
	t.Helper()
	le := binary.LittleEndian
	var blobs []string
	body := []byte("text/html\x00\x00")
	var paths []uint64
	for _, e := range entries {
		paths = append(paths, uint64(80+len(body)))
		if e.to >= 0 {
			body = append(le.AppendUint16(body, 0xFFFF), 0, e.ns)
			body = le.AppendUint32(body, 0)
			body = le.AppendUint32(body, uint32(e.to))
		} else {
			body = append(le.AppendUint16(body, 0), 0, e.ns)
			body = le.AppendUint32(body, 0)
			body = le.AppendUint32(body, 0) // cluster
			body = le.AppendUint32(body, uint32(len(blobs)))
			blobs = append(blobs, e.body)
		}
		body = append(body, e.path+"\x00\x00"...)
	}
	pathPos := 80 + len(body)
	for _, p := range paths {
		body = le.AppendUint64(body, p)
	}
	titlePos := 80 + len(body)
	for i := range entries {
		body = le.AppendUint32(body, uint32(i))
	}
	clusterPos := 80 + len(body)
	body = le.AppendUint64(body, uint64(clusterPos+8))
	body = append(body, 1) // not compressed
	off := uint32(4 * (len(blobs) + 1))
	body = le.AppendUint32(body, off)
	for _, b := range blobs {
		off += uint32(len(b))
		body = le.AppendUint32(body, off)
	}
	body = append(body, strings.Join(blobs, "")...)

	return finish(t, name, major, minor, []int{len(entries), 1, pathPos, titlePos, clusterPos}, body)
}

// noTitles is the position of a title list that is not there.
const noTitles = -1

// finish puts a header before body and the MD5 behind it. At gives the number of entries and of clusters, and the
// positions of the path pointers, the title pointers and the cluster pointers.
func finish(t testing.TB, name string, major, minor uint16, at []int, body []byte) string {
	t.Helper()
	le := binary.LittleEndian
	head := le.AppendUint32(nil, 0x044D495A)
	head = le.AppendUint16(head, major)
	head = le.AppendUint16(head, minor)
	head = append(head, "handmade-archive"...) // 16 bytes
	head = le.AppendUint32(head, uint32(at[0]))
	head = le.AppendUint32(head, uint32(at[1]))
	for _, pos := range []int{at[2], at[3], at[4], 80} {
		head = le.AppendUint64(head, uint64(pos))
	}
	head = le.AppendUint32(head, 0)          // main page
	head = le.AppendUint32(head, 0xFFFFFFFF) // layout page
	head = le.AppendUint64(head, uint64(80+len(body)))
	file := append(head, body...)
	sum := md5.Sum(file)
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, append(file, sum[:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// through answers without a network, as if the connection had been made to the loopback port 8470.
func through(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8470}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local)))
	return w
}

// contains fails for every part that body lacks.
func contains(t testing.TB, what, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !bytes.Contains([]byte(body), []byte(p)) {
			t.Errorf("%s: no %q in\n%.600s", what, p, body)
		}
	}
}

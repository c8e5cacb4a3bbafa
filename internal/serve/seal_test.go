package serve

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
	"samizdat/internal/zim"
)

// spread is an archive whose pages lie in many blocks, so that it can be opened when one of them was changed.
func spread() []item {
	random := rand.New(rand.NewPCG(4, 2))
	words := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyz .,"[random.IntN(29)]
		}
		return string(b)
	}
	items := []item{
		{path: "index.html", title: "Cover", mime: "text/html", body: "<p>" + words(300)},
		{path: "old", title: "Old", to: "index.html"},
		{path: "video.bin", mime: "video/mp4", body: words(3*seal.BlockSize + 777), raw: true},
	}
	for i := range 20 {
		items = append(items, item{path: fmt.Sprintf("raw-%d.html", i), title: fmt.Sprintf("Raw %d", i), mime: "text/html", body: words(50_000), raw: true})
		items = append(items, item{path: fmt.Sprintf("text-%d.html", i), title: fmt.Sprintf("Text %d", i), mime: "text/html", body: words(40_000)})
	}
	return items
}

// regions gives an offset in every part of a sealed archive.
func regions(t *testing.T, f []byte) map[string]int {
	t.Helper()
	le := binary.LittleEndian
	entries, clusters := int(le.Uint32(f[24:])), int(le.Uint32(f[28:]))
	paths, titles, pointers := int(le.Uint64(f[32:])), int(le.Uint64(f[40:])), int(le.Uint64(f[48:]))
	cluster := func(i int) int { return int(le.Uint64(f[pointers+8*i:])) }
	body, blocks, ok := seal.Place(int64(len(f)))
	if !ok {
		t.Fatal("no place for a seal")
	}
	p := int(body)
	list := p + 138
	slot := list + 65*int(blocks)
	m := map[string]int{
		"version": 6, "UUID": 10, "entry count": 24, "cluster count": 28, "path list's place": 34, "title list's place": 42,
		"cluster list's place": 50, "MIME list's place": 57, "main page": 64, "layout page": 68, "checksum's place": 74,
		"MIME list": 85, "padding": 1500,
		"first cluster's kind": cluster(0), "first cluster's table": cluster(0) + 2, "a video": cluster(0) + 2*seal.BlockSize,
		"last cluster's kind": cluster(clusters - 1), "title listing": cluster(clusters-1) + 12,
		"path list": paths + 8*5, "title list": titles + 4*7, "cluster list": pointers + 8,
		"head: magic": p + 3, "head: hash": p + 22, "head: file": p + 50, "head: body": p + 70, "head: key": p + 100,
		"list": list + 70, "list: a line's end": list + 64, "slot: first line": slot + 5, "slot: signature": slot + 60,
		"slot: comment": slot + 33 + 101 + 18, "slot: global signature": slot + 33 + 101 + 40, "slot: fill": len(f) - 20, "MD5": len(f) - 3,
	}
	for i := range clusters {
		at := cluster(i)
		if f[at]&0x0f == 5 {
			m["compressed cluster's kind"], m["compressed cluster"] = at, at+200
		}
	}
	for i := range entries {
		at := int(le.Uint64(f[paths+8*i:]))
		redirect := le.Uint16(f[at:]) == 0xFFFF
		head := 16
		if redirect {
			head = 12
		}
		name, _, _ := bytes.Cut(f[at+head:], []byte{0})
		switch string(f[at+3]) + "/" + string(name) {
		case "C/index.html":
			m["entry: type"], m["entry: namespace"], m["entry: cluster"], m["entry: blob"] = at, at+3, at+8, at+12
			m["entry: path"], m["entry: title"] = at+head+2, at+head+len(name)+2
		case "C/old":
			m["redirect"] = at + 8
		case "W/mainPage":
			m["main page's redirect"] = at + 8
		case "M/Title":
			m["metadata's blob"] = at + 12
		}
	}
	m["raw page"] = bytes.Index(f, []byte(spread()[3].body[:100])) + 50
	for name, at := range m {
		if at <= 0 || at >= len(f) {
			t.Fatalf("%s lies at %d", name, at)
		}
	}
	return m
}

// changes gives what a forger could do to the archive f without its length: a byte in every region, and whole blocks. Each
// returns where.
func changes(t *testing.T, f []byte) map[string]func(b []byte) (at int) {
	m := map[string]func(b []byte) int{}
	for name, at := range regions(t, f) {
		m[name] = func(b []byte) int {
			b[at] ^= 1
			return at
		}
	}
	const a, b = seal.BlockSize, 2 * seal.BlockSize
	m["two blocks swapped"] = func(g []byte) int {
		copy(g[a:b], f[b:b+seal.BlockSize])
		copy(g[b:], f[a:b])
		return a
	}
	m["a page put in another's place"] = func(g []byte) int {
		items := spread()
		from, to := items[3].body, items[5].body // raw pages of the same length
		at := bytes.Index(g, []byte(to[:100]))
		copy(g[at:], from)
		return at
	}
	return m
}

// reply is what the server said to one request.
type reply struct {
	status         int
	kind, location string
	body           string
	cut            bool // the connection ended before the answer did
}

// crawl asks for everything that the archive of items has.
func crawl(t *testing.T, w *world, items []item) map[string]reply {
	t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	targets := []string{"/", "/-/", "/content/ours", "/content/ours/search.html?q=raw", "/catalog/v2/entries", "/random"}
	for _, it := range items {
		targets = append(targets, "/content/ours/"+it.path, "/raw/ours/content/"+it.path)
	}
	for _, key := range []string{"Title", "Description", "Language", "Counter"} {
		targets = append(targets, "/raw/ours/meta/"+key)
	}
	got := map[string]reply{}
	for _, target := range targets {
		resp, err := client.Get(w.url + target)
		if err != nil {
			got[target] = reply{cut: true}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		got[target] = reply{resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Location"), string(body), err != nil}
	}
	return got
}

// repair makes the MD5 right again, as a forger would.
func repair(f []byte) {
	sum := md5.Sum(f[:len(f)-md5.Size])
	copy(f[len(f)-md5.Size:], sum[:])
}

// sealedZIM is an archive of items that signer 1 has sealed.
func sealedZIM(t *testing.T, items []item) []byte {
	t.Helper()
	plain, err := os.ReadFile(build(t, "ours.zim", items, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sealtest.ZIM(plain, sealtest.NewSigner(1), "")
}

// signersKey is the key of signer 1.
func signersKey(t *testing.T) seal.Key {
	t.Helper()
	k, err := seal.ParseKey(sealtest.NewSigner(1).Public())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestNoChangedByteIsShown changes a byte in every region of a sealed archive, makes the MD5 right again, serves the file
// and asks for everything: each answer is the whole archive's, or the beginning of it, or an error page.
func TestNoChangedByteIsShown(t *testing.T) {
	items := spread()
	whole := sealedZIM(t, items)
	pin := signersKey(t)
	path := filepath.Join(t.TempDir(), "ours.zim")
	open := func(f []byte, policy seal.Policy) ([]*archive.Source, error) {
		if err := os.WriteFile(path, f, 0o600); err != nil {
			t.Fatal(err)
		}
		return archive.Find(archive.Options{Paths: []string{path}, Seal: policy})
	}
	sources, err := open(whole, seal.Policy{Pin: &pin})
	if err != nil {
		t.Fatal(err)
	}
	if !sources[0].Ours || !sources[0].Known {
		t.Error("an archive that the given key has sealed is not ours")
	}
	server := start(t, Config{Loopback: true, Archives: sources})
	server.random = func(uint32) uint32 { return 3 }
	want := crawl(t, server, items)
	sources[0].Close()
	for target, r := range want {
		if r.status >= 400 || r.cut {
			t.Fatalf("%s of the whole archive: status %d", target, r.status)
		}
	}
	served := 0
	for name, change := range changes(t, whole) {
		bad := bytes.Clone(whole)
		at := change(bad)
		if name != "MD5" {
			repair(bad)
		}
		sources, err := open(bad, seal.Policy{Pin: &pin})
		if err != nil { // refused: then nothing is shown
			var block *seal.BlockError
			if !errors.As(err, &block) && !errors.Is(err, seal.ErrBroken) && !errors.Is(err, seal.ErrUnsealed) && !errors.Is(err, seal.ErrOtherKey) {
				t.Errorf("%s: refused with %v", name, err)
			}
			continue
		}
		served++
		server := start(t, Config{Loopback: true, Archives: sources})
		server.random = func(uint32) uint32 { return 3 }
		damage := 0
		for target, got := range crawl(t, server, items) {
			ok := want[target]
			switch {
			case got == ok:
			case got.status >= 500: // an error page; it must not hold what was changed
				damage++
				if !strings.Contains(got.body, "damaged") {
					t.Errorf("%s: %s: %d, and the page does not say why", name, target, got.status)
				}
			case got.cut:
				damage++
				if got.status == http.StatusOK && (got.kind != ok.kind || !strings.HasPrefix(ok.body, got.body)) {
					t.Errorf("%s: %s: what came before the end is not the beginning of the item", name, target)
				}
			case strings.HasPrefix(target, "/content/ours/search") || !strings.HasPrefix(target, "/content/") && !strings.HasPrefix(target, "/raw/"):
				// Pages of our own leave out what they cannot read.
				if window := string(bad[max(0, at-4) : at+4]); strings.Contains(got.body, window) {
					t.Errorf("%s: %s shows the changed bytes", name, target)
				}
			default:
				t.Errorf("%s: %s: status %d, %s, %d bytes; the whole archive's is %d, %s, %d bytes", name, target,
					got.status, got.kind, len(got.body), ok.status, ok.kind, len(ok.body))
			}
		}
		if damage == 0 && name != "MD5" && name != "padding" && name != "title list" {
			t.Errorf("%s: nothing is damaged; the test shows nothing", name)
		}
		sources[0].Close()
	}
	if served < 10 {
		t.Errorf("only %d of the changed archives were served at all", served)
	}
}

// TestDamageIsNamed: the page and the log say which block and which entry; rescue shows what is there, without a badge.
func TestDamageIsNamed(t *testing.T) {
	items := spread()
	bad := sealedZIM(t, items)
	at := bytes.Index(bad, []byte(items[3].body[:100])) + 50
	bad[at] ^= 1
	repair(bad)
	path := filepath.Join(t.TempDir(), "ours.zim")
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said []string
	log := func(l string) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, l)
	}
	w := start(t, Config{Loopback: true, Archives: find(t, 1, path), Log: log})
	a := w.get("/content/ours/" + items[3].path)
	w.want("damaged", a, 500)
	block := at / seal.BlockSize
	contains(t, "damaged", a.body, "This page is damaged", "not the ones that were sealed", items[3].path, fmt.Sprintf("%d, %#x", block, block*seal.BlockSize))
	mu.Lock()
	if len(said) != 1 || !strings.Contains(said[0], fmt.Sprintf("block %d at %#x", block, block*seal.BlockSize)) || !strings.HasSuffix(said[0], items[3].path) {
		t.Errorf("log: %q, want block and entry", said)
	}
	mu.Unlock()
	for _, lang := range []string{"ru", "kk", "fa", "zh"} {
		if body := w.get("/content/ours/"+items[3].path, "Accept-Language: "+lang).body; strings.Contains(body, "This page is damaged") {
			t.Errorf("the page is in English for %s", lang)
		}
	}
	contains(t, "shelf", w.get("/-/").body, "Sealed by a key that this program does not know", "Key words")

	sources, err := archive.Find(archive.Options{Paths: []string{path}, Seal: seal.Policy{Damaged: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer sources[0].Close()
	sources[0].Ours = true
	w = start(t, Config{Loopback: true, Archives: sources})
	w.want("rescued", w.get("/content/ours/"+items[3].path), 200)
	for _, page := range []string{"/-/", "/content/ours/check.html"} {
		body := w.get(page).body
		contains(t, page, body, "Opened for rescue")
		if strings.Contains(body, "Sealed by") {
			t.Errorf("%s shows a badge on what is not checked", page)
		}
	}
	for _, b := range w.books {
		b.stopChecking()
	}
}

// TestVerdictOfNamed: docs/seal.md, "Where the verdict is shown". The page that is packed tells readers the same.
func TestVerdictOfNamed(t *testing.T) {
	sealed := sealedZIM(t, stock())
	pin := signersKey(t)
	path := filepath.Join(t.TempDir(), "ours.zim")
	if err := os.WriteFile(path, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		policy         seal.Policy
		inside, stored bool // in the program; the page of the archive is shown
		verdict        string
	}{
		"named":               {seal.Policy{}, false, true, "Sealed by a key that this program does not know"},
		"named, with the key": {seal.Policy{Pin: &pin}, false, false, "Sealed by the key that you gave"},
		"named, for rescue":   {seal.Policy{Damaged: true}, false, true, "Opened for rescue"},
		"inside":              {seal.Policy{}, true, false, "Sealed by a key that this program does not know"},
		"inside, for rescue":  {seal.Policy{Damaged: true}, true, false, "Opened for rescue"},
	} {
		t.Run(name, func(t *testing.T) {
			sources, err := archive.Find(archive.Options{Paths: []string{path}, Seal: c.policy})
			if err != nil {
				t.Fatal(err)
			}
			defer sources[0].Close()
			sources[0].Ours = sources[0].Ours || c.inside
			w := start(t, Config{Loopback: true, Archives: sources})
			var site []string
			if c.stored { // guests have a site of their own
				site = append(site, w.guest())
			}
			check := w.get("/content/ours/check.html", site...).body
			if stored := check == "stored check"; stored != c.stored || !stored && !strings.Contains(check, c.verdict) {
				t.Errorf("check.html is the stored page: %v, want %v, or else %q: %.300s", stored, c.stored, c.verdict, check)
			}
			for _, at := range []string{"/-/", "/get/ours/"} {
				contains(t, at, w.get(at).body, c.verdict)
			}
			for _, b := range w.books {
				b.stopChecking()
			}
		})
	}
}

// TestRangeBeginsInDamage: where nothing of a range can be shown, the page that says so comes instead of an answer that
// ends before it begins; what can be shown before the damage is.
func TestRangeBeginsInDamage(t *testing.T) {
	items := spread()
	video := items[2].body
	bad := sealedZIM(t, items)
	start0 := bytes.Index(bad, []byte(video[:100]))
	block := (start0 + len(video)/2) / seal.BlockSize
	bad[block*seal.BlockSize+70_000] ^= 1
	repair(bad)
	path := filepath.Join(t.TempDir(), "ours.zim")
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said []string
	w := start(t, Config{Loopback: true, Archives: find(t, 1, path), Log: func(l string) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, l)
	}})
	const target = "/content/ours/video.bin"
	from := block*seal.BlockSize - start0 // of the damaged block, in the item
	for _, ask := range []string{
		fmt.Sprintf("bytes=%d-", from), fmt.Sprintf("bytes=%d-%d", from+5, from+9), fmt.Sprintf("bytes=%d-%d", from+100_000, len(video)),
	} {
		mu.Lock()
		said = nil
		mu.Unlock()
		a := w.get(target, "Range: "+ask)
		w.want(ask, a, 500, "Content-Type", "text/html; charset=utf-8", "Content-Range", "", "Accept-Ranges", "", "ETag", "", "Content-Length", fmt.Sprint(len(a.body)),
			"Content-Security-Policy", w.get("/-/").Header.Get("Content-Security-Policy"))
		contains(t, ask, a.body, "This page is damaged", "video.bin", fmt.Sprintf("%d, %#x", block, block*seal.BlockSize))
		mu.Lock()
		if len(said) != 1 || !strings.HasSuffix(said[0], "video.bin") {
			t.Errorf("%s: log: %q, want one line", ask, said)
		}
		mu.Unlock()
	}
	w.want("HEAD", w.do("HEAD", target, fmt.Sprintf("Range: bytes=%d-", from)), 206, "Content-Length", fmt.Sprint(len(video)-from))
	before := fmt.Sprintf("bytes=%d-%d", from-1000, from-1)
	if a := w.get(target, "Range: "+before); a.StatusCode != 206 || a.body != video[from-1000:from] {
		t.Errorf("%s: status %d, %d bytes; want those before the damage", before, a.StatusCode, len(a.body))
	}
	tag := w.get(target, "Range: bytes=0-1").Header.Get("ETag")
	w.want("kept", w.get(target, "If-None-Match: "+tag, fmt.Sprintf("Range: bytes=%d-", from)), 304, "ETag", tag)

	for ask, status := range map[string]int{"bytes=0-": 206, fmt.Sprintf("bytes=%d-", from-200_000): 206} {
		req, err := http.NewRequest(http.MethodGet, w.url+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Range", ask)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		at, _, _ := strings.Cut(strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes "), "-")
		first, _ := strconv.Atoi(at)
		if resp.StatusCode != status || err == nil || len(body) == 0 || !strings.HasPrefix(video[first:from], string(body)) {
			t.Errorf("%s: status %d, %d bytes, %v; want the bytes before the damage, and an end that is seen", ask, resp.StatusCode, len(body), err)
		}
	}
}

// TestSealedIsNotSentByTheSystem: what goes from the file to the connection directly would not be checked.
func TestSealedIsNotSentByTheSystem(t *testing.T) {
	plain, err := os.ReadFile(build(t, "ours.zim", spread(), nil))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ours.zim")
	for checked, f := range map[bool][]byte{true: sealtest.ZIM(plain, nil, ""), false: plain} {
		if err := os.WriteFile(path, f, 0o600); err != nil {
			t.Fatal(err)
		}
		w := start(t, Config{Loopback: true, Archives: find(t, 1, path)})
		e, err := w.books[0].zim.Entry(zim.NamespaceContent, "video.bin")
		if err != nil {
			t.Fatal(err)
		}
		data, err := w.books[0].open(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if (data.file == nil) != checked {
			t.Errorf("with block hashes: %v; the item has a file of its own: %v", checked, data.file != nil)
		}
		data.blob.Close()
	}
}

// TestNothingOfAnotherRunIsConfirmed: a forger serves changed bytes at an address, with UUID, size and MD5 as they were,
// and the genuine archive is served there afterwards. What browsers have kept must not count as the genuine one's.
func TestNothingOfAnotherRunIsConfirmed(t *testing.T) {
	items := spread()
	genuine := sealedZIM(t, items)
	forged := bytes.Clone(genuine)
	forged[bytes.Index(forged, []byte(items[3].body[:100]))+50] ^= 1
	body, _, _ := seal.Place(int64(len(forged)))
	clear(forged[body : body+4]) // the seal's magic
	write := func(f []byte) string {
		path := filepath.Join(t.TempDir(), "ours.zim")
		if err := os.WriteFile(path, f, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dir := write(genuine)
	before, again, now := start(t, Config{Archives: find(t, 1, write(forged))}), start(t, Config{Archives: find(t, 1, dir)}), start(t, Config{Archives: find(t, 1, dir)})
	for _, target := range []string{"/content/ours/" + items[3].path, "/content/ours/index.html", "/get/ours/test_en.zim"} {
		old := before.get(target)
		before.want(target+", forged", old, 200, "Cache-Control", "no-store")
		for name, tag := range map[string]string{"the forged copy's": old.Header.Get("ETag"), "another run's": again.get(target).Header.Get("ETag")} {
			if tag == "" {
				t.Errorf("%s: no ETag", target)
			}
			now.want(target+" with "+name, now.get(target, "If-None-Match: "+tag), 200, "Cache-Control", "private, no-cache")
			now.want(target+", range with "+name, now.get(target, "If-Range: "+tag, "Range: bytes=5-"), 200)
		}
		own := now.get(target).Header.Get("ETag")
		now.want(target+" with its own", now.get(target, "If-None-Match: "+own), 304)
	}
}

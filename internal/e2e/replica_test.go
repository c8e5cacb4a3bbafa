package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/pem"
	"hash/fnv"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/big"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The sites that the dossier's articles come from, in their shape and in words of our own: two that Drupal makes (an old one and a new
// one), two that WordPress makes (with lazy pictures of two kinds, and a picture server), and one of static files.
//
//go:embed all:testdata/replica
var replicaFiles embed.FS

// replica answers as all of these hosts.
type replica struct {
	*httptest.Server
	roots string // file with the certificate

	mu    sync.Mutex
	asked []string // host and path of everything
}

var replicaHosts = []string{"avtonom.org", "aitrus.info", "pramen.io", "lefteast.org", "i0.wp.com", "crimethinc.com", "cdn.crimethinc.com"}

// article is one of the five.
type replicaArticle struct {
	url      string
	title    string
	lang     string
	words    string   // a sentence of it
	search   string   // a word of it, in another form where the language has forms
	pictures []string // what the readable text shows, by their alternative texts
	looks    int      // pictures of the page as it looked
}

var replicaArticles = []replicaArticle{
	{"https://avtonom.org/news/kazahstan-vyshel-na-ulicy-policiya-bezhit", "Город вышел на улицы", "ru", "К полудню на площади стояли уже не только рабочие.", "баррикадами", []string{"Площадь утром", "Костры у вокзала"}, 3},
	{"https://aitrus.info/node/5884", "Заявление о событиях в степном городе", "ru", "Мы не ждём ни спасителей, ни посредников.", "забастовками", []string{"Листовка"}, 2},
	{"https://pramen.io/en/2022/01/colonialism-of-the-twenty-first-century", "Colonialism, a Third Time", "en", "The pipeline was drawn on a map before anyone asked who lived there.", "pipelines", []string{"A pump jack", "The old depot"}, 3},
	{"https://lefteast.org/a-color-revolution-or-a-working-class-uprising-an-interview-with-aynur-kurmanov-on-the-protests-in-kazakhstan/", "Neither Colour nor Conspiracy: A Conversation", "en", "They call it a plot because they cannot call it a wage.", "conspiracies", []string{"Strikers at the gate", "A kettle on the fire"}, 4},
	{"https://crimethinc.com/2022/01/06/the-uprising-in-kazakhstan-an-interview-and-appraisal", "The Rising: An Interview", "en", "Nobody led it, and everybody knew where to stand.", "risings", []string{"Smoke above the ministry", "A line of parked lorries"}, 2},
}

func newReplica(t *testing.T) *replica {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "replica"}, DNSNames: replicaHosts, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s := &replica{roots: filepath.Join(t.TempDir(), "roots.pem")}
	if err := os.WriteFile(s.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o666); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewUnstartedServer(s)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP sends the files of a host; pictures are painted, each in colours of its own.
func (s *replica) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Host+r.URL.Path)
	s.mu.Unlock()
	switch name := path.Clean(r.URL.Path); {
	case r.Host == "pramen.io" && strings.HasPrefix(name, "/en/") && !strings.HasSuffix(r.URL.Path, "/"): // as WordPress does
		w.Header().Set("X-Redirect-By", "WordPress")
		http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
	case slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif"}, path.Ext(name)):
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		_, _ = w.Write(painted(r.Host+name, path.Ext(name)))
	case path.Ext(name) == ".mp4":
		http.ServeFile(w, r, "../scrub/testdata/film.mp4")
	default:
		file := "testdata/replica/" + r.Host + name
		b, err := replicaFiles.ReadFile(file)
		if err != nil {
			file += ".html"
			b, err = replicaFiles.ReadFile(file)
		}
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(file)))
		http.SetCookie(w, &http.Cookie{Name: "visitor", Value: "77"})
		_, _ = w.Write(b)
	}
}

func painted(name, ending string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	c := h.Sum32()
	m := image.NewPaletted(image.Rect(0, 0, 160, 100), color.Palette{color.RGBA{byte(c), byte(c >> 8), byte(c >> 16), 255}, color.White})
	for x := range 100 {
		m.SetColorIndex(x, x, 1)
	}
	var b bytes.Buffer
	var err error
	switch ending {
	case ".png":
		err = png.Encode(&b, m)
	case ".gif":
		err = gif.Encode(&b, m, nil)
	default:
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestReplicaIsCaptured goes the way of an editor and of a reader: five addresses are added and captured, packed and carried by
// one program, found by their words, and read in the browser with every picture. Nothing is asked of the sites any more.
func TestReplicaIsCaptured(t *testing.T) {
	s := newReplica(t)
	dir := filepath.Join(t.TempDir(), "papers")
	web := []string{"--allow-private", "--every", "0s"}
	for _, h := range replicaHosts {
		web = append(web, "--resolve", h+":"+s.Listener.Addr().String())
	}
	press := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(program(t, "samizdat-press"), args...)
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+s.roots, "SSL_CERT_DIR=/nowhere", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("samizdat-press %s: %v\n%s", args[0], err, out)
		}
		return string(out)
	}
	press("new", dir)
	var urls []string
	for _, a := range replicaArticles {
		urls = append(urls, a.url)
	}
	said := press(append(append([]string{"add", dir, "--section", "articles"}, urls...), web...)...)
	ids := make([]string, len(urls))
	for i, a := range replicaArticles {
		line := "articles: " + a.title + " (" + a.lang + "): " + dir + "/articles/"
		_, rest, found := strings.Cut(said, line)
		if !found {
			t.Fatalf("add does not say %q:\n%s", line, said)
		}
		ids[i], _, _ = strings.Cut(rest, "/")
	}
	said = press(append(append([]string{"capture", dir}, ids...), web...)...)
	for _, id := range ids {
		if !strings.Contains(said, id+": captured; fetched ") {
			t.Errorf("capture does not say that %s is captured:\n%s", id, said)
		}
	}
	if strings.Count(said, ", missing 0\n") != len(ids) {
		t.Errorf("something is missing:\n%s", said)
	}
	if out := press("check", dir); strings.Contains(out, "warning") || !strings.Contains(out, "nothing wrong") {
		t.Errorf("check says:\n%s", out)
	}
	for _, host := range replicaHosts {
		if !slices.ContainsFunc(s.asked, func(at string) bool { return strings.HasPrefix(at, host+"/") }) {
			t.Errorf("nothing was asked of %s", host)
		}
	}
	asked := len(s.asked)
	zim := filepath.Join(t.TempDir(), "papers.zim")
	press("pack", dir, "-o", zim)
	copied := carrier(t, zim, filepath.Join(t.TempDir(), "papers"))
	for i, a := range replicaArticles {
		if found := output(t, copied, "search", a.search); !strings.Contains(found, a.title) {
			t.Errorf("search for %q does not find %s:\n%s", a.search, ids[i], found)
		}
	}
	r := startProgram(t, copied)
	base := strings.TrimSuffix(get(t, r.url, "").url, "index.html")
	ctx, end := browserFor(t, 3*time.Minute)
	const pictures = `[...document.images].map(i => i.alt + (i.complete && i.naturalWidth > 0 ? "" : " (not shown)")).sort()`
	for i, a := range replicaArticles {
		visit(t, ctx, base+"article-"+ids[i]+".html")
		if h := eval[string](t, ctx, `document.querySelector("h1").textContent`); h != a.title {
			t.Errorf("%s: the heading is %q, want %q", ids[i], h, a.title)
		}
		if text := eval[string](t, ctx, `document.querySelector("article").textContent`); !strings.Contains(text, a.words) {
			t.Errorf("%s: the text lacks %q", ids[i], a.words)
		}
		if got, want := eval[[]string](t, ctx, pictures), slices.Sorted(slices.Values(a.pictures)); !slices.Equal(got, want) {
			t.Errorf("%s: the text shows %q, want %q", ids[i], got, want)
		}
		visit(t, ctx, base+"captured/"+ids[i]+"/snapshot.html")
		got := eval[[]string](t, ctx, pictures)
		if len(got) != a.looks || slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "(not shown)") }) {
			t.Errorf("%s: the page as it looked shows %q, want %d pictures", ids[i], got, a.looks)
		}
		if n := eval[int](t, ctx, `document.scripts.length + document.forms.length + document.querySelectorAll("iframe").length`); n != 0 {
			t.Errorf("%s: the page as it looked has %d scripts, forms and frames", ids[i], n)
		}
		if look := eval[string](t, ctx, `getComputedStyle(document.querySelector("#header, .site-header, .hero")).backgroundImage`); !strings.Contains(look, "/captured/"+ids[i]+"/files/") {
			t.Errorf("%s: behind the head is %q, want a picture from a style sheet", ids[i], look)
		}
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
	if len(s.asked) != asked {
		t.Errorf("the sites were asked for %q after they were captured", s.asked[asked:])
	}
	if out := press("verify", dir); !strings.Contains(out, ": 5 captures, 5 made again and the same; ") || strings.Contains(out, ": note: ") {
		t.Errorf("verify says:\n%s", out)
	}
	t.Run("replay", func(t *testing.T) { replayCaptured(t, press, dir, ids[1]) })
}

// replayCaptured plays the evidence of the statement in ReplayWeb.page, as readers get it.
func replayCaptured(t *testing.T, press func(...string) string, dir, id string) {
	item := filepath.Join(dir, "articles", id, "item.yaml")
	src, err := os.ReadFile(item)
	if err != nil {
		t.Fatal(err)
	}
	_, at, found := strings.Cut(string(src), "captured_at: ")
	at, _, _ = strings.Cut(at, "\n")
	when, err := time.Parse(time.RFC3339, at)
	if !found || err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	if err := os.WriteFile(item, append(src, "evidence: include\n"...), 0o666); err != nil {
		t.Fatal(err)
	}
	zim, evidence := filepath.Join(t.TempDir(), "papers.zim"), filepath.Join(t.TempDir(), "page.wacz")
	press("pack", dir, "-o", zim)
	if err := os.WriteFile(evidence, []byte(output(t, program(t, "samizdat"), "cat", "evidence/"+id+"/"+id+".wacz", "--archive", zim)), 0o666); err != nil {
		t.Fatal(err)
	}
	page, err := replicaFiles.ReadFile("testdata/replica/aitrus.info/node/5884.html")
	if err != nil {
		t.Fatal(err)
	}
	_, words, _ := strings.Cut(string(page), "<p>Мы не")
	words, _, _ = strings.Cut(words, "</p>")
	replay(t, evidence, replicaArticles[1].url, when.Format("20060102150405"), "Мы не"+words, "Заявление о событиях в степном городе | Союз 160")
}

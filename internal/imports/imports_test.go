package imports_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"samizdat/internal/capture"
	"samizdat/internal/fetch"
	"samizdat/internal/imports"
	"samizdat/internal/imports/importstest"
	"samizdat/internal/warc"
)

// file is a file with its name.
type file struct {
	name string
	data []byte
}

// open reads archives together.
func open(t testing.TB, o imports.Options, files ...file) *imports.Archives {
	t.Helper()
	o.Dir = t.TempDir()
	a := imports.NewArchives(o)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, f := range files {
		add := a.AddWARC
		if imports.Detect(f.data) == imports.WACZ {
			add = a.AddWACZ
		}
		if _, err := add(t.Context(), f.name, bytes.NewReader(f.data), int64(len(f.data))); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
	}
	return a
}

// captured runs a capture of a page.
func captured(t testing.TB, get capture.Getter, url string, keep func(*warc.Writer, *fetch.Hop) (string, error)) (capture.Job, *capture.Result, error) {
	t.Helper()
	job := capture.Job{URL: url, Dir: t.TempDir(), Files: "files", Tool: "samizdat-press test", Keep: keep}
	res, err := capture.Run(t.Context(), get, job)
	return job, res, err
}

func pageAt(url string) imports.Page { return imports.Page{URL: url, Time: importstest.At} }

func read(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// records reads a file of evidence, and fails if any record has a digest that differs.
func records(t testing.TB, name string) map[string][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := warc.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		block, err := io.ReadAll(rec)
		if err == nil {
			err = rec.Finish()
		}
		if err != nil || rec.BlockDigest == warc.Differs || rec.PayloadDigest == warc.Differs {
			t.Fatalf("%s %s: %v, block digest %v, payload digest %v", rec.Type(), rec.TargetURI(), err, rec.BlockDigest, rec.PayloadDigest)
		}
		key := string(rec.Type()) + " " + rec.TargetURI()
		all[key] = append(all[key], rec.ID()+"\n"+string(block))
	}
}

// Every packing gives the same capture, and the evidence has the records as they were.
func TestEveryPacking(t *testing.T) {
	all := importstest.Records()
	var first string
	for _, f := range []file{
		{"plain.warc", []byte(strings.Join(all, ""))},
		{"members.warc.gz", importstest.Gzip(all...)},
		{"one-member.warc.gz", importstest.Gzip(strings.Join(all, ""))},
		{"frames.warc.zst", importstest.Zstd(all...)},
		{"archive.wacz", importstest.WACZ(importstest.Gzip(all...), "Crawler/3.2 (of the tests)", true)},
	} {
		t.Run(f.name, func(t *testing.T) {
			a := open(t, imports.Options{}, f)
			g := a.Getter(pageAt(importstest.URL))
			job, res, err := captured(t, g, importstest.Short, g.Keep)
			if err != nil {
				t.Fatal(err)
			}
			c := res.Capture
			a.Origins[0].Describe(c, importstest.At.Add(time.Hour), "samizdat-press test")
			if c.FinalURL != importstest.URL || !slices.Equal(c.Redirects, []string{importstest.Short}) || c.CapturedAt != "2022-01-06T10:20:30Z" ||
				c.ServerIP != "192.0.2.7" || c.HTTPStatus != 200 || c.Tool != "Crawler/3.2 (of the tests)" || c.Imported.From != f.name || c.Imported.At != "2022-01-06T11:20:30Z" {
				t.Errorf("%+v", c)
			}
			if len(c.Missing) != 1 || c.Missing[0].Reason != "it is not in what was imported" || res.Title != "The square" || len(c.Files) != 2 {
				t.Errorf("%+v, files %v", c.Missing, c.Files)
			}
			made := read(t, job.Dir, "article.html") + read(t, job.Dir, "snapshot.html")
			if first == "" {
				first = made
			}
			if made != first {
				t.Errorf("other pages than from the first file:\n%s", made)
			}
			kept := records(t, filepath.Join(job.Dir, c.Evidence.Name))
			for _, rec := range all[:6] {
				head, block, _ := strings.Cut(strings.TrimSuffix(rec, "\r\n\r\n"), "\r\n\r\n")
				kind, uri := field(head, "WARC-Type"), field(head, "WARC-Target-URI")
				if !slices.Contains(kept[kind+" "+uri], strings.Trim(field(head, "WARC-Record-ID"), "<>")+"\n"+block) {
					t.Errorf("%s %s is not in the evidence as it was", kind, uri)
				}
			}
			if len(kept["response "+importstest.Other]) > 0 {
				t.Error("the evidence has another page")
			}
			if got := len(kept["resource urn:wacz:datapackage.json"]); got != strings.Count(f.name, ".wacz") {
				t.Errorf("datapackage.json is there %d times", got)
			}
			if want := "<urn:uuid:"; "<"+c.RecordID == "<" || !strings.HasPrefix("<"+c.RecordID, want) {
				t.Errorf("record_id %q", c.RecordID)
			}
		})
	}
}

func field(head, name string) string {
	for line := range strings.SplitSeq(head, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			return v
		}
	}
	return ""
}

// Evidence of an import, read again, gives the same pages: what verify relies on.
func TestImportedAgain(t *testing.T) {
	a := open(t, imports.Options{}, file{"a.warc.gz", importstest.Gzip(importstest.Records()...)})
	g := a.Getter(pageAt(importstest.URL))
	job, res, err := captured(t, g, importstest.URL, g.Keep)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, imports.Options{}, file{"page.warc.gz", []byte(read(t, job.Dir, res.Capture.Evidence.Name))})
	h := b.Getter(pageAt(importstest.URL))
	again, _, err := captured(t, h, importstest.URL, h.Keep)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"article.html", "snapshot.html"} {
		if read(t, job.Dir, name) != read(t, again.Dir, name) {
			t.Errorf("%s differs", name)
		}
	}
}

// One fault each, and what becomes of the page.
func TestFaults(t *testing.T) {
	all := importstest.Records()
	with := func(i int, rec string) []string {
		out := slices.Clone(all)
		out[i] = rec
		return out
	}
	flipped := strings.Replace(all[2], "The square</h1>", "The circle</h1>", 1)
	cut := importstest.Gzip(all...)
	again := importstest.Record("revisit", importstest.Picture, importstest.At, "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\nWARC-Payload-Digest: "+
		importstest.Digest(string(importstest.PNG))+"\r\nContent-Type: application/http; msgtype=response\r\n", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
	notModified := importstest.Record("revisit", importstest.Picture, importstest.At.Add(time.Minute), "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/server-not-modified\r\nContent-Type: application/http; msgtype=response\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n")
	bomb := importstest.Response(importstest.Picture, "image/png", string(importstest.Gzip(strings.Repeat("\x00", 3<<20))), "Content-Encoding: gzip\r\n")
	part := importstest.Record("response", importstest.Picture, importstest.At, "Content-Type: application/http\r\n", "HTTP/1.1 206 Partial\r\nContent-Type: image/png\r\nContent-Range: bytes 0-66/900\r\n\r\n"+string(importstest.PNG))
	film := importstest.Record("response", importstest.Picture, importstest.At, "Content-Type: application/http\r\n", fmt.Sprintf("HTTP/1.1 206 Partial\r\nContent-Type: image/png\r\nContent-Range: bytes 0-%d/%d\r\n\r\n%s", len(importstest.PNG)-1, len(importstest.PNG), importstest.PNG))
	post := importstest.Record("request", importstest.URL, importstest.At, "Content-Type: application/http; msgtype=request\r\nWARC-Concurrent-To: "+field(all[2], "WARC-Record-ID")+"\r\n", "POST /2022/square.html HTTP/1.1\r\nHost: news.example\r\n\r\n")
	loop := importstest.Record("response", importstest.URL, importstest.At, "Content-Type: application/http\r\n", "HTTP/1.1 301 Moved\r\nLocation: "+importstest.Short+"\r\n\r\n")
	wacz := importstest.WACZ(importstest.Gzip(all...), "x", false)
	tampered := bytes.Replace(wacz, []byte(`"title":"The square"`), []byte(`"title":"The circle"`), 1)

	for _, c := range []struct {
		name    string
		files   []file
		page    string // error of the page; "" is none
		missing string // reason for the picture; "" if it is there
		finding string
	}{
		{name: "sound", files: []file{{"a.warc.gz", cut}}},
		{"a word of the page changed", []file{{"a.warc.gz", importstest.Gzip(with(2, flipped)...)}}, "is not what its digest was made of", "", "broken: a.warc.gz: the record at"},
		{"cut short", []file{{"a.warc.gz", cut[:len(cut)-100]}}, "", "", "damage: a.warc.gz: record at"},
		{"a lost page", []file{{"a.warc", []byte(strings.Join(with(2, all[2][:len(all[2])-300]), ""))}}, "of a.warc is damaged", "", "damage: a.warc: record at"},
		{"revisit without its original", []file{{"a.warc.gz", importstest.Gzip(with(5, again)...)}}, "", "it repeats an answer that is not in what was imported", ""},
		{"revisit of another file", []file{{"a.warc.gz", importstest.Gzip(with(5, again)...)}, {"b.warc.gz", importstest.Gzip(all[5])}}, "", "", ""},
		{"server-not-modified", []file{{"a.warc.gz", importstest.Gzip(append(slices.Clone(all), notModified)...)}}, "", "", ""},
		{"a part of a picture", []file{{"a.warc.gz", importstest.Gzip(with(5, part)...)}}, "", "only a part of it was captured", ""},
		{"a part that is the whole", []file{{"a.warc.gz", importstest.Gzip(with(5, film)...)}}, "", "", ""},
		{"not a picture", []file{{"a.warc.gz", importstest.Gzip(with(5, bomb)...)}}, "", "it is of another kind than the page says", ""},
		{"an answer to POST", []file{{"a.warc.gz", importstest.Gzip(with(3, post)...)}}, "it is not in what was imported", "", ""},
		{"a circle of redirects", []file{{"a.warc.gz", importstest.Gzip(with(2, loop)...)}}, "too many redirects", "", ""},
		{"a changed list of pages", []file{{"a.wacz", tampered}}, "", "", "broken: pages/pages.jsonl: "},
		{"a WARC file in a WACZ cut short", []file{{"a.wacz", wacz[:len(wacz)/3]}}, "not a WACZ file", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.page, "not a") {
				a := imports.NewArchives(imports.Options{})
				_, err := a.AddWACZ(t.Context(), "a", bytes.NewReader(c.files[0].data), int64(len(c.files[0].data)))
				if err == nil || !strings.Contains(err.Error(), c.page) || !imports.Unreadable(err) {
					t.Errorf("got %v, want %q", err, c.page)
				}
				return
			}
			a := open(t, imports.Options{}, c.files...)
			var found []string
			for _, f := range a.Origins[0].Findings {
				found = append(found, f.String())
			}
			if c.finding != "" && !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, c.finding) }) || c.finding == "" && strings.Contains(fmt.Sprint(found), "broken") {
				t.Errorf("findings %q, want %q", found, c.finding)
			}
			if want := strings.HasSuffix(c.files[0].name, ".wacz"); a.Origins[0].Tampered != want {
				t.Errorf("tampered: %t, want %t", a.Origins[0].Tampered, want)
			}
			g := a.Getter(pageAt(importstest.URL))
			_, res, err := captured(t, g, importstest.URL, g.Keep)
			if c.page != "" {
				if err == nil || !strings.Contains(err.Error(), c.page) {
					t.Errorf("got %v, want %q", err, c.page)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, m := range res.Capture.Missing {
				if m.URL == importstest.Picture {
					got = m.Reason
				}
			}
			if got != c.missing {
				t.Errorf("the picture is missing because %q, want %q", got, c.missing)
			}
		})
	}
}

// A record whose digest differs is taken when that is wanted.
func TestDamagedAllTheSame(t *testing.T) {
	all := importstest.Records()
	all[2] = strings.Replace(all[2], "The square</h1>", "The circle</h1>", 1)
	a := open(t, imports.Options{Damaged: true}, file{"a.warc.gz", importstest.Gzip(all...)})
	g := a.Getter(pageAt(importstest.URL))
	job, _, err := captured(t, g, importstest.URL, g.Keep)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(read(t, job.Dir, "snapshot.html"), "The circle") {
		t.Error("it has other words")
	}
}

// What unpacks to more than the bound is not taken, whatever packs it.
func TestBombs(t *testing.T) {
	all := importstest.Records()
	zeros := strings.Repeat("\x00", 3<<20)
	all[5] = importstest.Response(importstest.Picture, "image/png", string(importstest.PNG)+zeros)
	all[4] = importstest.Response(importstest.Sheet, "text/css", string(importstest.Gzip(zeros)), "Content-Encoding: gzip\r\n")
	a := open(t, imports.Options{Most: 1 << 20}, file{"a.warc.gz", importstest.Gzip(all...)})
	g := a.Getter(pageAt(importstest.URL))
	_, res, err := captured(t, g, importstest.URL, g.Keep)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, m := range res.Capture.Missing {
		if m.Reason == fetch.ErrTooLarge.Error() {
			count++
		}
	}
	if count != 2 {
		t.Errorf("%v", res.Capture.Missing)
	}
}

// Cookies of whoever captured stay out of the evidence.
func TestSecretsAreWithheld(t *testing.T) {
	all := importstest.Records()
	all[3] = importstest.Record("request", importstest.URL, importstest.At, "Content-Type: application/http; msgtype=request\r\nWARC-Concurrent-To: "+field(all[2], "WARC-Record-ID")+"\r\n",
		"GET /2022/square.html HTTP/1.1\r\nHost: news.example\r\nCookie: session=77\r\n\r\n")
	a := open(t, imports.Options{}, file{"a.warc.gz", importstest.Gzip(all...)})
	g := a.Getter(pageAt(importstest.URL))
	job, res, err := captured(t, g, importstest.URL, g.Keep)
	if err != nil {
		t.Fatal(err)
	}
	kept := records(t, filepath.Join(job.Dir, res.Capture.Evidence.Name))
	if g.Withheld != 1 || len(kept["request "+importstest.URL]) != 0 {
		t.Errorf("%d withheld, %d kept", g.Withheld, len(kept["request "+importstest.URL]))
	}
}

// What browsers saved gives the same page by the same code.
func TestSaved(t *testing.T) {
	single, mhtml := importstest.SingleFile(), importstest.MHTML()
	folder := fstest.MapFS{}
	for name, data := range importstest.Folder() {
		folder[name] = &fstest.MapFile{Data: data, ModTime: importstest.At}
	}
	for _, c := range []struct {
		method string
		open   func() (*imports.Saved, error)
		frame  bool
		whole  []byte
	}{
		{"import:singlefile", func() (*imports.Saved, error) {
			return imports.SingleFile(t.Context(), t.TempDir(), "page.html", bytes.NewReader(single), int64(len(single)), time.Time{}, "")
		}, true, single},
		{"import:mhtml", func() (*imports.Saved, error) {
			return imports.MHTML(t.Context(), t.TempDir(), "page.mhtml", bytes.NewReader(mhtml), int64(len(mhtml)), time.Time{}, "")
		}, true, mhtml},
		{"import:folder", func() (*imports.Saved, error) {
			return imports.Folder(t.Context(), t.TempDir(), folder, "square.html", importstest.At, "")
		}, false, folder["square.html"].Data},
	} {
		t.Run(c.method, func(t *testing.T) {
			s, err := c.open()
			if err != nil {
				t.Fatal(err)
			}
			if s.Page.URL != importstest.URL || !s.Page.Time.Equal(importstest.At) || s.Origin.Method != c.method || len(s.Origin.Findings) > 0 {
				t.Errorf("%+v, %+v", s.Page, s.Origin)
			}
			job, res, err := captured(t, s, s.Page.URL, s.Keep)
			if err != nil {
				t.Fatal(err)
			}
			s.Describe(res.Capture, importstest.At, "samizdat-press test")
			k := res.Capture
			look := read(t, job.Dir, "snapshot.html")
			pictures := 0
			for _, f := range k.Files {
				if strings.HasSuffix(f.Name, ".png") {
					pictures++
					if read(t, job.Dir, f.Name) != string(importstest.PNG) {
						t.Errorf("%s has other bytes", f.Name)
					}
				}
			}
			if pictures != 1 || strings.Contains(look, "invalid") || strings.Contains(look, "data:") || strings.Contains(look, "cid:") || !strings.Contains(look, `alt="The square"`) {
				t.Errorf("%d pictures in\n%s", pictures, look)
			}
			if c.frame != strings.Contains(look, "Words in a frame") {
				t.Errorf("frame: %t", !c.frame)
			}
			if k.HTTPStatus != 0 || k.ServerIP != "" || len(k.Missing) != 1 || k.Missing[0].URL != "https://news.example/gone.png" || k.Missing[0].Reason != "it was not saved with the page" {
				t.Errorf("%+v", k)
			}
			kept := records(t, filepath.Join(job.Dir, k.Evidence.Name))
			if got := kept["resource "+importstest.URL]; len(got) != 1 || got[0] != k.RecordID+"\n"+string(c.whole) {
				t.Error("the file is not in the evidence as it was")
			}
			if c.method == "import:folder" && len(kept["resource https://news.example/2022/square_files/the%20square.png"]) != 1 {
				t.Errorf("%d records", len(kept))
			}
		})
	}
}

// What is in no file, and what files try.
func TestSavedHostile(t *testing.T) {
	data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(importstest.PNG)
	nested := `<p>end`
	for range 40 {
		nested = `<iframe srcdoc="` + strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(nested) + `"></iframe>`
		if len(nested) > 1<<20 {
			break
		}
	}
	for _, c := range []struct{ name, page, address, err string }{
		{"no address", "<html><p>words", "", imports.ErrNoAddress.Error()},
		{"a wrong address", "<html><p>words", "file:///etc/passwd", imports.ErrNoAddress.Error()},
		{"an address with a password", "<html><p>words", "https://user:secret@news.example/", ""},
		{"nested frames", nested, importstest.URL, ""},
		{"an open style", "<style>a{background:url(" + data, importstest.URL, ""},
		{"an open tag", "<p>words<img src=\"" + data, importstest.URL, ""},
		{"wrong base64", "<p>words<img src='data:image/png;base64,%%%'>", importstest.URL, ""},
		{"paths upwards", "<p>words<img src='../../page_files/../../etc/passwd'>", importstest.URL, ""},
		{"a page in a page in a style", `<p>words<style>@import "data:text/css,@import%20%22data:text/css,a%7Bbackground:url(` + data + `)%7D%22"</style>`, importstest.URL, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := imports.SingleFile(t.Context(), t.TempDir(), "page.html", strings.NewReader(c.page), int64(len(c.page)), importstest.At, c.address)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, res, err := captured(t, s, s.Page.URL, s.Keep)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(res.Capture.FinalURL+s.Page.URL, "secret") {
				t.Error("the password is kept")
			}
		})
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := imports.SingleFile(stopped, "", "x", strings.NewReader("x"), 1, importstest.At, importstest.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// MHTML files with one fault each.
func TestMHTMLFaults(t *testing.T) {
	sound := string(importstest.MHTML())
	for _, c := range []struct{ name, file, err, finding string }{
		{"no boundary", strings.Replace(sound, "boundary=", "bundary=", 1), "it holds no part", "has no boundary"},
		{"a title of two lines", strings.Replace(sound, "Subject: ", "Subject: first\r\nsecond line\r\nX-Title: ", 1), "", ""},
		{"a type without quotes", strings.Replace(sound, `type="text/html"`, "type=Text/HTML", 1), "", ""},
		{"cut short", sound[:len(sound)-200], "", "damage: a.mhtml: "},
		{"no page", strings.ReplaceAll(sound, "text/html", "text/plain"), "none of its parts is a page", ""},
		{"wrong base64", strings.Replace(sound, "iVBORw0K", "iV!ORw0K", 1), "", "damage: a.mhtml: part 2"},
		{"groups in groups", strings.Replace(sound, "Content-Type: image/png", "Content-Type: multipart/related", 1), "", "has no boundary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := imports.MHTML(t.Context(), t.TempDir(), "a.mhtml", strings.NewReader(c.file), int64(len(c.file)), importstest.At, "")
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !imports.Unreadable(err) {
					t.Errorf("got %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(s.Origin.Findings); !strings.Contains(strings.ReplaceAll(got, "{damage ", "damage: "), c.finding) {
				t.Errorf("findings %v, want %q", got, c.finding)
			}
			if _, _, err := captured(t, s, s.Page.URL, s.Keep); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want imports.Kind
	}{
		{importstest.Gzip(importstest.Records()...), imports.WARC},
		{importstest.Zstd(importstest.Records()...), imports.WARC},
		{[]byte(strings.Join(importstest.Records(), "")), imports.WARC},
		{importstest.MHTML(), imports.MHTMLFile},
		{importstest.SingleFile(), imports.SingleFilePage},
		{importstest.Folder()["square.html"], imports.HTML},
		{importstest.PNG, imports.Unknown},
		{nil, imports.Unknown},
		{[]byte("%PDF-1.7"), imports.Unknown},
	} {
		if got := imports.Detect(c.data); got != c.want {
			t.Errorf("Detect(%.20q) = %d, want %d", c.data, got, c.want)
		}
	}
}

// TestWhatEvidenceSaysOfItself finds the certificate of the server and the record of the capture, of the page that is asked for.
func TestWhatEvidenceSaysOfItself(t *testing.T) {
	der := []byte("a certificate")
	main := importstest.Records()[2]
	_, id, _ := strings.Cut(main, "WARC-Record-ID: <")
	id, _, _ = strings.Cut(id, ">")
	record := func(id, tool string) string {
		return `{"samizdat": 1, "url": "x", "method": "http", "tool": "` + tool + `", "record_id": "` + id + `"}`
	}
	metadata := func(url, block string) string {
		return importstest.Record("metadata", url, importstest.At, "Content-Type: application/json\r\n", block)
	}
	certificate := func(host string, der []byte) string {
		return importstest.Record("resource", "urn:tls-cert:"+host, importstest.At, "Content-Type: application/pem-certificate-chain\r\n",
			string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	}
	file := []byte(strings.Join([]string{
		main, certificate("cdn.example", []byte("another")), certificate("news.example", der), metadata(importstest.URL, "{}"), metadata(importstest.URL, record("urn:uuid:other", "no")),
		metadata(importstest.Other, record(id, "no")), metadata(importstest.URL, record(id, "yes")),
	}, ""))
	a := imports.NewArchives(imports.Options{Dir: t.TempDir()})
	defer a.Close()
	if _, err := a.AddWARC(t.Context(), "page.warc", bytes.NewReader(file), int64(len(file))); err != nil {
		t.Fatal(err)
	}
	page, ok := a.Answer(id)
	if !ok {
		t.Fatal("no page")
	}
	sum := sha256.Sum256(der)
	if got, err := a.Certificate(page); err != nil || got != hex.EncodeToString(sum[:]) {
		t.Errorf("certificate %s, %v", got, err)
	}
	if p, err := a.Provenance(page); err != nil || p == nil || p.Tool != "yes" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestSheetOfStrangeBytes has what becomes shorter or longer in small letters before an address: a Kelvin sign, a dotted I, and bytes that are no text.
func TestSheetOfStrangeBytes(t *testing.T) {
	for _, strange := range []string{"\u212a\u212a\u212a\u212a\u212a\u212a\u212a\u212a", "\u0130\u0130\u0130\u0130\u0130\u0130", strings.Repeat("\xff", 40)} {
		page := "<style>/*" + strange + "*/ a{background:url(DATA:image/png;base64," + base64.StdEncoding.EncodeToString(importstest.PNG) + ")}</style>" + strange
		s, err := imports.SingleFile(t.Context(), t.TempDir(), "a.html", strings.NewReader(page), int64(len(page)), importstest.At, importstest.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got := content(t, s, laid.FindString(string(content(t, s, importstest.URL)))); !bytes.Equal(got, importstest.PNG) {
			t.Errorf("%q: the picture came back as %q", strange, got)
		}
	}
}

package wacz_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/wacz"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// zipped makes a ZIP of names and contents, two by two.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: files[i], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestVersions reads archives as each version has them.
func TestVersions(t *testing.T) {
	ev := string(evidence(t))
	const line = `{"id":"1","url":"https://example.org/","ts":"2022-01-05T10:20:30Z","title":"Page"}` + "\n"
	pages := `{"format":"json-pages-1.0","id":"pages","title":"All Pages"}` + "\n" + line
	hash := func(s string) string { return digest([]byte(s))[7:] }
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	entry := fmt.Sprintf("org,example)/ 20220105102030 {\"url\":%q,\"mime\":\"text/html\",\"status\":\"200\",\"length\":\"10\",\"offset\":\"%d\",\"filename\":\"a.warc.gz\"}\n", page, firstResponse(t).Offset)
	if _, err := zw.Write([]byte(entry)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	index := packed.String()
	for _, c := range []struct {
		name, title string
		file        []byte
		want        []wacz.Kind
	}{
		{
			"1.0.0", "Old", zipped(t, "archive/a.warc.gz", ev, "indexes/index.cdx.gz", index, "pages/pages.jsonl", pages, "datapackage.json",
				`{"profile":"data-package","wacz_version":"1.0.0","metadata":{"title":"Old"},"resources":[`+
					`{"path":"archive/a.warc.gz","hashing":"sha256","stats":{"hash":"`+hash(ev)+`","bytes":`+fmt.Sprint(len(ev))+`}},`+
					`{"path":"indexes/index.cdx.gz","hashing":"sha256","stats":{"hash":"`+hash(index)+`","bytes":`+fmt.Sprint(len(index))+`}},`+
					`{"path":"pages/pages.jsonl","hashing":"sha256","stats":{"hash":"`+hash(pages)+`","bytes":0}}]}`),
			[]wacz.Kind{wacz.OtherVersion, wacz.NoSize, wacz.NoPackageDigest},
		},
		{
			"0.1.0", "Oldest", zipped(t, "archive/a.warc.gz", ev, "indexes/index.cdx.gz", index, "webarchive.yaml",
				"title: Oldest\npages:\n- date: '2022-01-05T10:20:30Z'\n  title: Page\n  url: https://example.org/\n"),
			[]wacz.Kind{wacz.OtherVersion},
		},
		{
			"1.2.0", "Draft", zipped(t, "archive/a.warc.gz", ev, "indexes/index.cdx.gz", index, "pages/pages.jsonl", pages, "datapackage.json",
				`{"profile":"wacz","wacz_version":"1.2.0","title":"Draft","mainPageURL":"https://example.org/","resources":[`+
					`{"name":"a","path":"archive/a.warc.gz","hash":"sha256:`+hash(ev)+`","bytes":`+fmt.Sprint(len(ev))+`},`+
					`{"name":"b","path":"indexes/index.cdx.gz","hash":"sha256:`+hash(index)+`","bytes":`+fmt.Sprint(len(index))+`},`+
					`{"name":"c","path":"pages/pages.jsonl","hash":"SHA-256:`+strings.ToUpper(hash(pages))+`","bytes":`+fmt.Sprint(len(pages))+`}]}`),
			[]wacz.Kind{wacz.OtherVersion, wacz.NoPackageDigest},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := open(t, c.file)
			var urls []string
			err := a.Pages(func(p wacz.Page) error {
				urls = append(urls, p.URL+" "+p.Title)
				if !p.Time.Equal(captured) {
					t.Errorf("page of %s", p.Time)
				}
				return nil
			}, nil)
			if a.Package.Title != c.title || a.Package.Version != c.name || err != nil || !slices.Equal(urls, []string{"https://example.org/ Page"}) {
				t.Errorf("got %+v with pages %q, %v", a.Package, urls, err)
			}
			r, kinds := verify(t, c.file)
			if !slices.Equal(kinds, c.want) || !r.Intact() || r.Records != 6 {
				t.Errorf("found %v, want %v: %v", kinds, c.want, r.Findings)
			}
		})
	}
}

// firstResponse returns the entry of the page.
func firstResponse(t testing.TB) wacz.Entry {
	t.Helper()
	var found wacz.Entry
	err := open(t, build(t, options())).Index(func(e wacz.Entry) error {
		if e.URL == page {
			found = e
		}
		return nil
	}, nil)
	if err != nil || found.Offset == 0 {
		t.Fatalf("the response is %+v, %v", found, err)
	}
	return found
}

// TestNotWACZ opens files of other kinds.
func TestNotWACZ(t *testing.T) {
	for name, file := range map[string][]byte{
		"empty":             nil,
		"text":              []byte("hello"),
		"multi-WACZ":        []byte(`{"profile":"multi-wacz-package","resources":[]}`),
		"multi-WACZ in ZIP": zipped(t, "datapackage.json", `{"profile":"multi-wacz-package"}`),
		"ZIP":               zipped(t, "a.txt", "a"),
		"in a folder":       zipped(t, "data/datapackage.json", "{}", "data/archive/a.warc", "WARC/1.0\r\n"),
		"no WARC":           zipped(t, "datapackage.json", `{"profile":"data-package"}`, "data/archive/a.warc", ""),
		"no JSON":           zipped(t, "datapackage.json", "title: x", "archive/a.warc", ""),
		"no YAML":           zipped(t, "webarchive.yaml", "\t-", "archive/a.warc", ""),
		"too long":          zipped(t, "datapackage.json", `{"title":"`+strings.Repeat("x", 16<<20)+`"}`, "archive/a.warc", ""),
	} {
		a, err := wacz.Open(bytes.NewReader(file), int64(len(file)))
		if err == nil || name != "too long" && !errors.Is(err, wacz.ErrNotWACZ) {
			t.Errorf("%s: got %v, %v, want ErrNotWACZ", name, a, err)
		}
	}
}

// TestRepeatedFile holds two files of one name: which one a program takes is its own choice.
func TestRepeatedFile(t *testing.T) {
	ev := string(evidence(t))
	_, kinds := verify(t, zipped(t, "archive/a.warc.gz", ev, "archive/a.warc.gz", ev+"x", "datapackage.json", `{"wacz_version":"1.1.1"}`))
	if !slices.Contains(kinds, wacz.RepeatedFile) {
		t.Errorf("found %v", kinds)
	}
}

// TestOverlap refuses a ZIP whose files lie over each other, as bombs do.
func TestOverlap(t *testing.T) {
	file := zipped(t, "archive/a.warc", strings.Repeat("x", 3000), "datapackage.json", "{}")
	// The directory says of each file that it has as many bytes as the whole.
	for i := bytes.Index(file, []byte("PK\x01\x02")); i >= 0 && i < len(file)-4; {
		file[i+20], file[i+21] = 0x00, 0x0f
		next := bytes.Index(file[i+4:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		i += 4 + next
	}
	if _, err := wacz.Open(bytes.NewReader(file), int64(len(file))); !errors.Is(err, wacz.ErrNotWACZ) {
		t.Errorf("got %v, want ErrNotWACZ", err)
	}
}

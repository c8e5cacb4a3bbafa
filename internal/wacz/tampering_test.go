package wacz_test

import (
	"archive/zip"
	"bytes"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// change is one change of an archive: the file of that name gets other content, or is dropped (nil).
type change func(files map[string][]byte)

// changed builds an archive, changes it and puts it together again. The list of files and its digest are made anew if fix is set, as
// somebody would who wants to hide the change; the signature stays.
func changed(t testing.TB, opts wacz.Options, fix bool, c change) []byte {
	t.Helper()
	file := build(t, opts)
	zr, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	var order []string
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		order = append(order, f.Name)
	}
	c(files)
	for name := range files {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	if fix {
		relist(t, files)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range order {
		if files[name] == nil {
			continue
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// relist makes datapackage.json and its digest fit the files, in bytes and not in order.
func relist(t testing.TB, files map[string][]byte) {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(files["datapackage.json"], &p); err != nil {
		t.Fatal(err)
	}
	var list []any
	for name, data := range files {
		if !strings.HasPrefix(name, "datapackage") {
			list = append(list, map[string]any{"name": "x", "path": name, "hash": digest(data), "bytes": len(data)})
		}
	}
	p["resources"] = list
	var err error
	if files["datapackage.json"], err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(files["datapackage-digest.json"], &d); err != nil {
		t.Fatal(err)
	}
	d["hash"] = digest(files["datapackage.json"])
	if files["datapackage-digest.json"], err = json.Marshal(d); err != nil {
		t.Fatal(err)
	}
}

func replace(name, old, by string) change {
	return func(files map[string][]byte) {
		if !bytes.Contains(files[name], []byte(old)) {
			panic(fmt.Sprintf("%s has no %q", name, old))
		}
		files[name] = bytes.Replace(files[name], []byte(old), []byte(by), 1)
	}
}

func drop(name string) change { return func(files map[string][]byte) { files[name] = nil } }

// TestTampering changes a signed archive in one place each, openly and with lists made to fit.
func TestTampering(t *testing.T) {
	first := firstResponse(t)
	flip := func(files map[string][]byte) { files["archive/page.warc.gz"][first.Offset+first.Length-6] ^= 1 } // in the checksum of its member
	opts := options()
	opts.Key = key(t, elliptic.P384())
	for _, c := range []struct {
		name   string
		change change
		fix    bool
		want   []wacz.Kind // those that mean damage or tampering, each once
	}{
		{"nothing", func(map[string][]byte) {}, false, nil},
		{"page list", replace("pages/pages.jsonl", "Бет", "Бот"), false, []wacz.Kind{wacz.HashDiffers}},
		{"page list, longer", replace("pages/pages.jsonl", "Бет", "Бетон"), false, []wacz.Kind{wacz.HashDiffers, wacz.SizeDiffers}},
		{"page list, hidden", replace("pages/pages.jsonl", "Бет", "Бот"), true, []wacz.Kind{wacz.BadSignature}},
		{"title", replace("datapackage.json", "Қаңтар", "Ақпан"), false, []wacz.Kind{wacz.PackageDiffers, wacz.BadSignature}},
		{"WARC", flip, false, []wacz.Kind{wacz.HashDiffers, wacz.DamagedRecord}},
		{"WARC, hidden", flip, true, []wacz.Kind{wacz.BadSignature, wacz.DamagedRecord}},
		{"file dropped", drop("screenshots/bet.txt"), false, []wacz.Kind{wacz.MissingFile}},
		{"file added", func(f map[string][]byte) { f["screenshots/new.txt"] = []byte("x") }, false, []wacz.Kind{wacz.UnlistedFile}},
		{"signature", replace("datapackage-digest.json", `"signature": "`, `"signature": "AAAA`), false, []wacz.Kind{wacz.BadSignature}},
		{"signature no base 64", replace("datapackage-digest.json", `"signature": "`, `"signature": "*`), false, []wacz.Kind{wacz.BadSignature}},
		{"key", replace("datapackage-digest.json", `"publicKey": "M`, `"publicKey": "N`), false, []wacz.Kind{wacz.BadSignature}},
		{"digest file no JSON", func(f map[string][]byte) { f["datapackage-digest.json"] = []byte("{") }, false, []wacz.Kind{wacz.BadDigestFile}},
		{"digest file dropped", drop("datapackage-digest.json"), false, nil},
		{"index", replace("indexes/index.cdx", `"offset":`, `"offset":1`), true, []wacz.Kind{wacz.BadSignature, wacz.EntryAstray}},
		{"index, another address", replace("indexes/index.cdx", "square.svg\",", "circle.svg\","), true, []wacz.Kind{wacz.BadSignature, wacz.EntryAstray}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, kinds := verify(t, changed(t, opts, c.fix, c.change))
			kinds = slices.DeleteFunc(kinds, func(k wacz.Kind) bool { return k.Grade() != wacz.Broken })
			slices.Sort(kinds)
			kinds = slices.Compact(kinds)
			if !slices.Equal(kinds, c.want) || r.Intact() != (c.want == nil) {
				t.Errorf("found %v, want %v: %v", kinds, c.want, r.Findings)
			}
		})
	}
}

// TestBugs reads archives with errors that known programs make: they are told apart from tampering.
func TestBugs(t *testing.T) {
	twice := func(files map[string][]byte) {
		s := string(files["datapackage.json"])
		for name, data := range files {
			var doubled []byte
			for piece := range slices.Chunk(data, 64<<10) {
				doubled = append(append(doubled, piece...), piece...)
			}
			s = strings.Replace(s, digest(files[name]), digest(doubled), 1)
		}
		files["datapackage.json"] = []byte(strings.Replace(s, "samizdat-press 1", "js-wacz 0.1.6", 1))
		files["datapackage-digest.json"] = []byte(`{"path":"datapackage.json","hash":"` + digest(files["datapackage.json"]) + `"}`)
	}
	for _, c := range []struct {
		name   string
		change change
		want   []wacz.Kind
	}{
		{"digests of each piece twice", twice, []wacz.Kind{wacz.HashedTwice}},
		{"no digest file", drop("datapackage-digest.json"), []wacz.Kind{wacz.NoPackageDigest}},
		{"no index", func(f map[string][]byte) { f["indexes/index.cdx"] = nil; relist(t, dropNil(f)) }, []wacz.Kind{wacz.NoIndex}},
		{"no pages", func(f map[string][]byte) { f["pages/pages.jsonl"] = nil; relist(t, dropNil(f)) }, []wacz.Kind{wacz.NoPages}},
		{"a page without a time", func(f map[string][]byte) {
			f["pages/pages.jsonl"] = append(f["pages/pages.jsonl"], `{"url":"https://example.org/"}`...)
			relist(t, f)
		}, []wacz.Kind{wacz.BadPage}},
		{"a line of an index", func(f map[string][]byte) {
			f["indexes/index.cdx"] = append(f["indexes/index.cdx"], "nonsense\n"...)
			relist(t, f)
		}, []wacz.Kind{wacz.BadEntry}},
		{"a revisit of another archive", func(f map[string][]byte) {
			var b bytes.Buffer
			w := warc.NewWriter(&b)
			_, err := w.Write(&warc.Draft{
				Type: warc.Revisit, TargetURI: page, Date: captured, Payload: warc.Digest("sha256:" + strings.Repeat("0", 64)),
				Fields: warc.Pairs("WARC-Profile", warc.IdenticalPayload),
			})
			if err != nil {
				t.Fatal(err)
			}
			f["archive/more.warc.gz"] = b.Bytes()
			relist(t, f)
		}, []wacz.Kind{wacz.RevisitElsewhere}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, kinds := verify(t, changed(t, options(), false, c.change))
			slices.Sort(kinds)
			if kinds = slices.Compact(kinds); !slices.Equal(kinds, c.want) || !r.Intact() {
				t.Errorf("found %v, want %v: %v", kinds, c.want, r.Findings)
			}
		})
	}
}

func dropNil(files map[string][]byte) map[string][]byte {
	for name, data := range files {
		if data == nil {
			delete(files, name)
		}
	}
	return files
}

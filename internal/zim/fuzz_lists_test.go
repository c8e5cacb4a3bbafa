package zim

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// bareArchive puts a region of bytes at 80, path pointers and cluster pointers behind it, and a right checksum at the end.
func bareArchive(mimes string, region, pathPtrs, clusterPtrs []byte) []byte {
	h := header{major: 6, minor: 1, mimeListPos: headerLen, mainPage: noEntry, layoutPage: noEntry, titlePtrPos: noList}
	h.entryCount, h.clusterCount = uint32(len(pathPtrs)/8), uint32(len(clusterPtrs)/8)
	h.pathPtrPos = uint64(headerLen + len(mimes) + len(region))
	h.clusterPtrPos = h.pathPtrPos + uint64(len(pathPtrs))
	h.checksumPos = h.clusterPtrPos + uint64(len(clusterPtrs))
	b := slices.Concat(h.appendTo(nil), []byte(mimes), region, pathPtrs, clusterPtrs)
	sum := md5.Sum(b)
	return append(b, sum[:]...)
}

// FuzzMIMEList compares what is read with a split that knows nothing of chunks and limits, and writes it again.
func FuzzMIMEList(f *testing.F) {
	f.Add([]byte("text/html\x00image/png\x00\x00"))
	f.Add([]byte("\x00"))
	f.Add([]byte("text/html\x00"))
	f.Add([]byte("\x00\x00text/html"))
	f.Add(append(bytes.Repeat([]byte("application/x\x00"), 200), 0))
	f.Add(append(bytes.Repeat([]byte("x"), 1023), 0, 0)) // the end lies across the first chunk's
	f.Add(bytes.Repeat([]byte("x"), maxMIMEListBytes))
	f.Fuzz(func(t *testing.T, list []byte) {
		var want []string
		ends := false
		for rest := list[:min(len(list), maxMIMEListBytes)]; ; {
			i := bytes.IndexByte(rest, 0)
			if i <= 0 {
				ends = i == 0
				break
			}
			want = append(want, string(rest[:i]))
			rest = rest[i+1:]
		}
		b := bareArchive(string(list), nil, nil, nil)
		r, err := NewReader(bytes.NewReader(b), int64(len(b)), nil)
		if (err == nil) != ends {
			t.Fatalf("%q: %v, want an end: %v", list, err, ends)
		}
		if err != nil {
			return
		}
		if !slices.Equal(r.mimes, want) {
			t.Fatalf("%q became %q, want %q", list, r.mimes, want)
		}
		var again []byte
		for _, m := range r.mimes {
			again = append(again, m+"\x00"...)
		}
		if again = append(again, 0); !bytes.Equal(again, b[headerLen:r.mimeEnd]) {
			t.Errorf("%q became %q", b[headerLen:r.mimeEnd], again)
		}
	})
}

// FuzzPathPointers reads entries through any list of pointers into any bytes. Each entry is the same whether it is read alone,
// in a run or by a search, and where the list is in order every entry is found by its path.
func FuzzPathPointers(f *testing.F) {
	const mimes = "text/plain\x00\x00"
	seed := func(order ...int) {
		var region, pointers []byte
		var at []int
		for _, e := range []testEntry{
			{dirent: dirent{ns: 'C', path: "a"}},
			{dirent: dirent{ns: 'C', path: "a/b", title: "B"}},
			{dirent: dirent{ns: 'C', path: "ab", mime: mimeRedirect, redirect: 1}},
			{dirent: dirent{ns: 'M', path: "Title"}},
		} {
			at = append(at, headerLen+len(mimes)+len(region))
			region = e.appendTo(region)
		}
		for _, i := range order {
			pointers = le.AppendUint64(pointers, uint64(at[i]))
		}
		f.Add(append(region, "\x01cluster"...), pointers)
	}
	seed(0, 1, 2, 3)
	seed(3, 2, 1, 0)
	seed(0, 0, 0)
	seed()
	f.Add([]byte("\x00\x00\xffCaaaa"), []byte("\x5c\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, region, pointers []byte) {
		pointers = pointers[:len(pointers)/8*8]
		if len(pointers) > 8*500 {
			return
		}
		var clusters []byte
		if len(pointers) > 0 {
			clusters = le.AppendUint64(nil, uint64(headerLen+len(mimes)))
		}
		b := bareArchive(mimes, region, pointers, clusters)
		r := openBytes(t, b, nil)
		var all []*direntRecord
		i := uint32(0)
		ordered := true
		for e, err := range r.Entries() {
			if err != nil && strings.Contains(err.Error(), "entries overlap") { // the last, and no entry's own
				ordered = false
				break
			}
			alone, aloneErr := r.EntryAt(i)
			if (err == nil) != (aloneErr == nil) {
				t.Fatalf("entry %d: in a run %v, alone %v", i, err, aloneErr)
			}
			if err != nil {
				var format *FormatError
				if !errors.As(err, &format) {
					t.Fatalf("entry %d: %v of type %T", i, err, err)
				}
				all = nil
				ordered = false
			} else {
				if *e.d != *alone.d {
					t.Fatalf("entry %d: in a run %v, alone %v", i, e.d, alone.d)
				}
				if len(all) > 0 && e.d.compare(all[len(all)-1].ns, all[len(all)-1].path) <= 0 {
					ordered = false
				}
				all = append(all, e.d)
			}
			i++
		}
		fresh := openBytes(t, b, nil) // without what the run left in caches
		for _, d := range all {
			e, err := fresh.Entry(d.ns, d.path)
			switch {
			case err == nil && (e.d.ns != d.ns || e.d.path != d.path):
				t.Fatalf("%q found %q", name(d), name(e.d))
			case ordered && (err != nil || e.Index() != d.index):
				t.Fatalf("%q is entry %d, found %v, %v", name(d), d.index, e.d, err)
			}
			if n := r.hdr.entryCount; n <= uint32(leafEntries) {
				at, leaf, leafErr := fresh.searchLeaf(0, n, d.ns, d.path)
				tree, found, treeErr := fresh.search(d.ns, d.path)
				if (leafErr == nil) != (treeErr == nil) || leafErr == nil && (at != tree || (leaf == nil) != (found == nil)) {
					t.Fatalf("%q: leaf %d %v %v, tree %d %v %v", name(d), at, leaf, leafErr, tree, found, treeErr)
				}
			}
			if _, err := fresh.Entry(d.ns, d.path+"\x00"); ordered && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%q and a zero: %v", name(d), err)
			}
		}
		disorder := false
		for _, p := range Check(t.Context(), bytes.NewReader(b), int64(len(b)), nil) {
			disorder = disorder || p.Severity == Error && (p.Kind == kindOrder || p.Kind == kindPathPtr || p.Kind == kindDirent)
		}
		if ordered == false && !disorder {
			t.Error("Check finds no fault in a list that is not in order")
		}
		_ = fresh.FS()
	})
}

// FuzzClusterPointers reads blobs through any list of cluster pointers. What Check passes can be read, and is the same for a
// reader that has seen nothing and one that has just read everything.
func FuzzClusterPointers(f *testing.F) {
	type built struct {
		b []byte
		l testLayout
	}
	archives := map[bool]built{} // by age
	for _, a := range []*testArchive{baseArchive(f), oldArchive(f)} {
		b, l := a.build(f)
		archives[a.hdr.major == 5] = built{b, l}
		f.Add(b[l.clusterPtr:l.end], a.hdr.major == 5)
		f.Add(slices.Concat(b[l.clusterPtr+8:l.end], b[l.clusterPtr:l.clusterPtr+8]), a.hdr.major == 5)
		f.Add(bytes.Repeat(b[l.clusterPtr:l.clusterPtr+8], 2), a.hdr.major == 5)
	}
	f.Fuzz(func(t *testing.T, pointers []byte, old bool) {
		b, l := bytes.Clone(archives[old].b), archives[old].l
		copy(b[l.clusterPtr:l.end], pointers)
		rehash(b)
		sound := true
		for _, p := range Check(t.Context(), bytes.NewReader(b), int64(len(b)), nil) {
			sound = sound && p.Severity != Error
		}
		once, twice := openBytes(t, b, nil), openBytes(t, b, nil)
		for i := range once.EntryCount() {
			e, err := once.EntryAt(i)
			if err != nil {
				t.Fatal(err)
			}
			data, err := e.ReadAll(1 << 20)
			if sound && err != nil {
				t.Errorf("Check finds no error, but entry %d gives %v", i, err)
			}
			again, err := twice.EntryAt(once.EntryCount() - 1 - i) // the other way round
			if err != nil {
				t.Fatal(err)
			}
			_, _ = again.ReadAll(1 << 20)
			if again, err = twice.EntryAt(i); err != nil {
				t.Fatal(err)
			}
			if other, _ := again.ReadAll(1 << 20); !bytes.Equal(other, data) {
				t.Errorf("entry %d: %d bytes, then %d", i, len(data), len(other))
			}
		}
	})
}

// FuzzTitleLists compares articles by title with a reading of the lists that knows nothing of windows and searches.
func FuzzTitleLists(f *testing.F) {
	list := func(numbers ...uint32) []byte {
		var b []byte
		for _, n := range numbers {
			b = le.AppendUint32(b, n)
		}
		return b
	}
	for _, old := range []bool{false, true} {
		a := baseArchive(f)
		if old {
			a = oldArchive(f)
		}
		v0 := list(a.byTitle()...)
		f.Add(list(3, 1), v0, old, true)
		f.Add([]byte{}, v0, old, true)
		f.Add(list(77777), v0, old, false)
		f.Add([]byte{1, 2, 3}, list(9, 9, 9), old, true)
		f.Add(list(1, 1, 1), []byte{}, old, false)
	}
	f.Fuzz(func(t *testing.T, v1, v0 []byte, old, hasV1 bool) {
		a := baseArchive(t)
		if old {
			a = oldArchive(t)
		}
		switch i := a.index("X/" + listingV1Path); {
		case i != noEntry && hasV1:
			a.listing = v1
			if v1 == nil {
				a.listing = []byte{}
			}
		case i != noEntry:
			a.entries[i].path = "listing/other"
			v1 = nil
		default:
			v1 = nil
		}
		a.clusters[0].info = clusterNone // quick to build
		b, l := a.build(t)
		copy(b[l.titlePtr:l.clusterPtr], v0)
		rehash(b)
		r := openBytes(t, b, nil)

		var all, want []uint32
		sorted := true
		for i := range len(a.entries) {
			n := le.Uint32(b[l.titlePtr+4*i:])
			all = append(all, n)
			sorted = sorted && int(n) < len(a.entries) && (i == 0 || cmp.Compare(a.entries[all[i-1]].ns, a.entries[n].ns) <= 0)
		}
		defined := true
		if len(v1)%4 == 0 && len(v1) > 0 && len(v1)/4 <= len(a.entries) {
			for i := 0; i < len(v1); i += 4 {
				want = append(want, le.Uint32(v1[i:]))
			}
		} else if defined = sorted; sorted {
			for _, n := range all {
				if e := a.entries[n]; e.ns == 'C' && !old || e.ns == 'A' && old {
					want = append(want, n)
				}
			}
		}
		if !defined { // a list that is not sorted by namespace: something, and an end
			for i := range r.ArticleCount() {
				_, _ = r.Article(i)
			}
			return
		}
		if got := r.ArticleCount(); int(got) != len(want) {
			t.Fatalf("%d articles, want %d", got, len(want))
		}
		for i, n := range want {
			e, err := r.Article(uint32(i))
			switch {
			case int(n) >= len(a.entries):
				var format *FormatError
				if !errors.As(err, &format) {
					t.Errorf("article %d is entry %d of %d: %v", i, n, len(a.entries), err)
				}
			case err != nil || e.Index() != n:
				t.Errorf("article %d is %v, %v, want entry %d", i, e.d, err, n)
			}
		}
		for _, p := range Check(t.Context(), bytes.NewReader(b), int64(len(b)), nil) {
			if p.Kind == kindListing && p.Severity == Error {
				return
			}
		}
		last := ""
		for i := range want {
			e, err := r.Article(uint32(i))
			if err != nil || e.Title() < last {
				t.Fatalf("Check finds no fault, but article %d is %q behind %q, %v", i, e.Title(), last, err)
			}
			last = e.Title()
		}
	})
}

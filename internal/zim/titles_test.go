package zim

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
)

// compressedListing is an archive whose list of articles lies in a compressed cluster of its own, and a way to change the
// bytes of that cluster. The Memory keeps no cluster.
func compressedListing(t *testing.T) (r *Reader, f *countingFile, damage func()) {
	t.Helper()
	a := baseArchive(t)
	a.noV0 = true
	e := a.entry("X/" + listingV1Path)
	e.cluster, e.blob = uint32(len(a.clusters)), 0
	a.clusters = append(a.clusters, testCluster{info: clusterZstd, blobs: [][]byte{nil}})
	b, l := a.build(t)
	f = newCountingFile(b)
	r, err := NewReader(f, f.Size(), &ReaderOptions{Memory: NewMemory(-1)})
	if err != nil {
		t.Fatal(err)
	}
	at := l.clusters[len(l.clusters)-1] + 1
	was := slices.Clone(b[at : at+8])
	return r, f, func() {
		for i := range was {
			b[at+i] ^= 0xff
		}
	}
}

func titlesOf(t *testing.T, r *Reader) []string {
	t.Helper()
	articles, err := r.Articles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for i := range articles.Len() {
		e, err := articles.At(i)
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, e.Title())
	}
	if len(titles) == 0 {
		t.Fatal("no articles")
	}
	return titles
}

// What is read once is kept: the cluster is damaged then, and nobody sees it.
func TestCompressedListingIsDecodedOnce(t *testing.T) {
	r, _, damage := compressedListing(t)
	once := titlesOf(t, r)
	damage()
	if again := titlesOf(t, r); !slices.Equal(once, again) {
		t.Errorf("got %q, then %q", once, again)
	}
	if n := r.memory.listings.Load(); n != 4*int64(len(once)) {
		t.Errorf("%d bytes are counted, want %d", n, 4*len(once))
	}
}

func TestDamagedListingIsTriedOnce(t *testing.T) {
	r, f, damage := compressedListing(t)
	damage()
	_, first := r.Articles(t.Context())
	if !isFormatError(first) {
		t.Fatalf("got %v, want a *FormatError", first)
	}
	read := f.bytes.Load()
	for range 3 {
		if _, err := r.Articles(t.Context()); !errors.Is(err, first) || r.ArticleCount() != 0 {
			t.Errorf("got %v and %d articles, want %v and none", err, r.ArticleCount(), first)
		}
	}
	if n := f.bytes.Load() - read; n != 0 {
		t.Errorf("%d more bytes were read", n)
	}
	if n := r.memory.listings.Load(); n != 0 {
		t.Errorf("%d bytes are counted for a list that is not there", n)
	}
}

func TestListingsHaveABound(t *testing.T) {
	r, _, _ := compressedListing(t)
	r.memory.listings.Store(maxListings - 3)
	if _, err := r.Articles(t.Context()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	if n := r.memory.listings.Load(); n != maxListings-3 {
		t.Errorf("%d bytes are counted, want %d", n, maxListings-3)
	}
}

// Who loses interest fails alone.
func TestListingWithoutInterest(t *testing.T) {
	r, _, _ := compressedListing(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r.titles.turn <- struct{}{} // somebody looks
	if _, err := r.Articles(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits gets %v, want context.Canceled", err)
	}
	<-r.titles.turn
	r.memory.slots = make(chan struct{}) // no decoder is free
	if _, err := r.Articles(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who looks gets %v, want context.Canceled", err)
	}
	r.memory.slots = make(chan struct{}, 1)
	titlesOf(t, r)
}

// The room of a list comes back with its Reader.
func TestListingIsGivenBack(t *testing.T) {
	m := func() *Memory {
		r, _, _ := compressedListing(t)
		titlesOf(t, r)
		return r.memory
	}()
	for range 1000 {
		if m.listings.Load() == 0 {
			return
		}
		runtime.GC()
	}
	t.Errorf("%d bytes are still counted", m.listings.Load())
}

package zim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

const partBlobs, partBytes = 20, 300 << 10 // of one cluster; bytes of each blob

var parts = sync.OnceValue(func() (blobs [partBlobs][]byte) {
	for i := range blobs {
		blobs[i] = text(uint64(i), partBytes)
	}
	return blobs
})

// oneCluster is an archive with partBlobs pages in one cluster. If the cluster is cut, its last third is missing.
func oneCluster(tb testing.TB, info byte, cut bool) []byte {
	tb.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}, clusters: []testCluster{{info: info}}}
	for i := range partBlobs {
		a.item(fmt.Sprintf("C/%02d", i), "", "text/html", 0, parts()[i])
	}
	if cut {
		c := &a.clusters[0]
		body := c.encode(tb)
		c.final = body[:len(body)*2/3]
	}
	b, _ := a.build(tb)
	return b
}

// readPart reads page i and compares it with what was written.
func readPart(t *testing.T, r *Reader, i int) error {
	t.Helper()
	e, err := r.Content(fmt.Sprintf("%02d", i))
	if err != nil {
		t.Error(err)
		return err
	}
	data, err := e.ReadAll(partBytes)
	if err == nil && !bytes.Equal(data, parts()[i]) {
		t.Errorf("page %d is not what was written", i)
	}
	return err
}

// kept returns how many bytes of cluster 0 are decoded, and how many blobs.
func kept(r *Reader) (size int64, blobs uint32) {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	if c := r.memory.clusters[clusterKey{r, 0}]; c != nil {
		return c.size, c.sound()
	}
	return 0, 0
}

// The first page asked for costs what comes before it; the second has the whole cluster decoded. An xz cluster is always decoded
// wholly, because its check comes at the end.
func TestDecodingStopsBehindThePage(t *testing.T) {
	for _, tt := range []struct {
		info byte
		read []int
		want []uint32 // blobs that are there, after each page
	}{
		{clusterZstd, []int{3, 1, 3, 4, 0}, []uint32{4, 4, 4, partBlobs, partBlobs}},
		{clusterZstd, []int{0}, []uint32{1}},
		{clusterZstd, []int{partBlobs - 1}, []uint32{partBlobs}},
		{clusterZstd | clusterExtended, []int{3, 5}, []uint32{4, partBlobs}},
		{clusterXZ, []int{3}, []uint32{partBlobs}},
	} {
		r := openBytes(t, oneCluster(t, tt.info, false), nil)
		for k, i := range tt.read {
			if err := readPart(t, r, i); err != nil {
				t.Error(err)
			}
			size, blobs := kept(r)
			if blobs != tt.want[k] {
				t.Errorf("compression %#x: after pages %v %d blobs are decoded, want %d", tt.info, tt.read[:k+1], blobs, tt.want[k])
			}
			if most := int64(tt.want[k])*partBytes + 8*(partBlobs+1); size > most {
				t.Errorf("compression %#x: after pages %v %d bytes are decoded, want at most %d", tt.info, tt.read[:k+1], size, most)
			}
		}
		audit(t, r.memory)
	}
}

// What comes before the damage can be read, and what comes behind it cannot, in whatever order pages are asked for.
func TestPagesBeforeTheDamage(t *testing.T) {
	data := oneCluster(t, clusterZstd, true)
	var sound []bool
	for i := range partBlobs {
		sound = append(sound, readPart(t, openBytes(t, data, nil), i) == nil)
	}
	first := slices.Index(sound, false)
	if first < partBlobs/2 || first == partBlobs-1 || slices.Contains(sound[first:], true) {
		t.Fatalf("pages that can be read of two thirds of a cluster: %v", sound)
	}
	for seed := range uint64(20) {
		r := openBytes(t, data, nil)
		rnd := rand.New(rand.NewPCG(seed, 1))
		for range 3 {
			for _, i := range rnd.Perm(partBlobs) {
				err := readPart(t, r, i)
				if (err == nil) != sound[i] || err != nil && !isFormatError(err) {
					t.Errorf("seed %d, page %d: %v, but sound alone is %t", seed, i, err, sound[i])
				}
			}
		}
		audit(t, r.memory)
	}
}

// Many read from one cluster, sound or not, with and without room to keep it. Run with -race.
func TestPartsConcurrently(t *testing.T) {
	for _, cut := range []bool{false, true} {
		data := oneCluster(t, clusterZstd, cut)
		for _, cache := range []int64{-1, 0} {
			r := openBytes(t, data, &ReaderOptions{Memory: NewMemory(cache)})
			var wg sync.WaitGroup
			for g := range 8 {
				wg.Go(func() {
					rnd := rand.New(rand.NewPCG(uint64(g), 2))
					for range 10 {
						i := rnd.IntN(partBlobs)
						if err := readPart(t, r, i); err != nil && (!cut || i < partBlobs/2) {
							t.Errorf("page %d: %v", i, err)
						}
					}
				})
			}
			wg.Wait()
			audit(t, r.memory)
			if r.memory.small.used > max(cache, defaultCacheBytes) {
				t.Errorf("%d bytes are still in use", r.memory.small.used)
			}
		}
	}
}

package zim

import (
	"bytes"
	"context"
	"testing"
)

func TestInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		asked []uint32
		ahead []uint32 // after which the next one is decoded
	}{
		"in order":           {[]uint32{0, 1, 2, 3, 4}, []uint32{2, 3, 4}},
		"from the middle":    {[]uint32{7, 8, 9, 10}, []uint32{10}},
		"many, not abreast":  {[]uint32{0, 0, 1, 0, 1, 2, 1, 2, 3, 2, 3}, []uint32{2, 3}},
		"here and there":     {[]uint32{5, 1, 9, 2, 3, 8, 0}, nil},
		"backwards":          {[]uint32{9, 8, 7, 6, 5, 4, 3}, nil},
		"the last is number": {[]uint32{1<<32 - 2, 1<<32 - 1, 0}, nil},
	} {
		a := ahead{wanted: true}
		var got []uint32
		for _, n := range c.asked {
			if a.saw(n) {
				got = append(got, n)
				a.done()
			}
		}
		if len(got) != len(c.ahead) {
			t.Errorf("%s: ahead after %d, want %d", name, got, c.ahead)
			continue
		}
		for i := range got {
			if got[i] != c.ahead[i] {
				t.Errorf("%s: ahead after %d, want %d", name, got, c.ahead)
			}
		}
	}
	a := ahead{wanted: true}
	a.run, a.next = afterInOrder, 5
	if !a.saw(5) || a.saw(6) {
		t.Error("want one at work, and no more")
	}
}

// What was read ahead is there when it is asked for, and what is none of its business stays as it is.
func TestReadAhead(t *testing.T) {
	data := clusters(t, 6, 1000)
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), &ReaderOptions{ReadAhead: true})
	if err != nil {
		t.Fatal(err)
	}
	there := func(n uint32) bool {
		r.memory.mu.Lock()
		defer r.memory.mu.Unlock()
		return r.memory.clusters[clusterKey{r, n}] != nil
	}
	r.memory.slots = make(chan struct{}, 2) // also on one processor
	r.readAhead(4)
	if !there(4) {
		t.Error("cluster 4 is not there")
	}
	r.readAhead(6) // behind the last
	r.memory.slots <- struct{}{}
	r.readAhead(5)
	if there(5) {
		t.Error("cluster 5 was decoded while a decoder was at work")
	}
	<-r.memory.slots
	big := clusters(t, 2, bigBytes+1)
	if r, err = NewReader(bytes.NewReader(big), int64(len(big)), &ReaderOptions{ReadAhead: true}); err != nil {
		t.Fatal(err)
	}
	r.memory.slots = make(chan struct{}, 2)
	r.readAhead(1)
	if there(1) {
		t.Error("a big cluster was decoded before anybody asked for it")
	}
	b, err := r.blob(context.Background(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
}

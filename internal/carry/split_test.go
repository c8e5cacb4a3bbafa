package carry_test

import (
	"testing"

	"samizdat/internal/carry"
)

func TestSplit(t *testing.T) {
	if got := carry.Split("x.zim", carry.FATMax); len(got) != 1 || got[0] != (carry.Part{Name: "x.zim", Size: carry.FATMax}) {
		t.Errorf("the largest whole file: %v", got)
	}
	const size = 130 << 32
	got := carry.Split("x.zim", size)
	at := int64(0)
	for _, p := range got {
		if p.Off != at || p.Size <= 0 || p.Size > carry.FATMax {
			t.Errorf("part %+v, want it at %d", p, at)
		}
		at += p.Size
	}
	if at != size || got[0].Name != "x.zimaa" || got[27].Name != "x.zimbb" {
		t.Errorf("%d bytes in parts %s … %s", at, got[0].Name, got[27].Name)
	}
}

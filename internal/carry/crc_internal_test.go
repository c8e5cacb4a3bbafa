package carry

import (
	"bytes"
	"hash/crc32"
	"testing"
)

func TestCombine(t *testing.T) {
	b := bytes.Repeat([]byte("кто пришёл на площадь "), 5000)
	for _, cut := range []int{0, 1, 2, 1000, 65536, len(b) - 1, len(b)} {
		got := combine(crc32.ChecksumIEEE(b[:cut]), crc32.ChecksumIEEE(b[cut:]), int64(len(b)-cut))
		if want := crc32.ChecksumIEEE(b); got != want {
			t.Errorf("cut at %d: got %08x, want %08x", cut, got, want)
		}
	}
}

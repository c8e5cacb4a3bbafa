package warc_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"

	"samizdat/internal/warc"
)

// frame makes one Zstandard frame of a text.
func frame(t testing.TB, s string, opts ...zstd.EOption) string {
	t.Helper()
	w, err := zstd.NewWriter(nil, append(opts, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))...)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(s), nil))
}

func skippable(magic uint32, data string) string {
	head := binary.LittleEndian.AppendUint32(nil, magic)
	return string(binary.LittleEndian.AppendUint32(head, uint32(len(data)))) + data
}

// dictionary trains a dictionary on records.
func dictionary(t testing.TB) []byte {
	t.Helper()
	var samples [][]byte
	for i := range 200 {
		samples = append(samples, []byte(record(i, fmt.Sprint(answer, i*i))))
	}
	b, err := dict.BuildZstdDict(samples, dict.Options{MaxDictSize: 4 << 10, HashBytes: 6, ZstdDictID: 40000})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestZstd reads every form of WARC zstd, and finds each record again at its offset.
func TestZstd(t *testing.T) {
	one, two := record(1, answer), record(2, answer+strings.Repeat("long text, ", 30000))
	d := dictionary(t)
	with := zstd.WithEncoderDict(d)
	for _, c := range []struct {
		name, dict, one, two string
	}{
		{"frames", "", frame(t, one), frame(t, two)},
		{"single segment", "", frame(t, one, zstd.WithSingleSegment(true)), frame(t, two, zstd.WithSingleSegment(true))},
		{"no checksum", "", frame(t, one, zstd.WithEncoderCRC(false)), frame(t, two, zstd.WithEncoderCRC(false))},
		{"dictionary", skippable(0x184D2A5D, string(d)), frame(t, one, with), frame(t, two, with)},
		{"dictionary in a frame", skippable(0x184D2A5D, frame(t, string(d))), frame(t, one, with), frame(t, two, with)},
		{"several frames", "", frame(t, one[:200]) + frame(t, one[200:]), frame(t, two[:5000]) + frame(t, two[5000:50000]) + frame(t, two[50000:])},
		{"extension", "", frame(t, one), skippable(0x184D2A50, "index") + frame(t, two)},
		{"an empty frame", "", frame(t, one), frame(t, "", zstd.WithZeroFrames(true)) + frame(t, two)},
		{"line ends in a frame of their own", "", frame(t, one[:len(one)-4]) + frame(t, "\r\n\r\n"), frame(t, two)},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := c.dict + c.one + c.two
			o := read(t, stream{strings.NewReader(file)})
			if want := []string{"1", "2"}; !slices.Equal(o.got, want) || o.quirks != nil {
				t.Fatalf("got %q and quirks %v, want %q", o.got, o.quirks, want)
			}
			for i, rec := range o.records {
				if rec.BlockDigest != warc.Matches {
					t.Errorf("record %d: block digest %v", i, rec.BlockDigest)
				}
				again := read(t, strings.NewReader(c.dict+file[rec.Offset:]))
				if len(again.got) == 0 || again.got[0] != o.got[i] {
					t.Errorf("at %d are %q, want %q", rec.Offset, again.got, o.got[i])
				}
			}
		})
	}
}

// TestZstdDamage reads compressed files with one fault each.
func TestZstdDamage(t *testing.T) {
	one, three := frame(t, record(1, answer)), frame(t, record(3, answer))
	// What does not compress stays readable in the frame, so that a flipped byte is found by the checksum only.
	noise := make([]byte, 300_000) // three blocks: the header is read before the fault
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	two := frame(t, record(2, string(noise)))
	flip := []byte(two)
	flip[len(flip)/2] ^= 1
	small := []byte(three) // one block: nothing of it is read
	small[len(small)-1] ^= 1
	at := func(fault string, offset int) string { return fmt.Sprintf("%s@%d", fault, offset) }
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"checksum", one + string(flip) + three, []string{"1", "2", at("corrupt", len(one)), "3"}},
		{"checksum of a small frame", one + string(small) + one, []string{"1", at("corrupt", len(one)), "1"}},
		{"cut in the middle", one + two[:len(two)/2] + three, []string{"1", "2", at("corrupt", len(one)), "3"}},
		{"cut at the end", one + two[:len(two)-2], []string{"1", "2", at("corrupt", len(one))}},
		{"cut in a header", one + two[:5], []string{"1", at("corrupt", len(one))}},
		{"length too long", one + frame(t, record(2, answer, fmt.Sprint("Content-Length: ", len(answer)+100))) + three, []string{"1", "2", at("runs on", len(one)), "3"}},
		{"length far too long", one + frame(t, record(2, answer, "Content-Length: 999999999")) + three, []string{"1", "2", at("cut short", len(one)), "3"}},
		{"length too short in a shared frame", frame(t, record(1, answer, "Content-Length: 20")+record(3, answer)), []string{"1", "runs on@0", "3"}},
		{"garbage", one + "garbage" + three, []string{"1", at("garbage", len(one)), "3"}},
		{"extension cut short", one + skippable(0x184D2A50, "index")[:10], []string{"1", at("corrupt", len(one))}},
		{"a window too large", one + "\x28\xb5\x2f\xfd\x00\xf0\x01\x00\x00" + three, []string{"1", at("corrupt", len(one)), "3"}},
		{"a reserved block", one + "\x28\xb5\x2f\xfd\x00\x00\x07\x00\x00" + three, []string{"1", at("corrupt", len(one)), "3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if o := read(t, strings.NewReader(c.file)); !slices.Equal(o.got, c.want) {
				t.Errorf("got %q, want %q", o.got, c.want)
			}
		})
	}
	for name, file := range map[string]string{
		"too large":       "\x5d\x2a\x4d\x18\xff\xff\xff\xff",
		"cut short":       skippable(0x184D2A5D, "0123456789")[:12],
		"a bomb":          skippable(0x184D2A5D, frame(t, strings.Repeat("\x00", 9<<20))),
		"no dictionary":   skippable(0x184D2A5D, "0123456789") + one,
		"cut in its head": "\x5d\x2a\x4d\x18\x01",
	} {
		if _, err := warc.NewReader(strings.NewReader(file)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("dictionary %s: got %v, want an error", name, err)
		}
	}
}

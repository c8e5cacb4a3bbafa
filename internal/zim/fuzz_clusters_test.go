package zim

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// clusterFile is an archive of one entry and one cluster.
func clusterFile(t testing.TB, info byte, data []byte) *Reader {
	t.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}, mimes: []string{"text/plain"}, clusters: []testCluster{{info: info, final: data}}}
	a.entries = []testEntry{{dirent: dirent{ns: 'C', path: "x"}}}
	b, _ := a.build(t)
	return openBytes(t, b, &ReaderOptions{MaxClusterBytes: 1 << 20})
}

// FuzzRawCluster reads raw clusters blob by blob and by the check of the whole table, which must agree. What both accept is the
// cluster's bytes, once and in order.
func FuzzRawCluster(f *testing.F) {
	blobs := [][]byte{[]byte("one"), nil, []byte("three")}
	f.Add(testTable(blobs, false), false)
	f.Add(testTable(blobs, true), true)
	f.Add(testTable(nil, false), false)
	f.Add(append(testTable(blobs, false), "what no blob names"...), false)
	f.Add(testTable(make([][]byte, 70), true), true)
	f.Fuzz(func(t *testing.T, data []byte, extended bool) {
		info := byte(clusterNone)
		if extended {
			info |= clusterExtended
		}
		r := clusterFile(t, info, data)
		h, err := r.head(0)
		if err != nil {
			return
		}
		c, checked := &checker{ctx: t.Context(), r: r}, &checkedCluster{}
		tableErr := c.checkRawTable(h, checked)
		var got []byte
		var blobErr error
		for i := range min(h.count, 1<<16) {
			b, err := r.rawBlob(h, i)
			if err != nil {
				blobErr = err
				continue
			}
			p := make([]byte, b.Size())
			if n, err := b.ReadAt(p, 0); n < len(p) {
				t.Fatalf("blob %d: %d of %d bytes, %v", i, n, len(p), err)
			}
			if (len(p) == 0) != slices.Contains(checked.empty, i) && tableErr == nil {
				t.Errorf("blob %d has %d bytes, which the table does not say", i, len(p))
			}
			if blobErr == nil {
				got = append(got, p...)
			}
		}
		if _, err := r.rawBlob(h, h.count); err == nil {
			t.Error("there is a blob behind the last")
		}
		if (tableErr == nil) != (blobErr == nil) && h.count > 0 && h.count <= 1<<16 {
			t.Fatalf("the table: %v; its blobs: %v", tableErr, blobErr)
		}
		if table := uint64(h.count+1) * uint64(h.width()); blobErr == nil && tableErr == nil && h.total <= uint64(len(data)) && !bytes.Equal(got, data[table:h.total]) && h.count > 0 {
			t.Errorf("blobs are %q, want %q", got, data[table:h.total])
		}
	})
}

// twoBlobs reads two blobs of cluster 0 in the order given; what is damaged is "damaged".
func twoBlobs(t *testing.T, r *Reader, order ...uint32) (blobs [2]string) {
	t.Helper()
	for _, i := range order {
		b, err := r.blob(t.Context(), 0, i)
		if err != nil {
			if !isFormatError(err) {
				t.Fatalf("%v of type %T", err, err)
			}
			blobs[i] = "damaged"
			continue
		}
		data := make([]byte, b.Size())
		if n, err := b.ReadAt(data, 0); n < len(data) {
			t.Fatalf("blob %d: %d of %d bytes, %v", i, n, len(data), err)
		}
		b.Close()
		blobs[i] = string(data)
	}
	return blobs
}

// FuzzZstdCluster takes what an encoder made of any blobs, with any window and header, and gets the blobs back. Broken frames
// give a FormatError, or what the library's own stream decoder gives.
func FuzzZstdCluster(f *testing.F) {
	text := bytes.Repeat([]byte("sentence after sentence, "), 40)
	f.Add(text, byte(0), uint16(0), byte(0))
	f.Add(text, byte(1), uint16(3), byte(1))
	f.Add(text, byte(2), uint16(30), byte(7))
	f.Add(text, byte(7), uint16(0), byte(0))
	f.Add(text, byte(12), uint16(6), byte(0xff))
	f.Add([]byte{}, byte(4), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, how byte, at uint16, flip byte) {
		blobs := [][]byte{data[:len(data)/3], data[len(data)/3:]}
		body := testTable(blobs, how&1 != 0)
		windows := []int{zstd.MinWindowSize, 1 << 16, 8 << 20, 16 << 20}
		opts := []zstd.EOption{
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(how&2 != 0), zstd.WithWindowSize(windows[how>>2&3]),
			zstd.WithLowerEncoderMem(true), zstd.WithSingleSegment(how&16 != 0),
		}
		var frame []byte
		if how&32 == 0 {
			frame = zstdBytes(t, body, opts...)
		} else {
			var out bytes.Buffer
			w, err := zstd.NewWriter(&out, opts...)
			if err != nil {
				t.Fatal(err)
			}
			for piece := range slices.Chunk(body, 1000) {
				if _, err := w.Write(piece); err != nil {
					t.Fatal(err)
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			frame = out.Bytes()
		}
		if int(at) < len(frame) {
			frame[at] ^= flip
		}
		info := clusterZstd | how&1<<4
		r := clusterFile(t, info, frame)
		h, err := r.head(0)
		if err != nil {
			t.Fatal(err)
		}
		forwards, backwards := twoBlobs(t, r, 0, 1), twoBlobs(t, clusterFile(t, info, frame), 1, 0)
		if forwards != backwards {
			t.Errorf("blobs are %q when the first is asked for first, and else %q", forwards, backwards)
		}
		c, err := r.decode(t.Context(), h, r.dataEnd)
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%v of type %T", err, err)
			}
			if flip == 0 || int(at) >= len(frame) {
				t.Fatalf("what the encoder made gives %v", err)
			}
			return
		}
		dec, err := zstd.NewReader(io.NewSectionReader(r.r, h.start+1, r.dataEnd-h.start-1), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			t.Fatal(err)
		}
		defer dec.Close()
		all := bytes.Join(c.chunks, nil)[:c.size]
		want := make([]byte, len(all))
		if n, err := io.ReadFull(dec, want); err != nil || !bytes.Equal(all, want) {
			t.Fatalf("%d bytes, of which the library gives %d, %v", len(all), n, err)
		}
		blob := func(i uint32) []byte { return all[c.offset(i):c.offset(i+1)] }
		for i := range min(c.count, 2) {
			if got := forwards[i]; got != string(blob(i)) {
				t.Errorf("blob %d alone is %q, in its cluster %q", i, got, blob(i))
			}
		}
		if flip == 0 || int(at) >= len(frame) {
			if c.count != 2 || !bytes.Equal(blob(0), blobs[0]) || !bytes.Equal(blob(1), blobs[1]) {
				t.Errorf("%d blobs, want the two that were encoded", c.count)
			}
		}
	})
}

// FuzzXZCluster reads any bytes as an xz stream and compares with the library's own reader of the container, which checks the
// same and the index besides.
func FuzzXZCluster(f *testing.F) {
	body := testTable([][]byte{bytes.Repeat([]byte("sentence after sentence, "), 40), []byte("x")}, false)
	for _, c := range []xz.WriterConfig{{}, {NoCheckSum: true}, {CheckSum: xz.CRC32}, {CheckSum: xz.SHA256}, {BlockSize: 100}} {
		var out bytes.Buffer
		c.DictCap = lzma.MinDictCap // larger ones are slow to allocate
		w, err := c.NewWriter(&out)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Add(xzClaim(f, 40))
	f.Add(xzClaim(f, 24))
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 1 << 20
		x := &xzReader{in: newXZInput(bytes.NewReader(stream)), dictLimit: firstXZDict}
		got, err := io.ReadAll(io.LimitReader(x, limit))
		if errors.Is(err, ErrTooLarge) || errors.Is(err, errors.ErrUnsupported) || x.claimed > firstXZDict || x.empty > 0 {
			return // limits of ours, or what the library would allocate for a claim
		}
		ref, refErr := xz.ReaderConfig{SingleStream: true}.NewReader(bytes.NewReader(stream))
		if refErr != nil {
			return // ours reads on until there is no block
		}
		want := make([]byte, len(got))
		n, refErr := io.ReadFull(ref, want)
		if err == nil && n < len(got) && errors.Is(refErr, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes, the library gives %d, %v", len(got), n, refErr)
		}
		if !bytes.Equal(got[:n], want[:n]) {
			t.Errorf("%q, the library gives %q", got[:n], want[:n])
		}
		if err != nil && n == len(got) && !errors.Is(err, io.ErrUnexpectedEOF) { // 0.5.17 takes an end between blocks for the stream's
			if _, restErr := io.Copy(io.Discard, io.LimitReader(ref, limit)); restErr == nil && len(got) < limit {
				t.Errorf("the library reads all, we say %v", err)
			}
		}
	})
}

// FuzzLZMA2 puts any chunks into a sound container, past its checksums, and compares with the library's reader of chunks.
func FuzzLZMA2(f *testing.F) {
	for _, s := range []string{"", "x", "sentence after sentence, sentence after sentence"} {
		var out bytes.Buffer
		w, err := lzma.Writer2Config{}.NewWriter2(&out)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := io.WriteString(w, s); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes(), byte(18))
	}
	f.Add([]byte("\x01\x00\x02abc\x02\x00\x01de\x00"), byte(0))
	f.Fuzz(func(t *testing.T, chunks []byte, bits byte) {
		bits %= 23 // 8 MiB
		le := binary.LittleEndian
		stream := []byte("\xfd7zXZ\x00\x00\x00") // no check
		stream = le.AppendUint32(stream, crc32.ChecksumIEEE(stream[6:8]))
		head := []byte{2, 0, 0x21, 1, bits, 0, 0, 0}
		stream = slices.Concat(stream, le.AppendUint32(head, crc32.ChecksumIEEE(head)), chunks)
		const limit = 1 << 20
		x := &xzReader{in: newXZInput(bytes.NewReader(stream)), dictLimit: firstXZDict}
		got := make([]byte, limit)
		n, _ := io.ReadFull(x, got)
		ref, err := lzma.Reader2Config{DictCap: max(int(2|bits&1)<<(bits/2+11), lzma.MinDictCap)}.NewReader2(bufio.NewReader(bytes.NewReader(chunks)))
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, limit)
		m, _ := io.ReadFull(ref, want)
		if n != m || !bytes.Equal(got[:n], want[:m]) {
			t.Errorf("%q, the library gives %q", got[:n], want[:m])
		}
	})
}

package scrub_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"math/bits"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	_ "golang.org/x/image/webp"

	"samizdat/internal/scrub"
)

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(b); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func read(b []byte) (*scrub.File, error) { return scrub.Read(bytes.NewReader(b), int64(len(b))) }

// scrubbed looks through b and returns what that finds with the scrubbed file.
func scrubbed(t testing.TB, b []byte) (*scrub.File, []byte) {
	t.Helper()
	f, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, err := f.WriteTo(&out); err != nil || n != f.Size || n != int64(out.Len()) {
		t.Fatalf("WriteTo = %d, %v; %d bytes written, Size %d", n, err, out.Len(), f.Size)
	}
	return f, out.Bytes()
}

// twice holds what was scrubbed against scrubbing it again.
func twice(t testing.TB, out []byte) {
	t.Helper()
	f, again := scrubbed(t, out)
	if !f.Clean() {
		t.Errorf("the second time finds %v", f.Traces)
	}
	if !bytes.Equal(out, again) {
		t.Errorf("the second time gives other bytes")
	}
}

// pixels decodes a picture: all frames of a GIF, the first of others; nil if it cannot be decoded.
func pixels(b []byte) any {
	if config, _, err := image.DecodeConfig(bytes.NewReader(b)); err != nil || config.Width*config.Height > 1<<22 {
		return nil
	}
	if bytes.HasPrefix(b, []byte("GIF8")) {
		g, err := gif.DecodeAll(bytes.NewReader(b))
		if err != nil {
			return nil
		}
		return *g
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	return m
}

func TestEveryKindOfTrace(t *testing.T) {
	for format, vectors := range allVectors(t) {
		for _, v := range vectors {
			t.Run(format+"/"+v.name, func(t *testing.T) {
				if v.name != "time" && v.name != "exif thumbnail" && !bytes.Contains(v.file, []byte(secret[:8])) && format != "pdf" {
					t.Fatal("the vector does not hold the secret")
				}
				f, out := scrubbed(t, v.file)
				if !f.Has(v.kind) || f.Clean() {
					t.Errorf("found %v, want one of kind %q", f.Traces, v.kind)
				}
				if bytes.Contains(out, []byte(secret[:8])) || bytes.Contains(out, []byte("Secret-Title")) {
					t.Errorf("the secret is still there: %q", out)
				}
				if before, after := pixels(v.file), pixels(out); before != nil && !reflect.DeepEqual(before, after) {
					t.Error("the pixels are others")
				} else if after == nil && (format == "jpeg" || format == "png" || format == "gif") {
					t.Error("what comes out cannot be decoded")
				}
				if format == "movie" || format == "heif" || format == "matroska" || format == "pdf" {
					if len(out) != len(v.file) {
						t.Errorf("%d bytes have become %d; nothing may move", len(v.file), len(out))
					}
				}
				twice(t, out)
				rest, err := io.ReadAll(iotest.OneByteReader(f.Reader()))
				if err != nil || !bytes.Equal(rest, out) {
					t.Errorf("Reader gives other bytes than WriteTo, or %v", err)
				}
			})
		}
	}
}

func TestNothingToTakeOut(t *testing.T) {
	for _, format := range []string{"jpeg", "png", "gif"} {
		b := encoded(t, format)
		f, out := scrubbed(t, b)
		if !f.Clean() || !bytes.Equal(b, out) {
			t.Errorf("%s: found %v; %d bytes have become %d", format, f.Traces, len(b), len(out))
		}
	}
	for name, b := range map[string][]byte{"matroska": matroskaOf(nil, nil, nil, nil), "pdf": pdfOf(""), "webp": madeFile(t, "animated.webp")} {
		if f, out := scrubbed(t, b); !f.Clean() || !bytes.Equal(b, out) {
			t.Errorf("%s: found %v", name, f.Traces)
		}
	}
}

// TestOrientation holds how a picture is turned, in each format that has it in Exif, and in both orders of bytes.
func TestOrientation(t *testing.T) {
	for turned := 1; turned <= 8; turned++ {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			exif := tiff(order, true, true, map[uint16]any{0x0112: turned, 0x010F: secret + "\x00"})
			want := join("MM\x00*", be32(8), be16(1), be16(0x0112), be16(3), be32(1), be16(turned), be16(0), be32(0))
			webp := madeFile(t, "picture.webp")
			for name, b := range map[string][]byte{
				"jpeg": withSegments(t, segment(0xE1, "Exif\x00\x00", exif)),
				"png":  withChunks(t, chunk("eXIf", exif)),
				"webp": webpOf(webp[12:bytes.Index(webp, []byte("EXIF"))], riffChunk("EXIF", exif)),
			} {
				_, out := scrubbed(t, b)
				if got := bytes.Contains(out, want); got != (turned > 1) {
					t.Errorf("%s turned %d: orientation kept: %v", name, turned, got)
				}
				if strings.Contains(string(out), secret) {
					t.Errorf("%s turned %d: the secret is still there", name, turned)
				}
			}
		}
	}
}

// TestKept are parts that must stay as they are.
func TestKept(t *testing.T) {
	profile := join("ICC_PROFILE\x00", 1, 1, make([]byte, 36), "acsp", make([]byte, 90))
	adobe := join("Adobe", 0, 100, 0, 0, 0, 0, 1)
	for name, part := range map[string][]byte{"profile": segment(0xE2, profile), "adobe": segment(0xEE, adobe)} {
		b := withSegments(t, part, segment(0xFE, secret))
		if _, out := scrubbed(t, b); !bytes.Contains(out, part) {
			t.Errorf("%s is gone", name)
		}
	}
	g := encoded(t, "gif")
	loop := join(0x21, 0xFF, 11, "NETSCAPE2.0", 3, 1, 3, 0, 0)
	if _, out := scrubbed(t, join(g[:len(g)-1], 0x21, 0xFE, 1, "x", 0, 0x3B)); !bytes.Contains(out, loop) {
		t.Error("the loop of the GIF is gone")
	}
}

// TestFramesStay compares the media data of films before and after.
func TestFramesStay(t *testing.T) {
	for name, box := range map[string]string{"film.mp4": "mdat", "fragments.mp4": "mdat", "film.mov": "mdat", "film.webm": "\x1F\x43\xB6\x75", "film.mkv": "\x1F\x43\xB6\x75"} {
		b := madeFile(t, name)
		_, out := scrubbed(t, b)
		found := 0
		for at := 0; ; found++ {
			i := bytes.Index(b[at:], []byte(box))
			if i < 0 {
				break
			}
			at += i + 4
			var n int
			if box == "mdat" {
				n = int(binary.BigEndian.Uint32(b[at-8:])) - 8
			} else {
				width := bits.LeadingZeros8(b[at]) + 1
				size := binary.BigEndian.Uint64(b[at:]) >> (64 - 8*width)
				at, n = at+width, int(size&(1<<(7*width)-1))
			}
			before, after := b[at:at+n], out[at:at+n]
			different := 0
			for k := range before {
				if before[k] != after[k] {
					different++
				}
			}
			want := 0
			switch name {
			case "film.mov":
				want = 4 // the one sample of the time code; some of its bytes are zero
			case "film.mkv":
				want = 6 // a checksum, which would be wrong
			}
			if different > want {
				t.Errorf("%s: %d bytes of %d of the frames at %d are others", name, different, n, at)
			}
			at += n
		}
		if found == 0 {
			t.Errorf("%s: no frames found", name)
		}
	}
}

func TestValues(t *testing.T) {
	b := withSegments(t,
		segment(0xE1, "Exif\x00\x00", tiff(binary.BigEndian, true, false, map[uint16]any{0x0110: "Pixel\x1B[31m  7\x00"})),
		segment(0xFE, strings.Repeat("ж", 500)))
	f, _ := scrubbed(t, b)
	want := []scrub.Trace{
		{Kind: scrub.Camera, Where: "Exif", Value: "Pixel[31m 7"},
		{Kind: scrub.Position, Where: "Exif GPS", Value: "51.16940 N, 71.44910 E"},
		{Kind: scrub.Comment, Where: "JPEG comment", Value: strings.Repeat("ж", 119) + "…"},
	}
	if !reflect.DeepEqual(f.Traces, want) {
		t.Errorf("got %q, want %q", f.Traces, want)
	}
}

func TestRefused(t *testing.T) {
	pdf := func(trailer string, objects ...any) []byte { return pdfOf(trailer, objects...) }
	film := madeFile(t, "film.mp4")
	for name, b := range map[string][]byte{
		"unknown part of a PNG": withChunks(t, chunk("CgBI", 0, 0, 0, 0)),
		"encrypted PDF":         pdf("/Encrypt 10 0 R", "<< /Filter /Standard >>"),
		"signed PDF":            pdf("", "<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>"),
		"PDF with files":        pdf("", "<< /Type /Filespec /EF << /F 11 0 R >> >>"),
		"PDF with revisions":    join(pdf(""), "10 0 obj\n<< >>\nendobj\nstartxref\n0\n%%EOF\n"),
		"PDF with notes":        pdf("", "<< /PieceInfo 11 0 R >>"),
		"words in a PDF":        join(pdf(""), "what is this"),
		"catalogue as info":     pdf("/Info 1 0 R"),
		"film in another file":  bytes.Replace(film, join("url ", be32(1)), join("url ", be32(0)), 1),
		"protected film":        bytes.Replace(film, []byte("avc1avcC"), []byte("encvavcC"), 1),
		"compressed film":       within(t, "film.mp4", boxOf("cmov", "x")),
		"protected fragments":   bytes.Replace(madeFile(t, "fragments.mp4"), []byte("tfdt"), []byte("senc"), 1),
		"encrypted webm":        matroskaOf(nil, nil, ebml(0xAF, "x"), nil),
	} {
		if name == "protected film" {
			b = bytes.Replace(film, join("stsd", be32(0), be32(1), film[bytes.Index(film, []byte("stsd"))+12:][:4], "avc1"),
				join("stsd", be32(0), be32(1), film[bytes.Index(film, []byte("stsd"))+12:][:4], "encv"), 1)
		}
		_, err := read(b)
		var refused *scrub.RefusedError
		if !errors.As(err, &refused) || refused.Reason == "" {
			t.Errorf("%s: error %v, want a RefusedError", name, err)
		}
	}
}

func TestNotOfTheseFormats(t *testing.T) {
	for _, b := range []string{"", "x", "\xFF\xD8", "just words, and more of them", "PK\x03\x04", "RIFF\x00\x00\x00\x00WAVE"} {
		if _, err := read([]byte(b)); !errors.Is(err, scrub.ErrFormat) {
			t.Errorf("%q: error %v, want ErrFormat", b, err)
		}
	}
}

// TestDamaged gives files with one fault each.
func TestDamaged(t *testing.T) {
	jpeg, png, gif, webp, film := encoded(t, "jpeg"), encoded(t, "png"), encoded(t, "gif"), madeFile(t, "picture.webp"), madeFile(t, "film.mp4")
	stco := bytes.Clone(film)
	copy(stco[bytes.Index(stco, []byte("stco"))+12:], "\xFF\xFF\xFF\x00")
	many := bytes.Clone(film)
	copy(many[bytes.Index(many, []byte("stsz"))+12:], "\xFF\xFF\xFF\xFF")
	deep := []byte("x")
	for range 200 {
		deep = boxOf("mdia", boxOf("minf", deep))
	}
	for name, b := range map[string][]byte{
		"segment too long":          join("\xFF\xD8\xFF\xE1\xFF\xFF", "x"),
		"segment too short":         []byte("\xFF\xD8\xFF\xE1\x00\x01"),
		"picture within a picture":  join("\xFF\xD8", jpeg),
		"bytes between scans":       bytes.Replace(jpeg, []byte("\xFF\xD9"), []byte("\xFF\x07\xFF\xD9"), 1),
		"chunk too long":            join(png[:33], be32(1<<31-1), "tEXt"),
		"PNG without an end":        png[:len(png)-12],
		"PNG without a beginning":   join(png[:8], png[33:]),
		"GIF cut":                   gif[:len(gif)-10],
		"GIF of unknown blocks":     join(gif[:len(gif)-1], 0x99, 0x3B),
		"WebP cut":                  webp[:len(webp)-10],
		"WebP with a long chunk":    webpOf(webp[12:], []byte("EXIF\xFF\xFF\xFF\x7F")),
		"box too long":              join(film, be32(100), "free"),
		"box too short":             join(film, be32(3), "free"),
		"chunk behind the end":      stco,
		"more samples than bytes":   many,
		"film without data":         boxOf("ftyp", "isom", be32(0)),
		"element too long":          join(madeFile(t, "film.webm")[:60], "\xEC\x08\xFF\xFF\xFF\xFF"),
		"EBML alone":                ebml(0x1A45DFA3, ebml(0x4282, "webm")),
		"PDF without objects":       []byte("%PDF-1.4\n%%EOF\n"),
		"PDF with an open string":   pdfOf("/Info 10 0 R", "<< /Author ("+secret),
		"PDF with an open array":    pdfOf("", "[ 1 2 3"),
		"PDF with an open stream":   pdfOf("", "<< /Length 5 >>\nstream\nabc"),
		"PDF with a damaged packet": pdfOf("", pdfStreamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", []byte("no zlib"))),
		"PDF with a damaged photo":  pdfOf("", pdfStreamOf("/Filter /DCTDecode", []byte("\xFF\xD8\xFF\xE1\xFF\xFFx"))),
	} {
		_, err := read(b)
		var damage *scrub.DamageError
		if !errors.As(err, &damage) || damage.Offset < 0 || damage.Offset > int64(len(b)) {
			t.Errorf("%s: error %v, want a DamageError within %d bytes", name, err, len(b))
		}
	}
	if _, err := read(within(t, "film.mp4", boxOf("trak", boxOf("mdia", boxOf("hdlr", make([]byte, 8), "soun")), deep))); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("boxes 400 deep: error %v", err)
	}
	if _, err := read(pdfOf("", strings.Repeat("[", 10_000))); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("arrays 10,000 deep: error %v", err)
	}
}

// TestEveryCut cuts each vector at many places: no panic, and what is accepted can be scrubbed.
func TestEveryCut(t *testing.T) {
	for format, vectors := range allVectors(t) {
		v := vectors[0]
		for n := 0; n < len(v.file); n += 1 + len(v.file)/400 {
			f, err := read(v.file[:n])
			if err != nil {
				continue
			}
			var out bytes.Buffer
			if _, err := f.WriteTo(&out); err != nil {
				t.Errorf("%s cut at %d: %v", format, n, err)
			}
			twice(t, out.Bytes())
		}
	}
}

// hole is a film of 3 GB of which only the beginning is there; it counts the bytes that are read.
type hole struct {
	head  []byte
	bytes int64
}

func (h *hole) ReadAt(b []byte, off int64) (int, error) {
	h.bytes += int64(len(b))
	clear(b)
	if off < int64(len(h.head)) {
		copy(b, h.head[off:])
	}
	return len(b), nil
}

// TestLargeFilm looks through a film of 3 GB, whose frames need not be read for that.
func TestLargeFilm(t *testing.T) {
	const size, frame, first = 3 << 30, 1 << 20, 4096
	frames := (size - first) / frame
	offsets := be32(frames)
	for i := range frames {
		offsets = append(offsets, be32(first+i*frame)...)
	}
	entry := boxOf("avc1", make([]byte, 78))
	stbl := boxOf("stbl", boxOf("stsd", be32(0), be32(1), entry), boxOf("stsz", be32(0), be32(frame), be32(frames)),
		boxOf("stsc", be32(0), be32(1), be32(1), be32(1), be32(1)), boxOf("stco", be32(0), offsets))
	moov := boxOf("moov", boxOf("trak", boxOf("tkhd", make([]byte, 12), be32(1), make([]byte, 68)), boxOf("mdia", boxOf("hdlr", make([]byte, 8), "vide", make([]byte, 12)), boxOf("minf", stbl))),
		boxOf("udta", boxOf("\xA9xyz", be16(len(secret)), be16(0), secret)))
	end := first + frames*frame
	head := join(boxOf("ftyp", "isom", be32(0)), boxOf("free", make([]byte, first-16-8-8)), be32(end-first+8), "mdat")
	h := &hole{head: head}
	r := &joined{[]io.ReaderAt{h, bytes.NewReader(moov)}, []int64{0, int64(end)}}
	f, err := scrub.Read(r, int64(end+len(moov)))
	if err != nil {
		t.Fatal(err)
	}
	if !f.Has(scrub.Position) || f.Size != int64(end+len(moov)) {
		t.Errorf("found %v in %d bytes", f.Traces, f.Size)
	}
	if h.bytes > 1<<20 {
		t.Errorf("%d bytes of the film were read", h.bytes)
	}
}

// joined is several files one behind the other.
type joined struct {
	parts []io.ReaderAt
	at    []int64
}

func (j *joined) ReadAt(b []byte, off int64) (int, error) {
	for i := len(j.parts) - 1; i >= 0; i-- {
		if off < j.at[i] {
			continue
		}
		n := len(b)
		if i+1 < len(j.at) {
			n = int(min(int64(n), j.at[i+1]-off))
		}
		got, err := j.parts[i].ReadAt(b[:n], off-j.at[i])
		if err == nil && got < len(b) {
			var more int
			more, err = j.ReadAt(b[got:], off+int64(got))
			got += more
		}
		return got, err
	}
	return 0, io.EOF
}

func TestSourceFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	b := madeFile(t, "film.mp4")
	if _, err := scrub.Read(failing{broken}, int64(len(b))); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the source", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

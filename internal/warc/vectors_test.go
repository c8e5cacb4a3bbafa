package warc_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/warc"
)

const (
	date    = "2022-01-05T10:20:30Z"
	body    = "Первый абзац.\n"
	answer  = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body
	chunky  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\n\r\n"
	liar    = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nabcdef"
	trailer = "\r\n\r\n"
)

// sha1of is a digest as most files have it.
func sha1of(s string) string {
	sum := sha1.Sum([]byte(s))
	return "sha1:" + base32.StdEncoding.EncodeToString(sum[:])
}

// record makes a response with number n in its ID and address. Each change replaces a line of the header ("Name: value"), or removes it
// ("Name:"), or adds it.
func record(n int, block string, changes ...string) string {
	lines := []string{
		"WARC/1.1",
		"WARC-Type: response",
		fmt.Sprintf("WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-%012d>", n),
		"WARC-Date: " + date,
		fmt.Sprintf("WARC-Target-URI: https://example.org/%d", n),
		"WARC-Block-Digest: " + sha1of(block),
		"Content-Type: application/http;msgtype=response",
		fmt.Sprintf("Content-Length: %d", len(block)),
	}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, ":")
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, name+":") })
		switch {
		case i < 0:
			lines = append(lines, change)
		case value == "":
			lines = slices.Delete(lines, i, i+1)
		default:
			lines[i] = change
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + block + trailer
}

// zip makes one gzip member of a text.
func zip(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// outcome is what came of a file: the last part of each record's ID, and damage as "fault@offset".
type outcome struct {
	got     []string
	records []*warc.Record
	quirks  []warc.Quirk
	blocks  []string
}

// read reads a whole file. A stream is read through an io.Reader that cannot seek.
func read(t *testing.T, r io.Reader) outcome {
	t.Helper()
	var o outcome
	rd, err := warc.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	for tries := 0; ; tries++ {
		if tries > 1000 {
			t.Fatal("the reader does not come to an end")
		}
		rec, err := rd.Next()
		if err == io.EOF {
			break
		}
		var block []byte
		if err == nil {
			id := rec.ID()
			o.got = append(o.got, strings.TrimLeft(id[strings.LastIndexByte(id, '-')+1:], "0"))
			o.records = append(o.records, rec)
			block, _ = io.ReadAll(rec)
			o.blocks = append(o.blocks, string(block))
			err = rec.Finish()
		}
		if err != nil {
			var d *warc.Damage
			if !errors.As(err, &d) {
				t.Fatalf("error that is no damage: %v", err)
			}
			o.got = append(o.got, fmt.Sprintf("%v@%d", d.Fault, d.Offset))
		}
	}
	for _, s := range rd.Quirks() {
		o.quirks = append(o.quirks, s.Quirk)
	}
	return o
}

type stream struct{ io.Reader }

// TestQuirks reads files that break one rule each as known programs do: all is read, and the quirk is named.
func TestQuirks(t *testing.T) {
	ok := record(1, answer)
	chunked := func(digest string) string { return record(1, chunky, "WARC-Payload-Digest: "+digest) }
	_, raw, _ := strings.Cut(chunky, "\r\n\r\n")
	for _, c := range []struct {
		name string
		file string
		want warc.Quirk // 0: nothing is odd
	}{
		{"sound", ok + record(2, answer), 0},
		{"gzip", zip(t, ok) + zip(t, record(2, answer)), 0},
		{"version 1.0", strings.Replace(ok, "WARC/1.1", "WARC/1.0", 1), 0},
		{"version 0.18", strings.Replace(ok, "WARC/1.1", "WARC/0.18", 1), warc.OldVersion},
		{"no line ends at the end", strings.TrimSuffix(ok, trailer), warc.NoTrailer},
		{"no line ends in the middle", strings.TrimSuffix(ok, trailer) + record(2, answer), warc.NoTrailer},
		{"no line ends in a member", zip(t, strings.TrimSuffix(ok, trailer)) + zip(t, record(2, answer)), warc.NoTrailer},
		{"one line end", strings.TrimSuffix(ok, "\r\n") + record(2, answer), warc.LooseBlankLines},
		{"three line ends", ok + "\r\n" + record(2, answer), warc.LooseBlankLines},
		{"line ends first", "\r\n" + ok, warc.LooseBlankLines},
		{"LF alone", strings.Replace(ok, date+"\r\n", date+"\n", 1), warc.OddLineEnds},
		{"CR CR LF", strings.Replace(ok, date+"\r\n", date+"\r\r\n", 1), warc.OddLineEnds},
		{"folded", strings.Replace(ok, "Content-Type: ", "Content-Type:\r\n\t", 1), warc.FoldedHeader},
		{"line without a colon", strings.Replace(ok, "WARC-Date", "nonsense\r\nWARC-Date", 1), warc.LineWithoutColon},
		{"repeated", strings.Replace(ok, "WARC-Date", "WARC-Type: request\r\nWARC-Date", 1), warc.RepeatedField},
		{"may repeat", strings.Replace(ok, "WARC-Date", "WARC-Concurrent-To: <urn:a:b>\r\nwarc-concurrent-to: <urn:a:c>\r\nWARC-Date", 1), 0},
		{"no date", record(1, answer, "WARC-Date:"), warc.MissingField},
		{"fourteen digits", record(1, answer, "WARC-Date: 20220105102030"), warc.OddDate},
		{"brackets", record(1, answer, "WARC-Target-URI: <https://example.org/1>"), warc.BracketedURI},
		{"space in address", record(1, answer, "WARC-Target-URI: https://example.org/a b"), warc.BadURI},
		{"one member", zip(t, ok+record(2, answer)), warc.SharedMember},
		{"zeros between", zip(t, ok) + "\x00\x00\x00" + zip(t, record(2, answer)), warc.Padding},
		{"zeros at the end", zip(t, ok) + "\x00\x00\x00", warc.Padding},
		{"label in capitals", record(1, answer, "WARC-Block-Digest: "+strings.Replace(sha1of(answer), "sha1", "SHA-1", 1)), warc.OddDigest},
		{"no label", record(1, answer, "WARC-Block-Digest: "+sha1of(answer)[5:]), warc.OddDigest},
		{"digest of what chunks hold", chunked(sha1of("abcdef")), 0},
		{"digest of chunks", chunked(sha1of(raw)), warc.ChunkedOverChunks},
		{"claims chunks", record(1, liar, "WARC-Payload-Digest: "+sha1of("abcdef")), warc.ClaimsChunks},
		{"digest of block", record(1, answer, "WARC-Payload-Digest: "+sha1of(answer)), warc.DigestOfBlock},
		{"digest of body", record(1, answer, "WARC-Payload-Digest: "+sha1of(body), "WARC-Block-Digest: "+sha1of(body)), warc.DigestOfBody},
		{"no HTTP", record(1, body, "WARC-Payload-Digest: "+sha1of(body)), warc.HTTPWithoutHeader},
		{"HTTP length", record(1, strings.Replace(answer, "\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n", 1)), warc.HTTPLength},
	} {
		for _, how := range []string{"file", "stream"} {
			t.Run(c.name+", "+how, func(t *testing.T) {
				var r io.Reader = strings.NewReader(c.file)
				if how == "stream" {
					r = stream{r}
				}
				o := read(t, r)
				want := []string{"1"}
				if strings.Contains(c.file, "example.org/2") || strings.Contains(c.file, "\x1f\x8b") && strings.Count(c.file, "\x1f\x8b\x08") > 1 || c.want == warc.SharedMember {
					want = append(want, "2")
				}
				if !slices.Equal(o.got, want) {
					t.Errorf("got %q, want %q", o.got, want)
				}
				var quirks []warc.Quirk
				if c.want != 0 {
					quirks = []warc.Quirk{c.want}
				}
				if !slices.Equal(o.quirks, quirks) {
					t.Errorf("quirks %v, want %v", o.quirks, quirks)
				}
				for _, rec := range o.records {
					if rec.BlockDigest == warc.Differs || rec.PayloadDigest == warc.Differs {
						t.Errorf("record %s: block digest %v, payload digest %v", rec.ID(), rec.BlockDigest, rec.PayloadDigest)
					}
				}
			})
		}
	}
}

// TestDamage reads files with one fault each. What can be read is read; the fault is said with its offset.
func TestDamage(t *testing.T) {
	one, two, three := record(1, answer), record(2, answer), record(3, answer)
	z1, z2, z3 := zip(t, one), zip(t, two), zip(t, three)
	flip := func(s string, at int) string { b := []byte(s); b[at] ^= 0x55; return string(b) }
	at := func(fault string, offset int) string { return fmt.Sprintf("%s@%d", fault, offset) }
	for _, c := range []struct {
		name  string
		file  string
		want  []string
		blind []string // without going back; nil is the same
	}{
		{"cut in a block", one + two[:len(two)-10], []string{"1", "2", at("cut short", len(one))}, nil},
		{"cut in a header", one + two[:30], []string{"1", at("bad header", len(one))}, nil},
		{"cut in a member", z1 + z2[:len(z2)-20], []string{"1", "2", at("corrupt", len(z1))}, nil},
		{"cut in a member's checksum", z1 + z2[:len(z2)-3], []string{"1", "2", at("corrupt", len(z1))}, nil},
		{"cut in a member's header", z1 + z2[:5], []string{"1", at("corrupt", len(z1))}, nil},
		{"length too short", one + record(2, answer, "Content-Length: 20") + three, []string{"1", "2", at("runs on", len(one)), "3"}, nil},
		{
			"length too long", one + record(2, answer, fmt.Sprint("Content-Length: ", len(answer)+100)) + three,
			[]string{"1", "2", at("runs on", len(one)), "3"},
			[]string{"1", "2", at("runs on", len(one))},
		},
		{
			"length far too long", one + record(2, answer, "Content-Length: 9000000000000000000") + three,
			[]string{"1", "2", at("cut short", len(one)), "3"},
			[]string{"1", "2", at("cut short", len(one))},
		},
		{"length too long in a member", z1 + zip(t, record(2, answer, "Content-Length: 9000000000000000000")) + z3, []string{"1", "2", at("cut short", len(z1)), "3"}, nil},
		{"length too short in a shared member", zip(t, one+record(2, answer, "Content-Length: 20")+three), []string{"1", "2", "runs on@0", "3"}, nil},
		{"no length", one + record(2, answer, "Content-Length:") + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"length no number", one + record(2, answer, "Content-Length: many") + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"length below zero", one + record(2, answer, "Content-Length: -1") + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"length over 63 bits", one + record(2, answer, "Content-Length: 9999999999999999999") + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"no version", one + strings.TrimPrefix(two, "WARC/1.1\r\n") + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"header without end", one + "WARC/1.1\r\n" + strings.Repeat("X-Y: "+strings.Repeat("z", 1000)+"\r\n", 2000) + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"garbage between members", z1 + "garbage\x1f\x8b\x08 garbage" + z3, []string{"1", at("garbage", len(z1)), "3"}, nil},
		{"garbage at the end", z1 + "garbage", []string{"1", at("garbage", len(z1))}, nil},
		{"garbage between records", one + "garbage\r\n" + three, []string{"1", at("bad header", len(one)), "3"}, nil},
		{"checksum of a member", z1 + flip(z2, len(z2)-6) + z3, []string{"1", "2", at("corrupt", len(z1)), "3"}, nil},
		{"first member corrupt", flip(z1, 12) + z2, []string{"corrupt@0", "2"}, nil},
		{"no record in a member", z1 + zip(t, "nothing") + z3, []string{"1", at("bad header", len(z1)), "3"}, nil},
		{"a member of nothing", z1 + zip(t, "") + z3, []string{"1", "3"}, nil},
	} {
		for _, how := range []string{"file", "stream"} {
			t.Run(c.name+", "+how, func(t *testing.T) {
				var r io.Reader = strings.NewReader(c.file)
				want := c.want
				if how == "stream" {
					r = stream{r}
					if c.blind != nil {
						want = c.blind
					}
				}
				if o := read(t, r); !slices.Equal(o.got, want) {
					t.Errorf("got %q, want %q", o.got, want)
				}
			})
		}
	}
}

// TestDamageComesFromNext passes over damaged records without reading them: Next says what Finish would.
func TestDamageComesFromNext(t *testing.T) {
	one := record(1, answer, "Content-Length: 20")
	rd, err := warc.NewReader(strings.NewReader(one + record(2, answer)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		rec, err := rd.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, rec.ID())
	}
	want := []string{
		"urn:uuid:00000000-0000-4000-8000-000000000001",
		"record at 0: the block goes on after the length that its header gives",
		"urn:uuid:00000000-0000-4000-8000-000000000002",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTampering changes one byte of a sound record: the digest says so.
func TestTampering(t *testing.T) {
	sound := record(1, answer, "WARC-Payload-Digest: "+sha1of(body))
	for _, c := range []struct {
		name, file     string
		block, payload warc.Verdict
	}{
		{"sound", sound, warc.Matches, warc.Matches},
		{"body", strings.Replace(sound, "абзац", "Абзац", 1), warc.Differs, warc.Differs},
		{"HTTP header", strings.Replace(sound, "200 OK", "404 OK", 1), warc.Differs, warc.Matches},
		{"unknown digest", record(1, answer, "WARC-Payload-Digest: tiger:ABC"), warc.Matches, warc.Unchecked},
		{"none", record(1, answer, "WARC-Block-Digest:"), warc.NoDigest, warc.NoDigest},
		{"cut by the writer", record(1, answer, "WARC-Payload-Digest: "+sha1of("more"), "WARC-Truncated: length"), warc.Matches, warc.Unchecked},
		{
			"revisit", record(1, "HTTP/1.1 200 OK\r\n\r\n", "WARC-Type: revisit", "WARC-Payload-Digest: "+sha1of(body), "WARC-Profile: "+warc.IdenticalPayload),
			warc.Matches, warc.Unchecked,
		},
		{"segment", record(1, answer, "WARC-Segment-Number: 1", "WARC-Payload-Digest: "+sha1of("all")), warc.Matches, warc.Unchecked},
		{
			"resource", record(1, body, "WARC-Type: resource", "Content-Type: text/plain", "WARC-Payload-Digest: "+sha1of(body)),
			warc.Matches, warc.Matches,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := read(t, strings.NewReader(c.file)).records[0]
			if rec.BlockDigest != c.block || rec.PayloadDigest != c.payload {
				t.Errorf("block digest %v, payload digest %v, want %v and %v", rec.BlockDigest, rec.PayloadDigest, c.block, c.payload)
			}
		})
	}
}

// TestNotWARC opens files of other kinds.
func TestNotWARC(t *testing.T) {
	for name, file := range map[string]string{
		"empty":     "",
		"text":      "hello, this is a text\n",
		"ARC":       "filedesc://x.arc 0.0.0.0 20220105102030 text/plain 77\n",
		"gzip text": zip(t, "hello, this is a text\n"),
		"ZIP":       "PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaa",
	} {
		if _, err := warc.NewReader(strings.NewReader(file)); !errors.Is(err, warc.ErrNotWARC) {
			t.Errorf("%s: got %v, want ErrNotWARC", name, err)
		}
	}
}

// TestOffsets finds each record again at its offset.
func TestOffsets(t *testing.T) {
	one, two := record(1, answer), record(2, answer)
	for name, file := range map[string]string{"plain": one + two, "gzip": zip(t, one) + zip(t, two)} {
		o := read(t, strings.NewReader(file))
		if len(o.records) != 2 {
			t.Fatalf("%s: got %q", name, o.got)
		}
		for i, rec := range o.records {
			part := file[rec.Offset : rec.Offset+rec.Length]
			again := read(t, strings.NewReader(part))
			if len(again.got) != 1 || again.got[0] != o.got[i] {
				t.Errorf("%s: at %d are %q, want %q", name, rec.Offset, again.got, o.got[i])
			}
		}
		if last := o.records[1]; last.Offset+last.Length != int64(len(file)) {
			t.Errorf("%s: the last record ends at %d, want %d", name, last.Offset+last.Length, len(file))
		}
	}
}

// TestFileErrors tells a disk that fails from a damaged file.
func TestFileErrors(t *testing.T) {
	broken := errors.New("broken disk")
	for name, file := range map[string]string{"plain": record(1, answer), "gzip": zip(t, record(1, answer))} {
		for n := range file {
			rd, err := warc.NewReader(io.MultiReader(strings.NewReader(file[:n]), failing{broken}))
			for i := 0; err == nil && i < 10; i++ {
				_, err = rd.Next()
			}
			if !errors.Is(err, broken) {
				t.Fatalf("%s, after %d bytes: got %v, want the error of the disk", name, n, err)
			}
			var d *warc.Damage
			if errors.As(err, &d) {
				t.Fatalf("%s, after %d bytes: the error of the disk is called damage", name, n)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

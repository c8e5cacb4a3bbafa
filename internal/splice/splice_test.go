package splice_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/splice"
	"samizdat/internal/splice/splicetest"
)

const dossier = "ZIM\x04 and so on"

// zipOf is a ZIP of members that are stored, or deflated if their name ends in ".z". Its offsets count from base.
func zipOf(t testing.TB, base int, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.SetOffset(int64(base))
	for _, name := range members {
		method := zip.Store
		if strings.HasSuffix(name, ".z") {
			method = zip.Deflate
		}
		m, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(dossier)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var le = binary.LittleEndian

// elf is a file with the head of an ELF program.
func elf() []byte { return append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 200)...) }

// pe is a file with the head of a Windows program, 64-bit or not. If security is not 0, it is where the certificate
// table of size bytes starts.
func pe(wide bool, security, size uint32) []byte {
	b := make([]byte, 512)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 128)
	copy(b[128:], "PE\x00\x00")
	dirs := 96
	magic := uint16(0x10b)
	if wide {
		dirs, magic = 112, 0x20b
	}
	le.PutUint16(b[128+20:], uint16(dirs+16*8))
	opt := b[128+24:]
	le.PutUint16(opt, magic)
	le.PutUint32(opt[dirs-4:], 16)
	le.PutUint32(opt[dirs+4*8:], security)
	le.PutUint32(opt[dirs+4*8+4:], size)
	return b
}

// macho is a file with the head of a macOS program, and a code signature at dataoff unless that is 0.
func macho(dataoff uint32) []byte {
	b := make([]byte, 512)
	le.PutUint32(b, 0xfeedfacf)
	commands := le.AppendUint32(nil, 0x1b) // LC_UUID
	commands = le.AppendUint32(commands, 24)
	commands = append(commands, make([]byte, 16)...)
	if dataoff != 0 {
		for _, v := range []uint32{0x1d, 16, dataoff, 64} {
			commands = le.AppendUint32(commands, v)
		}
	}
	le.PutUint32(b[16:], 2)
	le.PutUint32(b[20:], uint32(len(commands)))
	copy(b[32:], commands)
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func find(b []byte) (*splice.Payload, error) {
	return splice.Find(bytes.NewReader(b), int64(len(b)))
}

func TestFind(t *testing.T) {
	z := zipOf(t, 0, "README.txt", splice.Dossier)
	certificates := bytes.Repeat([]byte("certificate "), 10_000) // more than what is searched at the end
	at := uint32(512 + len(z))
	padded := (at + 7) &^ 7
	for _, c := range []struct {
		name   string
		file   []byte
		format splice.Format
	}{
		{"ELF", join(elf(), z), splice.ELF},
		{"ELF, offsets from its start", join(elf(), zipOf(t, len(elf()), splice.Dossier)), splice.ELF},
		{"PE", join(pe(true, 0, 0), z), splice.PE},
		{"PE signed afterwards", join(pe(true, padded, 120_000), z, make([]byte, padded-at), certificates), splice.PE},
		{"PE of 32 bits, signed afterwards", join(pe(false, padded, 120_000), z, make([]byte, padded-at), certificates), splice.PE},
		{"PE signed before", join(pe(true, 512, 120_000), certificates, z), splice.PE},
		{"Mach-O", join(macho(at), z, certificates), splice.MachO},
		{"Mach-O, padded", join(macho(at+15), z, make([]byte, 15), certificates), splice.MachO},
		{"Mach-O without signature", join(macho(0), z), splice.MachO},
		{"Mach-O, appended", join(macho(512), certificates, z), splice.MachO},
		{"ZIP", z, splice.PlainZIP},
	} {
		p, err := find(c.file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p.Format != c.format {
			t.Errorf("%s: found as %v", c.name, p.Format)
		}
		r, err := p.Open(splice.Dossier)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != dossier {
			t.Errorf("%s: got %q, %v", c.name, got, err)
		}
	}
}

func TestNothingInside(t *testing.T) {
	z := zipOf(t, 0, splice.Dossier)
	for name, file := range map[string][]byte{
		"empty":                    nil,
		"short":                    []byte("\x7fELF"),
		"text":                     []byte(strings.Repeat("#!/bin/sh\n", 20)),
		"ZIP without program":      join(make([]byte, 100), z),
		"ELF":                      elf(),
		"PE":                       pe(true, 0, 0),
		"PE with table outside":    pe(true, 1<<31, 1<<31),
		"Mach-O":                   macho(300),
		"MZ without PE":            append([]byte("MZ"), make([]byte, 200)...),
		"MZ with PE outside":       append([]byte("MZ"), bytes.Repeat([]byte{0xff}, 200)...),
		"bytes after the ZIP":      join(elf(), z, []byte("x")),
		"zero bytes, but too many": join(elf(), z, make([]byte, 16)),
		"cut short":                join(elf(), z[:len(z)-1]),
	} {
		if p, err := find(file); !errors.Is(err, splice.ErrNone) {
			t.Errorf("%s: %v, %v; want ErrNone", name, p, err)
		}
	}
}

// A payload that is there but broken is an error of its own, with its place.
func TestBrokenPayload(t *testing.T) {
	z := zipOf(t, 0, splice.Dossier)
	end := len(z) - 22
	directory := int(le.Uint32(z[end+16:]))
	for _, c := range []struct {
		name, part string
		change     func(z []byte)
	}{
		{"directory larger than the file", "end record", func(z []byte) { le.PutUint32(z[end+12:], 1<<19) }},
		{"directory of 4 GB", "end record", func(z []byte) { le.PutUint32(z[end+12:], 1<<32-2) }},
		{"directory behind the end", "end record", func(z []byte) { le.PutUint32(z[end+16:], 1<<30) }},
		{"too many members", "end record", func(z []byte) { le.PutUint16(z[end+10:], 60_000) }},
		{"64-bit sizes without a record", "64-bit end record", func(z []byte) { le.PutUint16(z[end+10:], 0xFFFF) }},
		{"another number of members", "directory", func(z []byte) { le.PutUint16(z[end+10:], 2) }},
		{"no signature in the directory", "directory entry 0", func(z []byte) { z[directory] = 'x' }},
		{"name longer than the directory", "directory entry 0", func(z []byte) { le.PutUint16(z[directory+28:], 60_000) }},
		{"local header elsewhere", "member dossier.zim", func(z []byte) { le.PutUint32(z[directory+42:], 1<<30) }},
		{"no local header", "member dossier.zim", func(z []byte) { z[0] = 'x' }},
		{"member longer than the file", "member dossier.zim", func(z []byte) {
			le.PutUint32(z[directory+20:], 1<<30)
			le.PutUint32(z[directory+24:], 1<<30)
		}},
	} {
		b := bytes.Clone(z)
		c.change(b)
		_, err := find(join(elf(), b))
		var f *splice.FormatError
		if !errors.As(err, &f) || f.Part != c.part {
			t.Errorf("%s: %v; want an error in %s", c.name, err, c.part)
		}
	}
}

// The error says whether bytes are missing or too many.
func TestIncompleteError(t *testing.T) {
	for _, c := range []struct {
		err  splice.IncompleteError
		want string
	}{
		{splice.IncompleteError{Have: 5, Want: 9}, "incomplete copy: 5 of 9 bytes"},
		{splice.IncompleteError{Have: 9, Want: 5}, "damaged copy: the payload should end after 5 of the 9 bytes, and does not"},
		{splice.IncompleteError{Have: 9, Want: 9}, "incomplete copy: the end of the 9 bytes is missing"},
		{splice.IncompleteError{Have: 9}, "incomplete copy: the end of the 9 bytes is missing"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.err, got, c.want)
		}
	}
	for name, file := range map[string][]byte{
		"signature cut":      join(macho(512), make([]byte, 63)),
		"signature missing":  macho(512),
		"signature far away": join(macho(1<<32-64), zipOf(t, 512, splice.Dossier)),
	} {
		var incomplete *splice.IncompleteError
		if _, err := find(file); !errors.As(err, &incomplete) || incomplete.Want <= incomplete.Have {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMembers(t *testing.T) {
	p, err := find(join(elf(), zipOf(t, 0, "packed.z", splice.Dossier)))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Members) != 2 || p.Members[1].Name != splice.Dossier || p.Members[1].Size != int64(len(dossier)) {
		t.Errorf("members: %+v", p.Members)
	}
	if _, err := p.Open("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such member: %v", err)
	}
	var f *splice.FormatError
	if _, err := p.Open("packed.z"); !errors.As(err, &f) {
		t.Errorf("compressed member: %v", err)
	}
}

// A member of more than 4 GiB needs 64-bit records; only its description is here.
func TestZip64(t *testing.T) {
	const size = 5 << 30
	local := append([]byte("PK\x03\x04"), make([]byte, 26)...)
	le.PutUint16(local[26:], uint16(len(splice.Dossier)))
	local = append(local, splice.Dossier...)

	central := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	le.PutUint32(central[20:], 0xFFFFFFFF)
	le.PutUint32(central[24:], 0xFFFFFFFF)
	le.PutUint16(central[28:], uint16(len(splice.Dossier)))
	le.PutUint16(central[30:], 20)
	central = append(central, splice.Dossier...)
	central = append(le.AppendUint16(le.AppendUint16(central, 1), 16), make([]byte, 16)...)
	le.PutUint64(central[len(central)-16:], size)
	le.PutUint64(central[len(central)-8:], size)

	start := int64(len(local)) + size // of the directory, from the start of the ZIP
	end := append([]byte("PK\x06\x06"), make([]byte, 52)...)
	le.PutUint64(end[32:], 1)
	le.PutUint64(end[40:], uint64(len(central)))
	le.PutUint64(end[48:], uint64(start))
	end = append(end, append([]byte("PK\x06\x07"), make([]byte, 16)...)...)
	end = append(end, "PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"...)

	head := elf()
	name := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := int64(len(head))
	for _, w := range []struct {
		b   []byte
		off int64
	}{{head, 0}, {local, at}, {central, at + start}, {end, at + start + int64(len(central))}} {
		if _, err := f.WriteAt(w.b, w.off); err != nil {
			judge.Missing(t, "no sparse files here: "+err.Error())
		}
	}
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := splice.Find(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Open(splice.Dossier); err != nil || r.Size() != size {
		t.Errorf("member: %v, %v", r, err)
	}
}

// A real program finds what was put behind it, and still runs.
func TestBehindRealProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := find(program); !errors.Is(err, splice.ErrNone) {
		t.Fatalf("the test program itself: %v; want ErrNone", err)
	}
	name := filepath.Join(t.TempDir(), "carrier.exe")
	if err := os.WriteFile(name, join(program, zipOf(t, 0, splice.Dossier)), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(name, "-test.run=^TestMembers$").CombinedOutput(); err != nil {
		judge.Missing(t, fmt.Sprintf("programs cannot be run from the temporary folder: %v\n%s", err, out))
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := splice.Find(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Open(splice.Dossier)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != dossier {
		t.Errorf("got %q, %v", got, err)
	}
}

// Whatever the file, members lie inside it and can be read; nothing panics.
func FuzzFind(f *testing.F) {
	z := zipOf(f, 0, "a", splice.Dossier)
	f.Add(join(elf(), z))
	f.Add(z)
	f.Add(join(pe(true, uint32(512+len(z)), 8), z, make([]byte, 8)))
	f.Add(join(macho(uint32(512+len(z))), z, make([]byte, 64)))
	for _, program := range [][]byte{splicetest.ELF(true), splicetest.ELF(false), splicetest.PE(true), splicetest.SignPE(splicetest.PE(false), 50), splicetest.MachO(true)} {
		f.Add(join(program, z))
		f.Add(join(program, make([]byte, 9000))) // an incomplete copy
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := find(file)
		if err != nil {
			if p != nil {
				t.Error("a payload and an error")
			}
			return
		}
		for _, m := range p.Members {
			if m.Offset < 0 || m.Size < 0 || m.Offset+m.Size > int64(len(file)) {
				t.Errorf("member %+v of a file of %d bytes", m, len(file))
			}
			if r, err := p.Open(m.Name); err == nil {
				if _, err := io.Copy(io.Discard, r); err != nil {
					t.Errorf("member %+v: %v", m, err)
				}
			}
		}
	})
}

// TestNothingInsideTheSignature: Authenticode does not cover its own table, so a ZIP in it would ride in a program that
// still counts as signed.
func TestNothingInsideTheSignature(t *testing.T) {
	z := zipOf(t, 0, splice.Dossier)
	pkcs7 := bytes.Repeat([]byte("certificate "), 100)
	table := uint32(len(pkcs7) + len(z))
	if p, err := find(join(pe(true, 512, table), pkcs7, z)); err == nil {
		t.Errorf("found %v in the certificate table", p.Members)
	}
}

// TestZIPIsNoHost: a ZIP can be read, but no program can be made of it.
func TestZIPIsNoHost(t *testing.T) {
	for name, file := range map[string][]byte{"whole": zipOf(t, 0, splice.Dossier), "cut": zipOf(t, 0, splice.Dossier)[:100]} {
		if h, err := splice.NewHost(bytes.NewReader(file), int64(len(file))); !errors.Is(err, splice.ErrNone) {
			t.Errorf("%s: %v, %v; want ErrNone", name, h, err)
		}
	}
}

// within is program with a payload whose one member lies at offset at of it, which is inside of its headers.
func within(program []byte, at int) []byte {
	name := "abcdef"
	b := append([]byte(nil), program...)
	local := b[at:]
	clear(local[:30])
	copy(local, "PK\x03\x04")
	le.PutUint16(local[26:], uint16(len(name)))
	copy(local[30:], name)
	entry := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	le.PutUint32(entry[20:], 4) // as long as what stands behind the name there
	le.PutUint32(entry[24:], 4)
	le.PutUint16(entry[28:], uint16(len(name)))
	le.PutUint32(entry[42:], uint32(at))
	entry = append(entry, name...)
	end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	le.PutUint16(end[8:], 1)
	le.PutUint16(end[10:], 1)
	le.PutUint32(end[12:], uint32(len(entry)))
	le.PutUint32(end[16:], uint32(len(b)))
	return join(b, entry, end)
}

// hostile are programs whose payload begins inside of their own headers, so that less than a program would be left of them.
func hostile() map[string][]byte {
	return map[string][]byte{
		"ELF":                   within(elf(), 24),
		"PE, DOS header":        within(splicetest.PE(true), 24),
		"PE, header":            within(splicetest.PE(true), 64),
		"PE, optional header":   within(splicetest.PE(false), 128+24+100),
		"Mach-O, load commands": within(splicetest.MachO(false), 104),
	}
}

// TestHostNeedsItsHeaders: such programs can be read, but nothing can be made of them.
func TestHostNeedsItsHeaders(t *testing.T) {
	for name, file := range hostile() {
		if name != "PE, header" { // the local header there lies over the PE header's name
			if _, err := find(file); err != nil {
				t.Errorf("%s: %v; the test shows nothing", name, err)
			}
		}
		h, err := splice.NewHost(bytes.NewReader(file), int64(len(file)))
		var f *splice.FormatError
		if !errors.As(err, &f) && !errors.Is(err, splice.ErrNone) || h != nil {
			t.Errorf("%s: %v, %v; want a FormatError", name, h, err)
		}
	}
}

// Whatever the program and whatever it carries, a frame lies in the order that it says, and the parts of the program that
// stay are there.
func FuzzHost(f *testing.F) {
	z := zipOf(f, 0, "a", splice.Dossier)
	for _, program := range [][]byte{splicetest.ELF(true), splicetest.ELF(false), splicetest.PE(true), splicetest.SignPE(splicetest.PE(false), 50), splicetest.MachO(true), splicetest.MachO(false)} {
		f.Add(program, uint32(0))
		f.Add(join(program, z), uint32(1000))
	}
	for _, file := range hostile() {
		f.Add(file, uint32(1000))
	}
	f.Fuzz(func(t *testing.T, file []byte, payload uint32) {
		size := int64(len(file))
		h, err := splice.NewHost(bytes.NewReader(file), size)
		if err != nil {
			if h != nil {
				t.Error("a host and an error")
			}
			return
		}
		m, err := h.Fit(int64(payload))
		if err != nil {
			return
		}
		head := int64(len(m.Head))
		if head > m.Kept || m.Kept > size || m.Start != m.Kept+int64(len(m.Gap)) || m.Pad < 0 || m.Size < m.Start+int64(payload)+m.Pad {
			t.Errorf("%v of %d bytes: head %d, kept %d, gap %d, start %d, pad %d, size %d", h.Format, size, head, m.Kept, len(m.Gap), m.Start, m.Pad, m.Size)
		}
		if payload > 0 && (m.Start != h.Start() || m.Start%splice.PageSize != 0) {
			t.Errorf("the payload begins at %d", m.Start)
		}
	})
}

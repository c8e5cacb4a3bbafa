// Package splicetest makes small executables for tests: complete in all that splice looks at, with nothing to run.
package splicetest

import (
	"crypto/sha256"
	"debug/macho"
	"encoding/binary"
	"fmt"
)

var le = binary.LittleEndian

// ELF returns a 64-bit (wide) or 32-bit little-endian ELF executable with one section.
func ELF(wide bool) []byte {
	const code = 300 // bytes
	header, entry := 52, 40
	if wide {
		header, entry = 64, 64
	}
	b := make([]byte, header+code+2*entry)
	copy(b, "\x7fELF")
	b[4], b[5], b[6] = 1, 1, 1
	for i := range code {
		b[header+i] = byte(i*7 + 1)
	}
	section := b[header+code+entry:] // the first one is empty
	le.PutUint32(section[4:], 1)     // SHT_PROGBITS
	if wide {
		b[4] = 2
		le.PutUint64(b[40:], uint64(header+code))
		le.PutUint16(b[58:], uint16(entry))
		le.PutUint16(b[60:], 2)
		le.PutUint64(section[24:], uint64(header))
		le.PutUint64(section[32:], code)
	} else {
		le.PutUint32(b[32:], uint32(header+code))
		le.PutUint16(b[46:], uint16(entry))
		le.PutUint16(b[48:], 2)
		le.PutUint32(section[16:], uint32(header))
		le.PutUint32(section[20:], code)
	}
	return b
}

// PE returns a 64-bit (wide) or 32-bit Windows executable with one section.
func PE(wide bool) []byte {
	const at, raw, code = 128, 1024, 512
	b := make([]byte, raw+code)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], at)
	copy(b[at:], "PE\x00\x00")
	dirs, magic := 96, uint16(0x10b)
	if wide {
		dirs, magic = 112, 0x20b
	}
	optional := dirs + 16*8
	le.PutUint16(b[at+6:], 1)
	le.PutUint16(b[at+20:], uint16(optional))
	opt := b[at+24:]
	le.PutUint16(opt, magic)
	le.PutUint32(opt[dirs-4:], 16)
	section := opt[optional:]
	copy(section, ".text")
	le.PutUint32(section[16:], code)
	le.PutUint32(section[20:], raw)
	for i := range code {
		b[raw+i] = byte(i*5 + 1)
	}
	return b
}

// SignPE returns the executable b as a signer leaves it: a certificate table of so many bytes at its end, and a
// checksum. The certificates are nonsense.
func SignPE(b []byte, certificates int) []byte {
	out := append([]byte(nil), b...)
	out = append(out, make([]byte, (8-len(out)%8)%8)...)
	opt := int(le.Uint32(out[0x3c:])) + 24
	dir := opt + 96 + 4*8
	if le.Uint16(out[opt:]) == 0x20b {
		dir += 16
	}
	le.PutUint32(out[dir:], uint32(len(out)))
	le.PutUint32(out[dir+4:], uint32(certificates))
	le.PutUint32(out[opt+64:], 0xC0FFEE)
	for i := range certificates {
		out = append(out, byte(i*11+3))
	}
	return out
}

// MachO returns a thin 64-bit macOS executable, signed as Go's linker signs arm64 programs, or not signed.
func MachO(signed bool) []byte {
	const text, link = 16384, 1000
	b := make([]byte, text+link)
	le.PutUint32(b, 0xfeedfacf)
	le.PutUint32(b[4:], uint32(macho.CpuArm64))
	le.PutUint32(b[12:], 2)
	var commands []byte
	u32 := func(v ...uint32) {
		for _, v := range v {
			commands = le.AppendUint32(commands, v)
		}
	}
	u64 := func(v ...uint64) {
		for _, v := range v {
			commands = le.AppendUint64(commands, v)
		}
	}
	name := func(s string) { commands = append(commands, append([]byte(s), make([]byte, 16-len(s))...)...) }
	const base = 1 << 32
	u32(0x19, 72+80)
	name("__TEXT")
	u64(base, text, 0, text)
	u32(5, 5, 1, 0)
	name("__text")
	name("__TEXT")
	u64(base+4096, 100)
	u32(4096, 4, 0, 0, 0, 0, 0, 0)
	u32(0x19, 72)
	name("__LINKEDIT")
	linkedit := 32 + len(commands)
	u64(base+text, 16384, text, link)
	u32(1, 1, 0, 0)
	u32(0x2, 24, text, 0, text, link)
	n := uint32(3)
	if signed {
		u32(0x1d, 16, 0, 0)
		n++
	}
	le.PutUint32(b[16:], n)
	le.PutUint32(b[20:], uint32(len(commands)))
	copy(b[32:], commands)
	for i := range link {
		b[text+i] = byte(i*3 + 1)
	}
	if !signed {
		return b
	}
	b = append(b, make([]byte, (16-len(b)%16)%16)...)
	pages := (len(b) + 4095) / 4096
	length := 20 + 88 + len("a.out\x00") + pages*32
	le.PutUint32(b[32+len(commands)-8:], uint32(len(b)))
	le.PutUint32(b[32+len(commands)-4:], uint32(length))
	le.PutUint64(b[linkedit+24:], uint64(len(b)-text+length))
	return append(b, make([]byte, length)...) // hashes that nobody checks
}

// CheckMachO holds a packed macOS executable against the rules that codesign --verify --strict applies: the hash of
// every page, __LINKEDIT to the end of the file and nothing behind, the signature last in it. The reading is that of
// debug/macho, and nothing is shared with package splice.
func CheckMachO(b []byte) error {
	f, err := macho.NewFile(readerAt(b))
	if err != nil {
		return err
	}
	link := f.Segment("__LINKEDIT")
	if link == nil || link.Offset+link.Filesz != uint64(len(b)) {
		return fmt.Errorf("__LINKEDIT %+v does not end with the file of %d bytes", link, len(b))
	}
	if link.Memsz < link.Filesz || link.Memsz%16384 != 0 {
		return fmt.Errorf("__LINKEDIT has %#x bytes in memory, %#x in the file", link.Memsz, link.Filesz)
	}
	var at, length, strings uint32
	signatures := 0
	for _, l := range f.Loads {
		raw := l.Raw()
		switch le.Uint32(raw) {
		case 0x1d:
			at, length = le.Uint32(raw[8:]), le.Uint32(raw[12:])
			signatures++
		case 2:
			strings = le.Uint32(raw[16:]) + le.Uint32(raw[20:])
		}
	}
	switch {
	case signatures != 1 || at%16 != 0 || uint64(at)+uint64(length) != uint64(len(b)):
		return fmt.Errorf("%d signatures, at %#x with %d bytes, in a file of %d bytes", signatures, at, length, len(b))
	case strings != at:
		return fmt.Errorf("string table to %#x, signature from %#x: bytes that belong to nothing", strings, at)
	}
	return checkSignature(b, at)
}

// checkSignature recomputes a code signature; cs_blobs.h.
func checkSignature(b []byte, at uint32) error {
	be := binary.BigEndian
	s := b[at:]
	if be.Uint32(s) != 0xfade0cc0 || be.Uint32(s[4:]) != uint32(len(s)) || be.Uint32(s[8:]) != 1 || be.Uint32(s[12:]) != 0 {
		return fmt.Errorf("super blob %x", s[:20])
	}
	c := s[be.Uint32(s[16:]):]
	if be.Uint32(c) != 0xfade0c02 || int(be.Uint32(c[4:])) != len(c) || c[36] != 32 || c[37] != 2 || c[39] != 12 {
		return fmt.Errorf("code directory %x", c[:44])
	}
	hashes, count, limit := c[be.Uint32(c[16:]):], int(be.Uint32(c[28:])), int(be.Uint32(c[32:]))
	if limit != int(at) || count != (limit+4095)/4096 || len(hashes) != 32*count {
		return fmt.Errorf("%d hashes of %d bytes for a limit of %d, signature at %d", count, len(hashes), limit, at)
	}
	for i := range count {
		if sum := sha256.Sum256(b[i*4096 : min(limit, (i+1)*4096)]); string(sum[:]) != string(hashes[32*i:32*i+32]) {
			return fmt.Errorf("hash of page %d of %d is wrong", i, count)
		}
	}
	return nil
}

type readerAt []byte

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(r)) || int64(len(p)) > int64(len(r))-off {
		return 0, fmt.Errorf("%d bytes at %d of %d", len(p), off, len(r))
	}
	return copy(p, r[off:]), nil
}

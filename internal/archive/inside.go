package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"samizdat/internal/splice"
	"samizdat/internal/zim"
)

// NotZIMError says that a file is no archive. It wraps [ErrNotZIM].
type NotZIMError struct {
	Path string
	// Inside is where in the file an archive begins, in bytes, for [Options].Offset; 0 if none was met.
	Inside int64
}

// Error names the file.
func (e *NotZIMError) Error() string { return fmt.Sprintf("open %s: %v", e.Path, ErrNotZIM) }

func (e *NotZIMError) Unwrap() error { return ErrNotZIM }

// notZIM looks into a file that is no archive for one that begins farther in.
func notZIM(path string, r io.ReaderAt, size int64) error {
	return &NotZIMError{Path: path, Inside: lookInside(r, size)}
}

// Bounds of lookInside: it only gives advice, and must not keep the user waiting.
const (
	maxLook      = 64 << 20  // bytes looked through
	lookChunk    = 256 << 10 // bytes read at once
	maxLookTries = 100       // places that look like an archive and are tried
)

// lookInside returns the offset of the first archive that lies whole in r and not at its start, or 0.
func lookInside(r io.ReaderAt, size int64) int64 {
	buf := make([]byte, lookChunk)
	tries := 0
	for at := int64(1); at < min(size, maxLook); at += lookChunk - int64(len(magic)) + 1 { // chunks overlap by all but a byte of it
		n, err := r.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0
		}
		for i := 0; ; i++ {
			k := bytes.Index(buf[i:n], []byte(magic))
			if k < 0 {
				break
			}
			i += k
			if tries++; tries > maxLookTries {
				return 0
			}
			section, err := inside(r, size, at+int64(i))
			if err != nil {
				continue
			}
			if _, err := zim.NewReader(section, section.Size(), nil); err == nil {
				return at + int64(i)
			}
		}
	}
	return 0
}

// inside returns the archive that begins at offset of r, as long as its header says.
func inside(r io.ReaderAt, size, offset int64) (*io.SectionReader, error) {
	n, err := zim.Extent(io.NewSectionReader(r, offset, size-offset), size-offset)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(r, offset, n), nil
}

// at opens the archive that begins offset bytes into the file at path.
func (f *finder) at(path string, offset int64, origin Origin) error {
	file, size, err := openFile(path)
	if err != nil {
		return err
	}
	section, err := inside(file, size, offset)
	if err == nil {
		err = f.add(&Source{
			Name: BookName(path), Origin: origin, Path: path, R: section, Size: section.Size(),
			File: file, Offset: offset, closer: file,
		})
	}
	if err != nil {
		file.Close()
		return fmt.Errorf("open %s at offset %d: %w", path, offset, err)
	}
	return nil
}

// payload opens what rides in the executable or ZIP file, and owns file if there is no error. Without an archive in it
// the error wraps splice.ErrNone.
func (f *finder) payload(file *os.File, size int64, path string, origin Origin) error {
	sections, err := payloadSections(file, size, path)
	if err != nil {
		return err
	}
	shared := &sharedFile{file: file}
	shared.users.Store(int32(len(sections))) // at most maxMembers
	for i, m := range sections {
		_, offset, _ := m.Outer()
		s := &Source{
			Name: BookName(m.name), Origin: origin, Path: path, R: m.SectionReader, Size: m.Size(),
			File: file, Offset: offset, closer: shared, Ours: origin == Tail,
		}
		if err := f.add(s); err != nil {
			f.opened = f.opened[:len(f.opened)-i] // they share the file, which the caller closes
			return fmt.Errorf("open %s inside %s: %w", m.name, path, err)
		}
	}
	return nil
}

// member is an archive inside another file.
type member struct {
	*io.SectionReader
	name string
}

// payloadSections returns the archives in the executable or ZIP that r reads: the dossier, or every *.zim of a ZIP that
// has none.
func payloadSections(r io.ReaderAt, size int64, file string) ([]member, error) {
	p, err := splice.Find(r, size)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	section, err := p.Open(splice.Dossier)
	switch {
	case err == nil:
		return []member{{section, splice.Dossier}}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	var found []member
	for _, m := range p.Members {
		base := path.Base(m.Name)
		if p.Format != splice.PlainZIP || !strings.HasSuffix(strings.ToLower(base), ".zim") || strings.HasPrefix(base, ".") {
			continue
		}
		if len(found) == maxMembers {
			return nil, fmt.Errorf("open %s: more than %d archives inside", file, maxMembers)
		}
		if section, err = p.Open(m.Name); err != nil {
			return nil, fmt.Errorf("open %s: %w", file, err)
		}
		found = append(found, member{section, m.Name})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("open %s: no %s inside: %w", file, splice.Dossier, splice.ErrNone)
	}
	return found, nil
}

const maxMembers = 100 // archives in one ZIP

// sharedFile closes a file when the last of its users has closed it. It may be used concurrently.
type sharedFile struct {
	file  *os.File
	users atomic.Int32
}

func (s *sharedFile) Close() error {
	if s.users.Add(-1) > 0 {
		return nil
	}
	return s.file.Close()
}

// Raw opens the bytes that a name means, without believing that they are an archive: the joined parts, what begins at
// offset, what rides inside a program or ZIP, or else the whole file. It is for telling what is wrong with an archive
// that [Find] does not open.
func Raw(path string, offset int64) (r io.ReaderAt, size int64, closer io.Closer, err error) {
	if base, upper, ok := partNames(path); ok {
		joined, files, err := openParts(base, upper)
		if err != nil {
			return nil, 0, nil, err
		}
		return joined, joined.Size(), files, nil
	}
	file, size, err := openFile(path)
	if err != nil {
		return nil, 0, nil, err
	}
	switch {
	case offset > 0:
		section, err := inside(file, size, offset)
		if err != nil { // to the end, then
			section = io.NewSectionReader(file, offset, max(size-offset, 0))
		}
		return section, section.Size(), file, nil
	case !isZIM(file):
		if members, err := payloadSections(file, size, path); err == nil && len(members) == 1 {
			return members[0], members[0].Size(), file, nil
		}
	}
	return file, size, file, nil
}

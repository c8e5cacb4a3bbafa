// Package archive decides which archives a program reads: those named as arguments, or else the one at the program's
// own tail, or the one compiled in, or those beside the program. It opens them and remembers where each came from.
//
// An archive that travels inside the program is as trustworthy as the program, and so is one that is sealed by a key
// which the user has named or which rides in the program: these are ours. Every other is a guest, whatever it says about
// itself. Sealed archives are read through their seal.
package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"samizdat/internal/seal"
	"samizdat/internal/splice"
	"samizdat/internal/zim"
)

// Errors that [Find] wraps, for callers that give advice.
var (
	// ErrNone means that no place holds an archive; the error is a [*NoneError].
	ErrNone = errors.New("no archive found")
	// ErrNotZIM means that a file is there but is no archive, and no program or ZIP with an archive inside; the error is
	// a [*NotZIMError].
	ErrNotZIM = errors.New("not a ZIM archive")
	// ErrNotFile means that the name is a folder's, a pipe's or a device's.
	ErrNotFile = errors.New("not a file")
	// ErrSplit means that of an archive cut into .zimaa, .zimab, … a part is missing, empty or in a wrong place.
	ErrSplit = errors.New("split archive is not whole")
)

// NoneError lists where [Find] looked in vain. It wraps [ErrNone].
type NoneError struct {
	Places  []string // in the order in which they were looked at, in words for the user
	Refused []error  // why archives beside the program could not be opened
}

// Error names every place.
func (e *NoneError) Error() string {
	if len(e.Places) == 0 {
		return ErrNone.Error()
	}
	return ErrNone.Error() + ": " + strings.Join(e.Places, "; ")
}

func (e *NoneError) Unwrap() []error { return append([]error{ErrNone}, e.Refused...) }

// Origin is the place an archive came from.
type Origin int

// The places, in the order in which they are looked at.
const (
	Argument Origin = iota + 1 // named by the user
	Tail                       // behind, or inside, the running executable
	Embedded                   // compiled into the executable
	Beside                     // in the executable's folder
)

// String returns the place in a word.
func (o Origin) String() string {
	switch o {
	case Argument:
		return "argument"
	case Tail:
		return "tail"
	case Embedded:
		return "embedded"
	case Beside:
		return "beside"
	}
	return fmt.Sprintf("origin %d", int(o))
}

// Source is an open archive. It may be used concurrently; Close it once, when nobody reads any more.
type Source struct {
	Name   string // of the book in addresses: unique among the sources of one Find, never empty, without a slash
	Origin Origin
	Path   string      // of the file that holds the archive, or its first part; empty if it is compiled in
	Parts  int         // files that the archive is split into; 0 if it is not
	R      io.ReaderAt // where there are block hashes, every block is checked against them
	Size   int64       // bytes of the archive, which may be less than the file's
	Zim    *zim.Reader
	// Ours is an archive that came inside the program, Embedded or Tail, or that a key of ours has sealed
	// ([Options].Keys). It is never decided by what the archive says.
	Ours bool

	Raw     io.ReaderAt // what R reads, unchecked: to copy and to verify, never to show
	Seal    *seal.Seal  // signed or not; nil if there is none, or one that cannot be read
	SealErr error       // what [seal.Load] said: nil if Seal is signed
	Checked bool        // R is a [*seal.Reader]
	Known   bool        // Seal is signed by a key of ours
	Named   bool        // Known, and the user has named the key; if not, it rode in the program, and is worth as much as that

	// File is the open file if Raw reads it directly, and nil otherwise; the archive begins Offset bytes into it. A
	// server can then have the system send parts of it without copying them through the program, if nothing has to be
	// checked.
	File   *os.File
	Offset int64

	closer io.Closer
}

// Close closes the file behind the archive, if there is one.
func (s *Source) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}

// Files returns the open files that the archive is read from, in order: those of all parts, or one; none if it is compiled in.
// They are the source's to close.
func (s *Source) Files() []*os.File {
	if parts, ok := s.closer.(partFiles); ok {
		return slices.Clone(parts)
	}
	if s.File != nil {
		return []*os.File{s.File}
	}
	return nil
}

// SealedBy returns the key that has sealed the archive. ok is false if nobody has, and also if blocks are not checked,
// because the archive was opened for rescue: then nothing vouches for what is read.
func (s *Source) SealedBy() (k seal.Key, ok bool) {
	if s.SealErr != nil || !s.Checked {
		return seal.Key{}, false
	}
	return s.Seal.Key, true
}

// Options says where to look.
type Options struct {
	// Paths are the files that the user named. If there are any, nothing else is looked at.
	Paths []string
	// Offset is where in the one file of Paths the archive begins, in bytes, when it lies inside of another file; 0 is
	// the file's start.
	Offset int64
	// Embedded returns the compiled-in archive, its size and its file name; nil means that there is none.
	Embedded func() (r io.ReaderAt, size int64, name string, ok bool)
	// Executable is the path of the running program, for its tail and its folder; empty means neither is looked at.
	Executable string
	// Skip is told of files beside the program that are not served, and why; nil means nobody is.
	Skip func(path string, err error)
	// Seal says which archives may be opened; what it refuses is an error of [seal.Policy.Judge].
	Seal seal.Policy
	// Keys are keys that the user has named, beside Seal.Pin. Archives that one of them has sealed, or one that rides in
	// the program, are ours wherever they lie.
	Keys []seal.Key
	// Reader tunes the readers of all archives; nil means the defaults. They share one memory in any case.
	Reader *zim.ReaderOptions
}

// Find opens the archives to read: all that Paths names, or else the first of tail, compiled in and beside the program
// that has any. Beside the program may lie several. If a named file, the tail or the compiled-in archive cannot be
// opened that is an error, and nothing stays open; a broken one beside the program only costs itself.
func Find(opts Options) ([]*Source, error) {
	var reader zim.ReaderOptions
	if opts.Reader != nil {
		reader = *opts.Reader
	}
	if reader.Memory == nil {
		reader.Memory = zim.NewMemory(0)
	}
	reader.ReadAhead = true
	opts.Reader = &reader
	f := finder{opts: opts}
	sources, err := f.find()
	if err != nil {
		for _, s := range f.opened {
			s.Close()
		}
		return nil, err
	}
	distinguish(sources)
	return sources, nil
}

// finder remembers what is open, so that nothing stays open after an error, and where it has looked.
type finder struct {
	opts   Options
	opened []*Source
	places []string
	named  []seal.Key // that the user has named
	riding []seal.Key // that ride in the program
	errs   []error    // of archives beside that were refused
}

func (f *finder) find() ([]*Source, error) {
	f.named = slices.Clone(f.opts.Keys)
	if f.opts.Seal.Pin != nil {
		f.named = append(f.named, *f.opts.Seal.Pin)
	}
	f.riding = f.ownKeys()
	if f.opts.Offset < 0 || f.opts.Offset > 0 && len(f.opts.Paths) != 1 {
		return nil, fmt.Errorf("offset %d with %d files", f.opts.Offset, len(f.opts.Paths))
	}
	if len(f.opts.Paths) > 0 {
		for _, path := range f.opts.Paths {
			if err := f.open(path, Argument); err != nil {
				return nil, err
			}
		}
		return f.opened, nil
	}
	for _, look := range []func() error{f.tail, f.embedded, f.beside} {
		if err := look(); err != nil {
			return nil, err
		}
		if len(f.opened) > 0 {
			return f.opened, nil
		}
	}
	return nil, &NoneError{Places: f.places, Refused: f.errs}
}

// tail looks for a payload in the running program.
func (f *finder) tail() error {
	path := f.opts.Executable
	if path == "" {
		return nil
	}
	file, size, err := openFile(path)
	if err != nil {
		f.places = append(f.places, fmt.Sprintf("the program's own tail cannot be read (%v)", err))
		return nil //nolint:nilerr // some systems let a program be run but not read
	}
	err = f.payload(file, size, path, Tail)
	if errors.Is(err, splice.ErrNone) {
		f.places = append(f.places, "nothing rides behind "+path)
		return file.Close()
	}
	if err != nil {
		file.Close()
		return err
	}
	return nil
}

func (f *finder) embedded() error {
	place := "nothing is compiled in"
	if f.opts.Embedded == nil {
		f.places = append(f.places, place)
		return nil
	}
	r, size, name, ok := f.opts.Embedded()
	if !ok {
		f.places = append(f.places, place)
		return nil
	}
	s := &Source{Name: BookName(name), Origin: Embedded, R: r, Size: size, Ours: true}
	if err := f.add(s); err != nil {
		return fmt.Errorf("open the compiled-in archive: %w", err)
	}
	return nil
}

// beside opens every *.zim in the folder of the program, and every *.zimaa with its further parts where the whole is not
// there too. Names that begin with a dot are not archives but what macOS leaves on other people's sticks.
func (f *finder) beside() error {
	if f.opts.Executable == "" {
		return nil
	}
	dir := filepath.Dir(f.opts.Executable)
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		f.places = append(f.places, fmt.Sprintf("%s cannot be listed (%v)", dir, err))
		return nil //nolint:nilerr // said in places
	}
	broken := 0
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if strings.HasPrefix(name, ".") || e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasSuffix(name, ".zim"):
		case strings.HasSuffix(name, ".zimaa") && !isFile(path[:len(path)-len("aa")]):
		default:
			continue
		}
		if err := f.open(path, Beside); err != nil {
			broken++
			f.errs = append(f.errs, err)
			f.places = append(f.places, err.Error())
			if f.opts.Skip != nil {
				f.opts.Skip(path, err)
			}
		}
	}
	if broken == 0 {
		f.places = append(f.places, "no *.zim beside it in "+dir)
	}
	return nil
}

// open opens the archive at path, in one file or in parts, or those in the program or ZIP at path.
func (f *finder) open(path string, origin Origin) error {
	if base, upper, ok := partNames(path); ok {
		if f.opts.Offset > 0 {
			return fmt.Errorf("open %s: %w: an offset is for one file, not for parts", path, ErrNotFile)
		}
		return f.split(base, upper, origin)
	}
	if f.opts.Offset > 0 {
		return f.at(path, f.opts.Offset, origin)
	}
	file, size, err := openFile(path)
	if err != nil {
		return err
	}
	s := &Source{Name: BookName(path), Origin: origin, Path: path, R: file, Size: size, File: file, closer: file}
	if err = f.add(s); err == nil {
		return nil
	}
	if !isZIM(file) && !isSealed(err) { // perhaps something that carries one
		if err = f.payload(file, size, path, origin); err == nil {
			return nil
		}
		if errors.Is(err, splice.ErrNone) {
			err = notZIM(path, file, size)
		}
		file.Close()
		return err
	}
	file.Close()
	return fmt.Errorf("open %s: %w", path, err)
}

// add reads the archive's seal and head and keeps s.
func (f *finder) add(s *Source) error {
	if err := f.checkSeal(s); err != nil {
		return err
	}
	z, err := zim.NewReader(s.R, s.Size, f.opts.Reader)
	if err != nil {
		return err
	}
	s.Zim = z
	f.opened = append(f.opened, s)
	return nil
}

// openFile opens a regular file and returns its size in bytes. Pipes, at which opening would wait, are refused first.
func openFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, err
	case info.IsDir():
		return nil, 0, fmt.Errorf("open %s: is a folder: %w", path, ErrNotFile)
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("open %s: is no regular file: %w", path, ErrNotFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	if info, err = file.Stat(); err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

const magic = "ZIM\x04" // ZIM, "Header"

// isZIM reports whether r begins with the magic number.
func isZIM(r io.ReaderAt) bool {
	var b [len(magic)]byte
	n, _ := r.ReadAt(b[:], 0)
	return n == len(b) && string(b[:]) == magic
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// isPart reports whether path is named like a part of a split archive: .zimaa to .zimzz.
func isPart(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return len(ext) == len(".zimaa") && strings.HasPrefix(ext, ".zim") && isLetter(ext[4]) && isLetter(ext[5])
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }

// distinguish gives each source a name of its own; the first keeps the plain one.
func distinguish(sources []*Source) {
	var taken []string
	for _, s := range sources {
		name := s.Name
		for n := 2; slices.Contains(taken, name); n++ {
			name = fmt.Sprintf("%s-%d", s.Name, n)
		}
		s.Name = name
		taken = append(taken, name)
	}
}

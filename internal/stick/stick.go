// Package stick fills a USB stick, or any folder, with one archive, the programs that open it, and pages that tell a
// stranger what to do. The files lie flat in the folder, so that the programs find the archive beside them.
//
// A stick is taken out at any moment, and its file system has no journal. So every file is first written under a
// temporary name, flushed, read back from the medium past the cache, and compared; only when all of them are there do
// they take their names, one rename after the other, each file whole before and after. A list of checksums never names a
// file that does not fit it, not even between two renames. What was interrupted is recognised and cleaned up by the next
// run. Files that an earlier run did not write are never replaced or removed.
//
// The package does not know where programs come from; it takes them as [Runtime] values.
package stick

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// Runtime is the program for one platform, without an archive inside.
type Runtime struct {
	GOOS, GOARCH string
	Open         func() (io.ReadCloser, error) // the same bytes each time

	// Size and SHA256 are of those bytes, if they are known beforehand: then a program that is on the stick already is
	// not opened. A Size of 0 says that they are not known.
	Size   int64
	SHA256 [sha256.Size]byte
}

// Options says what goes onto the stick.
type Options struct {
	Archive  io.ReaderAt // its bytes, unchecked: Write checks them
	Size     int64       // of Archive, in bytes
	Zim      *zim.Reader
	Name     string // of the archive if it does not name itself
	Runtimes []Runtime

	// Sign returns a minisign signature of sums, the bytes of the list of checksums, or nothing if there is none to be
	// had. A nil Sign has none. For a sealed archive it must be by the key of the seal; another is not used.
	Sign func(sums []byte) (signature []byte, err error)

	// Force lets the stick's archive, which a key has sealed, be replaced by one that this key has not sealed, and lets programs go
	// that are not among Runtimes.
	Force bool

	PartBytes int64 // longest file, in bytes; 0 means what the file system takes

	Progress func(what string, done, total int64) // bytes; may be nil

	before map[string][]edition // the archives that the stick holds; [Write] looks for them
}

// Report tells what was done.
type Report struct {
	Files     []FileReport // in the order of their names
	Removed   []string     // files of an older edition, and what interrupted runs left
	Notes     []string     // what the user should know, in their language; lower case, no period
	Archive   string       // name of the archive's file, or of its first part
	Parts     int          // files that hold the archive
	SHA256    string       // of the archive, hexadecimal
	PastCache bool         // the system promised, for every file, to read from the medium
	Signed    bool         // there is a signature of the checksums, and it is by the key that sealed the archive

	key *seal.Key // that sealed the archive, or nil
}

// FileReport is one file of the stick.
type FileReport struct {
	Name   string
	Size   int64
	SHA256 string // hexadecimal
	Kept   bool   // it was there already and was only compared
}

// Errors that callers give advice for, beside [*MismatchError] and [zim.FormatError].
var (
	// ErrConflict is wrapped by the error about files in the way that are not ours.
	ErrConflict = problem("not written by samizdat, and in the way")
	// ErrOther is wrapped when the stick holds another archive.
	ErrOther = problem("the stick holds another archive")
	// ErrPrograms is wrapped when programs would be removed from the stick, and none take their places.
	ErrPrograms = problem("programs on the stick would go, since this copy does not carry them")
	// ErrSealed is wrapped when the archive on the stick is sealed, and the one to be written is not sealed by the same
	// key: an attacker's edition looks like that.
	ErrSealed = problem("the archive on the stick is sealed by another key than this one")
	// ErrSpace is wrapped when there is too little room.
	ErrSpace = problem("not enough free space")
	// ErrDamaged is wrapped when the archive does not fit its own checksum.
	ErrDamaged = problem("the archive is damaged")
)

// spokenError is an error with a text in the language of the user, which is not known yet when it is made.
type spokenError struct{ say func() string }

func (e *spokenError) Error() string { return e.say() }

// problem is [errors.New] for an English text that is translated when it is read.
func problem(english string) error {
	return &spokenError{func() string { return command.T(english) }}
}

// Write makes the folder dir, which must exist, hold what opts say. Whatever happens meanwhile, what dir held before
// goes on working: errors, a cancelled ctx, and a stop without warning leave either the old files or the new ones, and
// each of them whole. A second run finishes.
func Write(ctx context.Context, dir string, opts *Options) (*Report, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, &fs.PathError{Op: "write", Path: dir, Err: problem("not a folder")}
	}
	v, err := volumeOf(dir)
	if err != nil {
		return nil, command.Errorf("ask for the free space of %s: %w", dir, err)
	}
	mine := *opts
	mine.before = editionsIn(folder(dir))
	report, err := fill(ctx, folder(dir), v, &mine)
	if err == nil {
		report.noteOlder(mine.before, opts.Zim)
	}
	return report, err
}

// fill is [Write] on any disk.
func fill(ctx context.Context, d disk, v volume, opts *Options) (*Report, error) {
	files, report, err := layout(ctx, v, opts)
	if err != nil {
		return nil, err
	}
	return report, apply(ctx, d, v, opts, files, report)
}

// apply makes the disk hold files.
func apply(ctx context.Context, d disk, v volume, opts *Options, files []*file, report *Report) error {
	w := &writer{ctx: ctx, d: d, v: v, opts: opts, files: files, report: report}
	return w.run()
}

// layout returns the files of the stick, in the order in which they take their names.
func layout(ctx context.Context, v volume, opts *Options) ([]*file, *Report, error) {
	report := &Report{PastCache: true}
	key, err := readSeal(ctx, opts) // before the checksum: it says which block is damaged
	if err != nil {
		return nil, nil, err
	}
	report.key = key
	s, err := readSource(ctx, opts, partBytes(v, opts))
	if err != nil {
		return nil, nil, err
	}
	report.Archive, report.Parts, report.SHA256 = s.parts[0].name, len(s.parts), fmt.Sprintf("%x", s.sum)
	programs, err := programFiles(ctx, opts.Runtimes)
	if err != nil {
		return nil, nil, err
	}
	about, err := readAbout(opts, s, programs, key)
	if err != nil {
		return nil, nil, err
	}
	report.Notes = append(report.Notes, about.notes...)
	files := slices.Clone(programs)
	if key != nil {
		files = append(files, textFile(keyName, key.File()))
	}
	// The last part first: an archive is found by its first part.
	parts := slices.Clone(s.parts)
	slices.Reverse(parts)
	files = append(files, parts...)
	files = append(files, textFile(neverIndex, nil), textFile(startScript, startScriptText))
	for _, g := range about.guides {
		files = append(files, textFile("README."+g.lang+".txt", about.readme(g)))
	}
	files = append(files, textFile(startPage, about.page()))
	return files, report, checkNames(files)
}

// partBytes is the longest file that the stick takes, or that was asked for.
func partBytes(v volume, opts *Options) int64 {
	limit := opts.PartBytes
	if v.maxFile > 0 && (limit <= 0 || limit > v.maxFile) {
		limit = v.maxFile
	}
	return limit
}

// programFiles lists the programs, in the order of runtimes, in which they are copied too. Those whose digest is not known
// are read once.
func programFiles(ctx context.Context, runtimes []Runtime) ([]*file, error) {
	var files []*file
	for _, r := range runtimes {
		f := &file{name: RuntimeName(r.GOOS, r.GOARCH), program: true, open: r.Open, size: r.Size, sum: r.SHA256}
		if r.Size == 0 {
			var err error
			if f.sum, f.size, err = digestOf(ctx, r.Open); err != nil {
				return nil, command.Errorf("read the program for %s/%s: %w", r.GOOS, r.GOARCH, err)
			}
		}
		files = append(files, f)
	}
	return files, nil
}

// checkNames fails if two names are the same to a file system that does not tell capitals from small letters, or one is
// none of ours; both are mistakes in the program.
func checkNames(files []*file) error {
	seen := map[string]bool{}
	for _, f := range files {
		key := strings.ToLower(f.name)
		if seen[key] || !isOurName(f.name) {
			return fmt.Errorf("two files, or a wrong one, are called %s", f.name)
		}
		seen[key] = true
	}
	return nil
}

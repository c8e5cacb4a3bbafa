package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"samizdat/internal/zim"
)

// An archive that was cut for disks with small files lies in x.zimaa, x.zimab, … x.zimzz, plain slices one behind the
// other. Users name it by any part, or as x.zim when there is no such file. ZIM, "Split ZIM archives in chunks".

// partNames returns the base name ("x.zim") and the letters' case of the parts that path means: path is one of them, or
// the whole that is not there. Ok is false if path means a file of its own.
func partNames(path string) (base string, upper, ok bool) {
	if isPart(path) && !isAlone(path) {
		letters := path[len(path)-2:]
		return path[:len(path)-2], letters == strings.ToUpper(letters), true
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && strings.EqualFold(filepath.Ext(path), ".zim") {
		for _, upper := range []bool{false, true} {
			if isFile(partName(path, 0, upper)) {
				return path, upper, true
			}
		}
	}
	return "", false, false
}

// IsSplit reports whether path means an archive in parts: it is named like one, or it is missing and its first part is
// there.
func IsSplit(path string) bool {
	_, _, ok := partNames(path)
	return ok
}

// isAlone reports whether a file that is named like a part is an archive of its own, like book.zimit: it begins like one, and
// the part before it is not there.
func isAlone(path string) bool {
	base, letters := path[:len(path)-2], path[len(path)-2:]
	lower := strings.ToLower(letters)
	i := int(lower[0]-'a')*26 + int(lower[1]-'a')
	if i == 0 || isFile(partName(base, i-1, letters != lower)) {
		return false
	}
	file, _, err := openFile(path)
	if err != nil {
		return false
	}
	defer file.Close()
	return isZIM(file)
}

const maxParts = 26 * 26

// partName is the name of part i, counted from 0.
func partName(base string, i int, upper bool) string {
	letters := string([]byte{'a' + byte(i/26), 'a' + byte(i%26)})
	if upper {
		letters = strings.ToUpper(letters)
	}
	return base + letters
}

// partFiles are the open files of a split archive.
type partFiles []*os.File

// Close closes them all.
func (p partFiles) Close() error {
	var errs []error
	for _, f := range p {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// openParts opens every part of base and joins them. The error names the part that is missing, empty or no file.
func openParts(base string, upper bool) (*zim.Parts, partFiles, error) {
	var files partFiles
	var parts []zim.Part
	fail := func(format string, args ...any) (*zim.Parts, partFiles, error) {
		files.Close()
		return nil, nil, fmt.Errorf(format, args...)
	}
	missing := ""
	for i := range maxParts {
		name := partName(base, i, upper)
		_, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			if missing == "" {
				missing = name
			}
			continue
		}
		if missing != "" {
			if isAlone(name) {
				continue
			}
			return fail("open %s: %w: %s is missing, though %s is there", base, ErrSplit, filepath.Base(missing), filepath.Base(name))
		}
		f, size, err := openFile(name)
		if err != nil {
			return fail("%w", err)
		}
		files = append(files, f)
		if size == 0 {
			return fail("open %s: %w: %s is empty", base, ErrSplit, filepath.Base(name))
		}
		parts = append(parts, zim.Part{R: f, Size: size})
	}
	if len(files) == 0 {
		return fail("open %s: %w", partName(base, 0, upper), fs.ErrNotExist)
	}
	joined, err := zim.JoinParts(parts)
	if err != nil {
		return fail("open %s: %w: %w", base, ErrSplit, err)
	}
	return joined, files, nil
}

// split opens the archive whose parts are called base and two letters.
func (f *finder) split(base string, upper bool, origin Origin) error {
	joined, files, err := openParts(base, upper)
	if err != nil {
		return err
	}
	s := &Source{
		Name: BookName(base), Origin: origin, Path: files[0].Name(), Parts: len(files),
		R: joined, Size: joined.Size(), closer: files,
	}
	if err := f.add(s); err != nil {
		why := wrongParts(joined, files)
		files.Close()
		if why != "" {
			return fmt.Errorf("open %s: %w: %s", base, ErrSplit, why)
		}
		return fmt.Errorf("open %s from %d parts: %w", base, len(files), err)
	}
	return nil
}

// wrongParts says which part stands in a wrong place, or how many bytes are missing, as far as headers tell; empty if
// they do not.
func wrongParts(joined *zim.Parts, files partFiles) string {
	first := filepath.Base(files[0].Name())
	if !isZIM(joined) {
		for _, f := range files[1:] {
			if isZIM(f) {
				return fmt.Sprintf("%s begins like the first part, and %s does not: put them in order", filepath.Base(f.Name()), first)
			}
		}
		return first + " does not begin like an archive: it is not the first part, or damaged"
	}
	const enough = 1 << 62 // so that the header's claim is told even if it is not met
	want, err := zim.Extent(joined, enough)
	last := filepath.Base(files[len(files)-1].Name())
	switch {
	case err != nil || want == joined.Size() || want == enough:
		return ""
	case want > joined.Size():
		return fmt.Sprintf("%d parts have %d bytes of %d: %s is cut short, or parts behind it are missing", len(files), joined.Size(), want, last)
	}
	return fmt.Sprintf("%d parts have %d bytes, the archive only %d: %s, or another one, belongs to something else", len(files), joined.Size(), want, last)
}

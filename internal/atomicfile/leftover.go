package atomicfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// leftover matches the names that [Temporary] gives; the dot hides them.
var leftover = regexp.MustCompile(`^\.samizdat-[0-9a-f]{16}\.(?:tmp|zim)$`)

// untouched is how long nobody must have written to a file before it can be taken for a leftover: between its creation
// and its lock a live one looks like one.
const untouched = time.Minute

// Temporary creates a file in dir, open for reading and writing, that [Sweep] leaves alone as long as it is open.
// Its name is hidden and has the ending, which is ".tmp" or ".zim". Unlike that of [os.CreateTemp] its mode is perm, cut by the
// umask.
func Temporary(dir, ending string, perm fs.FileMode) (*os.File, error) {
	for try := 0; ; try++ {
		var b [8]byte
		rand.Read(b[:]) // never fails
		name := filepath.Join(dir, ".samizdat-"+hex.EncodeToString(b[:])+ending)
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		if err == nil {
			_ = hold(f) // some file systems have no locks: there nothing is swept
		}
		return f, err
	}
}

// Hold opens the file called name, which has replaced one of [Temporary]'s, and keeps [Sweep] away from it until it is
// closed.
func Hold(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err == nil {
		_ = hold(f) // as above
	}
	return f, err
}

// abandoned reports whether the file was not written to for so long. A time far in the future is from a clock that was wrong.
func abandoned(info fs.FileInfo) bool {
	age := time.Since(info.ModTime())
	return age >= untouched || age <= -untouched
}

// Sweep removes from dir the temporary files that killed processes have left there, and nothing else: a file that any
// process holds open through this package stays, and so does one that was written to in the last minute.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !leftover.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err != nil || !abandoned(info) {
			continue
		}
		errs = append(errs, removeUnheld(filepath.Join(dir, e.Name())))
	}
	return errors.Join(errs...)
}

// starting is how long a file of [Temporary] may be there before it is held.
const starting = 2 * time.Second

// Left reports whether dir holds a file that [Temporary] made and that no process holds any more: who made it has died, and what it has left in dir
// is nobody's. Where files cannot be locked it never says so. On Windows the file is removed to learn it.
func Left(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if !leftover.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err != nil || time.Since(info.ModTime()).Abs() < starting {
			continue
		}
		if unheld(filepath.Join(dir, e.Name())) {
			return true
		}
	}
	return false
}

// Folder makes a folder in dir, whose name begins with prefix and which nobody else may open, for what is under way. Remove takes it away; if the process
// dies before that, [DeadFolders] names it.
func Folder(dir, prefix string) (name string, remove func() error, err error) {
	if name, err = os.MkdirTemp(dir, prefix+"*"); err != nil { // 0700
		return "", nil, err
	}
	held, err := Temporary(name, ".tmp", 0o600) // as long as it is open, this process lives
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(name))
	}
	return name, func() error { return errors.Join(held.Close(), os.RemoveAll(name)) }, nil
}

// DeadFolders returns the paths of the folders in dir whose names begin with prefix and of which left, mostly [Left], says that who made them has died.
func DeadFolders(dir, prefix string, left func(name string) bool) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if name := filepath.Join(dir, e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), prefix) && left(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

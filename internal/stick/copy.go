package stick

import (
	"context"
	"crypto/sha256"
	"io"
	"io/fs"

	"samizdat/internal/command"
)

// syncEvery is how many bytes are written before they are flushed to the medium, so that progress means something and
// the cache does not fill with gigabytes for a slow stick.
const syncEvery = 32 << 20

// MismatchError says that a file which was written does not read back as it should: the stick is worn out or counterfeit,
// or was changed meanwhile.
type MismatchError struct {
	Name string // of the file that should have been
}

// Error names the file.
func (e *MismatchError) Error() string {
	return command.Sprintf("%s reads back from the stick other than it was written", e.Name)
}

// errSourceChanged says that what is copied is not what was read first.
var errSourceChanged = problem("changed while it was being copied")

// put writes f to a new file called name, flushes it, reads it back from the medium and compares. seen is told of every
// byte written and every byte read back. It reports whether the system promised to read past its cache. After an error
// the file may be there; the caller removes it.
func put(ctx context.Context, d disk, f *file, name string, seen func(n int)) (uncached bool, err error) {
	if err := write(ctx, d, f, name, seen); err != nil {
		return false, err
	}
	sum, uncached, err := sumOf(ctx, d, name, f.size, seen)
	if err != nil {
		return false, command.Errorf("read back: %w", err)
	}
	if sum != f.sum {
		return false, &MismatchError{f.name}
	}
	return uncached, nil
}

func write(ctx context.Context, d disk, f *file, name string, seen func(n int)) (err error) {
	src, err := f.open()
	if err != nil {
		return err
	}
	defer src.Close()
	w, err := d.create(name, f.perm())
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := w.Close(); err == nil {
			err = closeErr
		}
	}()
	hash := sha256.New()
	buf := make([]byte, min(chunk, f.size+1))
	var size, unsynced int64
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(src, buf)
		if n > 0 {
			hash.Write(buf[:n])
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			size += int64(n)
			seen(n)
			if unsynced += int64(n); unsynced >= syncEvery {
				unsynced = 0
				if err := w.Sync(); err != nil {
					return err
				}
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return command.Errorf("read the source: %w", err)
		}
	}
	if size != f.size || digest(hash.Sum(nil)) != f.sum {
		return errSourceChanged
	}
	return w.Sync()
}

// sumOf reads the file called name from the medium. One that is not size bytes long has a digest of zeros.
func sumOf(ctx context.Context, d disk, name string, size int64, seen func(n int)) (sum digest, uncached bool, err error) {
	info, err := d.stat(name)
	if err != nil {
		return digest{}, false, err
	}
	if !info.Mode().IsRegular() {
		return digest{}, false, &fs.PathError{Op: "read", Path: name, Err: problem("not a regular file")}
	}
	if info.Size() != size {
		return digest{}, false, nil
	}
	r, err := d.read(name)
	if err != nil {
		return digest{}, false, err
	}
	defer r.Close()
	hash := sha256.New()
	buf := make([]byte, min(chunk, size+1))
	for {
		if err := ctx.Err(); err != nil {
			return digest{}, false, err
		}
		n, err := r.Read(buf)
		hash.Write(buf[:n])
		seen(n)
		if err == io.EOF {
			return digest(hash.Sum(nil)), r.pastCache(), nil
		}
		if err != nil {
			return digest{}, false, err
		}
	}
}

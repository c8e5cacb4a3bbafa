package stick

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the checksum that the format has
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"samizdat/internal/command"
	"samizdat/internal/zim"
)

// source is the archive as it goes onto the stick: whole, or in parts.
type source struct {
	sum   digest
	parts []*file // in their order; one if the archive is not cut
	base  string  // of their names
}

// readSource reads the archive once: for its digests, and to see that it fits its own checksum before it is spread.
// Parts have at most partBytes bytes; 0 or less means that there is no limit.
func readSource(ctx context.Context, opts *Options, partBytes int64) (*source, error) {
	if partBytes <= 0 || partBytes > opts.Size {
		partBytes = opts.Size
	}
	if n := (opts.Size + partBytes - 1) / partBytes; n > maxParts {
		return nil, command.Errorf("cut %d bytes into parts of %d: that makes %d parts, and there are names for %d", opts.Size, partBytes, n, maxParts)
	}
	name, _ := opts.Zim.Metadata("Name")
	s := &source{base: archiveBase(string(name))}
	if len(bytes.TrimSpace(name)) == 0 {
		s.base = archiveBase(opts.Name)
	}
	whole, sum, read := sha256.New(), md5.New(), int64(0) //nolint:gosec // as above
	want, checksumErr := opts.Zim.Checksum()
	for at := int64(0); at < opts.Size; at += partBytes {
		size := min(partBytes, opts.Size-at)
		section := io.NewSectionReader(opts.Archive, at, size)
		part := sha256.New()
		err := each(ctx, section, func(b []byte) {
			whole.Write(b)
			part.Write(b)
			sum.Write(b[:max(0, min(int64(len(b)), opts.Size-md5.Size-read))])
			read += int64(len(b))
			opts.progress(command.T("read the archive"), read, opts.Size)
		})
		if err != nil {
			return nil, command.Errorf("read the archive: %w", err)
		}
		s.parts = append(s.parts, &file{
			size: size, sum: digest(part.Sum(nil)),
			open: func() (io.ReadCloser, error) {
				return io.NopCloser(io.NewSectionReader(opts.Archive, at, size)), nil
			},
		})
	}
	s.sum = digest(whole.Sum(nil))
	if err := fits(sum, want, checksumErr); err != nil {
		return nil, err
	}
	for i, p := range s.parts {
		p.name = archiveName(s.base)
		if len(s.parts) > 1 {
			p.name = partName(s.base, s.sum, i)
		}
	}
	return s, nil
}

// fits compares the MD5 of everything before the checksum with the checksum. Very old archives have none.
func fits(sum hash.Hash, want [md5.Size]byte, err error) error {
	if err != nil {
		var damage *zim.FormatError
		if errors.As(err, &damage) {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil //nolint:nilerr // it has none to compare with
	}
	if [md5.Size]byte(sum.Sum(nil)) != want {
		return command.Errorf("%w: it does not fit its checksum", ErrDamaged)
	}
	return nil
}

// each reads r to its end and gives the bytes to seen, chunk by chunk.
func each(ctx context.Context, r io.Reader, seen func([]byte)) error {
	buf := make([]byte, chunk)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		seen(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// digestOf reads what open gives.
func digestOf(ctx context.Context, open func() (io.ReadCloser, error)) (sum digest, size int64, err error) {
	r, err := open()
	if err != nil {
		return digest{}, 0, err
	}
	defer r.Close()
	h := sha256.New()
	err = each(ctx, r, func(b []byte) { h.Write(b); size += int64(len(b)) })
	return digest(h.Sum(nil)), size, err
}

func (o *Options) progress(what string, done, total int64) {
	if o.Progress != nil {
		o.Progress(what, done, total)
	}
}

package zim

import (
	"context"
	"crypto/md5" //nolint:gosec // the format's checksum; it protects against nobody
	"fmt"
	"io/fs"
)

const (
	maxMetadataBytes = 4 << 20 // of one value; the largest in use are illustrations
	maxMetadataNames = 1000    // archives in use have twenty to thirty
	maxMetadataName  = 1 << 10 // bytes
)

// Metadata returns the value of M/name, at most 4 MiB. If there is none the error wraps [fs.ErrNotExist].
func (r *Reader) Metadata(name string) ([]byte, error) {
	e, err := r.Entry(NamespaceMetadata, name)
	if err != nil {
		return nil, err
	}
	return e.ReadAll(maxMetadataBytes)
}

// MetadataNames returns the paths in namespace M, in their order. More than a thousand, or one of more than 1 KiB, are
// a [*FormatError]: they are there to exhaust whoever lists them.
func (r *Reader) MetadataNames() ([]string, error) {
	i, _, err := r.search(NamespaceMetadata, "")
	if err != nil {
		return nil, err
	}
	var names []string
	for s := (direntScanner{r: r}); i < r.hdr.entryCount; i++ {
		d, err := s.at(i)
		if err != nil {
			return nil, err
		}
		if d.ns != NamespaceMetadata {
			break
		}
		if len(names) == maxMetadataNames || len(d.path) > maxMetadataName {
			return nil, formatErrorf(d.offset, d.part(), "too many or too long names of metadata: %w", ErrTooLarge)
		}
		names = append(names, d.path)
	}
	return names, nil
}

// Checksum returns the MD5 that the archive carries. Very old archives have none: the error wraps [fs.ErrNotExist].
func (r *Reader) Checksum() (sum [16]byte, err error) {
	if !r.sums {
		return sum, fmt.Errorf("zim: no checksum: %w", fs.ErrNotExist)
	}
	b := getScratch()
	defer putScratch(b)
	if err := r.readAt(b[:checksumLen], r.dataEnd, "checksum"); err != nil {
		return sum, err
	}
	copy(sum[:], b[:])
	return sum, nil
}

// VerifyChecksum reads the whole archive and compares its MD5. A mismatch is a [*FormatError]; an archive without a
// checksum gives the error of [Reader.Checksum]. Progress, which may be nil, is told the bytes read so far.
func (r *Reader) VerifyChecksum(ctx context.Context, progress func(done int64)) error {
	want, err := r.Checksum()
	if err != nil {
		return err
	}
	sum := md5.New() //nolint:gosec // as above
	buf := make([]byte, min(1<<20, r.dataEnd))
	for at := int64(0); at < r.dataEnd; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(int64(len(buf)), r.dataEnd-at)
		if err := r.readAt(buf[:n], at, "archive"); err != nil {
			return err
		}
		sum.Write(buf[:n])
		at += n
		if progress != nil {
			progress(at)
		}
	}
	if got := [16]byte(sum.Sum(nil)); got != want {
		return formatErrorf(r.dataEnd, "checksum", "MD5 of the archive is %x, want %x", got, want)
	}
	return nil
}

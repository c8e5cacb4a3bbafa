package seal

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"; against damage, not against forgers
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// What can keep a seal from being made, besides what [Load] says. Test with errors.Is.
var (
	// ErrNotFinished means that the file is no ZIM archive that ends with its checksum.
	ErrNotFinished = errors.New("not a finished ZIM archive")
	// ErrSealed means that there is a seal already.
	ErrSealed = errors.New("it has a seal already")
	// ErrChecksum means that the MD5 at the end is wrong: what is damaged is not sealed.
	ErrChecksum = errors.New("its checksum is wrong, so it is damaged")
	// ErrForeignSignature means that a signature is not the key's over this archive's seal.
	ErrForeignSignature = errors.New("the signature is not one of this key over this archive")
	// ErrComment means that a signer's note does not fit into a seal.
	ErrComment = fmt.Errorf("the comment must be plain text of at most %d bytes, without line feeds", maxComment)
)

// File is what a seal is written into, like an *os.File. Work on a copy: after an error its content may be of no use.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// Where a ZIM file says that its checksum is. ZIM, "Header".
const (
	zimMagic      = "ZIM\x04"
	mimeListField = 56 // u64; 80 in files that have a checksum
	checksumField = 72 // u64
	zimHeader     = 80 // bytes
)

// Append puts the unsigned seal into a finished archive of size bytes and returns the file's new size: block hashes
// that find damage and that anyone may sign later. If there is a seal the error wraps ErrSealed. progress may be nil.
func Append(ctx context.Context, f File, size int64, progress func(done, total int64)) (int64, error) {
	d, err := prepare(ctx, f, size, progress)
	if err != nil {
		return 0, err
	}
	if !d.fresh {
		return 0, ErrSealed
	}
	return d.size, d.write(f, d.message(noKey), blankSlot())
}

// Sign seals the archive of size bytes with k, or seals it anew if it is sealed, and returns the file's new size. Every
// block is read and hashed for it; a list of hashes that somebody else has computed is never signed. The comment is
// signed too; it may be empty. progress may be nil.
func Sign(ctx context.Context, f File, size int64, k *PrivateKey, comment string, progress func(done, total int64)) (int64, error) {
	if err := CheckComment(comment); err != nil {
		return 0, err
	}
	d, err := prepare(ctx, f, size, progress)
	if err != nil {
		return 0, err
	}
	m := d.message(k.Public().String())
	sig := k.sign(m, comment)
	slot, ok := sig.slot()
	if !ok {
		return 0, ErrComment
	}
	return d.size, d.write(f, m, slot)
}

// Export returns what the owner of k has to sign, with minisign or anything like it, to seal the archive of size bytes
// that r reads. It hashes every block. progress may be nil.
func Export(ctx context.Context, r io.ReaderAt, size int64, k Key, progress func(done, total int64)) ([]byte, error) {
	d, err := prepare(ctx, r, size, progress)
	if err != nil {
		return nil, err
	}
	return d.message(k.String()), nil
}

// CheckComment returns ErrComment if a seal has no room for the signer's note, or it is no plain text.
func CheckComment(comment string) error {
	if len(comment) > maxComment || !plain(comment) {
		return ErrComment
	}
	return nil
}

// ExportedKey returns the key that the beginning of what [Export] gave names. The error wraps ErrKey.
func ExportedKey(message []byte) (Key, error) {
	if len(message) < headSize || !bytes.HasPrefix(message, []byte(version)) {
		return Key{}, ErrKey
	}
	return ParseKey(string(message[headSize-1-keySize : headSize]))
}

// Attach seals the archive with a signature file of minisign over what [Export] gave for k, and returns the file's new
// size. Every block is hashed again. A signature over anything else wraps ErrForeignSignature. progress may be nil.
func Attach(ctx context.Context, f File, size int64, minisig []byte, k Key, progress func(done, total int64)) (int64, error) {
	sig, err := parseMinisig(minisig)
	if err != nil {
		return 0, err
	}
	slot, ok := sig.slot()
	if !ok {
		return 0, ErrComment
	}
	d, err := prepare(ctx, f, size, progress)
	if err != nil {
		return 0, err
	}
	m := d.message(k.String())
	if !sig.verify(k, m) {
		return 0, ErrForeignSignature
	}
	return d.size, d.write(f, m, slot)
}

// Strip takes the seal away, which gives back the archive as it was before, byte for byte, and returns its size. If
// there is none the error is ErrNone. progress may be nil.
func Strip(ctx context.Context, f File, size int64, progress func(done, total int64)) (int64, error) {
	d, err := prepare(ctx, f, size, progress)
	if err != nil {
		return 0, err
	}
	if d.fresh {
		return 0, ErrNone
	}
	plain := &overlay{f, binary.LittleEndian.AppendUint64(nil, uint64(d.body))}
	feed, sum := checksum(0)
	if err := stream(ctx, plain, d.body, nil, feed); err != nil {
		return 0, err
	}
	md := sum()
	if _, err := f.WriteAt(plain.field, checksumField); err != nil {
		return 0, err
	}
	if err := f.Truncate(d.body); err != nil {
		return 0, err
	}
	_, err = f.WriteAt(md[:], d.body)
	return d.body + tailSize, err
}

// draft is a seal before somebody signs it.
type draft struct {
	fresh      bool // the file has no seal yet
	body, size int64
	sums       []byte    // 32 bytes per block
	md5        hash.Hash // of the body
}

func (d *draft) message(key string) []byte { return message(d.size, d.body, key, d.sums) }

// prepare reads and hashes the archive of size bytes as it will be with a seal, and changes nothing. An archive that is
// not whole is refused: a seal must not vouch for damage.
func prepare(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64)) (*draft, error) {
	if err := finished(r, size); err != nil {
		return nil, err
	}
	d := &draft{md5: md5.New()} //nolint:gosec // see above
	feed := func(p []byte) { d.md5.Write(p) }
	sinks := []sink{feed}
	present, err := Load(r, size)
	switch {
	case err == nil || errors.Is(err, ErrUnsigned):
		d.body, d.size = present.Body, size
	case errors.Is(err, ErrNone):
		d.fresh = true
		d.body = size - tailSize
		d.size = sizeWith(d.body)
	default: // broken, of a newer version, or not readable
		return nil, err
	}
	if _, blocks, ok := Place(d.size); !ok || blocks > maxBlocks {
		return nil, fmt.Errorf("%d bytes are more than a seal can cover", size)
	}
	var changed *BlockError
	hashing := hashBlocks(d.body, func(i int64, sum [sha256.Size]byte) {
		if present != nil && sum != present.sum(i) && changed == nil {
			changed = &BlockError{Block: i, Offset: i * BlockSize}
		}
		d.sums = append(d.sums, sum[:]...)
	})
	src := r
	var stored func() [md5.Size]byte
	if d.fresh { // the header will name another place for the checksum; the old sum is over the header as it is
		src = &overlay{r, binary.LittleEndian.AppendUint64(nil, uint64(d.size-tailSize))}
		var old sink
		old, stored = checksum(0)
		first := true
		sinks = append(sinks, func(p []byte) {
			if first {
				first = false
				head := bytes.Clone(p[:zimHeader])
				binary.LittleEndian.PutUint64(head[checksumField:], uint64(d.body))
				old(head)
				p = p[zimHeader:]
			}
			old(p)
		})
	}
	report := func(done int64) {
		if progress != nil {
			progress(done, d.body)
		}
	}
	if err := stream(ctx, src, d.body, report, append(sinks, hashing)...); err != nil {
		return nil, err
	}
	if changed != nil {
		return nil, changed
	}
	if stored != nil {
		var want [md5.Size]byte
		if err := readFull(r, want[:], d.body); err != nil {
			return nil, err
		}
		if stored() != want {
			return nil, ErrChecksum
		}
	}
	return d, nil
}

// finished tells whether r is a ZIM archive whose last 16 bytes are its checksum.
func finished(r io.ReaderAt, size int64) error {
	var h [zimHeader]byte
	if size < zimHeader+tailSize {
		return ErrNotFinished
	}
	if err := readFull(r, h[:], 0); err != nil {
		return err
	}
	le := binary.LittleEndian
	switch {
	case string(h[:4]) != zimMagic:
		return ErrNotFinished
	case le.Uint64(h[mimeListField:]) < zimHeader: // very old files, which have no checksum
		return fmt.Errorf("%w: its header has no field for a checksum", ErrNotFinished)
	case le.Uint64(h[checksumField:]) != uint64(size-tailSize):
		return fmt.Errorf("%w: it does not end with its checksum", ErrNotFinished)
	}
	return nil
}

// write puts the seal behind the body and the checksum behind the seal.
func (d *draft) write(f File, message, slot []byte) error {
	d.md5.Write(message)
	d.md5.Write(slot)
	if d.fresh {
		field := binary.LittleEndian.AppendUint64(nil, uint64(d.size-tailSize))
		if _, err := f.WriteAt(field, checksumField); err != nil {
			return err
		}
	}
	_, err := f.WriteAt(d.md5.Sum(append(message, slot...)), d.body)
	return err
}

// sizeWith is the size of a file whose body has that many bytes.
func sizeWith(body int64) int64 {
	blocks := (body + BlockSize - 1) / BlockSize
	return body + headSize + lineSize*blocks + slotSize + tailSize
}

// blankSlot is the slot of a seal that nobody has signed.
func blankSlot() []byte { return bytes.Repeat([]byte{'\n'}, slotSize) }

// overlay is r with another place of the checksum in its header.
type overlay struct {
	r     io.ReaderAt
	field []byte
}

func (o *overlay) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.r.ReadAt(p, off)
	if from := checksumField - off; from >= 0 && from < int64(n) {
		copy(p[from:n], o.field)
	}
	return n, err
}

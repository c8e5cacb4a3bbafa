package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// Seal is a seal that [Load] has read. It does not change and may be used concurrently.
type Seal struct {
	FileSize int64             // bytes, the whole file
	Body     int64             // bytes before the seal
	Key      Key               // that signed; zero if nobody has
	Comment  string            // what the signer wrote; signed
	Edition  [sha256.Size]byte // SHA-256 of head and list: names this edition
	keyText  string            // as the head has it; named even if nobody has signed
	slot     []byte            // as checked
	sums     []byte            // 32 bytes per block
}

// Load reads the seal of a file of size bytes and checks its form and its signature.
//
// A nil error means that the seal is signed by [Seal.Key]. With an error that wraps ErrUnsigned the Seal is there as
// well: its hashes find damage, but vouch for nothing. All other errors come without a Seal: ErrNone, ErrVersion,
// ErrBroken, or what r returned. Memory grows with the lines of the list that are really there.
func Load(r io.ReaderAt, size int64) (*Seal, error) {
	body, blocks, ok := Place(size)
	if !ok {
		return nil, ErrNone
	}
	first := make([]byte, headSize)
	if err := readFull(r, first, body); err != nil {
		return nil, fmt.Errorf("read seal: %w", err)
	}
	switch {
	case !bytes.HasPrefix(first, []byte(magic)):
		return nil, ErrNone
	case !bytes.HasPrefix(first, []byte(version)):
		return nil, ErrVersion
	}
	keyText := string(first[headSize-1-keySize : headSize-1])
	if !bytes.Equal(first, head(size, body, keyText)) {
		return nil, fmt.Errorf("%w: its head does not fit a file of %d bytes", ErrBroken, size)
	}
	s := &Seal{FileSize: size, Body: body, keyText: keyText}
	if keyText != noKey {
		k, err := ParseKey(keyText)
		if err != nil || k.String() != keyText {
			return nil, fmt.Errorf("%w: its key is none", ErrBroken)
		}
		s.Key = k
	}
	list, err := s.readList(r, blocks)
	if err != nil {
		return nil, err
	}
	message := append(first, list...)
	s.Edition = sha256.Sum256(message)

	slot := make([]byte, slotSize)
	if err := readFull(r, slot, body+int64(len(message))); err != nil {
		return nil, fmt.Errorf("read seal: %w", err)
	}
	s.slot = slot
	if len(bytes.Trim(slot, "\n")) == 0 {
		s.Key = Key{} // a key may be named, but nobody has signed with it
		return s, ErrUnsigned
	}
	if keyText == noKey {
		return nil, fmt.Errorf("%w: a signature, but no key", ErrBroken)
	}
	sig, err := parseSlot(slot)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if !sig.verify(s.Key, message) {
		return nil, fmt.Errorf("%w: the signature does not fit", ErrBroken)
	}
	s.Comment = sig.comment
	return s, nil
}

// readList reads the hashes into s.sums and returns their text. It goes on only as long as the lines are right, so a
// file that merely claims to be huge costs nothing.
func (s *Seal) readList(r io.ReaderAt, blocks int64) (text []byte, err error) {
	const linesAtOnce = 16 << 10 // 1 MiB: a slow medium is asked seldom
	buf := make([]byte, min(blocks, linesAtOnce)*lineSize)
	for done := int64(0); done < blocks; {
		n := min(blocks-done, linesAtOnce)
		part := buf[:n*lineSize]
		if err := readFull(r, part, s.Body+headSize+done*lineSize); err != nil {
			return nil, fmt.Errorf("read seal: %w", err)
		}
		s.sums = slices.Grow(s.sums, int(n)*sha256.Size)
		for i := range n {
			line := (*[lineSize]byte)(part[i*lineSize:])
			var sum [sha256.Size]byte
			if !parseLine(line, &sum) {
				return nil, fmt.Errorf("%w: line %d of its list", ErrBroken, done+i+1)
			}
			s.sums = append(s.sums, sum[:]...)
		}
		text = append(text, part...)
		done += n
	}
	return text, nil
}

// digits has the value of every lower-case hexadecimal digit, and noDigit for all other bytes.
var digits = func() (values [256]byte) {
	for i := range values {
		values[i] = noDigit
	}
	for i, c := range []byte("0123456789abcdef") {
		values[c] = byte(i)
	}
	return values
}()

const noDigit = 0x80

// parseLine reads a line of the list. There is one form of it: hex.Decode would take capitals too.
func parseLine(line *[lineSize]byte, sum *[sha256.Size]byte) bool {
	bad := byte(0)
	for i := range sum {
		high, low := digits[line[2*i]], digits[line[2*i+1]]
		bad |= high | low
		sum[i] = high<<4 | low
	}
	return bad < noDigit && line[lineSize-1] == '\n'
}

// Message returns head and list, which is what a signature is over.
func (s *Seal) Message() []byte { return message(s.FileSize, s.Body, s.keyText, s.sums) }

// message returns head and list of a seal that names key, which is base64 or noKey. sums are 32 bytes per block.
func message(size, body int64, key string, sums []byte) []byte {
	m := make([]byte, 0, headSize+len(sums)/sha256.Size*lineSize)
	m = append(m, head(size, body, key)...)
	for i := 0; i < len(sums); i += sha256.Size {
		m = append(hex.AppendEncode(m, sums[i:i+sha256.Size]), '\n')
	}
	return m
}

// Blocks is the number of blocks of the body.
func (s *Seal) Blocks() int64 { return int64(len(s.sums)) / sha256.Size }

package compile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"samizdat/internal/dossier"
	"samizdat/internal/scrub"
	"samizdat/internal/snapshot"
)

// Drawings (SVG) are programs as well as pictures: opened as a page of their own, in whichever reader, their scripts would run on the
// site that they come from. So what is packed is written anew from the parts that only show, whatever the editor keeps of metadata.

// drawing looks through one.
func (c *compiler) drawing(name, item string) error {
	out, traces, same, err := c.vector(name)
	var damage *scrub.DamageError
	switch {
	case errors.As(err, &damage):
		c.problems = append(c.problems, dossier.Problem{
			File: name, Message: "what acts in it cannot be taken out: " + err.Error(), Hint: "save it anew as plain SVG, or as PNG",
		})
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", name, err)
	case same:
		return nil
	}
	sum := sha256.Sum256(out)
	m := &medium{Medium: Medium{File: name, Item: item, Format: scrub.SVG, Traces: traces}, vector: true, size: int64(len(out)), sha256: hex.EncodeToString(sum[:])}
	c.scrubbed[name] = m
	if len(traces) > 0 { // otherwise it is only written in another way
		c.archive.Media = append(c.archive.Media, m.Medium)
	}
	return nil
}

// vector returns what is packed in the place of a drawing, what is left out of it, and whether that is the file itself.
func (c *compiler) vector(name string) (out []byte, traces []scrub.Trace, same bool, err error) {
	f, err := c.d.FS.Open(name)
	if err != nil {
		return nil, nil, false, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, snapshot.MaxVector+1))
	if err != nil {
		return nil, nil, false, err
	}
	out, traces, err = snapshot.Vector(src, scrubbedPicture)
	return out, traces, bytes.Equal(out, src), err
}

// scrubbedPicture returns a picture that a drawing holds, without what it tells; nil if that cannot be taken out.
func scrubbedPicture(src []byte) []byte {
	f, err := scrub.Read(bytes.NewReader(src), int64(len(src)))
	if errors.Is(err, scrub.ErrFormat) {
		return src // a font, an icon
	}
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		return nil
	}
	return b.Bytes()
}

// filtered opens what is packed in the place of a drawing.
func (c *compiler) filtered(m *medium) (io.ReadCloser, error) {
	out, _, _, err := c.vector(m.File)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(out); hex.EncodeToString(sum[:]) != m.sha256 { // it has changed since it was looked through
		return nil, fmt.Errorf("read %s: %w", m.File, fs.ErrInvalid)
	}
	return io.NopCloser(bytes.NewReader(out)), nil
}

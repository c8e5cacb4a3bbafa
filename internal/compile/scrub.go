package compile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/scrub"
)

// Medium is a photo, a film or a PDF file that tells of its makers.
type Medium struct {
	File   string // in the folder
	Item   string // id of the item that lists it first; empty for the dossier's own picture
	Format scrub.Format
	Traces []scrub.Trace // what it tells
	Kept   bool          // it is packed as it is, as the editor wished; otherwise without Traces
}

// Kinds returns the kinds of traces, each once, the gravest first.
func (m *Medium) Kinds() []scrub.Kind {
	var kinds []scrub.Kind
	for _, k := range scrub.Kinds {
		if slices.ContainsFunc(m.Traces, func(t scrub.Trace) bool { return t.Kind == k }) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// medium is a file with what is packed in its place.
type medium struct {
	Medium
	vector bool   // a drawing
	size   int64  // bytes of what is packed
	sha256 string // of what is packed, in hexadecimal
}

// scrub looks through the media of all items, and the files of all captures. A file from which nothing can be taken out is a
// problem, unless its item is among keep.
func (c *compiler) scrub(keep []string) error {
	type place struct{ item, typ string }
	var order []string
	places := map[string]place{}
	kept := map[string]bool{}
	add := func(it *dossier.Item, file, typ string) {
		if _, again := places[file]; !again {
			places[file] = place{it.ID, typ}
			order = append(order, file)
		}
		kept[file] = kept[file] || slices.Contains(keep, it.ID)
	}
	for _, it := range c.d.Items() {
		for _, m := range it.Media {
			add(it, m.File, m.Type)
		}
		if k := it.Capture; k != nil {
			for _, f := range k.Files {
				add(it, f.File, f.Type)
			}
			if k.Screenshot != nil {
				add(it, k.Screenshot.File, k.Screenshot.Type)
			}
		}
	}
	for _, name := range order {
		at := places[name]
		if dossier.MainType(at.typ) == dossier.VectorType {
			if err := c.drawing(name, at.item); err != nil {
				return err
			}
			continue
		}
		// The dossier was loaded, so that no file of a format that is scrubbed has another type.
		if !dossier.Scrubbed(at.typ) {
			kind, _, _ := strings.Cut(at.typ, "/")
			if (kind == "image" || kind == "audio" || kind == "video") && !kept[name] {
				c.warn(name, fmt.Sprintf("what a file of the type %s tells of its makers is not taken out", at.typ), "look for yourself, for instance with exiftool")
			}
			continue
		}
		if err := c.scrubFile(name, at.item, kept[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) warn(file, message, hint string) {
	c.archive.Warnings = append(c.archive.Warnings, dossier.Problem{File: file, Message: message, Hint: hint, Warning: true})
}

// scrubFile looks through one file.
func (c *compiler) scrubFile(name, item string, kept bool) error {
	src, size, err := c.readerAt(name)
	if err != nil {
		return err
	}
	defer src.Close()
	f, err := scrub.Read(src, size)
	var damage *scrub.DamageError
	var refused *scrub.RefusedError
	if err == nil {
		c.turned[name] = f.Turned
	}
	switch known := errors.As(err, &damage) || errors.As(err, &refused); {
	case kept && (known || errors.Is(err, scrub.ErrFormat)):
		return nil
	case errors.Is(err, scrub.ErrFormat):
		c.problems = append(c.problems, dossier.Problem{
			File: name, Message: "it is not what its type says, so that nothing can be taken out of it",
			Hint: "give it the ending of what it is, or let it tell with --keep-metadata " + item,
		})
		return nil
	case known:
		c.problems = append(c.problems, dossier.Problem{
			File: name, Message: "what it tells of its makers cannot be taken out: " + err.Error(),
			Hint: "save it anew, or let it tell with --keep-metadata " + item,
		})
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", name, err)
	case f.Clean():
		return nil
	}
	m := &medium{Medium: Medium{File: name, Item: item, Format: f.Format, Traces: f.Traces, Kept: kept}, size: f.Size}
	if !kept {
		h := sha256.New()
		if _, err := f.WriteTo(h); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		m.sha256 = hex.EncodeToString(h.Sum(nil))
	}
	c.scrubbed[name] = m
	c.archive.Media = append(c.archive.Media, m.Medium)
	return nil
}

// illustration returns the picture of the dossier, scrubbed.
func (c *compiler) illustration() ([]byte, error) {
	b := c.d.Illustration
	f, err := scrub.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil || f.Clean() {
		return b, err
	}
	c.archive.Media = append(c.archive.Media, Medium{File: c.d.IllustrationFile, Format: f.Format, Traces: f.Traces})
	var out bytes.Buffer
	_, err = f.WriteTo(&out)
	return out.Bytes(), err
}

// randomAccess is an open file that can be read at any place.
type randomAccess interface {
	io.ReaderAt
	io.Closer
}

func (c *compiler) readerAt(name string) (randomAccess, int64, error) {
	f, err := c.d.FS.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	r, ok := f.(randomAccess)
	if err == nil && !ok {
		err = fmt.Errorf("read %s: it can only be read from its beginning: %w", name, errors.ErrUnsupported)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return r, info.Size(), nil
}

// packed returns size and SHA-256 of what is packed in the place of a file that has the given ones.
func (c *compiler) packed(name string, size int64, sum string) (int64, string) {
	if m := c.scrubbed[name]; m != nil && !m.Kept {
		return m.size, m.sha256
	}
	return size, sum
}

// open returns what opens the file that is packed in the place of one of the folder.
func (c *compiler) open(name string) func() (io.ReadCloser, error) {
	m := c.scrubbed[name]
	if m == nil || m.Kept {
		return func() (io.ReadCloser, error) { return c.d.FS.Open(name) }
	}
	if m.vector {
		return func() (io.ReadCloser, error) { return c.filtered(m) }
	}
	return func() (io.ReadCloser, error) {
		src, size, err := c.readerAt(name)
		if err != nil {
			return nil, err
		}
		// It was looked through before: a file that has changed since would be packed with what it tells.
		again, err := scrub.Read(src, size)
		if err == nil && !slices.Equal(again.Traces, m.Traces) || err == nil && again.Size != m.size {
			err = fmt.Errorf("read %s: %w", name, fs.ErrInvalid)
		}
		if err != nil {
			src.Close()
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{again.Reader(), src}, nil
	}
}

// stripped lists what was taken out of a capture: by whoever made it, and out of its files now.
func (c *compiler) stripped(k *dossier.Capture) []string {
	all := slices.Clone(k.Stripped)
	for _, kind := range c.kindsOf(captureFiles(k)) {
		if !slices.Contains(all, string(kind)) {
			all = append(all, string(kind))
		}
	}
	return all
}

// strippedKinds are the keys of what was taken out of the files of a capture now.
func (c *compiler) strippedKinds(k *dossier.Capture) []string {
	return traceKeys(c.kindsOf(captureFiles(k)))
}

// captureFiles are the files of a capture that are scrubbed.
func captureFiles(k *dossier.Capture) []string {
	var names []string
	for _, f := range k.Files {
		names = append(names, f.File)
	}
	if k.Screenshot != nil {
		names = append(names, k.Screenshot.File)
	}
	return names
}

// removed are the keys of what was taken out of the media of an item, and whether one of them keeps what it tells.
func (c *compiler) removed(it *dossier.Item) (keys []string, untouched bool) {
	var names []string
	for _, m := range it.Media {
		names = append(names, m.File)
		if s := c.scrubbed[m.File]; s != nil && s.Kept {
			untouched = true
		}
	}
	return traceKeys(c.kindsOf(names)), untouched
}

// kindsOf are the kinds of what was taken out of files, each once, the gravest first.
func (c *compiler) kindsOf(names []string) []scrub.Kind {
	var all Medium
	for _, name := range names {
		if m := c.scrubbed[name]; m != nil && !m.Kept {
			all.Traces = append(all.Traces, m.Traces...)
		}
	}
	return all.Kinds()
}

// traceKeyOf are the ends of the keys of messages for kinds of traces.
var traceKeyOf = map[scrub.Kind]string{
	scrub.Position: "position", scrub.Serial: "serial", scrub.Author: "author", scrub.Track: "track", scrub.Picture: "picture", scrub.Thumbnail: "thumbnail",
	scrub.Camera: "camera", scrub.Maker: "maker", scrub.Date: "date", scrub.History: "history", scrub.Comment: "comment", scrub.Software: "software",
	scrub.Script: "script", scrub.Link: "link", scrub.Other: "other",
}

func traceKeys(kinds []scrub.Kind) []string {
	keys := make([]string, len(kinds))
	for i, k := range kinds {
		keys[i] = traceKeyOf[k]
	}
	return keys
}

package compile

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/page"
	"samizdat/internal/thumbnail"
)

// The page of all media shows small pictures, made from what is packed: what was scrubbed out of a photo is not in its thumbnail either.

// smallEnough is the size in bytes of a file that is shown as it is instead of a thumbnail, if it is no larger in pixels.
const smallEnough = 48 << 10

// thumbnailPath is where the thumbnail of a media file lies.
func thumbnailPath(file string) string { return "thumbnails/" + file + ".jpg" }

// measure looks at all pictures that the media page can show.
func (c *compiler) measure() error {
	for _, m := range c.files() {
		if _, again := c.pictures[m.File]; again || !isPicture(m) || m.Size == 0 {
			continue
		}
		r, err := c.open(m.File)()
		if err != nil {
			return err
		}
		size, err := thumbnail.Measure(r, c.turned[m.File])
		if err := errors.Join(r.Close()); err != nil {
			return err
		}
		if errors.Is(err, thumbnail.ErrLarge) {
			c.warn(m.File, err.Error()+": the page of all media names it only", "add a smaller copy as another file, if it is to be seen there")
		}
		c.pictures[m.File] = picture{size, err}
	}
	return nil
}

// picture is what is known of one.
type picture struct {
	thumbnail.Size
	err error // why it has no thumbnail
}

func isPicture(m dossier.MediaFile) bool {
	return (m.Role == "media" || m.Role == "poster") && strings.HasPrefix(m.Type, "image/")
}

// small reports whether a picture is its own thumbnail.
func (p picture) small(bytes int64) bool {
	return p.err == nil && p.Width == p.SmallWidth && p.Height == p.SmallHeight && bytes <= smallEnough
}

// show tells the page of a picture how large it is, and what to show in its place where there are many.
func (c *compiler) show(f *page.File, m dossier.MediaFile) {
	p, known := c.pictures[m.File]
	if !known {
		return
	}
	f.Width, f.Height = p.Width, p.Height
	switch {
	case p.small(f.Size), errors.Is(p.err, thumbnail.ErrFormat): // a browser may know what we do not
		f.Small, f.SmallWidth, f.SmallHeight = f.Path, p.SmallWidth, p.SmallHeight
	case p.err == nil:
		f.Small, f.SmallWidth, f.SmallHeight = reference(thumbnailPath(m.File)), p.SmallWidth, p.SmallHeight
	}
}

// thumbnails adds them. They are made when they are read.
func (c *compiler) thumbnails() {
	seen := map[string]bool{}
	for _, m := range c.files() {
		p, known := c.pictures[m.File]
		size, _ := c.packed(m.File, m.Size, "")
		if !known || p.err != nil || p.small(size) || seen[m.File] {
			continue
		}
		seen[m.File] = true
		c.add(Entry{Path: thumbnailPath(m.File), MIMEType: thumbnail.Type, Store: true, Open: func() (io.ReadCloser, error) {
			r, err := c.open(m.File)()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			var b bytes.Buffer
			if err := thumbnail.Make(&b, r, p.Size, c.turned[m.File]); err != nil && !errors.Is(err, thumbnail.ErrFormat) {
				return nil, err
			}
			return io.NopCloser(&b), nil
		}})
	}
}

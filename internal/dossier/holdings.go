package dossier

import (
	"bytes"
	"fmt"
	"image/png"
	"path"
	"strconv"
	"strings"
)

// mediaTypes are the types of files by their names' endings. The table is our own because the system's
// differs from machine to machine.
var mediaTypes = map[string]string{
	".aac": "audio/aac", ".avif": "image/avif", ".css": "text/css;charset=utf-8", ".csv": "text/csv;charset=utf-8",
	".epub": "application/epub+zip", ".flac": "audio/flac", ".gif": "image/gif", ".gz": "application/gzip",
	".heic": "image/heic", ".html": "text/html;charset=utf-8", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".json": "application/json", ".m4a": "audio/mp4", ".m4v": "video/mp4", ".md": "text/markdown;charset=utf-8",
	".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".odt": "application/vnd.oasis.opendocument.text",
	".oga": "audio/ogg", ".ogg": "audio/ogg", ".ogv": "video/ogg", ".opus": "audio/ogg", ".pdf": "application/pdf",
	".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain;charset=utf-8", ".vtt": "text/vtt;charset=utf-8",
	".wacz": "application/wacz", ".warc": "application/warc", ".wav": "audio/wav", ".webm": "video/webm",
	".webp": "image/webp", ".zip": "application/zip", ".zst": "application/zstd",
	".ico": "image/vnd.microsoft.icon", ".otf": "font/otf", ".ttf": "font/ttf", ".woff": "font/woff", ".woff2": "font/woff2",
}

// mediaType gives the type of a file: the one that is written, or the one its name's ending stands for.
func (l *loader) mediaType(t, file text, full string) string {
	if t.set {
		return l.writtenType(t)
	}
	if full == "" {
		return ""
	}
	known := mediaTypes[strings.ToLower(path.Ext(full))]
	if known == "" {
		l.bad(file.mark, "write type: with the media type, for example application/pdf", "type is missing, and the ending of %s does not tell it", full)
	}
	return known
}

// media checks one file that travels with an item.
func (l *loader) media(f *mediaFields) MediaFile {
	m := MediaFile{Title: l.line(f.Title, "title"), Role: mediaRoles[0]}
	if l.need(f.File, f.At, "file", "video.mp4") {
		m.File = l.file(f.File, "file")
	}
	m.Type = l.mediaType(f.Type, f.File, m.File)
	if at := f.Type.mark; f.Type.set {
		l.agrees(at, m.File, m.Type, true)
	} else {
		l.agrees(f.File.mark, m.File, m.Type, false)
	}
	if f.Role.set {
		m.Role = l.oneOf(f.Role, "role", mediaRoles)
	}
	m.Lang = l.lang(f.Lang, "lang")
	m.SHA256, m.Size = l.digest(m.File, f.SHA256, "sha256")
	if f.Size.set {
		n, err := strconv.ParseInt(f.Size.s, 10, 64)
		switch {
		case err != nil || n < 1 || f.Size.s != strconv.FormatInt(n, 10):
			l.bad(f.Size.mark, "write the number of bytes", "size is no such number: %s", clip(f.Size.s))
		case m.File != "" && n != m.Size:
			l.damaged(f.Size.mark, "restore the file", "size: %s has %d bytes", m.File, m.Size)
		}
	}
	m.From, m.At, m.With = l.address(f.From, "from"), l.moment(f.When, "at"), l.line(f.With, "with")
	return m
}

// digest gives a file's SHA-256 and length in bytes and compares it with the written one, if there is one.
func (l *loader) digest(full string, t text, name string) (string, int64) {
	want := l.sum(t, name)
	if full == "" {
		return want, 0
	}
	got, size, err := l.tree.sum(full)
	if err != nil {
		l.fail(fmt.Errorf("read %s: %w", full, err))
		return "", 0
	}
	if want != "" && want != got {
		l.damaged(t.mark, "restore the file; the one that is there has "+got, "%s: %s has another SHA-256", name, full)
	}
	return got, size
}

// illustration checks the picture that readers of archives show beside the title: a PNG of 48 by 48 pixels.
func (l *loader) illustration(d *Dossier, t text, owner mark) {
	if !l.need(t, owner, "illustration", "illustration.png") {
		return
	}
	full := l.file(t, "illustration")
	if full == "" {
		return
	}
	b, err := l.tree.read(full, maxManifest)
	if err == errTooLarge {
		l.bad(t.mark, fmt.Sprintf("keep it below %d bytes", maxManifest), "illustration: %s is too large", full)
		return
	}
	if err != nil {
		l.fail(fmt.Errorf("read %s: %w", full, err))
		return
	}
	size, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		l.bad(t.mark, "save it as PNG, 48 by 48 pixels", "illustration: %s is no PNG", full)
		return
	}
	if size.Width != 48 || size.Height != 48 {
		l.bad(t.mark, "make it 48 by 48 pixels", "illustration: %s has %d by %d pixels", full, size.Width, size.Height)
		return
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil { // only now: the size is known to be small
		l.bad(t.mark, "save it again as PNG, 48 by 48 pixels", "illustration: %s is damaged", full)
		return
	}
	d.Illustration, d.IllustrationFile = b, full
}

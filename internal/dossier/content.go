package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"samizdat/internal/scrub"
)

// What is taken out of a file when it is packed hangs on its type, and so does what a browser does with it. So a type must not say
// something else than the file's own bytes, and files that would act as pages of the archive are no media.

// VectorType is the type of drawings.
const VectorType = "image/svg+xml"

// typesOf are the media types that a file of a format may have; what is usual comes first.
var typesOf = map[scrub.Format][]string{
	scrub.JPEG:     {"image/jpeg"},
	scrub.PNG:      {"image/png", "image/apng", "image/vnd.mozilla.apng"},
	scrub.WebP:     {"image/webp"},
	scrub.GIF:      {"image/gif"},
	scrub.HEIF:     {"image/heic", "image/avif", "image/heif", "image/heic-sequence", "image/heif-sequence", "image/avif-sequence"},
	scrub.Movie:    {"video/mp4", "video/quicktime", "audio/mp4", "video/3gpp", "video/3gpp2", "audio/3gpp", "audio/3gpp2", "video/x-m4v", "audio/x-m4a"},
	scrub.Matroska: {"video/webm", "audio/webm", "video/matroska", "audio/matroska", "video/x-matroska", "audio/x-matroska"},
	scrub.PDF:      {"application/pdf"},
}

// HeadBytes is how much of a file [ContentType] looks at.
const HeadBytes = 3072

// MainType is a media type without its parameters.
func MainType(mediaType string) string {
	main, _, _ := strings.Cut(mediaType, ";")
	return strings.TrimSpace(main)
}

// Scrubbed reports whether files of the type are packed without what they tell of their makers. Drawings are no such files: they are
// filtered.
func Scrubbed(mediaType string) bool {
	for _, types := range typesOf {
		if slices.Contains(types, MainType(mediaType)) {
			return true
		}
	}
	return false
}

// ContentType returns the media type that a file must have by its first [HeadBytes], although mediaType is said; empty if
// nothing speaks against that one. It knows what can be scrubbed, drawings, TIFF, and pages; of files that say to be a text it does not say that they
// are pages, because browsers show them as texts.
func ContentType(head []byte, mediaType string) string {
	said := MainType(mediaType)
	found := mimetype.Detect(head)
	format := scrub.FormatOf(head)
	switch text := strings.HasPrefix(said, "text/"); {
	case format == scrub.PDF && text: // readers of PDF look for its mark in the first 1024 bytes, and a text may name it
		if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("%PDF-")) {
			format = ""
		}
	case format == scrub.PDF && said != "application/pdf" && !found.Is("application/pdf"):
		format = "" // an archive in which a PDF file begins
	case text && !bytes.Contains(head, []byte{0}):
		format = "" // a text that begins with "The free" or "GIF89a"
	}
	switch types := typesOf[format]; {
	case slices.Contains(types, said):
		return ""
	case types != nil:
		for m := found; m != nil; m = m.Parent() {
			if i := slices.IndexFunc(types, m.Is); i >= 0 {
				return types[i]
			}
		}
		return types[0]
	case said == VectorType: // what is none is found when it is filtered
		return ""
	}
	for m := found; m != nil; m = m.Parent() {
		switch {
		case m.Is(VectorType), m.Is("image/tiff") && said != "image/tiff":
			return MainType(m.String())
		case (m.Is("text/html") || m.Is("text/xml")) && !strings.HasPrefix(said, "text/"):
			return MainType(m.String())
		}
	}
	return ""
}

// acts reports whether a browser takes a file of the type for a page, which may have scripts, or guesses what it is. Drawings do not count: they are
// filtered.
func acts(mediaType string) bool {
	main := MainType(mediaType)
	kind, sub, _ := strings.Cut(main, "/")
	return main != VectorType && (main == "text/html" || main == "text/xsl" || sub == "xml" || strings.HasSuffix(sub, "+xml") ||
		sub == "unknown" || kind == "unknown" || kind == "multipart" || kind == "message" || strings.Contains(main, "*"))
}

// noPage is what to do with a file that acts.
const noPage = "add it as a page, with samizdat-press add DIR FILE or import, or put it into a .zip"

// writtenType checks a media type that an editor wrote, and returns it in small letters.
func (l *loader) writtenType(t text) string {
	main, params, more := strings.Cut(t.s, ";")
	main = strings.ToLower(main)
	kind, sub, ok := strings.Cut(main, "/")
	_, _, err := mime.ParseMediaType(t.s)
	if !ok || kind == "" || sub == "" || err != nil || strings.ContainsAny(t.s, " \n\t,") {
		l.bad(t.mark, "write a media type such as video/mp4", "type: %s is no media type", clip(t.s))
		return ""
	}
	if more {
		main += ";" + params
	}
	return main
}

// agrees reports a file that is not what its type says, or acts. The mark of the type is that of type:, if it was written.
func (l *loader) agrees(m mark, full, mediaType string, written bool) {
	if full == "" || mediaType == "" {
		return
	}
	if acts(mediaType) {
		l.bad(m, noPage, "%s is %s, which can have scripts and is no medium", full, MainType(mediaType))
		return
	}
	head, err := l.tree.head(full)
	if err != nil {
		l.fail(fmt.Errorf("read %s: %w", full, err))
		return
	}
	is := ContentType(head, mediaType)
	switch {
	case is == "":
	case acts(is):
		l.bad(m, noPage, "%s is not %s but %s, which can have scripts and is no medium", full, MainType(mediaType), is)
	case written:
		l.bad(m, "write type: "+is, "type: %s is not %s but %s", full, MainType(mediaType), is)
	case Ending(is) == "":
		l.bad(m, "write type: "+is, "%s is not %s, as its ending says, but %s", full, MainType(mediaType), is)
	default:
		l.bad(m, "give it the ending "+Ending(is), "%s is not %s, as its ending says, but %s", full, MainType(mediaType), is)
	}
}

// Ending is the usual ending of names of files of a type, with its dot; empty if the type is not known.
func Ending(mediaType string) string {
	var all []string
	for ending, t := range mediaTypes {
		if MainType(t) == MainType(mediaType) {
			all = append(all, ending)
		}
	}
	if len(all) == 0 {
		return ""
	}
	// .jpg before .jpeg, .mp4 before .m4v
	return slices.MinFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return -strings.Compare(a, b)
	})
}

// head returns the first bytes of a file.
func (t *tree) head(name string) ([]byte, error) {
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, HeadBytes)
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:n], err
}

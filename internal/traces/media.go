package traces

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"samizdat/internal/scrub"
)

// Photos, films and PDF files tell of whoever made them. What is packed of a dossier is scrubbed; evidence is not, so whoever gets the evidence gets
// them as they were made.

// body looks through the body of an answer, or a thing without one: media for what they tell of their makers. What is text is returned.
func (s *scan) body(p place, r io.Reader) ([]byte, error) {
	buffered := bufio.NewReaderSize(r, 4096)
	head, _ := buffered.Peek(4096) // an error comes again when it is read
	if scrub.FormatOf(head) == "" {
		b, err := s.text(p, buffered)
		s.inside(p, b)
		return b, err
	}
	b, err := io.ReadAll(io.LimitReader(buffered, most+1))
	if err == nil && len(b) > most { // a film
		return nil, s.film(p, b, buffered)
	}
	s.medium(p, bytes.NewReader(b), int64(len(b)))
	if bytes.ContainsRune(b[:min(len(b), 4096)], 0) {
		return nil, err
	}
	return b, err
}

// film looks through a file that is too large for memory, of which begin was read already.
func (s *scan) film(p place, begin []byte, rest io.Reader) (err error) {
	f, err := os.CreateTemp("", "samizdat-traces-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	n, err := io.Copy(f, io.MultiReader(bytes.NewReader(begin), rest))
	s.medium(p, f, n)
	return err
}

// valued are the kinds of traces of which the report says what they say; of others, that they are there.
var valued = []scrub.Kind{scrub.Position, scrub.Serial, scrub.Author, scrub.Camera}

// medium notes what a photo, a film or a PDF file tells.
func (s *scan) medium(p place, r io.ReaderAt, size int64) {
	f, err := scrub.Read(r, size)
	if errors.Is(err, scrub.ErrFormat) {
		return
	}
	var told []string
	for _, kind := range scrub.Kinds {
		if f == nil {
			break
		}
		i := slices.IndexFunc(f.Traces, func(t scrub.Trace) bool { return t.Kind == kind })
		if i < 0 {
			continue
		}
		word := string(kind)
		if slices.Contains(valued, kind) {
			if j := slices.IndexFunc(f.Traces, func(t scrub.Trace) bool { return t.Kind == kind && t.Value != "" }); j >= 0 {
				word += " " + f.Traces[j].Value
			}
		}
		told = append(told, word)
	}
	if err != nil {
		told = append(told, "perhaps more: "+err.Error())
	}
	if len(told) > 0 {
		s.add(Medium, strings.Join(told, "; "), p)
	}
}

// base64Media are photos and PDF files that lie in a text, as in pages of SingleFile and in MHTML, where lines end inside: by how JPEG, PNG, WebP, PDF, and
// files with ftyp begin.
var base64Media = regexp.MustCompile(`(?:/9j/|iVBORw0KGgo|UklGR|JVBERi0|AAAA..Z0eX[A-D])[A-Za-z0-9+/\r\n]{64,}`)

// inside looks through media that lie in a text.
func (s *scan) inside(p place, text []byte) {
	for _, m := range base64Media.FindAll(text, -1) {
		m = bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' {
				return -1
			}
			return r
		}, m)
		b, err := base64.RawStdEncoding.DecodeString(string(m[:len(m)-len(m)%4]))
		if err != nil {
			continue
		}
		if rest := m[len(m)-len(m)%4:]; len(rest) > 1 {
			if end, err := base64.RawStdEncoding.DecodeString(string(rest)); err == nil {
				b = append(b, end...)
			}
		}
		s.medium(p, bytes.NewReader(b), int64(len(b)))
	}
}

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/imports"
	"samizdat/internal/scrub"
	"samizdat/internal/webpage"
)

const maxAddedText = 8 << 20 // bytes; what a dossier takes

// file adds a file that is here.
func (a *added) file(name string) error {
	mediaType := dossier.MediaType(name)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown":
		return a.text(name)
	case ".warc", ".gz", ".zst", ".wacz":
		err := command.Errorf("%s: what other tools captured is imported", name)
		return command.Hint(err, command.Sprintf("samizdat-press import %s %s", a.dir, name))
	case ".vtt":
		return command.Hint(command.Errorf("%s: captions belong to a film", name), command.Sprintf("samizdat-press add %s %s --to ID, with the ID of the film's item", a.dir, name))
	}
	kind := kindOfMedia(mediaType)
	if kind == "" {
		return command.Hint(command.Errorf("%s: not a file of a kind that is added", name), "photos, films, sounds, PDF and Markdown are; save others as PDF")
	}
	return a.medium(name, kind)
}

// isSavedPage tells a page that a browser saved from other files, by its name.
func isSavedPage(name string) bool {
	return slices.Contains([]string{".html", ".htm", ".mhtml", ".mht"}, strings.ToLower(filepath.Ext(name)))
}

// saved adds a page that a browser saved, with what lies beside it, as import does.
func (a *added) saved(name string) error {
	temp, remove, err := workFolder(a.dir)
	if err != nil {
		return err
	}
	defer remove()
	f := &importFlags{section: a.o.section, address: a.o.url}
	r := &readerOf{files: map[*imports.Origin]string{}}
	defer r.close()
	if err := r.open(a.ctx, name, temp, f, nil); err != nil {
		return explainImport(name, err)
	}
	for _, c := range r.pages(a.d) {
		if c.item != nil && c.item.Status != dossier.StatusLinked {
			if err := a.present(name, c.item); err != nil {
				return err
			}
			continue
		}
		rep := &importReport{out: io.Discard, quiet: true}
		if err := a.importPage(a.cmd, a, r, c, temp, rep, f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if it := c.item; it != nil { // it was listed, and is here now
			a.answer = append(a.answer, addedJSON{Added: true, ID: it.ID, File: it.File, Section: it.Section.ID, Kind: string(it.Kind), Title: it.Title, Lang: it.Lang})
		}
		a.answer[len(a.answer)-1].Argument = name
	}
	return nil
}

// medium copies a photo, a film, a sound or a PDF file.
func (a *added) medium(name string, kind dossier.Kind) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := sound(f, info.Size(), name); err != nil {
		return err
	}
	digest, from, done, err := a.read(f, info.Size())
	if err != nil {
		return err
	}
	defer done()
	for _, it := range a.d.Items() {
		for _, m := range it.Media {
			if m.SHA256 == digest {
				return a.present(name, it)
			}
		}
	}
	if a.o.kind != "" {
		kind = dossier.Kind(a.o.kind)
	}
	base := filepath.Base(name)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	it := &dossier.Item{Kind: kind, Title: a.o.title, Lang: a.o.lang, Status: dossier.StatusFull}
	guessed := ""
	if it.Title == "" {
		it.Title, guessed = stem, "the title is the file's name"
	}
	if it.Lang == "" {
		it.Lang = a.d.Lang
	}
	if it.ID, err = a.newID(kind, stem); err != nil {
		return err
	}
	folder := folderOf(kind) + "/" + it.ID
	it.File = folder + "/item.yaml"
	copied := plainName(base, it.ID)
	it.Media = []dossier.MediaFile{{File: copied, SHA256: digest}}
	to := filepath.Join(a.dir, filepath.FromSlash(folder), copied)
	if err := a.folder(filepath.Dir(to)); err != nil {
		return err
	}
	if err := a.create(to, from); err != nil {
		return err
	}
	return a.place(name, it, guessed)
}

// sound makes sure that a file is what the ending of its name says, and not damaged: pack takes no other.
func sound(f io.ReaderAt, size int64, name string) error {
	head := make([]byte, min(size, dossier.HeadBytes))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	mediaType := dossier.MainType(dossier.MediaType(name))
	if is := dossier.ContentType(head, mediaType); is != "" {
		err := command.Errorf("%s: this is not %s, as its ending says, but %s", name, mediaType, is)
		if ending := dossier.Ending(is); ending != "" {
			return command.Hint(err, command.Sprintf("give it the ending %s", ending))
		}
		return err
	}
	var err error
	switch {
	case mediaType == dossier.VectorType:
		err = capture.Drawable(f, size)
	case dossier.Scrubbed(mediaType):
		_, err = scrub.Read(f, size)
	}
	switch {
	case errors.Is(err, scrub.ErrFormat):
		return command.Hint(command.Errorf("%s: this is not %s, as its ending says", name, mediaType), "give it the ending of what it is")
	case errors.As(err, new(*scrub.DamageError)) && mediaType == dossier.VectorType:
		return command.Hint(fmt.Errorf("%s: %w", name, err), "save it anew as plain SVG, or as PNG")
	case errors.As(err, new(*scrub.DamageError)):
		return command.Hint(fmt.Errorf("%s: %w", name, err), "save it anew; to hold it as it is, list it in the item's file by hand, and pack with --keep-metadata ID")
	case errors.As(err, new(*scrub.RefusedError)): // it is sound, and pack says what to do
		return nil
	}
	return err
}

// read returns the digest of a file, and the file again to be copied. done takes the line of progress away.
func (a *added) read(f *os.File, size int64) (digest string, from io.Reader, done func(), err error) {
	sum := sha256.New()
	progress := command.ProgressOf(a.cmd, filepath.Base(f.Name()))
	n := int64(0) // it is read twice
	from = untilDone{a.ctx, readerFunc(func(b []byte) (int, error) {
		m, err := f.Read(b)
		n += int64(m)
		progress.Set(n, 2*size)
		return m, err
	})}
	if _, err := io.Copy(sum, from); err != nil {
		progress.Done()
		return "", nil, nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		progress.Done()
		return "", nil, nil, err
	}
	return hex.EncodeToString(sum.Sum(nil)), from, progress.Done, nil
}

// readerFunc is a reader that is a function.
type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// plainName is a name that every file system and every manifest takes: the file's own, or the item's with its ending.
func plainName(base, id string) string {
	if utf8.ValidString(base) && !strings.HasPrefix(base, ".") && len(base) <= 100 && !strings.ContainsFunc(base, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || strings.ContainsRune(`\/:*?"<>|#%`, r)
	}) && strings.TrimRight(base, ". ") == base {
		return base
	}
	return id + strings.ToLower(filepath.Ext(base))
}

// text copies a Markdown text. One with front matter is copied as it is.
func (a *added) text(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxAddedText+1))
	if err != nil {
		return err
	}
	if len(src) > maxAddedText {
		return command.Errorf("%s: larger than %d bytes", name, maxAddedText)
	}
	if !utf8.Valid(src) {
		return command.Hint(command.Errorf("%s: not UTF-8", name), "save the file as UTF-8")
	}
	src = bytes.ReplaceAll(bytes.TrimPrefix(src, []byte("\uFEFF")), []byte("\r\n"), []byte("\n"))
	it := &dossier.Item{Kind: dossier.Kind(a.o.kind), Title: a.o.title, Lang: a.o.lang, Status: dossier.StatusFull}
	if it.Kind == "" {
		it.Kind = dossier.KindArticle
	}
	stem := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if bytes.HasPrefix(src, []byte("---\n")) {
		return a.described(name, src, it)
	}
	title, rest := heading(src)
	for _, other := range a.d.Items() {
		if had := bytes.TrimSpace(other.Body); len(had) > 0 && (bytes.Equal(had, bytes.TrimSpace(rest)) || bytes.Equal(had, bytes.TrimSpace(src))) {
			return a.present(name, other)
		}
	}
	guessed := ""
	if it.Body = rest; it.Title != "" {
		it.Body = src
	} else if it.Title = title; title == "" {
		it.Title, guessed = stem, "the title is the file's name"
	}
	if it.Lang == "" {
		it.Lang = webpage.LanguageOf(string(src))
	}
	if !dossier.IsLang(it.Lang) {
		it.Lang = a.d.Lang
	}
	if it.ID, err = a.newID(it.Kind, stem, it.Title); err != nil {
		return err
	}
	it.File = folderOf(it.Kind) + "/" + it.ID + ".md"
	if len(bytes.TrimSpace(it.Body)) == 0 {
		return command.Errorf("%s: there is no text", name)
	}
	return a.place(name, it, guessed)
}

// described adds a text that says by itself what it is.
func (a *added) described(name string, src []byte, it *dossier.Item) error {
	id, kind, err := dossier.FrontMatter(src)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if a.o.id != "" || a.o.kind != "" || a.o.title != "" || a.o.lang != "" {
		return command.Errorf("%s: the text says by itself what it is; change it there", name)
	}
	it.ID, it.Kind = id, kind
	if other := a.d.Item(id); other != nil {
		if had, err := os.ReadFile(filepath.Join(a.dir, filepath.FromSlash(other.File))); err == nil && bytes.Equal(had, src) {
			return a.present(name, other)
		}
		return command.Errorf("%s: the id %s is that of %s", name, id, other.File)
	}
	it.File = folderOf(kind) + "/" + id + ".md"
	to := filepath.Join(a.dir, filepath.FromSlash(it.File))
	if err := a.folder(filepath.Dir(to)); err != nil {
		return err
	}
	if err := a.create(to, bytes.NewReader(src)); err != nil {
		return err
	}
	return a.list(name, it, a.section(kind), "")
}

// heading returns the first heading of a text that begins with one, and what stands below it.
func heading(src []byte) (title string, rest []byte) {
	line, below, _ := bytes.Cut(bytes.TrimLeft(src, "\n"), []byte("\n"))
	if text, ok := bytes.CutPrefix(line, []byte("# ")); ok {
		return strings.TrimSpace(strings.TrimRight(string(text), "# ")), below
	}
	return "", src
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
)

// checkTo looks at the flags of files that are to go to an item that is listed.
func (o *addOptions) checkTo(args []string) error {
	for _, other := range []struct{ flag, value string }{{"section", o.section}, {"id", o.id}, {"kind", o.kind}, {"url", o.url}} {
		if other.value != "" && o.to != "" {
			return command.Usagef("", "--%s is for a new item, and --to %s is one that is there", other.flag, o.to)
		}
	}
	switch {
	case o.to == "" && (o.from != "" || o.role != ""):
		return command.Usagef("say which, with --to ID", "--from and --role are for files that go to an item")
	case o.from != "" && (dossier.AddressKey(o.from) == "" || !isAddressOfWeb(o.from) || strings.ContainsAny(o.from, " \t\n@")):
		return command.Usagef("--from https://example.org/video", "--from %s: no address of the web", o.from)
	case o.role != "" && !slices.Contains(dossier.MediaRoles(), o.role):
		return command.Usagef(command.Sprintf("there are %s", strings.Join(dossier.MediaRoles(), ", ")), "--role %s: a file can not be that", o.role)
	}
	for _, arg := range args {
		if o.to != "" && isAddressOfWeb(arg) {
			return command.Usagef("download it first; where it was goes into --from", "%s: only files go to an item", arg)
		}
	}
	return nil
}

// attach copies a file to the item that --to names.
func (a *added) attach(name string) error {
	it := a.d.Item(a.o.to)
	if it == nil {
		return command.Usagef("the ids stand in the files of the items, as id:", "%s: the dossier has no item of this id", a.o.to)
	}
	if path.Ext(it.File) != ".yaml" {
		return command.Hint(command.Errorf("%s is Markdown, and files are listed in a .yaml file", it.File), "copy the file beside it and list it in the front matter, under media:")
	}
	m := dossier.MediaFile{Role: a.o.role, Title: a.o.title, Lang: a.o.lang, From: a.o.from, At: a.now().UTC().Format(time.RFC3339)}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := fit(f, name, &m); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	m.Size = info.Size()
	if err := sound(f, m.Size, name); err != nil {
		return err
	}
	sum, from, done, err := a.read(f, m.Size)
	if err != nil {
		return err
	}
	defer done()
	m.SHA256 = sum
	for _, other := range a.d.Items() {
		for _, have := range other.Media {
			if have.SHA256 == m.SHA256 {
				return a.present(name, other)
			}
		}
	}
	folder := path.Dir(it.File)
	m.File = a.freeName(folder, filepath.Base(name), it.ID)
	if err := a.create(filepath.Join(a.dir, filepath.FromSlash(folder), m.File), from); err != nil {
		return err
	}
	if err := a.listMedium(it, m); err != nil {
		return err
	}
	m.File = path.Join(folder, m.File)
	it.Media = append(it.Media, m)
	a.answer = append(a.answer, addedJSON{
		Argument: name, ID: it.ID, File: it.File, Added: true, Section: it.Section.ID, Kind: string(it.Kind), Title: it.Title, Lang: it.Lang,
		Medium: m.File, SHA256: m.SHA256, Size: m.Size, From: m.From, At: m.At,
	})
	return nil
}

// fit makes sure that a file is one that goes to an item, and tells what it is to it.
func fit(f io.ReaderAt, name string, m *dossier.MediaFile) error {
	mediaType := dossier.MediaType(name)
	switch {
	case isSavedPage(name):
		return command.Hint(command.Errorf("%s: a saved page is imported", name), "samizdat-press import DIR FILE --url URL")
	case mediaType == "":
		return command.Hint(command.Errorf("%s: not a file of a kind that is added", name), "photos, films, sounds, captions (.vtt), PDF and texts are; save others as PDF")
	case strings.HasPrefix(mediaType, "text/vtt"):
		head := make([]byte, 16)
		n, err := f.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !bytes.HasPrefix(bytes.TrimPrefix(head[:n], []byte("\uFEFF")), []byte("WEBVTT")) {
			return command.Hint(command.Errorf("%s: these are no captions in WebVTT", name), "the first line of such a file is WEBVTT; ffmpeg -i captions.srt captions.vtt makes one")
		}
		if m.Role == "" {
			m.Role = "captions"
		}
		if m.Lang == "" { // march.kk.vtt
			m.Lang = dossier.PlainLang(strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(name, filepath.Ext(name))), "."))
		}
	case strings.HasPrefix(mediaType, "text/") && m.Role == "":
		m.Role = "transcript"
	}
	return nil
}

// freeName is a name for a file in a folder of the dossier: its own, if nothing is called so and no capture would.
func (a *added) freeName(folder, base, id string) string {
	name := plainName(base, id)
	if lower := strings.ToLower(name); strings.HasPrefix(strings.TrimPrefix(lower, id+"-"), "file.") || strings.HasPrefix(strings.TrimPrefix(lower, id+"-"), "video.") {
		name = id + "-by-hand" + filepath.Ext(name)
	}
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(a.dir, filepath.FromSlash(folder), name)); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s-%d%s", stem, n, ext)
	}
}

// listMedium lists a file in the file of its item, which is held in full then if nothing of it was here.
func (a *added) listMedium(it *dossier.Item, m dossier.MediaFile) error {
	name := filepath.Join(a.dir, filepath.FromSlash(it.File))
	before, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	after, err := dossier.SetMedia(before, func(dossier.MediaFile) bool { return false }, m)
	if err == nil && (it.Status == dossier.StatusLinked || it.Status == dossier.StatusNamed) {
		after, err = dossier.SetStatus(after, dossier.StatusFull)
		it.Status = dossier.StatusFull
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := atomicfile.WriteFile(name, after, 0o666); err != nil {
		return err
	}
	a.undo = append(a.undo, func() error { return atomicfile.WriteFile(name, before, 0o666) })
	return nil
}

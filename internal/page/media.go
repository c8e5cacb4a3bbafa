package page

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
)

// of returns the files of the item with the role.
func (it *Item) of(role string) []File {
	var list []File
	for _, f := range it.Files {
		if f.Role == role || f.Role == "" && role == "media" {
			list = append(list, f)
		}
	}
	return list
}

// recordings are the pictures, videos and sounds of the item, in order.
func (it *Item) recordings() []File {
	var list []File
	for _, f := range it.of("media") {
		if f.kind() != "" {
			list = append(list, f)
		}
	}
	return list
}

// kind is the kind of item that the file could be alone: image, video, audio; empty if it is no recording.
func (f *File) kind() string {
	switch kind, _, _ := strings.Cut(f.MIME, "/"); kind {
	case "image", "video", "audio":
		return kind
	}
	return ""
}

// shown reports whether browsers show a picture of the type.
func (f *File) shown() bool {
	kind, _, _ := strings.Cut(f.MIME, ";")
	return kind != "image/heic" && kind != "image/heif" && kind != "image/tiff"
}

// figureID is the id of the figure of the item's recording number n, from 0.
func figureID(n int) string { return "m" + strconv.Itoa(n+1) }

// figures shows the recordings of the item, videos with their captions. If there are several, each has its title or its name below it.
func (s Site) figures(it *Item) markup.Node {
	var nodes []markup.Node
	all := it.recordings()
	for n, f := range all {
		var caption markup.Node
		switch {
		case len(all) == 1:
		case f.Title != "":
			caption = markup.El("figcaption", s.foreign(f.Title, it.Lang))
		default:
			caption = markup.El("figcaption", fileName(f.Name))
		}
		if n > 0 {
			nodes = append(nodes, markup.Text("\n"))
		}
		nodes = append(nodes, markup.El("figure", markup.A("id", figureID(n)), s.recording(it, f), caption))
	}
	if nodes == nil {
		return nil
	}
	return markup.Frag(nodes...)
}

// recording is the picture itself, or what plays the film or the sound.
func (s Site) recording(it *Item, f File) markup.Node {
	ui := s.ui()
	path, lang := markup.A("src", s.Home+f.Path), it.Lang
	if lang == "" {
		lang = s.Lang
	}
	label := f.Title
	if label == "" {
		label = it.Title
	}
	// The label is the item's words, what stands inside is ours.
	fallback := s.inside(ui.Text("media.video.fallback"), ui.Lang(), lang)
	switch f.kind() {
	case "image":
		if !f.shown() {
			return para("hint", markup.Text(ui.Text("media.picture.fallback")))
		}
		return markup.El("img", path, s.langOf(lang), markup.A("alt", label), measure("width", f.Width), measure("height", f.Height), markup.A("loading", "lazy"))
	case "video":
		var poster markup.Part
		if p := it.beside(f, "poster"); len(p) > 0 {
			poster = markup.A("poster", s.Home+p[0].Path)
		}
		return markup.El(
			"video", markup.Flag("controls"), markup.A("preload", "metadata"), markup.Flag("playsinline"), poster,
			s.langOf(lang), markup.A("aria-label", label), path, s.tracks(it, f), fallback,
		)
	}
	if len(it.beside(f, "captions")) > 0 { // a browser shows captions on a film only, and plays a sound as one
		return markup.El(
			"video", markup.Flag("controls"), markup.A("preload", "metadata"), markup.Flag("playsinline"), s.langOf(lang), markup.A("aria-label", label), path,
			s.tracks(it, f), fallback,
		)
	}
	return markup.El(
		"audio", markup.Flag("controls"), markup.A("preload", "metadata"), s.langOf(lang), markup.A("aria-label", label), path, fallback,
	)
}

// measure is one of the two attributes that keep a picture's place free until it comes.
func measure(name string, pixels int) markup.Part {
	return markup.If(pixels > 0, markup.A(name, strconv.Itoa(pixels)))
}

// beside returns the files of the role that go with a recording: all of them if the item has one film or sound, else those whose names
// begin like its own (march.mp4, march.en.vtt).
func (it *Item) beside(f File, role string) []File {
	all := it.of(role)
	if len(it.films()) < 2 {
		return all
	}
	return slices.DeleteFunc(all, func(other File) bool { return !f.begins(other) })
}

// films are the films and sounds of the item, in order.
func (it *Item) films() []File {
	return slices.DeleteFunc(it.recordings(), func(f File) bool { return f.kind() == "image" })
}

// begins reports whether the name of another file begins like the recording's own.
func (f *File) begins(other File) bool {
	return strings.HasPrefix(other.Name, strings.TrimSuffix(f.Name, path.Ext(f.Name))+".")
}

// Loose are the captions and posters that no film or sound shows, because the item has several and the name begins like none of theirs.
func (it *Item) Loose() []File {
	films := it.films()
	if len(films) < 2 {
		return nil
	}
	return slices.DeleteFunc(append(it.of("captions"), it.of("poster")...), func(f File) bool {
		return slices.ContainsFunc(films, func(film File) bool { return film.begins(f) })
	})
}

// tracks are the captions of a film; those in the item's language are shown at first.
func (s Site) tracks(it *Item, film File) markup.Node {
	var nodes []markup.Node
	shown := false
	for _, f := range it.beside(film, "captions") {
		first := !shown && f.Lang == it.Lang
		shown = shown || first
		nodes = append(nodes, markup.El(
			"track", markup.A("kind", "captions"), markup.A("src", s.Home+f.Path), markup.If(f.Lang != "", markup.A("srclang", f.Lang)),
			markup.A("label", s.captionName(f)), markup.If(first, markup.Flag("default")),
		))
	}
	return markup.Frag(nodes...)
}

// captionName is what captions are called: their title, or their language by its own name.
func (s Site) captionName(f File) string {
	switch {
	case f.Title != "":
		return f.Title
	case f.Lang == "":
		return f.Name
	}
	if own := messages.For(f.Lang); own.Lang() == f.Lang {
		return own.Text("lang.own")
	}
	return s.ui().LanguageName(f.Lang)
}

// captionLanguages are the languages that there are captions in; nothing if there are none.
func (s Site) captionLanguages(it *Item) markup.Node {
	var names []string
	for _, f := range it.of("captions") {
		name := f.Name
		if f.Lang != "" {
			name = s.ui().LanguageName(f.Lang)
		}
		names = append(names, name)
	}
	if names == nil {
		return nil
	}
	return markup.Text(words(s.ui().Text("list.separator"), names...))
}

// transcripts are what is said in a recording, as text.
func (s Site) transcripts(it *Item) markup.Node {
	if len(it.Spoken) == 0 {
		return nil
	}
	var nodes []markup.Node
	for _, t := range it.Spoken {
		lang := t.Lang
		if lang == "" {
			lang = it.Lang
		}
		nodes = append(nodes, div("text", s.langOf(lang), markup.Text("\n"), t.Body))
	}
	return section("", "transcript", s.ui().Text("media.transcript"), markup.Lines(nodes...))
}

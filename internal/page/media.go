package page

import (
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

// figure shows the first file, if a browser can, with its captions.
func (s Site) figure(it *Item) markup.Node {
	files := it.of("media")
	if len(files) == 0 {
		return nil
	}
	ui, f := s.ui(), files[0]
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
	kind, _, _ := strings.Cut(f.MIME, "/")
	switch kind {
	case "image":
		return markup.El("figure", markup.El("img", path, s.langOf(lang), markup.A("alt", label)))
	case "video":
		var poster markup.Part
		if p := it.of("poster"); len(p) > 0 {
			poster = markup.A("poster", s.Home+p[0].Path)
		}
		return markup.El("figure", markup.El(
			"video", markup.Flag("controls"), markup.A("preload", "metadata"), markup.Flag("playsinline"), poster,
			s.langOf(lang), markup.A("aria-label", label), path, s.tracks(it), fallback,
		))
	case "audio":
		return markup.El("figure", markup.El(
			"audio", markup.Flag("controls"), markup.A("preload", "metadata"), s.langOf(lang), markup.A("aria-label", label), path,
			fallback,
		))
	}
	return nil
}

// tracks are the captions of a video; those in the item's language are shown at first.
func (s Site) tracks(it *Item) markup.Node {
	var nodes []markup.Node
	shown := false
	for _, f := range it.of("captions") {
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

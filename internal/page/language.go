package page

import (
	"strings"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
)

// An archive has its pages once for each language of the frame. Those in the main language have the plain names; the
// others have the language before the ending, and their links lead to pages in the same language.

const ending = ".html"

// InLanguage returns the path of the page at path in the language lang, empty for the main one: "index.html" and "ru"
// give "index.ru.html". A fragment stays. A path that is no page's is returned as it is.
func InLanguage(path, lang string) string {
	file, fragment := path, ""
	if i := strings.IndexByte(path, '#'); i >= 0 {
		file, fragment = path[:i], path[i:]
	}
	name, ok := strings.CutSuffix(file, ending)
	if !ok || lang == "" {
		return path
	}
	return name + "." + lang + ending + fragment
}

// Language is the opposite of [InLanguage] for one of the main language's pages: whether path is that page, and in
// which language. Empty is the main one.
func Language(path, page string) (lang string, ok bool) {
	if path == page {
		return "", true
	}
	name := strings.TrimSuffix(page, ending)
	lang, ok = strings.CutPrefix(path, name+".")
	if ok {
		lang, ok = strings.CutSuffix(lang, ending)
	}
	return lang, ok && lang != ""
}

// Ref returns the reference from a page of s to the page that has the given path in the main language.
func (s Site) Ref(path string) string { return s.Home + InLanguage(path, s.other()) }

// other is the language of s, if it is not the main one.
func (s Site) other() string {
	if lang := s.ui().Lang(); len(s.Languages) > 0 && lang != s.Languages[0] {
		return lang
	}
	return ""
}

// languages is the switch between the languages of the frame; each is called by its own name. There is none on pages
// that exist in one language only.
func (s Site) languages() markup.Node {
	if s.Path == "" || len(s.Languages) < 2 {
		return nil
	}
	ui := s.ui()
	var items []markup.Node
	for i, lang := range s.Languages {
		to := InLanguage(s.Path, lang)
		if i == 0 {
			to = s.Path
		}
		items = append(items, s.languageItem(lang, s.Home+to))
	}
	return markup.El(
		"nav", markup.A("class", "langs"), markup.A("aria-label", ui.Text("nav.languages")),
		markup.El("ul", markup.Text("\n"), markup.Lines(items...)),
	)
}

// languageItem leads to the page ref in the language lang, which is called by its own name.
func (s Site) languageItem(lang, ref string) markup.Node {
	current := lang == s.ui().Lang()
	return li(markup.El(
		"a", markup.A("href", ref), s.langOf(lang), markup.If(current, markup.A("lang", lang)),
		markup.A("hreflang", lang), markup.If(current, markup.A("aria-current", "page")),
		markup.Text(messages.For(lang).Text("lang.own")),
	))
}

// foreign is text in the language lang inside of a page in the site's own: it says so if they differ.
func (s Site) foreign(text, lang string) markup.Node { return s.inside(text, lang, s.ui().Lang()) }

// inside is text in the language lang inside of an element in the language around.
func (s Site) inside(text, lang, around string) markup.Node {
	if lang == "" {
		lang = s.Lang
	}
	if lang == "" || lang == around {
		return markup.Text(text)
	}
	return markup.El("bdi", difference(lang, around), markup.Text(text))
}

// langOf is the lang and dir of an element whose content is in lang, as far as they differ from the page's. Empty is
// the site's language.
func (s Site) langOf(lang string) markup.Part {
	if lang == "" {
		lang = s.Lang
	}
	return difference(lang, s.ui().Lang())
}

// difference is the lang and dir of an element in the language lang inside of one in the language around.
func difference(lang, around string) markup.Part {
	if lang == "" || lang == around {
		return nil
	}
	dir := messages.Direction(lang)
	return markup.Group(markup.A("lang", lang), markup.If(dir != messages.Direction(around), markup.A("dir", dir)))
}

// prose is a text of the dossier in a block of its own, or nothing.
func (s Site) prose(class string, t Prose) markup.Node {
	if t.Body == nil {
		return nil
	}
	return div(class, s.langOf(t.Lang), markup.Text("\n"), t.Body)
}

// fill returns the text of key with node in the place of the argument called name. The others are as in
// [messages.Printer.Text].
func (s Site) fill(key, name string, node markup.Node, args ...any) markup.Node {
	const gap = "\uFFFC" // OBJECT REPLACEMENT CHARACTER; no catalogue has it
	before, after, _ := strings.Cut(s.ui().Text(key, append([]any{name, gap}, args...)...), gap)
	return markup.Frag(markup.Text(before), node, markup.Text(after))
}

package page

import (
	"strconv"

	"samizdat/internal/markup"
)

// maxTyped is how many UTF-16 units a browser takes into the search field. It is more than the server looks for, so that
// the page can say that the rest is left out, and as little as an address has room for.
const maxTyped = 1500

// Search is what stands in a search form.
type Search struct {
	Action    string // address that is asked by GET
	Label     string
	Query     string
	Sections  []string    // to choose from; empty: there is no choice
	Languages []string    // BCP 47; likewise
	Section   string      // chosen; empty: all
	Language  string      // chosen; empty: all
	Hidden    [][2]string // further parameters, name and value
	Suggests  bool        // the page has a script that fills the list of suggestions
}

// SearchForm returns the form: a field (q) and, where there is a choice, section and lang.
func SearchForm(site Site, f Search) markup.Node {
	ui := site.ui()
	field := []markup.Part{
		markup.El("label", markup.A("for", "q"), markup.Text(f.Label)), markup.El(
			"input", markup.A("id", "q"), markup.A("name", "q"), markup.A("type", "search"), markup.A("dir", "auto"),
			markup.A("value", f.Query), markup.A("maxlength", strconv.Itoa(maxTyped)), markup.A("autocomplete", "off"), markup.A("spellcheck", "false"),
		),
	}
	if f.Suggests {
		field = append(field, markup.El(
			"ul", markup.A("id", "suggestions"), markup.A("class", "suggest"), markup.A("role", "listbox"),
			markup.A("aria-label", ui.Text("search.suggestions")), markup.Flag("hidden"),
		))
	}
	nodes := []markup.Node{div("grow", field...)}
	for _, h := range f.Hidden {
		nodes = append(nodes, markup.El("input", markup.A("type", "hidden"), markup.A("name", h[0]), markup.A("value", h[1])))
	}
	if len(f.Sections) > 1 {
		nodes = append(nodes, choice(site, "section", ui.Text("search.section"), f.Sections, f.Section, func(name string) string { return name }))
	}
	if len(f.Languages) > 1 {
		nodes = append(nodes, choice(site, "lang", ui.Text("search.language"), f.Languages, f.Language, ui.LanguageName))
	}
	nodes = append(nodes, markup.El("button", markup.A("type", "submit"), markup.Text(ui.Text("search.button"))))
	return markup.El(
		"form", markup.A("class", "q"), markup.A("role", "search"), markup.A("action", f.Action),
		markup.A("method", "get"), markup.Text("\n"), markup.Lines(nodes...),
	)
}

// choice returns a field to choose one of values from, or all of them.
func choice(site Site, name, label string, values []string, chosen string, show func(string) string) markup.Node {
	options := []markup.Part{
		markup.A("id", name), markup.A("name", name),
		markup.El("option", markup.A("value", ""), markup.Text(site.ui().Text("search.all"))),
	}
	for _, v := range values {
		options = append(options, markup.El(
			"option", markup.A("value", v), markup.If(v == chosen, markup.Flag("selected")), markup.Text(show(v)),
		))
	}
	return div("", markup.El("label", markup.A("for", name), markup.Text(label)), markup.El("select", options...))
}

package compile

import (
	"slices"

	"samizdat/internal/messages"
	"samizdat/internal/page"
)

// named is a place that names an address. If its title is one of the frame's words, key is that word's, and the link
// has no title.
type named struct {
	link page.Link
	key  string
}

// placed is where the introduction or the closing words stand.
func placed(name string) named {
	return named{page.Link{Path: page.ContentsPath + "#" + name}, "sect." + name}
}

// in is the link with its title, in the language of the frame if it is the frame's.
func (n named) in(ui *messages.Printer) page.Link {
	l := n.link
	if n.key != "" {
		l.Title, l.Lang = ui.Text(n.key), ui.Lang()
	}
	return l
}

// addresses collects the addresses on the internet that the archive names, in order of appearance.
type addresses struct {
	list  []address
	index map[string]int // into list, by address
}

type address struct {
	url   string
	named []named
}

// name notes that the page at the given place names url.
func (a *addresses) name(url string, at named) {
	if url == "" {
		return
	}
	if a.index == nil {
		a.index = map[string]int{}
	}
	i, ok := a.index[url]
	if !ok {
		i = len(a.list)
		a.index[url] = i
		a.list = append(a.list, address{url: url})
	}
	if !slices.Contains(a.list[i].named, at) {
		a.list[i].named = append(a.list[i].named, at)
	}
}

// name notes that the page at the given place names url. The other languages' pages name the same.
func (p *pages) name(url string, at named) {
	if p.main {
		p.outside.name(url, at)
	}
}

// in is the list as the pages of a language show it.
func (a *addresses) in(ui *messages.Printer) []page.OutsideAddress {
	list := make([]page.OutsideAddress, len(a.list))
	for i, from := range a.list {
		list[i].URL = from.url
		for _, n := range from.named {
			list[i].Named = append(list[i].Named, n.in(ui))
		}
	}
	return list
}

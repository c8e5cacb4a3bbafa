package page

import "samizdat/internal/markup"

// MediaGallery returns media.html: a card for each picture, video and sound of the items, and for each item that has none here. Cards of
// one kind stand together under its heading, unless there is one kind only.
func MediaGallery(site Site, items []*Item) []byte {
	ui := site.ui()
	site.Path, site.Current = MediaPath, MediaPath
	groups := map[string][]markup.Node{}
	order := []string{"image", "video", "audio", ""}
	level := "h2"
	for _, kind := range order {
		for _, it := range items {
			if list := it.cards(kind); len(list) > 0 {
				groups[kind] = append(groups[kind], nil) // counted first: the level of headings depends on it
			}
		}
	}
	if len(groups) > 1 {
		level = "h3"
	}
	nodes := []markup.Node{Heading(ui.Text("nav.media"))}
	for _, kind := range order {
		var cards []markup.Node
		for _, it := range items {
			for _, c := range it.cards(kind) {
				cards = append(cards, site.card(it, c, level))
			}
		}
		if cards == nil {
			continue
		}
		grid := markup.El("ul", markup.A("class", "grid"), markup.Text("\n"), markup.Lines(cards...))
		if level == "h2" {
			nodes = append(nodes, grid)
			continue
		}
		id, title := kind, "media."+kind
		if kind == "" {
			id, title = "other", "media.other"
		}
		nodes = append(nodes, section("", id, ui.Text(title), grid))
	}
	if len(nodes) == 1 {
		nodes = append(nodes, para("", markup.Text(ui.Text("media.none"))))
	}
	return site.frame(ui.Text("nav.media"), "wrap", nodes...)
}

// card is one on the media page: a recording of an item, or the item itself.
type card struct {
	file     *File // nil: the item itself
	fragment string
	several  bool // the item has other recordings, too
}

// cards are those of an item in the group of the kind; the empty kind is of items without recordings.
func (it *Item) cards(kind string) []card {
	all := it.recordings()
	if kind == "" {
		if len(all) == 0 {
			return []card{{}}
		}
		return nil
	}
	var list []card
	for n := range all {
		if all[n].kind() != kind {
			continue
		}
		c := card{file: &all[n], several: len(all) > 1}
		if c.several {
			c.fragment = "#" + figureID(n)
		}
		list = append(list, c)
	}
	return list
}

// card shows a recording small, with the words that lead to it.
func (s Site) card(it *Item, c card, level string) markup.Node {
	ui := s.ui()
	title := it.Title
	var by []markup.Node
	if c.file != nil && c.several {
		switch {
		case c.file.Title != "":
			title = c.file.Title
			by = append(by, s.foreign(it.Title, it.Lang), markup.Text(" "))
		default:
			by = append(by, fileName(c.file.Name), markup.Text(" "))
		}
	}
	if names := it.by(ui.Text("list.separator")); names != "" {
		by = append(by, s.foreign(names, ""), markup.Text(" "))
	}
	return li(
		div("frame", s.still(it, c.file)),
		markup.El(level, markup.A("class", "card"), anchor(s.Ref(it.Path+c.fragment), s.foreign(title, it.Lang))),
		para("by", markup.Frag(by...), Mark(s, it.Status)),
	)
}

// still is the picture on a card; its text is the card's title, so it has none of its own. Without a picture it is the word for what it is.
func (s Site) still(it *Item, f *File) markup.Node {
	kind := it.Kind
	var small *File
	switch {
	case f == nil:
	case f.kind() == "image":
		kind = "image"
		if f.shown() {
			small = f
		}
	default:
		kind = f.kind()
		if p := it.beside(*f, "poster"); len(p) > 0 && p[0].shown() {
			small = &p[0]
		}
	}
	if small == nil || small.Small == "" {
		return markup.Text(s.ui().Text("kind." + kind))
	}
	return markup.El(
		"img", markup.A("src", s.Home+small.Small), markup.A("alt", ""), measure("width", small.SmallWidth), measure("height", small.SmallHeight), markup.A("loading", "lazy"),
	)
}

package stick

import (
	"embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"samizdat/internal/command"
	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/squeeze"
)

// guides are the words of the README files and of the start page, one file for each language. A line is a paragraph; "#"
// begins the title, "##" a heading, "-" an item of a list, ">" something to type. A line that begins with [name] is
// there only if name holds: sealed or unsealed, texts or notexts, split, platforms, as in windows or windows-386, and
// nowindows, nodarwin, nolinux.
// {name} is replaced by a value. A line that begins with "%" is for translators, and must come first where no native
// speaker has reviewed the words.
//
//go:embed guide/*.txt.gz
var guideFiles embed.FS

// guide is the words in one language.
type guide struct {
	lang   string
	blocks []block
}

// block is one line of a guide.
type block struct {
	only string // the condition, or nothing
	kind string // "#", "##", "-", ">" or nothing for a paragraph
	text string
}

// readGuide reads the guide in a language that [messages] has.
func readGuide(lang string) (guide, error) {
	data, err := guideFiles.ReadFile("guide/" + lang + ".txt.gz")
	if err != nil {
		return guide{}, fmt.Errorf("no guide in the language %s: %w", lang, err)
	}
	g := guide{lang: lang}
	for line := range strings.Lines(string(squeeze.Read(lang, data))) {
		var b block
		if strings.HasPrefix(line, "%") {
			continue
		}
		b.text = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(b.text, "["); ok {
			b.only, b.text, _ = strings.Cut(rest, "] ")
		}
		for _, kind := range []string{"##", "#", "-", ">"} {
			if rest, ok := strings.CutPrefix(b.text, kind+" "); ok {
				b.kind, b.text = kind, rest
				break
			}
		}
		if b.text != "" {
			g.blocks = append(g.blocks, b)
		}
	}
	return g, nil
}

// holds are the conditions that are true of a stick.
func (a *about) holds() map[string]bool {
	h := map[string]bool{
		"": true, "sealed": a.key != nil, "unsealed": a.key == nil,
		"texts": len(a.chapters) > 0, "notexts": len(a.chapters) == 0, "split": len(a.source.parts) > 1,
	}
	for _, goos := range []string{"windows", "darwin", "linux"} {
		h["no"+goos] = true
	}
	for _, p := range a.programs {
		goos, goarch, _ := platformOf(p.name)
		h["no"+goos] = false
		h[goos], h[goos+"-"+goarch] = true, true
	}
	return h
}

// values are what stands for the names in braces.
func (a *about) values(p *messages.Printer) map[string]string {
	v := map[string]string{
		"start": startPage, "sums": sumsName, "pub": keyName, "zim": a.source.parts[0].name,
		"sum":     fmt.Sprintf("%x", a.source.sum),
		"edition": a.edition, "date": p.Date(a.date),
	}
	if a.key != nil {
		v["words"], v["digits"] = strings.Join(a.key.Words(p.Lang()), " "), a.key.Digits()
	}
	if a.edition == "" {
		v["edition"] = "-"
	}
	if a.date == "" {
		v["date"] = "-"
	}
	for _, f := range a.programs {
		goos, goarch, _ := platformOf(f.name)
		v[goos+"-"+goarch] = f.name
	}
	return v
}

// told returns the blocks of g that hold for this stick, filled in.
func (a *about) told(g guide) []block {
	holds, values := a.holds(), a.values(messages.For(g.lang))
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...)
	var blocks []block
	for _, b := range g.blocks {
		if holds[b.only] {
			b.text = fill.Replace(b.text)
			blocks = append(blocks, b)
		}
	}
	// A heading under which nothing is left goes too.
	for i := len(blocks) - 1; i >= 0; i-- {
		if blocks[i].kind == "##" && (i+1 == len(blocks) || blocks[i+1].kind == "##") {
			blocks = append(blocks[:i], blocks[i+1:]...)
		}
	}
	return blocks
}

// readmeWidth is where lines of a README break, in characters.
const readmeWidth = 76

// readme returns a README: UTF-8, with the line ends of Windows, whose older editors show no others.
func (a *about) readme(g guide) []byte {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\r\n") }
	for _, s := range wrap(a.title, readmeWidth) {
		line(s)
	}
	if a.description != "" {
		for _, s := range wrap(a.description, readmeWidth) {
			line(s)
		}
	}
	last := ""
	for _, x := range a.told(g) {
		switch x.kind {
		case "#", "##":
			line("")
			line("")
			line(strings.ToUpper(x.text))
			line("")
		case ">":
			line("      " + x.text)
		default:
			if x.kind == "" && last != "#" && last != "##" {
				line("")
			}
			first, rest := "", ""
			if x.kind == "-" {
				first, rest = "  * ", "    "
			}
			for i, s := range wrap(x.text, readmeWidth-len(first)) {
				if i > 0 {
					first = rest
				}
				line(first + s)
			}
		}
		last = x.kind
	}
	return []byte(b.String())
}

// wrap breaks text between words; what has none, as Chinese has, at any character.
func wrap(text string, width int) []string {
	var lines []string
	for _, line := range command.Wrap(text, width) {
		for utf8.RuneCountInString(line) > width && !isASCII(line) {
			at := 0
			for range width / 2 { // such characters are two columns wide
				_, size := utf8.DecodeRuneInString(line[at:])
				at += size
			}
			lines, line = append(lines, line[:at]), line[at:]
		}
		lines = append(lines, line)
	}
	return lines
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// typed is something to type, which reads from left to right in every language.
func typed(s string) markup.Node {
	return markup.El("code", markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Text(s))
}

// guideNodes returns the guide for the start page, without its title.
func (a *about) guideNodes(g guide) (title string, nodes []markup.Node) {
	var items []markup.Node
	var item markup.Node // what the last of items holds
	flush := func() {
		if items != nil {
			nodes = append(nodes, markup.El("ul", markup.Text("\n"), markup.Lines(items...)))
			items = nil
		}
	}
	for _, b := range a.told(g) {
		if b.kind == "-" {
			item = markup.Text(b.text)
			items = append(items, markup.El("li", item))
			continue
		}
		if b.kind == ">" && items != nil { // belongs to the item before
			item = markup.Frag(item, markup.Text("\n"), markup.El("p", typed(b.text)))
			items[len(items)-1] = markup.El("li", item)
			continue
		}
		flush()
		switch b.kind {
		case "#":
			title = b.text
		case "##":
			nodes = append(nodes, markup.El("h2", markup.Text(b.text)))
		case ">":
			nodes = append(nodes, markup.El("p", typed(b.text)))
		default:
			nodes = append(nodes, markup.El("p", markup.Text(b.text)))
		}
	}
	flush()
	return title, nodes
}

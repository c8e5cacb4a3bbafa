package dossier

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// MediaType returns the media type that the ending of a file's name stands for; empty if it is not known.
func MediaType(name string) string { return mediaTypes[strings.ToLower(path.Ext(name))] }

// Kinds are the kinds of items there are.
func Kinds() []string { return slices.Clone(kinds) }

// MediaRoles are what a file can be to its item.
func MediaRoles() []string { return slices.Clone(mediaRoles) }

// IsLang reports whether tag is a language as items give it: a BCP 47 tag in its usual writing.
func IsLang(tag string) bool {
	t, err := language.Parse(tag)
	base, _ := t.Base()
	return err == nil && t != language.Und && base.ISO3() != "und" && t.String() == tag
}

// PlainLang returns the tag of a language without the region where most of its speakers are: the en-US and ru-RU that programs write into every
// page say no more than en and ru; zh-TW and pt-PT do. Empty if it is no language.
func PlainLang(tag string) string {
	t, err := language.Parse(tag)
	if err != nil || !IsLang(t.String()) {
		return ""
	}
	base, script, region := t.Raw()
	if plain, err := language.Compose(base, script); err == nil {
		if likely, _ := plain.Region(); likely == region {
			return plain.String()
		}
	}
	return t.String()
}

// IsID reports whether s is made as ids are, and no name of a page that every archive has.
func IsID(s string) bool { return s != "" && s == slug(s) && !slices.Contains(reservedIDs, s) }

// idLength is how long an id may become that nobody chose.
const idLength = 40

// NewID makes an id of the first of the texts that has letters for one. taken tells whether an item has it, or its page, already.
func NewID(kind Kind, taken func(id, page string) bool, texts ...string) string {
	id := string(kind)
	for _, t := range texts {
		s := slug(t)
		if len(s) > idLength {
			s = s[:idLength]
			if i := strings.LastIndexByte(s, '-'); i > idLength/2 {
				s = s[:i]
			}
			s = strings.Trim(s, "-")
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			id = s
			break
		}
	}
	for n := 1; ; n++ {
		try := id
		if n > 1 {
			try = fmt.Sprintf("%s-%d", id, n)
		}
		if IsID(try) && !taken(try, pageName(kind, try)) {
			return try
		}
	}
}

// ItemFile returns the file of a new item: YAML, or with a body Markdown with front matter. Of its fields those count that a new one can
// have: not its capture. Names of media are relative to the folder of the file.
func ItemFile(it *Item) []byte {
	var b bytes.Buffer
	line := func(name, value string) {
		if value = OneLine(value, 0); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, scalar(value))
		}
	}
	if it.Body != nil {
		b.WriteString("---\n")
	}
	line("id", it.ID)
	line("kind", string(it.Kind))
	line("title", it.Title)
	line("author", it.Author)
	line("publisher", it.Publisher)
	line("url", it.URL)
	line("final_url", it.FinalURL)
	line("lang", it.Lang)
	line("status", string(it.Status))
	if len(it.Media) > 0 {
		b.WriteString("media:\n")
	}
	for _, m := range it.Media {
		b.WriteString(mediaLines(m, "  "))
	}
	if it.Body != nil {
		b.WriteString("---\n\n")
		b.Write(bytes.TrimSpace(it.Body))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// FrontMatter returns id and kind of an item's Markdown file, whose line ends are LF. What else is wrong with it [Load] tells.
func FrontMatter(src []byte) (id string, kind Kind, err error) {
	rest, ok := bytes.CutPrefix(src, []byte("---\n"))
	head, _, ended := bytes.Cut(rest, []byte("\n---\n"))
	if !ok || !ended {
		return "", "", fmt.Errorf("%w: the front matter does not end with a line ---", ErrNoPlace)
	}
	root, err := mapping(head)
	if err != nil {
		return "", "", err
	}
	for name, to := range map[string]*string{"id": &id, "kind": (*string)(&kind)} {
		_, value := field(root, name)
		if value == nil || value.Value == "" {
			return "", "", fmt.Errorf("%w: the front matter has no field %s", ErrNoPlace, name)
		}
		*to = value.Value
	}
	if !IsID(id) || !slices.Contains(kinds, string(kind)) {
		return "", "", fmt.Errorf("%w: the front matter has the id %s and the kind %s", ErrNoPlace, clip(id), clip(string(kind)))
	}
	return id, kind, nil
}

// OneLine makes one line of a text from elsewhere, without what no text of a dossier holds. One of more than most bytes is cut,
// between two characters, and ends with "…"; 0 means that there is no limit.
func OneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r == 0x2028, r == 0x2029:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if most > 0 && len(s) > most {
		s = strings.ToValidUTF8(s[:most-len("…")], "") + "…"
	}
	return s
}

package carry

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/messages"
	"samizdat/internal/splice"
	"samizdat/internal/squeeze"
)

// Licenses returns the licence text of the reader and of everything that is linked into it; make generate writes it.
func Licenses() string { return string(squeeze.Read("licenses.txt", licenses)) }

//go:embed licenses.txt.gz
var licenses []byte

// Payload returns what an executable carries for the archive src: everything that rides with it if it rides in the
// running program, or else a README in its languages, the licences and the archive. The members read from src.
//
// Of another program or a ZIP the archive alone is carried on. What else lies in there nobody vouches for: a key would
// make an archive of its owner ours in every copy, and runtimes would be handed out as programs of ours beside the badge
// of an archive that is genuine.
func Payload(src *archive.Source) ([]*Member, error) {
	if src.Origin == archive.Tail {
		info, err := src.File.Stat()
		if err != nil {
			return nil, err
		}
		p, err := splice.Find(src.File, info.Size())
		if err == nil {
			return Carried(p)
		}
		if !errors.Is(err, splice.ErrNone) {
			return nil, fmt.Errorf("read %s: %w", src.Path, err)
		}
	}
	return []*Member{
		Bytes(ReadmeName, []byte(readme(src))),
		Bytes(LicenseName, []byte(Licenses())),
		NewMember(splice.Dossier, src.Raw, src.Size),
	}, nil
}

// Without returns members without those that are called name.
func Without(members []*Member, name string) []*Member {
	return slices.DeleteFunc(slices.Clone(members), func(m *Member) bool { return m.name == name })
}

// readme says in a few lines what the executable is, once in each language of the archive's frame, or else of the archive, that we have
// words for, and in English. Lines end as Windows wants it, which all others bear.
func readme(src *archive.Source) string {
	title := metadata(src, "Title")
	var printers []*messages.Printer
	languages := metadata(src, "X-UI") // BCP 47
	if languages == "" {
		languages = metadata(src, "Language") // ISO 639-3
	}
	for _, tag := range append(strings.Split(languages, ","), "eng") {
		p := messages.For(strings.TrimSpace(tag))
		if !slices.Contains(printers, p) {
			printers = append(printers, p)
		}
	}
	var b strings.Builder
	for i, p := range printers {
		if i > 0 {
			b.WriteString("\r\n")
		}
		fmt.Fprintf(&b, "%s\r\n\r\n", p.Text("readme.what", "title", title))
		for _, key := range []string{"readme.start", "readme.archive", "readme.check"} {
			fmt.Fprintf(&b, "%s\r\n", p.Text(key, "archive", splice.Dossier, "license", LicenseName))
		}
	}
	return b.String()
}

// metadata returns an item of the archive's metadata in one line, or nothing. What would move or hide other text is
// written as escapes.
func metadata(src *archive.Source, name string) string {
	b, err := src.Zim.Metadata(name)
	if err != nil {
		return ""
	}
	return command.Printable(strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "")), " "))
}

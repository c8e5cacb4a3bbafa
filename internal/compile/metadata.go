package compile

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"samizdat/internal/dossier"
)

// scraper is M/Scraper. It names no version: two versions of the press that render alike should write the same bytes.
const scraper = "samizdat-press"

// metadata returns the metadata entries of d. Names and forms are from zim-tools, metadata_constraints.cpp; names of our
// own begin with X-.
func metadata(d *dossier.Dossier, indexed bool, illustration []byte) []Metadatum {
	var out []Metadatum
	add := func(name, value string) {
		if value != "" {
			out = append(out, Metadatum{name, []byte(value)})
		}
	}
	add("Name", d.Name)
	add("Title", d.Title)
	// One code only: kiwix-serve answers a search in one book of two languages with an error (libkiwix#1159).
	add("Language", d.Language)
	if all := contentLanguages(d); len(all) > 1 {
		codes := make([]string, len(all))
		for i, tag := range all {
			codes[i] = iso3(tag)
		}
		add("X-Languages", strings.Join(slices.Compact(codes), ","))
	}
	add("X-UI", strings.Join(d.UI, ",")) // languages of the frame; the reader answers its own pages in them
	add("Creator", d.Creator)
	add("Publisher", d.Publisher)
	add("Date", d.Date)
	add("Description", d.Description)
	add("LongDescription", d.LongDescription)
	add("License", d.License)
	add("Tags", tags(d, indexed))
	add("Source", d.Source)
	add("Scraper", scraper)
	add("X-Edition", strconv.Itoa(d.Edition))
	return append(out, Metadatum{"Illustration_48x48@1", illustration})
}

// tags returns M/Tags: what catalogues of Kiwix filter by, then the dossier's own words.
func tags(d *dossier.Dossier, indexed bool) string {
	index, pictures, videos := "no", "no", "no"
	if indexed {
		index = "yes"
	}
	for _, it := range d.Items() {
		if k := it.Capture; k != nil && slices.ContainsFunc(k.Files, func(f dossier.CaptureFile) bool { return strings.HasPrefix(f.Type, "image/") }) {
			pictures = "yes"
		}
		for _, m := range it.Media {
			switch kind, _, _ := strings.Cut(m.Type, "/"); kind {
			case "image":
				pictures = "yes"
			case "video":
				videos = "yes"
			}
		}
	}
	all := []string{"_ftindex:" + index, "_category:other", "_pictures:" + pictures, "_videos:" + videos, "_details:yes"}
	return strings.Join(append(all, d.Tags...), ";")
}

// contentLanguages returns the languages of the texts that the archive holds, the dossier's own first, then in order of
// appearance.
func contentLanguages(d *dossier.Dossier) []string {
	all := []string{d.Lang}
	for _, it := range d.Items() {
		if (it.Body != nil || it.Capture != nil && it.Capture.Source != nil) && it.Lang != "" && !slices.Contains(all, it.Lang) {
			all = append(all, it.Lang)
		}
	}
	return all
}

// iso3 returns the ISO 639-3 code of a BCP 47 tag.
func iso3(tag string) string {
	base, _ := language.Make(tag).Base()
	return base.ISO3()
}

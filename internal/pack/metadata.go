package pack

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"regexp"
	"time"

	"samizdat/internal/zim"
)

// illustrationPixels is the width and height of the illustration that every archive must have.
const illustrationPixels = 48

// MetadataError says what is wrong with one field of [HTMLMetadata].
type MetadataError struct {
	Field string // like "Title"
	Err   error
}

func (e *MetadataError) Error() string { return fmt.Sprintf("metadata %s: %v", e.Field, e.Err) }
func (e *MetadataError) Unwrap() error { return e.Err }

type metadatum struct {
	name  string
	value []byte
}

// languageCodes is the form of M/Language. zim-tools, metadata_constraints.cpp.
var languageCodes = regexp.MustCompile(`^[a-z]{3}(,[a-z]{3})*$`)

// entries checks m and returns what goes into the archive. All faults are returned at once, joined.
func (m *HTMLMetadata) entries(dir fs.FS, tree *webTree) ([]metadatum, error) {
	var out []metadatum
	var faults []error
	fault := func(field, format string, args ...any) {
		faults = append(faults, &MetadataError{field, fmt.Errorf(format, args...)})
	}
	text := func(field, value string, mandatory bool) {
		switch {
		case value != "":
			out = append(out, metadatum{field, []byte(value)})
		case mandatory:
			fault(field, "missing")
		}
	}
	atMost := func(field, value string, most int) {
		if n := zim.Graphemes(value); n > most { // openZIM, Metadata
			fault(field, "%d characters, at most %d", n, most)
		}
	}
	atMost("Title", m.Title, 30)
	atMost("Description", m.Description, 80)
	atMost("LongDescription", m.LongDescription, 4000)
	text("Name", m.Name, true)
	text("Title", m.Title, true)
	text("Language", m.Language, true)
	text("Creator", m.Creator, true)
	text("Publisher", m.Publisher, true)
	text("Date", m.Date, true)
	text("Description", m.Description, true)
	text("LongDescription", m.LongDescription, false)
	text("Tags", m.Tags, false)
	text("Source", m.Source, false)
	text("Scraper", m.Scraper, false)
	text("Flavour", m.Flavour, false)

	if m.Language != "" && !languageCodes.MatchString(m.Language) {
		fault("Language", "%q is not a code of three letters, like eng", m.Language)
	}
	if m.Date != "" {
		if _, err := time.Parse(time.DateOnly, m.Date); err != nil {
			fault("Date", "%q is not a day written YYYY-MM-DD", m.Date)
		}
	}
	switch packed, there := tree.site.files[m.Welcome]; {
	case m.Welcome == "":
		fault("Welcome", "missing")
	case !there:
		fault("Welcome", "no file %s in the folder", m.Welcome)
	case !packed:
		fault("Welcome", "%s is empty", m.Welcome)
	case !tree.isHTML(m.Welcome):
		fault("Welcome", "%s is not an HTML page", m.Welcome)
	}
	if m.Illustration == "" {
		fault("Illustration", "missing")
	} else if data, err := illustration(dir, m.Illustration); err != nil {
		fault("Illustration", "%w", err)
	} else {
		out = append(out, metadatum{fmt.Sprintf("Illustration_%dx%d@1", illustrationPixels, illustrationPixels), data})
	}
	return out, errors.Join(faults...)
}

// illustration reads a PNG and looks at its size.
func illustration(dir fs.FS, name string) ([]byte, error) {
	data, err := fs.ReadFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no file %s in the folder", name)
	}
	if err != nil {
		return nil, err
	}
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s is not a PNG image: %w", name, err)
	}
	if c.Width != illustrationPixels || c.Height != illustrationPixels {
		return nil, fmt.Errorf("%s has %d × %d pixels, want %d × %d", name, c.Width, c.Height, illustrationPixels, illustrationPixels)
	}
	return data, nil
}

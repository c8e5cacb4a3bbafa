package zim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// The rules are those of zim-tools 3.8, src/metadata_constraints.cpp, and of python-scraperlib, zim/metadata.py.

// metadataRule is what one key must fulfil. Lengths are graphemes.
type metadataRule struct {
	mandatory bool
	max       int // 0: no limit
	accept    func(value string) error
}

var metadataRules = map[string]metadataRule{
	"Name":            {mandatory: true},
	"Title":           {mandatory: true, max: 30},
	"Language":        {mandatory: true, accept: acceptLanguage},
	"Creator":         {mandatory: true},
	"Publisher":       {mandatory: true},
	"Date":            {mandatory: true, accept: acceptDate},
	"Description":     {mandatory: true, max: 80},
	"LongDescription": {max: 4000},
	"License":         {}, "Tags": {}, "Relation": {}, "Flavour": {}, "Source": {}, "Scraper": {}, "Counter": {},
}

// metadataOrder is the order in which missing keys are said.
var metadataOrder = []string{"Name", "Title", "Language", "Creator", "Publisher", "Date", "Description"}

const iconKey = "Illustration_48x48@1"

var languageList = regexp.MustCompile(`^\w{3}(,\w{3})*$`)

func acceptLanguage(v string) error {
	if !languageList.MatchString(v) {
		return fmt.Errorf("%q is not a list of three-letter codes like rus or rus,eng", v)
	}
	return nil
}

func acceptDate(v string) error {
	if _, err := time.Parse(time.DateOnly, v); err != nil {
		return fmt.Errorf("%q is not a day like 2022-01-31", v)
	}
	return nil
}

// checkMetadata: what must be there is, and what is there fulfils its rule.
func (c *checker) checkMetadata() {
	if c.targets == nil {
		return
	}
	values := map[string]string{}
	present := map[string]bool{}
	for _, i := range c.meta {
		if c.stopped() {
			return
		}
		d, err := c.r.dirent(i)
		if err != nil {
			continue // said before
		}
		present[d.path] = true
		if v, ok := c.checkMetadatum(d); ok {
			values[d.path] = v
		}
	}
	if len(c.meta) == maxMetadataEntries {
		c.skip(int64(c.r.hdr.pathPtrPos), "path pointer list", fmt.Sprintf("metadata behind the first %d entries", maxMetadataEntries))
	}
	for _, key := range metadataOrder {
		if !present[key] {
			c.add(Error, kindMetadata, int64(c.r.hdr.pathPtrPos), "metadata", "M/%s is missing", key)
		}
	}
	if !present[iconKey] && !c.hasOldIcon() {
		c.add(Error, kindMetadata, int64(c.r.hdr.pathPtrPos), "metadata", "M/%s is missing", iconKey)
	}
	if !present["Counter"] && !c.r.OldNamespaces() {
		c.add(Warning, kindMetadata, int64(c.r.hdr.pathPtrPos), "metadata", "M/Counter is missing: Kiwix shows no article and media counts")
	}
	if long, ok := values["LongDescription"]; ok && Graphemes(long) < Graphemes(values["Description"]) {
		c.add(Error, kindMetadata, int64(c.r.hdr.pathPtrPos), "metadata", "M/LongDescription is shorter than M/Description")
	}
}

// hasOldIcon reports whether there is the favicon that libzim takes where archives are older than illustrations.
func (c *checker) hasOldIcon() bool {
	for _, path := range []string{"-/favicon", "-/favicon.png", "I/favicon", "I/favicon.png"} {
		if _, ok := c.known[path]; ok {
			return true
		}
	}
	return false
}

// checkMetadatum checks one entry in M and returns its value if it is text.
func (c *checker) checkMetadatum(d *direntRecord) (string, bool) {
	add := func(severity Severity, format string, args ...any) {
		c.add(severity, kindMetadata, d.offset, d.part(), "%s: %s", name(d), fmt.Sprintf(format, args...))
	}
	item := c.resolve(d.index)
	if item == nil {
		return "", false // said before
	}
	e := Entry{c.r, item}
	rule, known := metadataRules[d.path]
	illustration := strings.HasPrefix(d.path, "Illustration_")
	if !known && !illustration {
		return "", false
	}
	value, err := e.ReadAll(maxMetadataBytes)
	if err != nil {
		add(Error, "%v", err)
		return "", false
	}
	if illustration {
		c.checkIllustration(d.path, e.MIMEType(), value, add)
		return "", false
	}
	if m := strings.ToLower(strings.ReplaceAll(e.MIMEType(), " ", "")); c.mimesOK && m != "text/plain" && m != metadataMIMEType {
		add(Error, "type %q, want text/plain", e.MIMEType())
	}
	if !utf8.Valid(value) {
		add(Error, "not UTF-8")
		return "", false
	}
	text := string(value)
	n := Graphemes(text)
	switch {
	case rule.mandatory && n == 0:
		add(Error, "empty")
	case rule.max > 0 && n > rule.max:
		add(Error, "%d characters, at most %d", n, rule.max)
	case rule.accept != nil:
		if err := rule.accept(text); err != nil {
			add(Error, "%v", err)
		}
	}
	return text, true
}

// checkIllustration compares what the key says with the PNG; only the 48×48 one is asked for by readers.
func (c *checker) checkIllustration(key, mime string, data []byte, add func(Severity, string, ...any)) {
	severity := Warning
	if key == iconKey {
		severity = Error
	}
	if c.mimesOK && mime != "image/png" {
		add(severity, "type %q, want image/png", mime)
	}
	var width, height, scale int
	if n, _ := fmt.Sscanf(key, "Illustration_%dx%d@%d", &width, &height, &scale); n != 3 {
		add(Warning, "not a key like Illustration_48x48@1")
		return
	}
	w, h, err := pngSize(data)
	if err != nil {
		add(severity, "%v", err)
	} else if int64(w) != int64(width)*int64(scale) || int64(h) != int64(height)*int64(scale) {
		add(severity, "the picture is %d×%d", w, h)
	}
}

// pngSize returns what the IHDR chunk of a PNG says, in pixels. PNG, "Image header".
func pngSize(b []byte) (width, height uint32, err error) {
	const ihdr = "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
	if !bytes.HasPrefix(b, []byte(ihdr)) || len(b) < len(ihdr)+13+4 {
		return 0, 0, fmt.Errorf("not a PNG")
	}
	be := binary.BigEndian
	fields := b[len(ihdr) : len(ihdr)+13]
	if crc32.ChecksumIEEE(b[12:len(ihdr)+13]) != be.Uint32(b[len(ihdr)+13:]) {
		return 0, 0, fmt.Errorf("not a sound PNG: wrong CRC of its header")
	}
	return be.Uint32(fields), be.Uint32(fields[4:]), nil
}

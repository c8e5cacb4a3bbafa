package dossier_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"samizdat/internal/dossier"
	"samizdat/internal/messages"
)

// small is a dossier without a fault. Line numbers in the tests below count in these texts.
func small() map[string]string {
	return map[string]string{
		"dossier.yaml": `format: 1
name: small_en_all
title: Small
description: A small dossier
lang: en
creator: Somebody
publisher: samizdat
illustration: illustration.png
source_document:
  file: source/doc.txt
  sha256: ` + fmt.Sprintf("%x", sha256.Sum256([]byte("the document"))) + `
edition: 2
editions:
  - number: 1
    date: 2026-01-01
    note: First.
  - number: 2
    date: 2026-02-01
    note: Second.
introduction: introduction.md
sections:
  - id: texts
    title: Texts
    items:
      - texts/one.md
      - texts/two.yaml
  - id: more
    title: More
    items:
      - more/three/item.yaml
timeline:
  - date: 2022-01-02
    from: text
    in: introduction
    text: It began on 2nd January 2022.
`,
		"introduction.md":  "It began on 2nd January 2022. See [one](item:one).\n",
		"illustration.png": picture(48, 48),
		"source/doc.txt":   "the document",
		"texts/one.md": `---
id: one
kind: statement
title: One
lang: en
status: full
---

First paragraph.

See [two](item:two), [three](../more/three/item.yaml) and <https://example.org/>.
`,
		"texts/two.yaml": `id: two
kind: article
title: Two
url: https://example.org/2022/01/two
lang: en
date: 2022-01
date_from: address
status: linked
note: A note.
`,
		"more/three/item.yaml": `id: three
kind: article
title: Three
url: https://example.org/three
lang: en
status: captured
media:
  - file: photo.jpg
    title: A photo
capture:
  captured_at: 2026-01-01T10:00:00Z
  method: http
  text: article.html
  digests:
    original: ` + strings.Repeat("0a", 32) + `
  missing:
    - url: https://example.org/missing.css
      reason: 404
`,
		"more/three/photo.jpg":    "photo",
		"more/three/article.html": "<p>text</p>",
	}
}

func picture(width, height int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err)
	}
	return b.String()
}

func mapFS(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, s := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(s)}
	}
	return fsys
}

func TestSmallHasNoFault(t *testing.T) {
	d, err := dossier.Load(mapFS(small()))
	if err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	if len(d.Warnings) > 0 {
		t.Fatalf("warnings:\n%v", d.Warnings)
	}
	it := d.Item("three")
	if it.Capture == nil || it.Capture.Text != "more/three/article.html" || len(it.Capture.Missing) != 1 || it.Media[0].Type != "image/jpeg" || it.Media[0].Size != 5 {
		t.Errorf("three: %+v %+v", it.Media, it.Capture)
	}
	if one := d.Item("one"); one.BodyLine != 9 || one.BodyFile != "texts/one.md" || one.Page() != "statement-one.html" {
		t.Errorf("one: body at %s:%d, page %s", one.BodyFile, one.BodyLine, one.Page())
	}
}

// TestFaults has one vector per fault: what is replaced in the small dossier, and every problem that must
// be reported, letter for letter.
func TestFaults(t *testing.T) {
	const m, one, two, three = "dossier.yaml", "texts/one.md", "texts/two.yaml", "more/three/item.yaml"
	bomb := "\nx1: &x1 [a, a, a, a]\nx2: &x2 [*x1, *x1, *x1, *x1]\nx3: &x3 [*x2, *x2, *x2, *x2]\nui: *x3\n"
	for _, c := range []struct {
		name, file, old, new string
		want                 []string
	}{
		// The shape of the files.
		{"unknown field", m, "creator:", "creater:", []string{
			`dossier.yaml:1:1: creator is missing; write creator: who made the texts`,
			`dossier.yaml:6:1: unknown field "creater"; did you mean creator?`,
		}},
		{"unknown field below", m, "    note: First.", "    note: First.\n    notes: x", []string{`dossier.yaml:17:5: unknown field "notes"; did you mean note?`}},
		{"unknown field in front matter", one, "status: full", "status: full\nlangz: en", []string{`texts/one.md:7:1: unknown field "langz"; did you mean lang?`}},
		{"unknown field like none", m, "publisher: samizdat", "publisher: samizdat\nzzzzzz: 1", []string{`dossier.yaml:8:1: unknown field "zzzzzz"; write one of: format, name, title, description, long_description, lang, ui, creator, publisher, license, rights, source, tags, editor_note, illustration, source_document, edition, editions, introduction, closing, sections, timeline`}},
		{"field twice", two, "note: A note.", "note: A note.\ntitle: Again", []string{`texts/two.yaml:10:1: field title is given twice, first in line 3; keep one of the two`}},
		{"field empty", m, "title: Small", "title:", []string{
			`dossier.yaml:3:7: title is empty; give it a value or take the line out`,
		}},
		{"list for a text", m, "creator: Somebody", "creator: [a, b]", []string{
			`dossier.yaml:6:10: creator must be a text; put it in quotes if it begins with [, {, * or &: "…"`,
		}},
		{"text for a list", m, "publisher: samizdat", "publisher: samizdat\nui: en", []string{`dossier.yaml:8:5: ui must be a list; write one per line, each after a hyphen`}},
		{"text for fields", three, "capture:\n", "capture: yes\nx:\n", []string{
			`more/three/article.html: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
			`more/three/item.yaml:6:9: status is captured, but there is no capture; add capture, or write status: linked`,
			`more/three/item.yaml:10:10: capture must be fields; write one of: final_url, redirects, captured_at, by, method, tool, imported, robots, cookies, http_status, content_type, server_ip, tls_sha256, record_id, digests, text, snapshot, files, screenshot, video, evidence, fetched, missing, stripped, archived_at`,
			`more/three/item.yaml:11:1: unknown field "x"; write one of: id, kind, title, author, publisher, url, final_url, lang, date, date_from, date_written, status, note, editor_note, translation_of, body, media, evidence, capture`,
		}},
		{"syntax", m, "title: Small", "title: [Small", []string{`dossier.yaml:4:12: yaml: did not find expected ',' or ']'`}},
		{"syntax in front matter", one, "title: One", "title: One: two", []string{`texts/one.md:4:11: yaml: mapping values are not allowed in this context; put a text that holds a colon and a space in quotes: "…"`}},
		{"tab", m, "    note: First.", "\tnote: First.", []string{`dossier.yaml:16:1: yaml: found a tab character that violates indentation; indent with spaces`}},
		{"two documents", two, "note: A note.", "note: A note.\n---\nx: 1", []string{`texts/two.yaml:1:1: yaml: more than one YAML document; take out the line ---`}},
		{"alias", two, "title: Two", "title: &x Two\nauthor: *x", []string{`texts/two.yaml:4:9: author: aliases (*"x") are not allowed; write the value out`}},
		{"alias bomb", m, "publisher: samizdat\n", "publisher: samizdat" + bomb, []string{
			`dossier.yaml:8:1: unknown field "x1"; write one of: format, name, title, description, long_description, lang, ui, creator, publisher, license, rights, source, tags, editor_note, illustration, source_document, edition, editions, introduction, closing, sections, timeline`,
			`dossier.yaml:9:1: unknown field "x2"; write one of: format, name, title, description, long_description, lang, ui, creator, publisher, license, rights, source, tags, editor_note, illustration, source_document, edition, editions, introduction, closing, sections, timeline`,
			`dossier.yaml:10:1: unknown field "x3"; write one of: format, name, title, description, long_description, lang, ui, creator, publisher, license, rights, source, tags, editor_note, illustration, source_document, edition, editions, introduction, closing, sections, timeline`,
			`dossier.yaml:11:5: ui: aliases (*"x3") are not allowed; write the value out`,
		}},
		{"merge", two, "note: A note.", "<<: {note: x}", []string{`texts/two.yaml:9:1: merged fields (<<) are not allowed; write the fields out`}},
		{"tag", two, "title: Two", "title: !!binary VHdv", []string{
			`texts/two.yaml:3:8: title: tags ("!!binary") are not allowed; write the value alone`,
		}},
		{"not UTF-8", two, "A note.", "A n\xffte.", []string{`texts/two.yaml:9:10: byte 0xff is not UTF-8; save the file as UTF-8`}},
		{"control character", one, "First", "Fi\x00rst", []string{`texts/one.md:9:3: control character U+0000; take it out`}},
		{"not fields", two, small()[two], "- a\n", []string{`texts/two.yaml:1:1: this is no list of fields; write fields, one per line: title: …`}},
		{"empty file", two, small()[two], "", []string{`texts/two.yaml:1:1: yaml: nothing is written here; write the fields that docs/dossier.md lists`}},
		{"no front matter", one, "---\nid: one", "id: one", []string{`texts/one.md:1:1: there is no front matter; begin with a line ---, the fields, and another line ---`}},
		{"open front matter", one, "status: full\n---\n", "status: full\n", []string{`texts/one.md:1:1: the front matter does not end; end it with a line ---`}},
		{"too large", two, "A note.", strings.Repeat("x", 1<<20), []string{`dossier.yaml:26:9: texts/two.yaml is too large; keep it below 1048576 bytes`}},

		// Metadata.
		{"unknown format", m, "format: 1", "format: 2", []string{`dossier.yaml:1:9: format "2" is not known to this program; write format: 1`}},
		{"name", m, "small_en_all", "Small Dossier", []string{`dossier.yaml:2:7: name: "Small Dossier" has other characters; use a-z, 0-9, hyphens, underscores and dots`}},
		{"long title", m, "title: Small", "title: " + strings.Repeat("ё", 31), []string{`dossier.yaml:3:8: title has 31 characters; write at most 30`}},
		{"long description", m, "A small dossier", strings.Repeat("é", 81), []string{`dossier.yaml:4:14: description has 81 characters; write at most 80`}},
		{"short long description", m, "lang: en", "long_description: x\nlang: en", []string{`dossier.yaml:5:19: long_description is shorter than description; write more, or take it out`}},
		{"two lines", m, "creator: Somebody", "creator: |\n  Some\n  body", []string{`dossier.yaml:6:10: creator has more than one line; write it on one line, or fold it with >-`}},
		{"country", m, "lang: en", "lang: kz", []string{`dossier.yaml:5:7: lang: "kz" is not a language; that is a country; the language is kk`}},
		{"language name", two, "lang: en", "lang: russian", []string{`texts/two.yaml:5:7: lang: "russian" is not a language; write ru`}},
		{"no language", one, "lang: en", "lang: xx-yy-zz", []string{`texts/one.md:5:7: lang: "xx-yy-zz" is not a language; write a BCP 47 tag such as en, ru, kk, fa, zh-Hant`}},
		{"language's writing", two, "lang: en", "lang: EN-us", []string{`texts/two.yaml:5:7: lang: "EN-us" is not how the language is written; write en-US`}},
		{"ui twice", m, "lang: en", "lang: en\nui: [en, en]", []string{`dossier.yaml:6:10: ui: en is given twice; take one of them out`}},
		{"ui without words", m, "lang: en", "lang: en\nui: [en, tlh]", []string{`dossier.yaml:6:10: ui: there are no buttons and labels in tlh; there are words in ` + strings.Join(messages.Languages(), ", ")}},
		{"ui without the dossier's language", m, "lang: en", "lang: en\nui: [ru, kk]", []string{`dossier.yaml:6:6: ui leaves out the dossier's own language; add en`}},

		// Editions.
		{"edition not listed", m, "edition: 2", "edition: 3", []string{`dossier.yaml:12:10: edition 3 is not among editions; add it to editions, or write edition: 2`}},
		{"edition not last", m, "edition: 2", "edition: 1", []string{`dossier.yaml:12:10: edition 1 is not the last of editions; write edition: 2`}},
		{"edition no number", m, "edition: 2", "edition: two", []string{`dossier.yaml:12:10: edition is no such number: "two"; write a number from 1 to 1000000`}},
		{"editions fall", m, "number: 1", "number: 4", []string{`dossier.yaml:17:13: edition 2 comes after edition 4; list the editions from the oldest to the newest`}},
		{"dates fall", m, "date: 2026-02-01", "date: 2025-02-01", []string{`dossier.yaml:18:11: the edition of 2025-02-01 comes after that of 2026-01-01; list the editions from the oldest to the newest`}},
		{"edition without a day", m, "date: 2026-02-01", "date: 2026-02", []string{`dossier.yaml:18:11: date: "2026-02" is not a date; write YYYY-MM-DD`}},

		// Dates.
		{"no such day", two, "date: 2022-01", "date: 2022-02-30", []string{`texts/two.yaml:6:7: date: 2022-02-30 is not a day; look at the calendar; write YYYY-MM-DD, YYYY-MM or YYYY`}},
		{"no such month", two, "date: 2022-01", "date: 2022-13", []string{`texts/two.yaml:6:7: date: "2022-13" is not a date; write YYYY-MM-DD, YYYY-MM or YYYY`}},
		{"date in words", two, "date: 2022-01", "date: 2 January", []string{`texts/two.yaml:6:7: date: "2 January" is not a date; write YYYY-MM-DD, YYYY-MM or YYYY`}},
		{"date from nowhere", two, "date_from: address\n", "", []string{`texts/two.yaml:6:7: date_from is missing; write date_from: text, address or note, where the date was read`}},
		{"date from unknown", two, "date_from: address", "date_from: adress", []string{`texts/two.yaml:7:12: unknown date_from "adress"; did you mean address?`}},
		{"no date", two, "date: 2022-01\n", "", []string{`texts/two.yaml:6:12: date_from is given without a date; write date or date_written, or take it out`}},
		{"date not in address", two, "date: 2022-01", "date: 2021-01", []string{`texts/two.yaml:6:7: date: the year 2021 does not stand in the url; take the date out, or say where it was read`}},
		{"date not so written", two, "note: A note.", "date_written: 2022/02", []string{`texts/two.yaml:9:15: date_written: "2022/02" does not stand in the url; copy it letter for letter`}},
		{"capture's time", three, "T10:00:00Z", " 10:00", []string{`more/three/item.yaml:11:16: captured_at: "2026-01-01 10:00" is not a time; write YYYY-MM-DDTHH:MM:SSZ, in UTC`}},

		// Ids and links.
		{"id twice", two, "id: two", "id: one", []string{
			`texts/one.md:11:11: link to an item that does not exist: "two"; write one of: one, three`,
			`texts/two.yaml:1:5: id one is given twice, first in texts/one.md; choose another`,
		}},
		{"page twice", two, "id: two", "id: article-three", []string{
			`more/three/item.yaml:1:5: id three gives the page article-three.html, which is that of id article-three in texts/two.yaml; choose another`,
			`texts/one.md:11:11: link to an item that does not exist: "two"; write one of: one, article-three, three`,
		}},
		{"id with capitals", three, "id: three", "id: Number Three", []string{`more/three/item.yaml:1:5: id "Number Three" is not made of a-z, 0-9 and hyphens; write number-three`}},
		{"id reserved", three, "id: three", "id: index", []string{`more/three/item.yaml:1:5: id index is the name of a page that every archive has; choose another`}},
		{"section twice", m, "id: more", "id: texts", []string{`dossier.yaml:27:9: id texts is given twice, first in line 22; choose another`}},
		{"section reserved", m, "id: more", "id: closing", []string{`dossier.yaml:27:9: id closing is the name of something else on the contents page; choose another`}},
		{"link to no item", one, "item:two", "item:tow", []string{`texts/one.md:11:11: link to an item that does not exist: "tow"; did you mean two?`}},
		{"link to no file", one, "../more/three/item.yaml", "three.yaml", []string{`texts/one.md:11:30: link to a file that belongs to no item: "texts/three.yaml"; write item:ID, https://… or the path of a file`}},
		{"link out", one, "../more/three/item.yaml", "../../etc/passwd", []string{`texts/one.md:11:30: link to "../../etc/passwd" leads out of the dossier; write item:ID`}},
		{"link to a script", one, "../more/three/item.yaml", "javascript:x", []string{`texts/one.md:11:30: link to "javascript:x": addresses of this kind are not allowed; write item:ID, https://… or the path of a file`}},
		{"link label", one, "First paragraph.", "Первый [x].\n\n[x]: item:four", []string{`texts/one.md:11:6: link to an item that does not exist: "four"; write one of: one, two, three`}},
		{"link in introduction", "introduction.md", "item:one", "item:onne", []string{`introduction.md:1:41: link to an item that does not exist: "onne"; did you mean one?`}},
		{"translation of nothing", two, "note: A note.", "translation_of: thre", []string{`texts/two.yaml:9:17: translation_of: there is no item "thre"; did you mean three?`}},
		{"translation of itself", two, "note: A note.", "translation_of: two", []string{`texts/two.yaml:9:17: translation_of is the item itself; name the item it was translated from`}},

		// Addresses.
		{"address without scheme", two, "https://example.org/2022/01/two", "example.org/2022", []string{`texts/two.yaml:4:6: url: "example.org/2022": no http or https address; write the whole address: https://…`}},
		{"address of another kind", three, "url: https://example.org/three", "url: ftp://example.org/", []string{`more/three/item.yaml:4:6: url: "ftp://example.org/": no http or https address; only web addresses are allowed: https://…`}},
		{"address without host", three, "url: https://example.org/three", "url: https:///three", []string{`more/three/item.yaml:4:6: url: "https:///three": no host; write the whole address: https://…`}},
		{"address with a space", three, "url: https://example.org/three", "url: https://example.org/a b", []string{`more/three/item.yaml:4:6: url: "https://example.org/a b": holds a space; write %20 for a space in an address`}},
		{"address with a name", three, "url: https://example.org/three", "url: https://me@example.org/", []string{`more/three/item.yaml:4:6: url: "https://me@example.org/": holds a user name; take out what stands before @`}},

		// What an item is.
		{"unknown kind", two, "kind: article", "kind: artcle", []string{`texts/two.yaml:2:7: unknown kind "artcle"; did you mean article?`}},
		{"unknown status", two, "status: linked", "status: link", []string{`texts/two.yaml:8:9: unknown status "link"; write one of: full, captured, linked, named`}},
		{"no kind, no title", two, "kind: article\ntitle: Two\n", "", []string{
			`texts/two.yaml:1:1: kind is missing; write kind: article`,
			`texts/two.yaml:1:1: title is missing; write title: as the source gives it`,
		}},
		{"linked without url", two, "url: https://example.org/2022/01/two\nlang: en\ndate: 2022-01\ndate_from: address\n", "lang: en\n", []string{`texts/two.yaml:5:9: status is linked, but there is no url; write url: https://…, or status: named`}},
		{"named with url", two, "status: linked", "status: named", []string{`texts/two.yaml:4:6: status is named, but there is a url; write status: linked`}},
		{"full without text", two, "status: linked", "status: full", []string{`texts/two.yaml:8:9: status is full, but there is no text and no media file; add the text, or write status: linked`}},
		{"named with text", one, "status: full", "status: named", []string{`texts/one.md:9:1: status is named, but there is a text; write status: full, or take the text out`}},
		{"linked with capture", three, "status: captured", "status: linked", []string{
			`more/three/item.yaml:8:5: status is linked, but there is a media file; write status: full or captured, or take the file out`,
			`more/three/item.yaml:11:3: status is linked, but there is a capture; write status: captured, or take the capture out`,
		}},
		{"captured without capture", two, "status: linked", "status: captured", []string{`texts/two.yaml:8:9: status is captured, but there is no capture; add capture, or write status: linked`}},
		{"body in Markdown", one, "status: full", "status: full\nbody: x.md", []string{`texts/one.md:7:7: body cannot be given in a Markdown file; take the field out; the text stands below the front matter`}},
		{"unknown digest", three, "    original:", "    orginal:", []string{`more/three/item.yaml:15:5: unknown digest "orginal"; did you mean original?`}},
		{"other digest", three, "    original:", "    text:", []string{`more/three/item.yaml:15:11: text: more/three/article.html has another SHA-256; restore the file; the one that is there has ` + fmt.Sprintf("%x", sha256.Sum256([]byte("<p>text</p>")))}},
		{"unknown method", three, "method: http", "method: https", []string{`more/three/item.yaml:12:11: unknown method "https"; did you mean http?`}},
		{"no HTTP status", three, "method: http", "method: http\n  http_status: 42", []string{`more/three/item.yaml:13:16: http_status is no such number: "42"; write a number from 100 to 599`}},

		// Files.
		{"missing file", m, "texts/one.md", "texts/oen.md", []string{
			`dossier.yaml:25:9: items: there is no file texts/oen.md; did you mean texts/one.md?`,
			`introduction.md:1:41: link to an item that does not exist: "one"; write one of: two, three`,
			`texts/one.md: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"listed twice", m, "texts/two.yaml", "texts/one.md", []string{
			`dossier.yaml:26:9: items: texts/one.md is listed twice, first in line 25; list it once`,
			`texts/one.md:11:11: link to an item that does not exist: "two"; write one of: one, three`,
			`texts/two.yaml: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"absolute path", three, "file: photo.jpg", "file: /etc/passwd", []string{
			`more/three/item.yaml:8:11: file: "/etc/passwd" is an absolute path; name it from the folder of this file`,
			`more/three/photo.jpg: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"path that climbs", three, "file: photo.jpg", "file: ../../../x.jpg", []string{
			`more/three/item.yaml:8:11: file: "../../../x.jpg" is no path inside the dossier; write a path without .., . and double slashes, from the folder of this file`,
			`more/three/photo.jpg: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"backslashes", m, "texts/two.yaml", `texts\two.yaml`, []string{
			`dossier.yaml:26:9: items: "texts\\two.yaml" has backslashes; write texts/two.yaml`,
			`texts/one.md:11:11: link to an item that does not exist: "two"; write one of: one, three`,
			`texts/two.yaml: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"other document", "source/doc.txt", "the document", "another document", []string{
			`dossier.yaml:11:11: source/doc.txt is not the document that was recorded; restore the file; the one that is there has ` + fmt.Sprintf("%x", sha256.Sum256([]byte("another document"))),
		}},
		{"no sum", m, "  sha256: ", "  note: ", []string{
			`dossier.yaml:10:3: sha256 is missing; write sha256: ` + fmt.Sprintf("%x", sha256.Sum256([]byte("the document"))),
		}},
		{"no PNG", "illustration.png", "\x89PNG", "GIF89a", []string{`dossier.yaml:8:15: illustration: illustration.png is no PNG; save it as PNG, 48 by 48 pixels`}},
		{"other size", "illustration.png", small()["illustration.png"], picture(48, 49), []string{`dossier.yaml:8:15: illustration: illustration.png has 48 by 49 pixels; make it 48 by 48 pixels`}},
		{"damaged PNG", "illustration.png", small()["illustration.png"], picture(48, 48)[:50], []string{`dossier.yaml:8:15: illustration: illustration.png is damaged; save it again as PNG, 48 by 48 pixels`}},

		// Timeline.
		{"event without words", m, "text: It began on 2nd", "text: It begun on 2nd", []string{`dossier.yaml:35:11: text does not stand in introduction; copy the sentence letter for letter`}},
		{"event nowhere", m, "in: introduction", "in: introductoin", []string{`dossier.yaml:34:9: in: there is no item "introductoin"; did you mean introduction?`}},
		{"event without date", m, "  - date: 2022-01-02\n    from: text", "  - from: text", []string{`dossier.yaml:32:5: an event without a date; write date: YYYY-MM-DD, or written: as the source writes it`}},

		// Rarer things.
		{"key that is no word", two, "note: A note.", "? [a]\n: b", []string{`texts/two.yaml:9:3: a field's name must be a word`}},
		{"digests as text", three, "digests:\n    original: " + strings.Repeat("0a", 32), "digests: none", []string{`more/three/item.yaml:14:12: digests must be fields; write one per line, indented: name: value`}},
		{"digest twice", three, "    original: ", "    original: " + strings.Repeat("0b", 32) + "\n    original: ", []string{`more/three/item.yaml:16:5: field "original" is given twice, first in line 15; keep one of the two`}},
		{"no digest", three, strings.Repeat("0a", 32), "0a0b", []string{`more/three/item.yaml:15:15: original: "0a0b" is no SHA-256; write what sha256sum prints: 64 of 0-9 and a-f`}},
		{"media as text", three, "  - file: photo.jpg\n    title: A photo", "  - photo.jpg", []string{
			`more/three/item.yaml:8:5: media must be fields; write one of: file, type, title, role, lang, sha256, size, from, at, with`,
			`more/three/photo.jpg: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"blank value", two, "title: Two", `title: " "`, []string{
			`texts/two.yaml:3:8: title is empty; give it a value or take the line out`,
		}},
		{"media size", three, "title: A photo", "size: 1x", []string{`more/three/item.yaml:9:11: size is no such number: "1x"; write the number of bytes`}},
		{"media of another size", three, "title: A photo", "size: 999999999999", []string{`more/three/item.yaml:9:11: size: more/three/photo.jpg has 5 bytes; restore the file`}},
		{"media from nowhere", three, "title: A photo", "from: ftp://x", []string{`more/three/item.yaml:9:11: from: "ftp://x": no http or https address; only web addresses are allowed: https://…`}},
		{"media at no time", three, "title: A photo", "at: 2022-13-01", []string{`more/three/item.yaml:9:9: at: "2022-13-01" is not a time; write YYYY-MM-DDTHH:MM:SSZ, in UTC`}},
		{"a way from nowhere", two, "url: https://example.org/2022/01/two\nlang: en\ndate: 2022-01\ndate_from: address\nstatus: linked", "final_url: https://a.example/\nlang: en\nstatus: named", []string{`texts/two.yaml:4:12: there is a final_url, but no url; write url: the address that leads there`}},
		{"media type", three, "title: A photo", "type: photo", []string{`more/three/item.yaml:9:11: type: "photo" is no media type; write a media type such as video/mp4`}},
		{"type that is not known", m, "file: source/doc.txt", "file: texts/two.yaml", []string{
			`dossier.yaml:10:9: type is missing, and the ending of texts/two.yaml does not tell it; write type: with the media type, for example application/pdf`,
			`dossier.yaml:11:11: texts/two.yaml is not the document that was recorded; restore the file; the one that is there has ` + fmt.Sprintf("%x", sha256.Sum256([]byte(small()["texts/two.yaml"]))),
			`source/doc.txt: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"media role", three, "title: A photo", "role: postr", []string{`more/three/item.yaml:9:11: unknown role "postr"; did you mean poster?`}},
		{"server's address", three, "method: http", "method: http\n  server_ip: example.org", []string{`more/three/item.yaml:13:14: server_ip: "example.org" is no IP address; write an address such as 203.0.113.7`}},
		{"redirect", three, "method: http", "method: http\n  redirects: [x]", []string{`more/three/item.yaml:13:15: redirects: "x": no http or https address; write the whole address: https://…`}},
		{"capture without a file", three, "  text: article.html\n", "", []string{
			`more/three/article.html: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
			`more/three/item.yaml:11:3: the capture holds no file; write text, snapshot or evidence: with the file`,
		}},
		{"capture's text is no HTML", three, "text: article.html", "text: photo.jpg", []string{
			`more/three/article.html: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
			`more/three/item.yaml:13:9: text: more/three/photo.jpg is no HTML file; name an .html file`,
		}},
		{"capture's snapshot is a picture", three, "  text: article.html\n", "  text: article.html\n  snapshot: photo.jpg\n", []string{
			`more/three/item.yaml:14:13: snapshot: the ending of more/three/photo.jpg is that of image/jpeg, which it must not be; give it the ending that says what it is`,
		}},
		{"capture's folder", three, "method: http", "method: http\n  files: ../x", []string{
			`more/three/item.yaml:13:10: files: "../x" is no folder of the capture; write files: files, the name of a folder beside this file`,
		}},
		{"capture's folder is empty", three, "method: http", "method: http\n  files: files", []string{
			`more/three/item.yaml:13:10: files: there is nothing in more/three/files; put the files there, or take the line out`,
		}},
		{"packing of no evidence", three, "capture:\n", "evidence: include\ncapture:\n", []string{
			`more/three/item.yaml:10:11: evidence: there is none of this item; take the line out, or name the file in capture, as evidence`,
		}},
		{"packing of evidence of a text", one, "status: full", "status: full\nevidence: hash-only", []string{
			`texts/one.md:7:11: evidence: there is none of this item; take the line out, or name the file in capture, as evidence`,
		}},
		{"packing unknown", three, "capture:\n", "evidence: yes\ncapture:\n  evidence: ../../source/doc.txt\n", []string{
			`more/three/item.yaml:10:11: unknown evidence "yes"; write one of: include, hash-only`,
			`more/three/item.yaml:12:13: evidence: "../../source/doc.txt" is no path inside the dossier; write a path without .., . and double slashes, from the folder of this file`,
		}},
		{"script in a captured text", "more/three/article.html", "<p>text</p>", "<p>text</p>\n<script>1</script>", []string{
			`more/three/article.html:2:1: <script> is not allowed; take the element out with everything in it`,
		}},
		{"picture of a captured text elsewhere", "more/three/article.html", "text", `<img src="https://x.example/a.png">`, []string{
			`more/three/article.html:1:9: <img src> refers to "https://x.example/a.png", which is not in the dossier; put the file into the folder files/ and refer to it there, or take the reference out`,
		}},
		{"captured text in another charset", "more/three/article.html", "text", "te\xf8t", []string{
			`more/three/article.html:1:6: byte 0xf8 is not UTF-8; save the file as UTF-8`,
		}},
		{"captured without url", three, "url: https://example.org/three\n", "", []string{`more/three/item.yaml:5:9: status is captured, but there is no url; write url: the address that was captured`}},
		{"captured with text", three, "status: captured", "status: captured\nbody: ../../introduction.md", []string{`more/three/item.yaml:7:7: body: "../../introduction.md" is no path inside the dossier; write a path without .., . and double slashes, from the folder of this file`}},
		{"item of another kind", m, "texts/two.yaml", "source/doc.txt", []string{
			`dossier.yaml:26:9: items: source/doc.txt describes no item; name a .md file with front matter or a .yaml file`,
			`texts/one.md:11:11: link to an item that does not exist: "two"; write one of: one, three`,
			`texts/two.yaml: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"no items", m, "    items:\n      - more/three/item.yaml\n", "", []string{
			`dossier.yaml:27:5: items is missing; write items: with one file per line`,
			`more/three/article.html: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
			`more/three/item.yaml: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
			`more/three/photo.jpg: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
			`texts/one.md:11:30: link to a file that belongs to no item: "more/three/item.yaml"; write item:ID, https://… or the path of a file`,
		}},
		{"tags", m, "lang: en", "lang: en\ntags: [a;b]", []string{`dossier.yaml:6:8: tags: "a;b" is more than one tag; one tag per line, without semicolons`}},
		{"introduction of another kind", m, "introduction: introduction.md", "introduction: source/doc.txt", []string{
			`dossier.yaml:20:15: introduction: source/doc.txt is no Markdown file; name a .md file`,
			`dossier.yaml:34:9: in: the dossier has no introduction`,
			`introduction.md: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		}},
		{"introduction without text", "introduction.md", small()["introduction.md"], "---\ntitle: x\n---\n\n", []string{
			`dossier.yaml:35:11: text does not stand in introduction; copy the sentence letter for letter`,
			`introduction.md:5:1: there is no text; write a text, or take the file out`,
		}},
		{"neither true nor false", m, "    from: text\n", "    from: text\n    earlier: yes\n", []string{`dossier.yaml:34:14: earlier is neither true nor false: "yes"; write true or false`}},
		{"event not so written", m, "    from: text\n", "    from: text\n    written: 3rd January\n", []string{`dossier.yaml:34:14: written: "3rd January" does not stand in introduction; copy it letter for letter`}},
		{"date not in text", one, "status: full", "status: full\ndate_written: 5 May\ndate_from: text", []string{`texts/one.md:7:15: date_written: "5 May" does not stand in the text; copy it letter for letter`}},
		{"name of a file as link", one, "../more/three/item.yaml", "three", []string{`texts/one.md:11:30: link to a file that belongs to no item: "texts/three"; did you mean item:three?`}},
		{"address that is none", three, "url: https://example.org/three", "url: https://[::1/", []string{`more/three/item.yaml:4:6: url: "https://[::1/": no address; write the whole address: https://…`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := small()
			if !strings.Contains(files[c.file], c.old) {
				t.Fatalf("%s does not hold %q", c.file, c.old)
			}
			files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
			expect(t, mapFS(files), c.want)
		})
	}
}

// expect loads a dossier that must fail, and compares the problems.
func expect(t *testing.T, fsys fs.FS, want []string) {
	t.Helper()
	d, err := dossier.Load(fsys)
	var problems dossier.Problems
	if !errors.As(err, &problems) || d != nil {
		t.Fatalf("Load = %v, %v; want no dossier and problems", d, err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

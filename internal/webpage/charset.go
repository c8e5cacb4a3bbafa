package webpage

import (
	"bytes"
	"math"
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	textunicode "golang.org/x/text/encoding/unicode"
)

// Charset is the charset of a text, and what said so.
type Charset struct {
	Name string // as the Encoding standard names it: "utf-8", "windows-1251"
	By   string // "bom", "header", "meta", "content" or "guess"
}

// metaWithin is how far into a page a <meta> that names its charset is looked for; browsers look into 1,024 bytes first, and
// begin again when they find one later.
const metaWithin = 64 << 10

// Decode returns a page or another text in UTF-8. What counts is, in this order: a byte order mark, the charset of the
// Content-Type header, that of a <meta> or an @charset; and then what the bytes look like. A text that is UTF-8 in
// fact and says otherwise is UTF-8; one that says UTF-8 and is not is what its bytes look like.
func Decode(body []byte, contentType string) ([]byte, Charset) {
	if text, ok := bom(body); ok {
		return text, Charset{nameOfMark(body), "bom"}
	}
	said, by := "", ""
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		said, by = params["charset"], "header"
	}
	enc, name := lookup(said)
	if enc == nil {
		if enc, name = lookup(declared(body)); enc != nil {
			by = "meta"
		}
	}
	valid := utf8.Valid(body)
	switch {
	case valid && (enc == nil || name == "utf-8" || multibyte(body) >= 8):
		if enc == nil || name != "utf-8" {
			by = "content"
		}
		return body, Charset{"utf-8", by}
	case enc != nil && name != "utf-8":
	case multibyte(body) > 10*invalid(body): // a text of UTF-8 that was cut or mended somewhere
		if name = "utf-8"; enc == nil {
			by = "content"
		}
	default:
		if enc, name = guess(body); enc == nil {
			enc, name = lookup("windows-1252")
		}
		by = "guess"
	}
	if name == "utf-8" {
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), Charset{name, by}
	}
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		text = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return text, Charset{name, by}
}

// bom decodes a text that begins with a byte order mark.
func bom(body []byte) ([]byte, bool) {
	if rest, ok := bytes.CutPrefix(body, []byte("\xEF\xBB\xBF")); ok {
		return bytes.ToValidUTF8(rest, []byte("\uFFFD")), true
	}
	if bytes.HasPrefix(body, []byte("\xFE\xFF")) || bytes.HasPrefix(body, []byte("\xFF\xFE")) {
		if text, err := textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewDecoder().Bytes(body); err == nil {
			return text, true
		}
	}
	return nil, false
}

func nameOfMark(body []byte) string {
	switch body[0] {
	case 0xFE:
		return "utf-16be"
	case 0xFF:
		return "utf-16le"
	}
	return "utf-8"
}

// lookup finds a charset by a label of the Encoding standard. UTF-16 without a byte order mark is what only pages in UTF-8
// can say in ASCII, so that it means UTF-8 (HTML, §13.2.3.2).
func lookup(label string) (encoding.Encoding, string) {
	label = strings.ToLower(strings.Trim(label, " \t\n\f\r\"'"))
	if label == "" {
		return nil, ""
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil, ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return nil, ""
	}
	if strings.HasPrefix(name, "utf-16") {
		return lookup("utf-8")
	}
	return enc, name
}

var (
	charsetInContent = regexp.MustCompile(`(?i)charset\s*=\s*["']?([^\s"';,]+)`)
	charsetInStyle   = regexp.MustCompile(`^@charset "([^"]*)";`)
)

// declared returns the charset that the text itself names.
func declared(body []byte) string {
	body = body[:min(len(body), metaWithin)]
	if m := charsetInStyle.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if string(name) != "meta" {
				continue
			}
			attrs := map[string]string{}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				attrs[string(key)] = string(value)
			}
			if c := attrs["charset"]; c != "" {
				return c
			}
			if strings.EqualFold(strings.TrimSpace(attrs["http-equiv"]), "content-type") {
				if m := charsetInContent.FindStringSubmatch(attrs["content"]); m != nil {
					return m[1]
				}
			}
		}
	}
}

// multibyte counts characters of more than one byte in a text of UTF-8, and invalid the bytes that belong to none.
func multibyte(body []byte) (n int) {
	for i := 0; i < len(body); {
		_, size := utf8.DecodeRune(body[i:])
		if i += size; size > 1 {
			n++
		}
	}
	return n
}

func invalid(body []byte) (n int) {
	for i := 0; i < len(body); {
		c, size := utf8.DecodeRune(body[i:])
		if i += size; size == 1 && c == utf8.RuneError {
			n++
		}
	}
	return n
}

// guess tells the charset from the bytes of the words.
func guess(body []byte) (encoding.Encoding, string) {
	body = body[:min(len(body), 256<<10)]
	r := chardet.Detect(body)
	label := r.Charset
	if label == "" {
		label = r.Encoding
	}
	if alias, ok := aliases[strings.ToLower(label)]; ok {
		label = alias
	}
	if r.Confidence < 0.2 {
		return nil, ""
	}
	enc, name := lookup(label)
	if slices.Contains(cyrillicCharsets, name) {
		return bestCyrillic(body)
	}
	return enc, name
}

// cyrillicCharsets are those between which the detector errs in short texts, by how common they are.
var cyrillicCharsets = []string{"windows-1251", "koi8-r", "ibm866", "iso-8859-5", "x-mac-cyrillic", "koi8-u"}

// bestCyrillic chooses the charset in which the text has most small letters beside each other, and fewest capitals and
// signs behind small letters.
func bestCyrillic(body []byte) (best encoding.Encoding, name string) {
	most := math.MinInt
	for _, label := range cyrillicCharsets {
		enc, _ := lookup(label)
		text, err := enc.NewDecoder().Bytes(body)
		if err != nil {
			continue
		}
		score, before := 0, ' '
		for _, c := range string(text) {
			small := func(c rune) bool { return c >= 'а' && c <= 'я' || strings.ContainsRune("ёіїєґў", c) }
			switch {
			case small(c) && unicode.Is(unicode.Cyrillic, before):
				score++
			case c > 0x7f && small(before) && !small(c) && !strings.ContainsRune("«»—–…“”’\u00a0", c):
				score -= 2
			case small(c) && before > 0x7f && !unicode.Is(unicode.Cyrillic, before) && !strings.ContainsRune("«»—–…“”’\u00a0", before):
				score -= 2
			}
			before = c
		}
		if score > most {
			best, name, most = enc, label, score
		}
	}
	return best, name
}

// aliases are names of the detector that the Encoding standard does not know.
var aliases = map[string]string{"maccyrillic": "x-mac-cyrillic", "cp866": "ibm866", "cp949": "euc-kr", "johab": "euc-kr", "utf-8-sig": "utf-8"}

package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"samizdat/internal/archive"
	"samizdat/internal/messages"
	"samizdat/internal/page"
	"samizdat/internal/search"
	"samizdat/internal/zim"
)

// book is an archive with what the server needs to know of it. Its texts are the archive's own words, hostile until
// escaped. It may be used concurrently.
type book struct {
	src  *archive.Source
	zim  *zim.Reader
	name string // in addresses
	uuid string // in the usual notation
	id   string // in the catalogue, which needs one for each book: the UUID, or one made for a second archive that has the same
	tag  string // begins every ETag; differs whenever the archive does, and in every run
	meta func() metadata

	indexed sync.Once
	index   *search.Index // see [Server.index]

	toldDamage atomic.Bool // the log says that the index is damaged
	tellChange func()      // says once that the archive is damaged, when all of it has been read
	checking
	copies *copies
}

// newBook prepares src. run is a random word that begins what validators are made of. Everything else in them is also in a forged
// copy, which may have been served at the same address an hour ago: what a browser has kept of it must not be
// confirmed, and so must nothing of another run.
func newBook(src *archive.Source, run string) *book {
	b := &book{src: src, zim: src.Zim, name: src.Name}
	id := src.Zim.UUID()
	b.uuid = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	// The checksum stands for the content; very old archives have none, and then UUID and size must do.
	sum, _ := src.Zim.Checksum()
	h := sha256.Sum256(fmt.Appendf(nil, "%s %x %x %d %t %t", run, id, sum, src.Size, src.Checked, src.Known))
	b.tag = hex.EncodeToString(h[:8])
	b.id = b.uuid
	b.meta = sync.OnceValue(b.readMetadata)
	return b
}

// distinguish gives a book whose UUID an earlier one has another id for the catalogue. Anyone can give an archive the UUID of
// another one.
func distinguish(books []*book) {
	taken := map[string]bool{}
	for _, b := range books {
		if taken[b.id] {
			h := sha256.Sum256([]byte(b.uuid + " " + b.name)) // names are unique
			h[6], h[8] = h[6]&0x0F|0x80, h[8]&0x3F|0x80       // RFC 9562, version 8
			b.id = fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
		}
		taken[b.id] = true
	}
}

// etag returns the strong validator of the item e.
func (b *book) etag(e zim.Entry) string {
	return `"` + b.tag + "-" + strconv.FormatUint(uint64(e.Index()), 36) + `"`
}

// metadata is what the shelf and the catalogue say about a book. Lists are sorted as in the archive.
type metadata struct {
	title, description, creator, publisher, date, name, flavour, edition string
	languages                                                            []string // ISO 639-3, as archives have them
	tags                                                                 []string
	lang                                                                 string   // BCP 47, if there is one language; else empty
	without                                                              []string // pages of our own frame that are not in it
	frames                                                               []string // BCP 47: languages that there are pages in, the main one first; empty if it does not say
	framed                                                               bool     // has a cover, so that our frame fits it
}

// maxMetadata is the length in bytes at which a text about a book is cut; those in use have a few hundred.
const maxMetadata = 2000

// readMetadata reads what there is; what is missing or damaged stays empty.
func (b *book) readMetadata() metadata {
	get := func(name string) string {
		v, err := b.zim.Metadata(name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(strings.ToValidUTF8(string(v[:min(len(v), maxMetadata)]), "\uFFFD"))
	}
	m := metadata{
		title: get("Title"), description: get("Description"), creator: get("Creator"), publisher: get("Publisher"),
		date: get("Date"), name: get("Name"), flavour: get("Flavour"), edition: get("X-Edition"),
	}
	if m.title == "" {
		m.title = b.name
	}
	m.languages = split(get("Language"), ",")
	m.tags = split(get("Tags"), ";")
	if len(m.languages) == 1 {
		m.lang = bcp47(m.languages[0])
	}
	for i, tag := range split(get("X-UI"), ",") {
		if !slices.Contains(messages.Languages(), tag) {
			if i == 0 { // the pages with plain names are in a language that this program has no words in
				break
			}
			continue
		}
		m.frames = append(m.frames, tag)
	}
	m.framed = b.has(page.CoverPath)
	for _, path := range []string{page.ContentsPath, page.TimelinePath, page.MediaPath, page.AboutPath} {
		if !b.has(path) {
			m.without = append(m.without, path)
		}
	}
	return m
}

// has reports whether there is, or may be but for damage, a page at path.
func (b *book) has(path string) bool {
	_, err := b.zim.Content(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func split(s, sep string) []string {
	var list []string
	for part := range strings.SplitSeq(s, sep) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// path returns the path of e in addresses: in the old scheme with the namespace before it, because links between such
// pages count on it ("../I/picture.png"). ok is false for entries that are no content.
func (b *book) path(e zim.Entry) (path string, ok bool) {
	if !b.zim.OldNamespaces() {
		return e.Path(), e.Namespace() == zim.NamespaceContent
	}
	return string([]byte{e.Namespace(), '/'}) + e.Path(), strings.IndexByte("AIJ-", e.Namespace()) >= 0
}

// iso639 has pairs of ISO 639-3 and the two-letter code, for the languages that messages has names for.
const iso639 = "ara ar aze az bak ba bel be ces cs deu de ell el eng en spa es fas fa pes fa fra fr heb he hin hi hun hu hye hy " +
	"ita it jpn ja kat ka kaz kk kor ko kur ku kir ky mon mn nld nl pol pl pus ps por pt ron ro rus ru swe sv tgk tg tuk tk " +
	"tur tr tat tt uig ug ukr uk urd ur uzb uz zho zh"

// bcp47 returns the language tag for an ISO 639-3 code: the short one where there is one (RFC 5646 §2.2.1).
func bcp47(code string) string {
	fields := strings.Fields(iso639)
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == code {
			return fields[i+1]
		}
	}
	return code
}

package compile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/page"
	"samizdat/internal/scrub"
)

// recordFormat is the version of the records' form, which docs/dossier.md describes.
const recordFormat = 1

// RecordPath returns the path of the record of the item with the id.
func RecordPath(id string) string { return "records/" + id + ".json" }

// record is what is known of one item, for programs. A field that is not there is not known.
type record struct {
	Format        int            `json:"format"`
	ID            string         `json:"id"`
	Kind          string         `json:"kind"`
	Status        string         `json:"status"`
	Page          string         `json:"page"`
	Title         string         `json:"title,omitempty"`
	Author        string         `json:"author,omitempty"`
	Publisher     string         `json:"publisher,omitempty"`
	URL           string         `json:"url,omitempty"`
	Lang          string         `json:"lang,omitempty"`
	Date          string         `json:"date,omitempty"`
	DateFrom      string         `json:"date_from,omitempty"`
	DateWritten   string         `json:"date_written,omitempty"`
	Note          string         `json:"note,omitempty"`
	EditorNote    string         `json:"editor_note,omitempty"`
	TranslationOf string         `json:"translation_of,omitempty"`
	TextSHA256    string         `json:"text_sha256,omitempty"` // of the text: paragraphs joined by an empty line
	Media         []mediaRecord  `json:"media,omitempty"`
	Capture       *captureRecord `json:"capture,omitempty"`
}

type mediaRecord struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Role   string `json:"role,omitempty"`
	Title  string `json:"title,omitempty"`
	Lang   string `json:"lang,omitempty"`
	SHA256 string `json:"sha256"` // of the file in the archive
	Size   int64  `json:"size"`   // of the file in the archive, in bytes
	From   string `json:"from,omitempty"`
	At     string `json:"at,omitempty"`
	With   string `json:"with,omitempty"`

	// Of a file that tells of its makers: the one in the dossier's folder, and what was taken out of it.
	OriginalSHA256 string       `json:"original_sha256,omitempty"`
	OriginalSize   int64        `json:"original_size,omitempty"`
	Removed        []scrub.Kind `json:"removed,omitempty"`
	Metadata       string       `json:"metadata,omitempty"` // "kept": nothing was taken out, as the editor wished
}

type captureRecord struct {
	FinalURL    string            `json:"final_url,omitempty"`
	Redirects   []string          `json:"redirects,omitempty"`
	CapturedAt  string            `json:"captured_at,omitempty"`
	By          string            `json:"by,omitempty"`
	Method      string            `json:"method,omitempty"`
	Tool        string            `json:"tool,omitempty"`
	Imported    *importRecord     `json:"imported,omitempty"`
	HTTPStatus  int               `json:"http_status,omitempty"`
	ContentType string            `json:"content_type,omitempty"`
	ServerIP    string            `json:"server_ip,omitempty"`
	TLSSHA256   string            `json:"tls_sha256,omitempty"`
	Robots      string            `json:"robots,omitempty"`
	Cookies     string            `json:"cookies,omitempty"`
	Fetched     int               `json:"fetched,omitempty"`
	Digests     map[string]string `json:"digests,omitempty"` // encoding/json sorts the names
	Missing     []missingRecord   `json:"missing,omitempty"`
	Stripped    []string          `json:"stripped,omitempty"`
	Record      string            `json:"record_id,omitempty"`
	Snapshot    string            `json:"snapshot,omitempty"`        // path in the archive
	Screenshot  string            `json:"screenshot,omitempty"`      // path in the archive
	Evidence    string            `json:"evidence,omitempty"`        // path in the archive, if it is included
	EvidenceSum string            `json:"evidence_sha256,omitempty"` // of that file
	EvidenceLen int64             `json:"evidence_size,omitempty"`   // of that file, in bytes
	ArchivedAt  string            `json:"archived_at,omitempty"`
}

// importRecord is how a page that another tool captured came here.
type importRecord struct {
	From     string   `json:"from"`
	At       string   `json:"at,omitempty"`
	With     string   `json:"with,omitempty"`
	Findings []string `json:"findings,omitempty"`
}

type missingRecord struct {
	URL    string `json:"url"`
	Reason string `json:"reason,omitempty"`
}

// records adds a record for each item.
func (c *compiler) records() error {
	for _, it := range c.d.Items() {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "\t")
		if err := enc.Encode(c.recordOf(it, c.viewOf[it])); err != nil {
			return fmt.Errorf("compile record of %s: %w", it.ID, err)
		}
		c.add(Entry{Path: RecordPath(it.ID), MIMEType: "application/json", Data: b.Bytes()})
	}
	return nil
}

func (c *compiler) recordOf(it *dossier.Item, view *page.Item) record {
	r := record{
		Format: recordFormat, ID: it.ID, Kind: string(it.Kind), Status: string(it.Status), Page: it.Page(),
		Title: it.Title, Author: it.Author, Publisher: it.Publisher, URL: it.URL, Lang: it.Lang,
		Date: it.Date, DateFrom: string(it.DateFrom), DateWritten: it.DateWritten,
		Note: strings.TrimSpace(it.Note), EditorNote: strings.TrimSpace(it.EditorNote), TranslationOf: it.TranslationOf,
		TextSHA256: view.SHA256,
	}
	for _, m := range it.Media {
		r.Media = append(r.Media, c.mediaRecord(m))
	}
	if k := it.Capture; k != nil {
		r.Capture = &captureRecord{
			FinalURL: k.FinalURL, Redirects: k.Redirects, CapturedAt: k.CapturedAt, By: k.By, Method: k.Method, Tool: k.Tool,
			HTTPStatus: k.HTTPStatus, ContentType: k.ContentType, ServerIP: k.ServerIP, TLSSHA256: k.TLSSHA256,
			Robots: k.Robots, Cookies: k.CookiesTold(), Fetched: k.Fetched, Digests: k.Digests, Stripped: c.stripped(k), ArchivedAt: k.ArchivedAt, Record: k.RecordID,
		}
		if k.Imported != nil {
			made := importRecord(*k.Imported)
			r.Capture.Imported = &made
		}
		if k.Snapshot != nil {
			r.Capture.Snapshot = capturedPath(it, k.Snapshot.Name)
		}
		if k.Screenshot != nil {
			r.Capture.Screenshot = capturedPath(it, k.Screenshot.Name)
		}
		if o := c.offered[it]; o != nil {
			r.Capture.Evidence, r.Capture.EvidenceSum, r.Capture.EvidenceLen = o.path, o.sha256, o.size
		}
		for _, m := range k.Missing {
			r.Capture.Missing = append(r.Capture.Missing, missingRecord(m))
		}
	}
	return r
}

func (c *compiler) mediaRecord(m dossier.MediaFile) mediaRecord {
	r := mediaRecord{Path: m.File, Type: m.Type, Role: m.Role, Title: m.Title, Lang: m.Lang, From: m.From, At: m.At, With: m.With}
	r.Size, r.SHA256 = c.packed(m.File, m.Size, m.SHA256)
	switch s := c.scrubbed[m.File]; {
	case s == nil:
	case s.Kept:
		r.Metadata = "kept"
	default:
		r.OriginalSHA256, r.OriginalSize, r.Removed = m.SHA256, m.Size, s.Kinds()
	}
	return r
}

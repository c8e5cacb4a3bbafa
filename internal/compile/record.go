package compile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/page"
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
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

type captureRecord struct {
	FinalURL    string            `json:"final_url,omitempty"`
	Redirects   []string          `json:"redirects,omitempty"`
	CapturedAt  string            `json:"captured_at,omitempty"`
	By          string            `json:"by,omitempty"`
	Method      string            `json:"method,omitempty"`
	Tool        string            `json:"tool,omitempty"`
	HTTPStatus  int               `json:"http_status,omitempty"`
	ContentType string            `json:"content_type,omitempty"`
	ServerIP    string            `json:"server_ip,omitempty"`
	TLSSHA256   string            `json:"tls_sha256,omitempty"`
	Digests     map[string]string `json:"digests,omitempty"` // encoding/json sorts the names
	Missing     []missingRecord   `json:"missing,omitempty"`
	Stripped    []string          `json:"stripped,omitempty"`
	Record      string            `json:"record_id,omitempty"`
	Snapshot    string            `json:"snapshot,omitempty"`   // path in the archive
	Screenshot  string            `json:"screenshot,omitempty"` // path in the archive
	Evidence    string            `json:"evidence,omitempty"`   // path in the archive, if it is included
	ArchivedAt  string            `json:"archived_at,omitempty"`
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
		if err := enc.Encode(recordOf(it, c.viewOf[it])); err != nil {
			return fmt.Errorf("compile record of %s: %w", it.ID, err)
		}
		c.add(Entry{Path: RecordPath(it.ID), MIMEType: "application/json", Data: b.Bytes()})
	}
	return nil
}

func recordOf(it *dossier.Item, view *page.Item) record {
	r := record{
		Format: recordFormat, ID: it.ID, Kind: string(it.Kind), Status: string(it.Status), Page: it.Page(),
		Title: it.Title, Author: it.Author, Publisher: it.Publisher, URL: it.URL, Lang: it.Lang,
		Date: it.Date, DateFrom: string(it.DateFrom), DateWritten: it.DateWritten,
		Note: strings.TrimSpace(it.Note), EditorNote: strings.TrimSpace(it.EditorNote), TranslationOf: it.TranslationOf,
		TextSHA256: view.SHA256,
	}
	for _, m := range it.Media {
		r.Media = append(r.Media, mediaRecord{m.File, m.Type, m.Role, m.Title, m.Lang, m.SHA256, m.Size})
	}
	if k := it.Capture; k != nil {
		r.Capture = &captureRecord{
			FinalURL: k.FinalURL, Redirects: k.Redirects, CapturedAt: k.CapturedAt, By: k.By, Method: k.Method, Tool: k.Tool,
			HTTPStatus: k.HTTPStatus, ContentType: k.ContentType, ServerIP: k.ServerIP, TLSSHA256: k.TLSSHA256,
			Digests: k.Digests, Stripped: k.Stripped, ArchivedAt: k.ArchivedAt, Record: k.RecordID,
		}
		if k.Snapshot != nil {
			r.Capture.Snapshot = capturedPath(it, k.Snapshot.Name)
		}
		if k.Screenshot != nil {
			r.Capture.Screenshot = capturedPath(it, k.Screenshot.Name)
		}
		if k.Evidence != nil && k.Packed {
			r.Capture.Evidence = evidencePath(it)
		}
		for _, m := range k.Missing {
			r.Capture.Missing = append(r.Capture.Missing, missingRecord(m))
		}
	}
	return r
}

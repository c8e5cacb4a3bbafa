package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Provenance is what the evidence of a capture says about it, in a metadata record: the same as the item's file, which people can change. What the
// editor adds later is not in it, nor the digest of the evidence, which holds it.
type Provenance struct {
	Format      int               `json:"samizdat"` // 1
	URL         string            `json:"url"`      // that was asked for
	FinalURL    string            `json:"final_url,omitempty"`
	Redirects   []string          `json:"redirects,omitempty"`
	CapturedAt  string            `json:"captured_at"`
	Method      string            `json:"method"`
	Tool        string            `json:"tool,omitempty"`
	Robots      string            `json:"robots,omitempty"`
	Cookies     string            `json:"cookies,omitempty"`
	HTTPStatus  int               `json:"http_status,omitempty"`
	ContentType string            `json:"content_type,omitempty"`
	ServerIP    string            `json:"server_ip,omitempty"`
	TLSSHA256   string            `json:"tls_sha256,omitempty"`
	RecordID    string            `json:"record_id,omitempty"`
	Digests     map[string]string `json:"digests,omitempty"` // all but that of the evidence
	Fetched     int               `json:"fetched,omitempty"`
	Missing     []Missing         `json:"missing,omitempty"`
}

// provenanceFormat is the version of the record's form.
const provenanceFormat = 1

// ProvenanceOf is what is known of a capture of the page at url.
func ProvenanceOf(url string, c *Capture) *Provenance {
	p := &Provenance{
		Format: provenanceFormat, URL: url, FinalURL: c.FinalURL, Redirects: c.Redirects, CapturedAt: c.CapturedAt, Method: c.Method, Tool: c.Tool, Robots: c.Robots, Cookies: c.CookiesTold(),
		HTTPStatus: c.HTTPStatus, ContentType: c.ContentType, ServerIP: c.ServerIP, TLSSHA256: c.TLSSHA256, RecordID: c.RecordID, Digests: maps.Clone(c.Digests), Fetched: c.Fetched, Missing: c.Missing,
	}
	delete(p.Digests, "evidence")
	return p
}

// Encode returns the block of the record: JSON, with tabs.
func (p *Provenance) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	err := enc.Encode(p)
	return b.Bytes(), err
}

// ReadProvenance reads such a block; ok is false if it is something else.
func ReadProvenance(b []byte) (p *Provenance, ok bool) {
	p = &Provenance{}
	return p, json.Unmarshal(b, p) == nil && p.Format == provenanceFormat
}

// A Difference is a field of which an item's file says something else than the evidence.
type Difference struct{ Field, Here, There string }

// Compare says in which fields an item's file, here, differs from p; what is written in one of the two only differs too. Digests that only
// the file has do not count: they are computed when it is read.
func (p *Provenance) Compare(here *Provenance) []Difference {
	var all []Difference
	add := func(field, a, b string) {
		if a != b {
			all = append(all, Difference{field, a, b})
		}
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	pieces := func(list []Missing) string {
		var b bytes.Buffer
		for _, m := range list {
			if strings.HasPrefix(m.Reason, noFilm) { // one that came earlier may have stayed
				continue
			}
			fmt.Fprintf(&b, "%s (%s) ", m.URL, m.Reason)
		}
		return string(bytes.TrimSpace(b.Bytes()))
	}
	add("final_url", here.FinalURL, p.FinalURL)
	if !slices.Equal(here.Redirects, p.Redirects) {
		add("redirects", fmt.Sprint(here.Redirects), fmt.Sprint(p.Redirects))
	}
	add("captured_at", here.CapturedAt, p.CapturedAt)
	add("method", here.Method, p.Method)
	add("tool", here.Tool, p.Tool)
	add("robots", here.Robots, p.Robots)
	add("cookies", here.Cookies, p.Cookies)
	add("http_status", number(here.HTTPStatus), number(p.HTTPStatus))
	add("content_type", here.ContentType, p.ContentType)
	add("server_ip", here.ServerIP, p.ServerIP)
	add("tls_sha256", here.TLSSHA256, p.TLSSHA256)
	add("fetched", number(here.Fetched), number(p.Fetched))
	add("missing", pieces(here.Missing), pieces(p.Missing))
	for _, name := range slices.Sorted(maps.Keys(p.Digests)) {
		add("digests: "+name, here.Digests[name], p.Digests[name])
	}
	return all
}

package dossier_test

import (
	"reflect"
	"testing"

	"samizdat/internal/dossier"
)

// TestProvenance changes one field after the other and looks whether that is seen.
func TestProvenance(t *testing.T) {
	of := func() *dossier.Provenance {
		return dossier.ProvenanceOf("https://news.example/a", &dossier.Capture{
			FinalURL: "https://news.example/b", Redirects: []string{"https://news.example/a"}, CapturedAt: "2026-01-02T10:00:00Z", Method: "http", Tool: "x 1", HTTPStatus: 200,
			Robots: "ignored", Cookies: "sent", ContentType: "text/html", ServerIP: "203.0.113.7", TLSSHA256: "ab", RecordID: "urn:uuid:1", Fetched: 3,
			Digests: map[string]string{"original": "cd", "evidence": "ef"}, Missing: []dossier.Missing{{URL: "https://news.example/c", Reason: "<gone>"}},
		})
	}
	p := of()
	if p.Digests["evidence"] != "" {
		t.Error("the evidence holds its own digest")
	}
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, ok := dossier.ReadProvenance(b)
	if !ok || !reflect.DeepEqual(p, again) || len(p.Compare(again)) != 0 {
		t.Errorf("got %+v, want %+v", again, p)
	}
	for _, other := range []string{"", "[]", "{}", `{"samizdat": 2}`, "null"} {
		if _, ok := dossier.ReadProvenance([]byte(other)); ok {
			t.Errorf("%q is read", other)
		}
	}
	for field, change := range map[string]func(*dossier.Provenance){
		"final_url":         func(p *dossier.Provenance) { p.FinalURL = "" },
		"redirects":         func(p *dossier.Provenance) { p.Redirects = nil },
		"captured_at":       func(p *dossier.Provenance) { p.CapturedAt = "2026-01-02T10:00:01Z" },
		"method":            func(p *dossier.Provenance) { p.Method = "chrome" },
		"tool":              func(p *dossier.Provenance) { p.Tool = "y" },
		"robots":            func(p *dossier.Provenance) { p.Robots = "" },
		"cookies":           func(p *dossier.Provenance) { p.Cookies = "" },
		"http_status":       func(p *dossier.Provenance) { p.HTTPStatus = 404 },
		"content_type":      func(p *dossier.Provenance) { p.ContentType = "text/plain" },
		"server_ip":         func(p *dossier.Provenance) { p.ServerIP = "203.0.113.8" },
		"tls_sha256":        func(p *dossier.Provenance) { p.TLSSHA256 = "" },
		"fetched":           func(p *dossier.Provenance) { p.Fetched = 4 },
		"missing":           func(p *dossier.Provenance) { p.Missing[0].Reason = "never there" },
		"digests: original": func(p *dossier.Provenance) { p.Digests["original"] = "00" },
	} {
		here := of()
		change(here)
		if d := p.Compare(here); len(d) != 1 || d[0].Field != field {
			t.Errorf("%s: got %v", field, d)
		}
	}
}

package capture

import (
	"bytes"
	"cmp"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/warc"
)

// evidence writes everything that was said on the way, the page first, what was made of it, and last what is known of the capture, which gets
// the ID of the page's record.
func (r *run) evidence(page *fetch.Exchange, article, look []byte, c *dossier.Capture) (err error) {
	id := ""
	f, err := os.OpenFile(filepath.Join(r.job.Dir, r.job.name(EvidenceFile)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := warc.NewWriter(f)
	keep := r.job.Keep
	if keep == nil {
		keep = hopRecords
	}
	robots := "obey"
	if r.job.IgnoresRobots {
		robots = "ignore"
	}
	info := warc.Header{
		{Name: "software", Value: cmp.Or(r.job.Tool, "samizdat-press")},
		{Name: "format", Value: "WARC File Format 1.1"},
		{Name: "conformsTo", Value: "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"},
	}
	if r.job.Keep == nil {
		info = append(info, warc.Field{Name: "robots", Value: robots})
	}
	fields, err := warc.Fields(append(info, r.job.Info...))
	if err != nil {
		return err
	}
	start := page.Hops[0].Start
	if _, err := w.Write(&warc.Draft{Type: warc.Warcinfo, Date: start, ContentType: "application/warc-fields", Body: bytes.NewReader(fields)}); err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(r.exchanges), func(x *fetch.Exchange) bool { return x == page })
	slices.SortStableFunc(rest, func(a, b *fetch.Exchange) int { return cmp.Compare(a.URL, b.URL) })
	certified := map[string]bool{}
	type said struct{ method, url, sent, answer string }
	written := map[said]bool{}
	for _, x := range append([]*fetch.Exchange{page}, rest...) {
		for _, h := range x.Hops {
			// Asked for again: a picture that is an icon too.
			key := said{h.Method, h.URL, string(h.Sent), fmt.Sprint(h.Status, h.SHA256)}
			if written[key] {
				continue
			}
			written[key] = true
			answer, err := keep(w, h)
			if err != nil {
				return err
			}
			if h == page.Final() {
				id = answer
			}
			if err := certificates(w, h, certified); err != nil {
				return err
			}
		}
	}
	made := [][]byte{article, look}
	if r.rendered != nil {
		made = [][]byte{r.rendered.DOM, article, look} // what they were made of
	}
	for _, made := range made {
		if made == nil {
			continue
		}
		if _, err := w.Write(&warc.Draft{
			Type: warc.Conversion, TargetURI: page.Final().URL, Date: page.Final().Start, ContentType: "text/html;charset=utf-8",
			Fields: warc.Header{{Name: "WARC-Refers-To", Value: "<" + id + ">"}}, Body: bytes.NewReader(made),
		}); err != nil {
			return err
		}
	}
	if r.rendered != nil && r.rendered.Screenshot != nil { // named as by Browsertrix
		if _, err := w.Write(&warc.Draft{
			Type: warc.Resource, TargetURI: "urn:fullPage:" + page.Final().URL, Date: page.Final().Start, ContentType: "image/jpeg", Body: bytes.NewReader(r.rendered.Screenshot),
		}); err != nil {
			return err
		}
	}
	c.RecordID = id
	if r.job.Describe != nil {
		r.job.Describe(c)
	}
	known, err := dossier.ProvenanceOf(r.job.URL, c).Encode()
	if err != nil {
		return err
	}
	if _, err := w.Write(&warc.Draft{
		Type: warc.Metadata, TargetURI: page.Final().URL, Date: page.Final().Start, ContentType: "application/json",
		Fields: warc.Header{{Name: "WARC-Refers-To", Value: "<" + id + ">"}}, Body: bytes.NewReader(known),
	}); err != nil {
		return err
	}
	return f.Sync()
}

// hopRecords writes a request and its answer, and returns the ID of the answer's record. Cookies that were sent are the
// editor's and are left out, and so are those that are set in answer to them.
func hopRecords(w *warc.Writer, h *fetch.Hop) (string, error) {
	var fields warc.Header
	if ip := h.IP(); ip != "" {
		fields = append(fields, warc.Field{Name: "WARC-IP-Address", Value: ip})
	}
	fields = append(fields, warc.Field{Name: "WARC-Protocol", Value: "http/1.1"}) // only one: fields do not repeat (WARC 4)
	var without []string
	if h.HasCookies() { // what is set then may be the key of the editor's session, renewed
		without = []string{"Set-Cookie"}
	}
	head, err := rewritten(h.Response, without...)
	if err != nil {
		return "", err
	}
	answer, err := w.Write(&warc.Draft{
		Type: warc.Response, TargetURI: h.URL, Date: h.Start, ContentType: "application/http;msgtype=response", Fields: fields, Head: head, Body: h.Body(),
	})
	if err != nil {
		return "", err
	}
	if head, err = rewritten(h.Request, "Cookie"); err != nil {
		return "", err
	}
	request := &warc.Draft{
		Type: warc.Request, TargetURI: h.URL, Date: h.Start, ContentType: "application/http;msgtype=request",
		Fields: warc.Header{{Name: "WARC-Concurrent-To", Value: "<" + answer.ID + ">"}}, Head: head,
	}
	if h.Sent != nil {
		request.Body = bytes.NewReader(h.Sent)
	}
	_, err = w.Write(request)
	return answer.ID, err
}

// rewritten is a header as it lies in a record, without some fields.
func rewritten(head []byte, without ...string) ([]byte, error) {
	m, err := warc.ReadMessage(bytes.NewReader(head))
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(m.Header, func(f warc.Field) bool {
		return slices.ContainsFunc(without, func(name string) bool { return strings.EqualFold(name, f.Name) })
	})
	return warc.Head(m.Start, kept)
}

// certificates writes the certificates of each server once, in PEM.
func certificates(w *warc.Writer, h *fetch.Hop, done map[string]bool) error {
	u, err := url.Parse(h.URL)
	if err != nil || len(h.Certificates) == 0 || done[u.Host] {
		return err
	}
	done[u.Host] = true
	var chain bytes.Buffer
	for _, c := range h.Certificates {
		if err := pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return err
		}
	}
	_, err = w.Write(&warc.Draft{
		Type: warc.Resource, TargetURI: "urn:tls-cert:" + u.Host, Date: h.Start, ContentType: "application/pem-certificate-chain", Body: io.NewSectionReader(bytes.NewReader(chain.Bytes()), 0, int64(chain.Len())),
	})
	return err
}

package wacz

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"samizdat/internal/warc"
)

// Entry is one line of an index (CDXJ): where a record lies.
type Entry struct {
	Key    string // the address with its host reversed; see [Key]
	Time   string // 14 or 17 digits, UTC
	URL    string
	MIME   string // "warc/revisit" of a revisit
	Status int    // of HTTP; 0 if there is none
	Digest string // of the payload
	Length int64  // of the packed record, bytes
	Offset int64  // in its file, bytes
	File   string // name below archive/
	Record string // digest of the packed record, "" if not given
}

// Key makes the key by which an address is sorted: for http and https without "www.", in lower case, the host's parts reversed, the query's
// parts sorted, like "org,example)/page?a=1&b=2". It is as warcio.js 2.4.11 and its indexes have it; other addresses stay as they are.
func Key(address string) string {
	if !strings.HasPrefix(address, "http:") && !strings.HasPrefix(address, "https:") {
		return address
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	if www, ok := strings.CutPrefix(rest, "www"); ok {
		if after, ok := strings.CutPrefix(strings.TrimLeft(www, "0123456789"), "."); ok {
			rest = after
		}
	}
	u, err := url.Parse(strings.ToLower(scheme + "://" + rest))
	if err != nil || u.Host == "" {
		return address
	}
	host := strings.Split(u.Hostname(), ".")
	slices.Reverse(host)
	key := strings.Join(host, ",")
	if port := u.Port(); port != "" && !(u.Scheme == "http" && port == "80") && !(u.Scheme == "https" && port == "443") {
		key += ":" + port
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	key += ")" + path
	if u.RawQuery != "" {
		query := strings.Split(u.RawQuery, "&")
		slices.Sort(query)
		key += "?" + strings.Join(query, "&")
	}
	return key
}

// number is a JSON number, or a text of digits as warcio.js writes.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if text == "" || text == "-" || text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	*n = number(v)
	return err
}

// fields are the JSON of a line.
type fields struct {
	URL    string `json:"url"`
	MIME   string `json:"mime,omitempty"`
	Status number `json:"status,omitempty"`
	Digest string `json:"digest,omitempty"`
	Length number `json:"length"`
	Offset number `json:"offset"`
	File   string `json:"filename"`
	Record string `json:"recordDigest,omitempty"`
}

// parseEntry reads a line.
func parseEntry(line string) (Entry, error) {
	key, rest, ok := strings.Cut(line, " ")
	stamp, object, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 {
		return Entry{}, errors.New("the line is not a key, a time and JSON")
	}
	if len(stamp) != 14 && len(stamp) != 17 || strings.Trim(stamp, "0123456789") != "" {
		return Entry{}, errors.New("the time is not of 14 or 17 digits")
	}
	var f fields
	if err := json.Unmarshal([]byte(object), &f); err != nil {
		return Entry{}, err
	}
	if f.Offset < 0 || f.Length < 0 {
		return Entry{}, errors.New("an offset or a length below zero")
	}
	return Entry{key, stamp, f.URL, f.MIME, int(f.Status), f.Digest, int64(f.Length), int64(f.Offset), f.File, f.Record}, nil
}

// line writes an entry as a line, with its end.
func (e Entry) line() (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(fields{e.URL, e.MIME, number(e.Status), e.Digest, number(e.Length), number(e.Offset), e.File, e.Record})
	return e.Key + " " + e.Time + " " + b.String(), err
}

const maxLine = 16 << 20 // bytes of a line of an index or of the list of pages, the text of a page included

// lines reads lines without their ends; one that is too long is an error.
func lines(r io.Reader, each func(number int, line string) error) error {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	n := 0
	for scan.Scan() {
		n++
		if err := each(n, scan.Text()); err != nil {
			return err
		}
	}
	if errors.Is(scan.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d has more than %d bytes", n+1, maxLine)
	}
	return scan.Err()
}

// Index gives the entries of every index to each, and stops at its first error. Lines that are no entry go to bad, which may be nil.
func (a *Archive) Index(each func(Entry) error, bad func(name string, line int, err error)) error {
	for _, name := range a.indexes() {
		if err := a.readIndex(name, each, bad); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// indexes are the files with entries; an .idx only says where in them is what.
func (a *Archive) indexes() []string {
	var names []string
	for name := range a.files {
		if base, ok := strings.CutPrefix(name, "indexes/"); ok {
			if ext := path.Ext(strings.TrimSuffix(base, ".gz")); ext == ".cdx" || ext == ".cdxj" {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (a *Archive) readIndex(name string, each func(Entry) error, bad func(name string, line int, err error)) error {
	file, err := a.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			return err
		}
	}
	return lines(r, func(n int, line string) error {
		if line == "" || line[0] == '!' || strings.HasPrefix(line, " CDX ") { // headings
			return nil
		}
		e, err := parseEntry(line)
		if err != nil {
			if bad != nil {
				bad(name, n, err)
			}
			return nil //nolint:nilerr // told
		}
		return each(e)
	})
}

// indexed are the records that an index lists.
func indexed(rec *warc.Record) bool {
	switch rec.Type() {
	case warc.Response, warc.Revisit, warc.Resource:
		return rec.TargetURI() != ""
	}
	return false
}

// entryOf makes the entry of a record and finishes it. A record that cannot be indexed on its own is an error.
func entryOf(rec *warc.Record, file string) (Entry, error) {
	e := Entry{URL: rec.TargetURI(), Offset: rec.Offset, File: file}
	e.Key = strings.ReplaceAll(Key(e.URL), " ", "%20") // or it would not end at the first space
	t, err := rec.Date()
	if err != nil {
		return e, fmt.Errorf("record at %d: %w", rec.Offset, err)
	}
	e.Time = t.Format("20060102150405")
	mime := rec.Header.Get("Content-Type")
	if rec.IsHTTP() {
		if m, err := warc.ReadMessage(rec); err == nil {
			mime, e.Status = m.Header.Get("Content-Type"), m.Status()
		}
	}
	if mime, _, _ = strings.Cut(mime, ";"); mime != "" {
		e.MIME = strings.ToLower(strings.TrimSpace(mime))
	}
	if rec.Type() == warc.Revisit {
		e.MIME = "warc/revisit"
	}
	if err := rec.Finish(); err != nil {
		return e, err
	}
	if rec.Length == 0 {
		return e, fmt.Errorf("record at %d shares its gzip member with others, so no index can point to it", rec.Offset)
	}
	e.Length = rec.Length
	e.Digest = rec.Header.Get("WARC-Payload-Digest")
	if e.Digest == "" && !rec.IsHTTP() {
		e.Digest = rec.Header.Get("WARC-Block-Digest")
	}
	return e, nil
}

// writeIndex writes entries sorted by their bytes (CDXJ, Sorting).
func writeIndex(entries []Entry) ([]byte, error) {
	all := make([]string, 0, len(entries))
	for _, e := range entries {
		line, err := e.line()
		if err != nil {
			return nil, err
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return []byte(strings.Join(all, "")), nil
}

// When returns the time of the entry in UTC, zero if it is no time.
func (e Entry) When() time.Time {
	text := e.Time
	if len(text) == 17 {
		text = text[:14] + "." + text[14:]
	}
	t, _ := time.Parse("20060102150405", text)
	return t
}

// Package importstest makes files as other tools make them, for tests: one page of a newspaper with what it shows, as WARC, WACZ, MHTML, a
// page of SingleFile and one with its folder, sound or with one fault.
package importstest

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"

	"samizdat/internal/wacz"
)

// URL is the address of the page, and At when it was captured.
const (
	URL     = "https://news.example/2022/square.html"
	Short   = "http://news.example/s" // redirects to URL
	Other   = "https://news.example/other.html"
	Picture = "https://cdn.example/square.png"
	Sheet   = "https://news.example/look.css"
)

// At is when the page was captured.
var At = time.Date(2022, 1, 6, 10, 20, 30, 0, time.UTC)

// PNG is a picture of one pixel.
var PNG, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkqGf4DwADBQGA2a0vMwAAAABJRU5ErkJggg==")

// CSS is the style sheet of the page.
const CSS = "body{color:#123} article{background:url(https://cdn.example/square.png)}\n"

// words make an article of a page.
var words = strings.Repeat("<p>By the evening the city could not be recognised: the crossings are taken, the shops are closed, and there is no network at all.</p>\n", 6)

// Page is the page, with the references that its tags get.
func Page(sheet, picture string) string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The square</title>` + sheet + `<script>steal()</script></head>
<body><nav><a href="/">All news</a></nav><article><h1>The square</h1>
` + words + `<figure>` + picture + `</figure><p><img src="/gone.png" alt="gone"></p>
</article></body></html>
`
}

// page is the page as the server sent it.
func page() string {
	return Page(`<link rel="stylesheet" href="/look.css">`, `<img src="`+Picture+`" alt="The square">`)
}

// Record is one record, unpacked. Fields stand behind those that every record has.
func Record(kind, uri string, at time.Time, fields, block string) string {
	_, payload, ok := strings.Cut(block, "\r\n\r\n")
	if !ok {
		payload = block
	}
	id := sha256.Sum256([]byte(kind + uri + at.String() + fields + block))
	s := "WARC/1.0\r\nWARC-Type: " + kind + "\r\nWARC-Record-ID: " + fmt.Sprintf("<urn:uuid:%x-%x-%x-%x-%x>\r\n", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
	s += "WARC-Date: " + at.UTC().Format(time.RFC3339) + "\r\n"
	if uri != "" {
		s += "WARC-Target-URI: " + uri + "\r\n"
	}
	if kind == "response" {
		s += "WARC-Payload-Digest: " + Digest(payload) + "\r\n"
	}
	return s + fmt.Sprintf("%sWARC-Block-Digest: %s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", fields, Digest(block), len(block), block)
}

// Digest is a digest as WARC files have it.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha-256:" + strings.TrimRight(base32.StdEncoding.EncodeToString(sum[:]), "=")
}

// Response is a record of an answer.
func Response(uri, contentType, body string, more ...string) string {
	head := "HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n" + strings.Join(more, "")
	return Record("response", uri, At, "WARC-IP-Address: 192.0.2.7\r\nContent-Type: application/http; msgtype=response\r\n", head+"\r\n"+body)
}

// id finds the ID of a record.
func id(rec string) string {
	_, rest, _ := strings.Cut(rec, "WARC-Record-ID: ")
	v, _, _ := strings.Cut(rest, "\r\n")
	return v
}

// Records are those of the page: a warcinfo, a redirect, the page with what was asked for it, what it shows, and another page.
func Records() []string {
	main := Response(URL, "text/html; charset=utf-8", page())
	return []string{
		Record("warcinfo", "", At, "Content-Type: application/warc-fields\r\n", "software: Crawler/3.2 (of the tests)\r\nformat: WARC File Format 1.0\r\n"),
		Record("response", Short, At, "Content-Type: application/http; msgtype=response\r\n", "HTTP/1.1 301 Moved\r\nLocation: "+URL+"\r\nContent-Length: 0\r\n\r\n"),
		main,
		Record("request", URL, At, "Content-Type: application/http; msgtype=request\r\nWARC-Concurrent-To: "+id(main)+"\r\n", "GET /2022/square.html HTTP/1.1\r\nHost: news.example\r\nSec-Fetch-Dest: document\r\n\r\n"),
		Response(Sheet, "text/css", CSS),
		Response(Picture, "image/png", string(PNG)),
		Response(Other, "text/html", Page("", "")),
	}
}

// Gzip packs records one to a member, as WARC files are.
func Gzip(records ...string) []byte {
	var b bytes.Buffer
	for _, rec := range records {
		w := gzip.NewWriter(&b)
		_, err := w.Write([]byte(rec))
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// Zstd packs records one to a frame, with a dictionary before them.
func Zstd(records ...string) []byte {
	var samples [][]byte
	for i := range 200 {
		samples = append(samples, []byte(Response(fmt.Sprint(URL, i), "text/html", fmt.Sprint(page()[:400], i*i))))
	}
	d, err := dict.BuildZstdDict(samples, dict.Options{MaxDictSize: 4 << 10, HashBytes: 6, ZstdDictID: 40000})
	if err != nil {
		panic(err)
	}
	out := binary.LittleEndian.AppendUint32(nil, 0x184D2A5D)
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(d))), d...)
	w, err := zstd.NewWriter(nil, zstd.WithEncoderDict(d), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err)
	}
	for _, rec := range records {
		out = w.EncodeAll([]byte(rec), out)
	}
	return out
}

// WACZ packs a WARC file with a list of the page, signed if that is wanted. It is made by a program of that name.
func WACZ(warcFile []byte, software string, signed bool) []byte {
	var key *ecdsa.PrivateKey
	if signed {
		var err error // a key that anybody can make: it protects nothing
		if key, err = ecdsa.ParseRawPrivateKey(elliptic.P384(), bytes.Repeat([]byte{7}, 48)); err != nil {
			panic(err)
		}
	}
	var b bytes.Buffer
	w, err := wacz.NewWriter(&b, wacz.Options{Created: At, Software: software, Key: key})
	if err == nil {
		err = w.AddWARC("data.warc.gz", bytes.NewReader(warcFile))
	}
	if err == nil {
		err = w.AddPage(wacz.Page{URL: URL, Time: At, Title: "The square"})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// SingleFile is the page as SingleFile saves it.
func SingleFile() []byte {
	css := `<style>body{color:#123} article{background:url("data:image/png;base64,` + base64.StdEncoding.EncodeToString(PNG) + `")}</style>`
	comment := "<!--\n Page saved with SingleFile \n url: " + URL + " \n saved date: Thu Jan 06 2022 16:20:30 GMT+0600 (East Kazakhstan Time)\n-->"
	p := Page(css, `<img src="data:image/png;base64,`+base64.StdEncoding.EncodeToString(PNG)+`" alt="The square"><iframe srcdoc="&lt;p&gt;Words in a frame&lt;/p&gt;"></iframe>`)
	return []byte(strings.Replace(p, "<html lang=\"en\">", "<html lang=\"en\">"+comment, 1))
}

// MHTML is the page as Chromium saves it.
func MHTML() []byte {
	const boundary = "----MultipartBoundary--abc----"
	var b strings.Builder
	line := func(lines ...string) { b.WriteString(strings.Join(lines, "\r\n") + "\r\n") }
	line("From: <Saved by Blink>", "Snapshot-Content-Location: "+URL, "Subject: =?utf-8?Q?The=20square?=", "Date: Thu, 6 Jan 2022 10:20:30 +0000", "MIME-Version: 1.0",
		`Content-Type: multipart/related;`, `	type="text/html";`, `	boundary="`+boundary+`"`, "", "")
	part := func(id, location, contentType, coding, body string) {
		line("--"+boundary, "Content-Type: "+contentType)
		if id != "" {
			line("Content-ID: <" + id + ">")
		}
		line("Content-Transfer-Encoding: "+coding, "Content-Location: "+location, "", body)
	}
	html := Page(`<link rel="stylesheet" href="cid:css-1@mhtml.blink">`, `<img src="`+Picture+`" alt="The square"><iframe src="cid:frame-1@mhtml.blink"></iframe>`)
	part("frame-0@mhtml.blink", URL, "text/html", "quoted-printable", strings.ReplaceAll(strings.ReplaceAll(html, "=", "=3D"), "\n", "\r\n"))
	part("", Picture, "image/png", "base64", base64.StdEncoding.EncodeToString(PNG))
	part("", "cid:css-1@mhtml.blink", "text/css", "quoted-printable", strings.TrimSpace(CSS))
	part("frame-1@mhtml.blink", "https://ads.example/f", "text/html", "quoted-printable", `<p>Words in a frame <iframe src=3D"cid:frame-1@mhtml.blink"></iframe></p>`)
	line("--" + boundary + "--")
	return []byte(b.String())
}

// Folder is the page as a browser saves it with a folder, by name.
func Folder() map[string][]byte {
	p := "<!-- saved from url=(0037)" + URL + " -->\n" + Page(`<link rel="stylesheet" href="./square_files/look.css">`, `<img src="./square_files/the%20square.png" alt="The square">`)
	return map[string][]byte{
		"square.html":                 []byte(p),
		"square_files/look.css":       []byte("article{background:url(the%20square.png)}\n"),
		"square_files/the square.png": PNG,
	}
}

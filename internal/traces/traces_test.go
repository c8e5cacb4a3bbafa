package traces_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"samizdat/internal/traces"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

const page = "https://gazette.example/bench"

var day = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)

// file makes a WARC file of drafts.
func file(t *testing.T, drafts ...warc.Draft) []byte {
	t.Helper()
	var b bytes.Buffer
	w := warc.NewWriter(&b)
	for _, d := range drafts {
		d.Date = day
		if _, err := w.Write(&d); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func request(fields ...string) warc.Draft {
	head := "GET /bench HTTP/1.1\r\nHost: gazette.example\r\nUser-Agent: Mozilla/5.0\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
	return warc.Draft{Type: warc.Request, TargetURI: page, ContentType: "application/http;msgtype=request", Head: []byte(head)}
}

func answer(body string, fields ...string) warc.Draft {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
	return warc.Draft{
		Type: warc.Response, TargetURI: page, ContentType: "application/http;msgtype=response", Head: []byte(head), Body: strings.NewReader(body),
		Fields: warc.Header{{Name: "WARC-IP-Address", Value: "203.0.113.7"}},
	}
}

func block(kind warc.Type, uri, contentType, body string) warc.Draft {
	return warc.Draft{Type: kind, TargetURI: uri, ContentType: contentType, Body: strings.NewReader(body)}
}

func info(fields string) warc.Draft {
	return warc.Draft{Type: warc.Warcinfo, ContentType: "application/warc-fields", Body: strings.NewReader(fields)}
}

var own = &traces.Own{
	Words: []string{"Тополь"}, Mails: []string{"alina@post.example"}, Names: []string{"Alina Petrova"}, Users: []string{"alina"}, Hosts: []string{"alinas-laptop"},
	Folders: []string{"/home/alina"}, Addresses: []string{"198.51.100.23"},
}

// lines says in one line each what was found.
func lines(r *traces.Report) string {
	var b strings.Builder
	for _, t := range r.Traces {
		b.WriteString(string(t.Kind) + ": " + t.Value + " (" + t.Place + ")\n")
	}
	for _, u := range r.Unread {
		b.WriteString("unread: " + u + "\n")
	}
	return b.String()
}

func look(t *testing.T, b []byte) *traces.Report {
	t.Helper()
	r, err := traces.Evidence(bytes.NewReader(b), int64(len(b)), own)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTraces has one trace in each file.
func TestTraces(t *testing.T) {
	photo, err := os.ReadFile("../scrub/testdata/picture.webp")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		drafts []warc.Draft
		want   string
	}{
		"cookie sent":                  {[]warc.Draft{answer("x"), request("Cookie: sid=1; theme=dark")}, "cookie: sid, theme (header Cookie of a request)\n"},
		"cookie said back":             {[]warc.Draft{answer("<b data-s=sid=0123456789abcdef>"), request("Cookie: sid=0123456789abcdef")}, "cookie: the value of one that was sent (an answer)\ncookie: sid (header Cookie of a request)\n"},
		"cookie set":                   {[]warc.Draft{answer("x", "Set-Cookie: __cf_bm=abc; Path=/")}, "cookie to keep: __cf_bm (header Set-Cookie of an answer)\n"},
		"login":                        {[]warc.Draft{request("Authorization: Basic YWxpbmE6eA==")}, "login: Basic (header Authorization of a request)\n"},
		"proxy":                        {[]warc.Draft{request("X-Forwarded-For: 198.51.100.99")}, "IP address: 198.51.100.99 (header X-Forwarded-For of a request)\n"},
		"sender":                       {[]warc.Draft{request("From: somebody@post.example")}, "mail address: somebody@post.example (header From of a request)\n"},
		"address of the visitor":       {[]warc.Draft{answer("x", "CF-Connecting-IP: 198.51.100.99")}, "IP address: 198.51.100.99 (header CF-Connecting-IP of an answer)\n"},
		"country of the visitor":       {[]warc.Draft{answer("x", "CF-IPCountry: KZ")}, "position: KZ (header CF-IPCountry of an answer)\n"},
		"address in a page":            {[]warc.Draft{answer(`{"clientIp":"198.51.100.99"}`)}, "IP address: 198.51.100.99 (an answer)\n"},
		"address in words":             {[]warc.Draft{answer(`<p>Your IP address is 2001:db8::17.</p>`)}, "IP address: 2001:db8::17 (an answer)\n"},
		"own address":                  {[]warc.Draft{answer(`<!-- 198.51.100.23 -->`)}, "IP address: 198.51.100.23 (an answer)\n"},
		"whereabouts in a page":        {[]warc.Draft{answer(`{"userCity":"Almaty"}`)}, "position: Almaty (an answer)\n"},
		"own mail in a page":           {[]warc.Draft{answer(`<p>Hello Alina@Post.example`)}, "mail address: alina@post.example (an answer)\n"},
		"own word":                     {[]warc.Draft{answer(`<p>тополь, hello`)}, "own word: Тополь (an answer)\n"},
		"user name after a login":      {[]warc.Draft{answer(`<p>Hello, Alina!`), request("Cookie: s=1")}, "cookie: s (header Cookie of a request)\nuser name: alina (an answer)\n"},
		"user name in metadata":        {[]warc.Draft{block(warc.Metadata, page, "application/warc-fields", "made-by: alina\r\n")}, "user name: alina (a metadata record)\n"},
		"operator":                     {[]warc.Draft{info("operator: Somebody Else\r\nsoftware: x\r\n")}, "name: Somebody Else (field operator of the warcinfo record)\n"},
		"host":                         {[]warc.Draft{info("hostname: crawl7\r\n")}, "host name: crawl7 (field hostname of the warcinfo record)\n"},
		"crawler's address":            {[]warc.Draft{info("ip: 198.51.100.99\r\n")}, "IP address: 198.51.100.99 (field ip of the warcinfo record)\n"},
		"folder":                       {[]warc.Draft{info("arguments: wget -P /Users/bob/sites\r\n")}, "home folder: /Users/bob (field arguments of the warcinfo record)\n"},
		"folder of Windows":            {[]warc.Draft{block(warc.Metadata, "urn:x:1", "application/json", `{"_filename":"C:\\Users\\Bob\\v.mp4"}`)}, "home folder: C:\\\\Users\\\\Bob (a metadata record)\n"},
		"file":                         {[]warc.Draft{block(warc.Resource, "file:///srv/x/page.html", "text/plain", "x")}, "home folder: ///srv/x/page.html (a resource record)\n"},
		"position in a picture":        {[]warc.Draft{block(warc.Resource, "urn:view:1", "image/webp", string(photo))}, "name: Secret-Name (a resource record)\nposition: 51.16940 N, 71.44910 E (a resource record)\nphoto or film: position 51.16940 N, 71.44910 E; author Secret-Name; software (a resource record)\n"},
		"folder in a saved page":       {[]warc.Draft{block(warc.Resource, page, "text/html", `<!-- url: file:///home/bob/page.html -->`)}, "home folder: /home/bob (a page without an exchange)\n"},
		"folders in a saved page":      {[]warc.Draft{block(warc.Resource, page, "text/html", `<a href="file:///C:/Users/Bob%20B/x"><a href="/home/news"><p>saved to C:\Users\Eva\y and file://localhost/Users/ann/z`)}, "home folder: C:/Users/Bob B (a page without an exchange)\nhome folder: C:\\Users\\Eva (a page without an exchange)\nhome folder: /Users/ann (a page without an exchange)\n"},
		"folder in MHTML":              {[]warc.Draft{block(warc.Resource, page, "multipart/related", "<a href=3D\"file:///C:/Use=\r\nrs/Bob/x\">")}, "home folder: C:/Users/Bob (a page without an exchange)\n"},
		"page before":                  {[]warc.Draft{answer("x"), request("Referer: https://mail.example/inbox/17")}, "page before: https://mail.example/inbox/17 (header Referer of a request)\n"},
		"languages":                    {[]warc.Draft{request("Accept-Language: kk-KZ,ru;q=0.7")}, "language list: kk-KZ,ru;q=0.7 (header Accept-Language of a request)\n"},
		"mail in an address":           {[]warc.Draft{block(warc.Metadata, page, "text/plain", "x"), {Type: warc.Request, TargetURI: page + "?u=bob%40post.example", ContentType: "application/http;msgtype=request", Head: []byte("GET / HTTP/1.1\r\n\r\n")}}, "mail address: bob@post.example (address of a request)\n"},
		"mail in what was sent":        {[]warc.Draft{{Type: warc.Request, TargetURI: page, ContentType: "application/http;msgtype=request", Head: []byte("POST / HTTP/1.1\r\n\r\n"), Body: strings.NewReader("login=bob%40post.example")}}, "mail address: bob@post.example (body of a request)\n"},
		"own name in another's record": {[]warc.Draft{block(warc.Conversion, page, "text/html", "<p>Alina Petrova")}, "name: Alina Petrova (a conversion record)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(look(t, file(t, c.drafts...))); got != c.want {
				t.Errorf("found\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestWhatTheSiteSays is published by the site and no trace.
func TestWhatTheSiteSays(t *testing.T) {
	for name, drafts := range map[string][]warc.Draft{
		"contact":              {answer(`<a href="mailto:office@gazette.example">office@gazette.example</a>`)},
		"folder in an answer":  {answer("<p>write it to /home/user or C:\\Users\\you")},
		"a link in a page":     {block(warc.Resource, page, "text/html", `<a href="/home/news">news</a> <a href=/home/news>`)},
		"server's address":     {answer("x", "X-Real-IP: 203.0.113.7")},
		"addresses in a text":  {answer("<p>The servers 198.51.100.1 and 198.51.100.2 went down.")},
		"the name by chance":   {answer("<p>Alina sang in the square. /home/alinas/ is a street.")},
		"part of a word":       {answer("<p>Тополья"), info("software: malinas 1\r\n")},
		"folder in an address": {answer("x"), block(warc.Metadata, page, "text/plain", "outlink: https://gazette.example/home/news L a/@href")},
		"own site before":      {answer("x"), request("Referer: https://gazette.example/")},
		"one language":         {request("Accept-Language: ru")},
		"large pixels":         {{Type: warc.Request, TargetURI: "https://gazette.example/logo@2x.png", ContentType: "application/http;msgtype=request", Head: []byte("GET / HTTP/1.1\r\n\r\n")}},
		"an empty token":       {request("X-Csrf-Token: undefined")},
		"complaints":           {info("http-header-user-agent: Mozilla/5.0 (compatible; crawler +mailto:crawler@archive.example)\r\nrobots: obey\r\nsoftware: x\r\n")},
		"certificate":          {block(warc.Resource, "urn:tls-cert:gazette.example", "application/pem-certificate-chain", "alina@post.example")},
		"private address":      {answer(`{"clientIp":"192.168.1.7"}`)},
	} {
		if got := lines(look(t, file(t, drafts...))); got != "" {
			t.Errorf("%s: found\n%s", name, got)
		}
	}
}

// TestEvidence counts records, gives the place of the first, and goes on behind damage.
func TestEvidence(t *testing.T) {
	b := file(t, info("software: x\r\n"), request("Cookie: s=1"), request("Cookie: s=2"), answer("x", "Set-Cookie: a=1", "Set-Cookie: b=1"))
	r := look(t, b)
	if len(r.Traces) != 3 || r.Records != 4 {
		t.Fatalf("%+v", r)
	}
	if c := r.Traces[0]; c.Records != 2 || c.URL != page || c.Offset <= 0 || c.Offset >= int64(len(b)) {
		t.Errorf("%+v", c)
	}
	if r := look(t, b[:len(b)-12]); len(r.Traces) == 0 || len(r.Unread) != 1 {
		t.Errorf("cut short: %+v", r)
	}
	for _, b := range []string{"", "P", "PK\x03\x04", "something else"} {
		if _, err := traces.Evidence(strings.NewReader(b), int64(len(b)), nil); !errors.Is(err, traces.ErrFormat) {
			t.Errorf("%q: %v", b, err)
		}
	}
}

// TestWACZ looks through the description and the WARC files of a WACZ.
func TestWACZ(t *testing.T) {
	var b bytes.Buffer
	w, err := wacz.NewWriter(&b, wacz.Options{Created: day, Extra: map[string]string{"captureIP": "198.51.100.99"}})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		w.AddWARC("data.warc.gz", bytes.NewReader(file(t, answer("x"), request("Cookie: s=1")))), w.AddPage(wacz.Page{URL: page, Time: day}), w.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	r := look(t, b.Bytes())
	if got, want := lines(r), "cookie: s (header Cookie of a request)\nIP address: 198.51.100.99 (the description of the WACZ)\n"; got != want || r.Traces[0].WARC != "archive/data.warc.gz" {
		t.Errorf("found\n%s%+v", got, r)
	}
}

func FuzzEvidence(f *testing.F) {
	b, err := os.ReadFile("../dossier/testdata/every-page/articles/square/page.warc.gz")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("WARC/1.1\r\nWARC-Type: request\r\nContent-Type: application/http\r\nContent-Length: 37\r\n\r\nGET / HTTP/1.1\r\nCookie: a=b; c; =d\r\n\r\n\r\n\r\n"))
	photo, err := os.ReadFile("../scrub/testdata/picture.webp")
	if err != nil {
		f.Fatal(err)
	}
	page := `<img src="data:image/webp;base64,` + base64.StdEncoding.EncodeToString(photo) + `"><a href="file:///C:/Users/Bob/x">s3cr3t%2Fvalue-0123`
	f.Add([]byte("WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: https://gazette.example/\r\nContent-Length: " + strconv.Itoa(len(page)) + "\r\n\r\n" + page + "\r\n\r\n"))
	of := *own
	of.Cookies, of.Known, of.Saved = []traces.Secret{{Name: "s", Value: "s3cr3t/value-0123"}}, true, true
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := traces.Page(b, &of); lines(traces.Page(b, &of)) != lines(r) {
			t.Errorf("the second time the page has other traces than\n%s", lines(r))
		}
		r, err := traces.Evidence(bytes.NewReader(b), int64(len(b)), &of)
		if err != nil {
			return
		}
		again, err := traces.Evidence(bytes.NewReader(b), int64(len(b)), &of)
		if err != nil || lines(again) != lines(r) {
			t.Errorf("the second time: %v\n%s", err, lines(again))
		}
	})
}

// TestOwnCookies finds the values of cookies that the evidence does not hold, as pages say them back.
func TestOwnCookies(t *testing.T) {
	own := &traces.Own{Users: []string{"alina"}, Known: true, Cookies: []traces.Secret{
		{"session", "s3cr3t/0123456789abcdef=="}, {"user", "alina%40post.example"}, {"token", "ab12cd"}, {"theme", "dark"}, {"consent", "accepted"},
	}}
	page := func(body string) string {
		b := file(t, answer(body))
		r, err := traces.Evidence(bytes.NewReader(b), int64(len(b)), own)
		if err != nil {
			t.Fatal(err)
		}
		return lines(r)
	}
	for _, c := range []struct{ body, want string }{
		{`<p data-key="s3cr3t/0123456789abcdef==">`, "cookie: the value of session (an answer)\n"},
		{`{"key":"s3cr3t\/0123456789abcdef=="}`, "cookie: the value of session (an answer)\n"},
		{`<a href="/out?key=s3cr3t%2F0123456789abcdef%3D%3D">`, "cookie: the value of session (an answer)\n"},
		{`<p>Hello, alina@post.example`, "cookie: the value of user (an answer)\nuser name: alina (an answer)\n"},
		{`<p>code ab12cd, twice: ab12cd`, "cookie: the value of token (an answer)\n"},
		{`<p>code ab12cdef, cookies are accepted, dark`, ""},
		{`<p>Hello, alina`, "user name: alina (an answer)\n"},
	} {
		if got := page(c.body); got != c.want {
			t.Errorf("%s: got %q, want %q", c.body, got, c.want)
		}
		if got := strings.ReplaceAll(lines(traces.Page([]byte(c.body), own)), "the text", "an answer"); got != c.want {
			t.Errorf("page %s: got %q, want %q", c.body, got, c.want)
		}
	}
	moved := answer("")
	moved.TargetURI = "https://gazette.example/?sid=s3cr3t%2F0123456789abcdef%3D%3D"
	b := file(t, moved)
	r, err := traces.Evidence(bytes.NewReader(b), int64(len(b)), own)
	if want := "cookie: the value of session (field WARC-Target-URI of a record)\n"; err != nil || lines(r) != want {
		t.Errorf("got %q, %v, want %q", lines(r), err, want)
	}
}

// TestMedia finds what photos and films in the evidence tell of whoever made them, also where they lie in a text.
func TestMedia(t *testing.T) {
	photo, err := os.ReadFile("../scrub/testdata/picture.webp")
	if err != nil {
		t.Fatal(err)
	}
	movie, err := os.ReadFile("../scrub/testdata/film.mp4")
	if err != nil {
		t.Fatal(err)
	}
	inText := base64.StdEncoding.EncodeToString(photo)
	var wrapped strings.Builder
	for line := range slices.Chunk([]byte(inText), 76) {
		wrapped.Write(line)
		wrapped.WriteString("\r\n")
	}
	large := append(slices.Clone(movie), 0, 0, 0, 0, 'm', 'd', 'a', 't') // a box that goes on to the end
	large = append(large, make([]byte, 17<<20)...)
	for name, d := range map[string]warc.Draft{ // each tells of a position and an author
		"photo":         answer(string(photo)),
		"film":          answer(string(movie)),
		"large film":    answer(string(large)),
		"page":          answer("<img src=\"data:image/webp;base64," + inText + "\">"),
		"saved page":    block(warc.Resource, page, "text/html", "<img src='data:image/webp;base64,"+inText+"'>"),
		"MHTML":         block(warc.Resource, page, "multipart/related", "Content-Transfer-Encoding: base64\r\n\r\n"+wrapped.String()),
		"photo, packed": block(warc.Resource, page, "image/webp", string(photo)),
		"screen":        block(warc.Resource, "urn:fullPage:"+page, "image/webp", string(photo)),
	} {
		r := look(t, file(t, d))
		i := slices.IndexFunc(r.Traces, func(t traces.Trace) bool { return t.Kind == traces.Medium })
		if i < 0 || !strings.HasPrefix(r.Traces[i].Value, "position") || !strings.Contains(r.Traces[i].Value, "Secret-") || len(r.Unread) > 0 {
			t.Errorf("%s: got %q, %q", name, lines(r), r.Unread)
		}
	}
	if got := lines(look(t, file(t, answer("%PDF-1.4 is how papers begin, says the page")))); !strings.Contains(got, "; perhaps more: damaged PDF: ") {
		t.Errorf("got %q", got)
	}
}

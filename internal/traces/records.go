package traces

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"samizdat/internal/scrub"
	"samizdat/internal/warc"
)

// credentials are headers of requests that let somebody in.
var credentials = []string{"Authorization", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "X-Csrf-Token"}

// visitor are headers that hold the visitor's address, in requests (from proxies on the way) and in answers (said back).
var visitor = []string{
	"X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip", "Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "X-Remote-Ip", "X-Remote-Addr",
	"X-Originating-Ip", "X-Cluster-Client-Ip", "Fastly-Client-Ip", "X-User-Ip", "X-Your-Ip",
}

// whereabouts are headers of answers in which a server says where it takes the visitor to be.
var whereabouts = []string{"Cf-Ipcountry", "X-Country", "X-Country-Code", "X-City", "X-Region", "X-Timezone"}

// operator are fields about a file that name who made it.
var operator = map[string]Kind{
	"operator": Person, "creator": Person, "contact": Mail, "contactinformation": Mail, "http-header-from": Mail, "email": Mail, "hostname": Host, "ip": Address,
}

func listed(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// warcinfo looks through the fields about the file.
func (s *scan) warcinfo(p place, b []byte) {
	for line := range bytes.Lines(b) {
		name, value, ok := strings.Cut(string(line), ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		at := p.in("field %s of the warcinfo record", name)
		if !ok || value == "" {
			continue
		}
		if kind, known := operator[name]; known {
			s.add(kind, value, at)
			continue
		}
		if name != "http-header-user-agent" { // crawlers have an address for complaints there
			s.mails(at, value)
		}
		s.folders(at, value)
		s.words(at, value, nil)
	}
}

// about looks through what a capturing program noted in its own words.
func (s *scan) about(p place, b []byte) {
	text := string(b)
	s.folders(p, text)
	s.addresses(p, text)
	s.words(p, text, nil)
}

// request looks through what the editor's machine said.
func (s *scan) request(p place, rec *warc.Record) error {
	m, err := warc.ReadMessage(rec)
	if errors.Is(err, warc.ErrNotHTTP) {
		return nil
	}
	if err != nil {
		return err
	}
	s.mails(p.in("address of a request"), unescaped(p.url))
	s.words(p.in("address of a request"), unescaped(p.url), nil)
	for _, f := range m.Header {
		at := p.in("header %s of a request", f.Name)
		switch {
		case f.Value != "" && strings.EqualFold(f.Name, "Cookie"):
			s.add(Cookie, cookieNames(f.Value), at)
		case f.Value == "" || f.Value == "undefined" || f.Value == "null": // what scripts send that have nothing to send
		case listed(credentials, f.Name):
			scheme, _, _ := strings.Cut(f.Value, " ")
			s.add(Login, scheme, at)
		case listed(visitor, f.Name):
			s.add(Address, f.Value, at)
		case strings.EqualFold(f.Name, "From"):
			s.add(Mail, f.Value, at)
		case strings.EqualFold(f.Name, "Referer"):
			if u, err := url.Parse(f.Value); err == nil && u.Host != "" && !s.hosts[u.Hostname()] {
				s.add(Visited, f.Value, at)
			}
			s.words(at, f.Value, nil)
		case strings.EqualFold(f.Name, "Accept-Language"):
			if strings.Contains(f.Value, ",") { // one language says no more than which page was asked for
				s.add(Language, f.Value, at)
			}
		case strings.EqualFold(f.Name, "Host"): // the site's
		default:
			if !strings.EqualFold(f.Name, "User-Agent") {
				s.mails(at, f.Value)
			}
			s.folders(at, f.Value)
			s.words(at, f.Value, nil)
		}
	}
	b, err := s.text(p, m.Body)
	if err != nil || len(b) == 0 {
		return err
	}
	at := p.in("body of a request")
	s.mails(at, unescaped(string(b)))
	s.words(at, unescaped(string(b)), nil)
	return nil
}

// cookieNames lists the names of the cookies of a header.
func cookieNames(header string) string {
	var names []string
	for pair := range strings.SplitSeq(header, ";") {
		if name, _, _ := strings.Cut(strings.TrimSpace(pair), "="); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// response looks through what a server said.
func (s *scan) response(p place, rec *warc.Record) error {
	m, err := warc.ReadMessage(rec)
	if errors.Is(err, warc.ErrNotHTTP) {
		return nil
	}
	if err != nil {
		return err
	}
	server := rec.Header.Get("WARC-IP-Address")
	for _, f := range m.Header {
		at := p.in("header %s of an answer", f.Name)
		lower := strings.ToLower(f.Name)
		switch {
		case lower == "set-cookie":
			name, _, _ := strings.Cut(f.Value, "=")
			s.add(Session, name, at)
		case listed(visitor, f.Name):
			if f.Value != server {
				s.add(Address, f.Value, at)
			}
		case listed(whereabouts, f.Name), strings.HasPrefix(lower, "x-geo"):
			s.add(Position, f.Value, at)
		default:
			s.words(at, f.Value, &p)
		}
	}
	body, err := m.Content(max(s.largest, most+1))
	if err != nil { // an encoding that nobody knows
		s.unread = append(s.unread, (&warc.Damage{Fault: warc.Corrupt, Offset: p.offset, Err: err}).Error())
		return nil
	}
	b, err := s.body(p.in("an answer"), body)
	if err := errors.Join(err, body.Close()); err != nil {
		var damage *warc.Damage
		if errors.As(err, &damage) {
			return err
		}
		s.unread = append(s.unread, (&warc.Damage{Fault: warc.Corrupt, Offset: p.offset, Err: err}).Error())
	}
	s.published(p.in("an answer"), b)
	return nil
}

// page looks through a page that somebody kept without its exchange, or made of another.
func (s *scan) page(p place, r io.Reader) error {
	b, err := s.body(p, r)
	s.published(p, b)
	return err
}

// saved looks through a page that a browser saved on the editor's machine. In MHTML, lines may end anywhere (RFC 2045, 6.7).
func (s *scan) saved(p place, r io.Reader) error {
	b, err := s.body(p, r)
	if joined := bytes.ReplaceAll(b, []byte("=\r\n"), nil); len(joined) < len(b) {
		b = bytes.ReplaceAll(joined, []byte("=3D"), []byte("="))
	}
	s.published(p, b)
	if !s.own.Saved {
		s.pageFolders(p, string(b))
	}
	return err
}

// thing looks through what is no answer of a server: a log, a picture of the screen, a file from a disk.
func (s *scan) thing(p place, r io.Reader) error {
	if path, ok := strings.CutPrefix(p.url, "file:"); ok {
		s.add(Folder, path, p)
	}
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return err
	}
	if f, err := scrub.Read(bytes.NewReader(b), int64(len(b))); err == nil {
		for _, t := range f.Traces {
			switch t.Kind {
			case scrub.Position:
				s.add(Position, t.Value, p)
			case scrub.Author:
				s.add(Person, t.Value, p)
			}
		}
		s.medium(p, bytes.NewReader(b), int64(len(b)))
		return nil
	}
	if b, err = s.text(p, bytes.NewReader(b)); err == nil {
		s.about(p, b)
	}
	return err
}

// published looks through what a site says to anybody.
func (s *scan) published(p place, b []byte) {
	text := string(b)
	s.addresses(p, text)
	s.words(p, text, &p)
	s.tokens(p, text)
	if s.own.Saved {
		s.pageFolders(p, text)
	}
}

// patterns of what sites say to their visitors.
var (
	echo = regexp.MustCompile(`(?i)(?:\b|_)(?:client|user|visitor|viewer|remote|your|my|requester|capture)[-_ ]?(?:ip|addr)(?:[-_ ]?addr)?(?:ess)?(?:\s+is)?["']?\s*[:=]?\s*["']?([0-9a-f.:]{7,39})\b`)
	geo  = regexp.MustCompile(`(?i)["'](?:geo_?ip|(?:user|visitor|client|viewer)_?(?:geo|location|city|country|region))["']?\s*[:=]\s*(["'{][^"'{}\n]{1,200})`)
	mail = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}`)
	// Pictures for screens with small pixels are called logo@2x.png.
	picture = regexp.MustCompile(`(?i)@\d+x\d*\.|\.(?:png|jpe?g|gif|webp|avif|svg|css|js|html?)$`)
	// A folder begins a word: /home/ inside a web address is no folder.
	folder = regexp.MustCompile(`(^|[\s"'=(,;>]|(?i:file)://(?i:localhost)?)((?:(?:/var)?/home/|/Users/|/mnt/[a-z]/Users/|/?[A-Za-z](?::|\||%3A|%7C)[\\/]+(?:Users|Documents(?: |%20)and(?: |%20)Settings)[\\/]+)[^/\\\s"'<>&?#]{1,64})`)
)

// addresses finds what a site says of the visitor's address and whereabouts.
func (s *scan) addresses(p place, text string) {
	for _, m := range echo.FindAllStringSubmatch(text, -1) {
		if ip, err := netip.ParseAddr(m[1]); err == nil && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsUnspecified() {
			s.add(Address, ip.String(), p)
		}
	}
	for _, m := range geo.FindAllStringSubmatch(text, -1) {
		s.add(Position, strings.TrimLeft(m[1], `"'{ `), p)
	}
}

func (s *scan) mails(p place, text string) {
	for _, m := range mail.FindAllString(text, -1) {
		if !picture.MatchString(m) {
			s.add(Mail, m, p)
		}
	}
}

func (s *scan) folders(p place, text string) {
	for _, m := range folder.FindAllStringSubmatch(text, -1) {
		s.add(Folder, plainFolder(m[2]), p)
	}
}

// pageFolders is folders in HTML, where a link that begins with /home/ leads to another page of the site.
func (s *scan) pageFolders(p place, text string) {
	for _, m := range folder.FindAllStringSubmatch(text, -1) {
		if m[1] == "" || !strings.Contains("\"'=(", m[1]) || strings.Contains(m[2][:3], ":") {
			s.add(Folder, plainFolder(m[2]), p)
		}
	}
}

// plainFolder is a folder as people write it: /C:/Users/NAME is how an address of a file begins.
func plainFolder(f string) string {
	if strings.HasPrefix(f, "/") && !strings.HasPrefix(f[2:], "sers/") && strings.ContainsAny(f[2:3], ":|%") {
		f = f[1:]
	}
	if plain, err := url.PathUnescape(f); err == nil {
		f = plain
	}
	return f
}

// words finds what is known to be the editor's. Short names stand in many pages by chance: in an answer they count only if the server knew
// whom it answered.
func (s *scan) words(p place, text string, answer *place) {
	lower := strings.ToLower(text)
	find := func(kind Kind, words []string, chances bool) {
		for _, w := range words {
			if !holds(lower, strings.ToLower(w)) {
				continue
			}
			if !chances || answer == nil || s.own.Known || s.known[answer.url] {
				s.add(kind, w, p)
			}
		}
	}
	find(Word, s.own.Words, false)
	find(Mail, s.own.Mails, false)
	find(Person, s.own.Names, false)
	find(Address, s.own.Addresses, false)
	find(Folder, s.own.Folders, false)
	find(User, s.own.Users, true)
	find(Host, s.own.Hosts, true)
	s.cookies(p, text)
}

// cookies finds the values of the editor's cookies. They are told by their names.
func (s *scan) cookies(p place, text string) {
	s.secrets.find(text, func(name string) { s.add(Cookie, ValueOf+name, p) })
}

// holds tells whether a word stands in a text, as a word.
func holds(text, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		if i += from; alone(text, i, i+len(word)) {
			return true
		}
		from = i + len(word)
	}
}

// alone tells whether text[from:to], which is not empty, is no part of a longer word.
func alone(text string, from, to int) bool {
	part := func(r rune, _ int) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	inside := part(utf8.DecodeRuneInString(text[from:])) && part(utf8.DecodeLastRuneInString(text[:from]))
	return !inside && !(part(utf8.DecodeLastRuneInString(text[:to])) && part(utf8.DecodeRuneInString(text[to:])))
}

// tokens finds values of cookies that were sent.
func (s *scan) tokens(p place, text string) {
	for v := range s.values {
		if strings.Contains(text, v) {
			s.add(Cookie, ValueOf+"one that was sent", p)
			return
		}
	}
}

// unescaped is an address as people read it.
func unescaped(address string) string {
	if text, err := url.QueryUnescape(address); err == nil {
		return text
	}
	return address
}

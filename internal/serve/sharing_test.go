package serve

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"samizdat/internal/judge"
)

// shared is a world on loopback whose clock and networks the test moves. The room's network is loopback too.
type shared struct {
	*world
	mu       sync.Mutex
	clock    time.Time
	networks []Network
	wake     chan time.Time
	lines    []string
}

func (s *shared) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// large is more bytes than a connection on loopback holds while nobody reads.
const large = 24 << 20

func largeStock() []item {
	return []item{
		{path: "large.bin", mime: "application/octet-stream", body: strings.Repeat("0123456789abcdef", large/16), raw: true},
		{path: "index.html", title: "Large", mime: "text/html", body: "<p>large</p>"},
	}
}

// look has the room look at clock and networks, and returns when it has begun the look after that.
func (s *shared) look() {
	for range 2 {
		select {
		case s.wake <- time.Time{}:
		case <-time.After(10 * time.Second):
			s.t.Fatal("nobody watches")
		}
	}
}

func startShared(t testing.TB, cfg Config) *shared {
	s := &shared{clock: time.Date(2022, 1, 6, 17, 42, 0, 0, time.Local), wake: make(chan time.Time)}
	s.networks = []Network{{Addr: loopback4, Interface: "wlan0", Private: true}, {Addr: netip.MustParseAddr("203.0.113.5"), Interface: "eth0"}}
	cfg.Loopback, cfg.Share = true, true
	cfg.Networks = func() ([]Network, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.networks) == 0 {
			return nil, ErrNoNetwork
		}
		return append([]Network(nil), s.networks...), nil
	}
	cfg.Log = func(line string) { s.set(func() { s.lines = append(s.lines, line) }) }
	cfg.Archives = find(t, 1, build(t, "ours.zim", stock(), nil), build(t, "guest.zim", stock(), nil), build(t, "large.zim", largeStock(), nil))
	s.world = start(t, cfg)
	s.sharing.now = func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.clock
	}
	s.sharing.tick = func() (<-chan time.Time, func()) { return s.wake, func() {} }
	t.Cleanup(s.sharing.close)
	return s
}

// room is a client of the address that others have.
func (s *shared) room(state ShareState) *world {
	return &world{s.Server, s.t, strings.TrimSuffix(state.URL, "/"), strings.Split(strings.TrimSuffix(state.URL, "/"), ":")[2], nil}
}

var filled = url.Values{"book": {"ours"}, "network": {"127.0.0.1"}, "minutes": {"30"}, "agreed": {"yes"}}

func with(v url.Values, pairs ...string) url.Values {
	c := url.Values{}
	for k, x := range v {
		c[k] = x
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		c.Set(pairs[i], pairs[i+1])
	}
	return c
}

func TestShareFromThePage(t *testing.T) {
	s := startShared(t, Config{OnQuit: func() {}})
	off := s.get("/content/ours/share.html").body
	contains(t, "off", off, "Sharing is off", `action="/-/share"`, "127.0.0.1 (wlan0)", "203.0.113.5 (eth0), may be open to the whole internet", "Who can see what", `href="/get"`)

	res := s.post("/-/share", with(filled, "ssid", `Room; "5"`, "password", "secret:words"))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/content/ours/share.html" {
		t.Fatalf("start: %s to %q\n%s", res.Status, res.Header.Get("Location"), bodyOf(res))
	}
	state := s.sharing.State()
	on := s.get("/content/ours/share.html").body
	contains(t, "on", on, "Sharing is on until 18:12", "Visitors so far: 0", `src="/-/share/address.png"`, `src="/-/share/wifi.png"`, `Room; "5"`, `action="/-/share/stop"`)
	if strings.Contains(on, "secret") {
		t.Error("the page has the password in it")
	}
	if again := s.post("/-/share", filled); again.StatusCode != http.StatusSeeOther {
		t.Errorf("start twice: %s", again.Status)
	}

	room := s.room(state)
	room.want("reading", room.get("/content/ours/index.html"), 200)
	contains(t, "share.html in the room", room.get("/content/ours/share.html").body, `href="/get/ours/"`, "Who can see what")
	if n := s.sharing.State().Visitors; n != 1 {
		t.Errorf("%d visitors, want 1", n)
	}
	if res := s.post("/-/share/stop", filled); res.StatusCode != http.StatusSeeOther {
		t.Errorf("stop: %s", res.Status)
	}
	s.sharing.rooms.Wait()
	if _, err := net.Dial("tcp", strings.TrimPrefix(room.url, "http://")); err == nil {
		t.Error("somebody listens after the end")
	}
	contains(t, "off again", s.get("/content/ours/share.html").body, "Sharing is off")
	s.want("the code after the end", s.get("/-/share/wifi.png"), 404)
}

// Nothing in the room starts, stops or shows what only the sharer may see.
func TestRoomCanOnlyRead(t *testing.T) {
	s := startShared(t, Config{OnQuit: func() { t.Error("somebody has quit") }})
	state, err := s.sharing.Start(ShareOptions{Addr: loopback4, WiFi: WiFi{"Room", "12345678"}})
	if err != nil {
		t.Fatal(err)
	}
	room := s.room(state)
	own := []string{"Sec-Fetch-Site: same-origin", "Origin: " + room.url, "Content-Length: 0"}
	for _, target := range []string{"/-/quit", "/-/share", "/-/share/stop"} {
		room.want("POST "+target, room.do("POST", target, own...), 404)
	}
	for _, target := range []string{"/-/share", "/-/share/address.png", "/-/share/wifi.png", "/etc/passwd", "/../../etc/passwd", "/-/../share.go", "/get/ours/..%2f..%2fetc%2fpasswd", "/get/other/", "/get/ours/sharing_test.go"} {
		room.want("GET "+target, room.get(target), 404)
	}
	for _, host := range []string{"evil.example:PORT", "192.168.1.5:PORT", "samizdat.local:PORT"} {
		room.want(host, room.get("/get", "Host: "+strings.ReplaceAll(host, "PORT", room.port)), 421)
	}
	room.want("another site", room.get("/get", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"), 403)
	a := room.get("/content/guest/index.html")
	if csp := a.Header.Get("Content-Security-Policy"); strings.Contains(csp, "script-src") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("a guest in the room may run scripts: %s", csp)
	}
	for _, target := range []string{"/", "/-/", "/get", "/get/", "/get/ours/", "/content/ours/share.html", "/content/ours/check.html"} {
		a := room.get(target)
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, "<form method=\"post\"") || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: a script, a button or CORS", target)
		}
	}
	if state := s.sharing.State(); !state.On {
		t.Error("sharing has ended")
	}
}

func TestShareRefusesOtherSites(t *testing.T) {
	s := startShared(t, Config{})
	for name, header := range map[string][]string{
		"another site":     {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
		"another port":     {"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"},
		"old browser":      {"Origin", "null", "Sec-Fetch-Site", ""},
		"the guests' site": {"Origin", "http://localhost:" + s.port, "Host", "localhost:" + s.port},
		"rebound":          {"Host", "evil.example:" + s.port},
	} {
		for _, target := range []string{"/-/share", "/-/share/stop"} {
			if res := s.post(target, filled, header...); res.StatusCode != 403 && res.StatusCode != 421 {
				t.Errorf("%s, %s: %s", name, target, res.Status)
			}
		}
	}
	s.want("stop by GET", s.get("/-/share/stop"), 405, "Allow", "POST")
	s.want("another method", s.do("DELETE", "/-/share", "Origin: http://127.0.0.1:"+s.port), 405, "Allow", "GET, HEAD, POST")
	if s.sharing.State().On {
		t.Fatal("sharing has begun")
	}
	both(t, Config{Loopback: true}).want("without sharing", both(t, Config{Loopback: true}).get("/-/share"), 404)
}

// A page of an archive has the origin of our own pages, but not what stands in their forms.
func TestShareWantsTheToken(t *testing.T) {
	s := startShared(t, Config{})
	page := s.get("/content/ours/share.html").body
	contains(t, "form", page, `<input type="hidden" name="token" value="`+s.token+`">`)
	if len(s.token) < 26 { // 128 bits
		t.Errorf("token %q", s.token)
	}
	for name, token := range map[string]string{"none": "", "another run's": both(t, Config{Loopback: true}).token, "longer": s.token + "A"} {
		for _, target := range []string{"/-/share", "/-/share/stop"} {
			res := s.post(target, with(filled, tokenField, token))
			if res.StatusCode != 403 {
				t.Errorf("%s, %s: %s", name, target, res.Status)
			}
			contains(t, name, bodyOf(res), "Open the page anew")
		}
		if res := s.post("/-/share?"+url.Values{tokenField: {s.token}}.Encode(), with(filled, tokenField, token)); res.StatusCode != 403 {
			t.Errorf("%s, the right one in the address: %s", name, res.Status)
		}
	}
	if s.sharing.State().On {
		t.Fatal("sharing has begun")
	}
	if res := s.post("/-/share", filled); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("with it: %s", res.Status)
	}
	if strings.Contains(s.room(s.sharing.State()).get("/content/ours/share.html").body, s.token) {
		t.Error("the room is told the token")
	}
}

func TestShareFormIsChecked(t *testing.T) {
	s := startShared(t, Config{})
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		want   string
	}{
		{"no box", with(filled, "agreed", ""), 422, "the box below was not ticked"},
		{"no minutes", with(filled, "minutes", "x"), 422, "choose from 1 to 720 minutes"},
		{"too long", with(filled, "minutes", "721"), 422, "choose from 1 to 720 minutes"},
		{"huge", with(filled, "minutes", "99999999999999999999"), 422, "choose from 1 to 720 minutes"},
		{"everywhere", with(filled, "network", "0.0.0.0"), 422, "could not begin at 0.0.0.0"},
		{"nonsense", with(filled, "network", `<b>`), 422, "could not begin at &lt;b&gt;"},
		{"not in the list", with(filled, "network", "203.0.113.77"), 422, "could not begin at 203.0.113.77"},
		{"not ours", with(filled, "network", "203.0.113.5"), 409, "could not begin at 203.0.113.5"},
		{"short password", with(filled, "ssid", "Room", "password", "1234567"), 422, "8 to 63 characters"},
		{"long name", with(filled, "ssid", strings.Repeat("ж", 17)), 422, "up to 32 bytes"},
		{"too much", url.Values{"agreed": {strings.Repeat("y", maxForm)}}, 400, "cannot be read"},
	} {
		form := c.form
		res := s.post("/-/share", form)
		body := bodyOf(res)
		if res.StatusCode != c.status {
			t.Errorf("%s: %s, want %d", c.name, res.Status, c.status)
		}
		contains(t, c.name, body, c.want)
		if strings.Contains(body, "1234567") {
			t.Errorf("%s: the password is in the page", c.name)
		}
	}
	s.set(func() { s.networks = nil })
	contains(t, "no network", s.get("/-/share").body, "This machine is in no network")
}

// The time ends the listener at once, and lets a download under way finish.
func TestShareTimeIsOver(t *testing.T) {
	s := startShared(t, Config{})
	state, err := s.sharing.Start(ShareOptions{Addr: loopback4, For: 30 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	s.look()
	if !s.sharing.State().On {
		t.Fatal("off before its time")
	}
	// A visitor who has read the header and then waits. The file is larger than what a connection holds.
	conn := dialRoom(t, state)
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /get/large/test_en.zim HTTP/1.1\r\nHost: "+conn.RemoteAddr().String()+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(newReader(conn), nil)
	if err != nil || res.StatusCode != 200 || res.ContentLength < large {
		t.Fatalf("download: %v, %+v", err, res)
	}
	s.set(func() { s.clock = s.clock.Add(30 * time.Minute) })
	s.wake <- time.Time{}
	for { // until nobody listens any more; the listener is closed before anything else
		another, err := net.Dial("tcp", conn.RemoteAddr().String())
		if err != nil {
			break
		}
		another.Close()
	}
	if state := s.sharing.State(); state.On || state.Ending != 1 {
		t.Errorf("after the time: %+v", state)
	}
	contains(t, "page", s.get("/-/share").body, "Downloads still under way: 1.", "Start sharing")
	if n, err := io.Copy(io.Discard, res.Body); n != res.ContentLength {
		t.Errorf("%d of %d bytes arrived: %v", n, res.ContentLength, err)
	}
	select {
	case <-s.sharing.Ended():
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	contains(t, "page", s.get("/content/ours/share.html").body, "The time was over, so sharing has ended.")
	if _, err := s.sharing.Start(ShareOptions{Addr: loopback4}); err != nil {
		t.Errorf("sharing again: %v", err)
	}
}

// The sharer's button does not wait for anybody for long, and a second press for nobody.
func TestShareStopsInTheGrace(t *testing.T) {
	s := startShared(t, Config{})
	state, err := s.sharing.Start(ShareOptions{Addr: loopback4})
	if err != nil {
		t.Fatal(err)
	}
	conn := dialRoom(t, state)
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /get/large/test_en.zim HTTP/1.1\r\nHost: "+conn.RemoteAddr().String()+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := http.ReadResponse(newReader(conn), nil); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.clock = s.clock.Add(ShareTime) })
	s.wake <- time.Time{}
	for s.sharing.State().On {
		s.get("/-/style.css")
	}
	s.sharing.Stop()
	s.sharing.rooms.Wait() // far less than the grace
	if n, err := io.Copy(io.Discard, conn); err == nil && n >= large {
		t.Error("the download was not cut off")
	}
}

func dialRoom(t testing.TB, state ShareState) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(state.URL, "http:"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestShareAddressComesAndGoes(t *testing.T) {
	s := startShared(t, Config{})
	if _, err := s.sharing.Start(ShareOptions{Addr: loopback4}); err != nil {
		t.Fatal(err)
	}
	had := s.networks
	s.set(func() { s.networks = nil })
	s.look()
	if state := s.sharing.State(); !state.Gone || !state.On {
		t.Errorf("after the network has gone: %+v", state)
	}
	contains(t, "page", s.get("/-/share").body, "This machine no longer has this address", `role="alert"`)
	s.set(func() { s.networks = had })
	s.look()
	if s.sharing.State().Gone {
		t.Error("still gone")
	}
	s.set(func() {
		if got := strings.Join(s.lines, "\n"); !strings.Contains(got, "no longer at 127.0.0.1") || !strings.Contains(got, "at 127.0.0.1 again") {
			t.Errorf("the sharer was told:\n%s", got)
		}
	})
}

func TestSharePorts(t *testing.T) {
	s := startShared(t, Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := s.sharing.Start(ShareOptions{Addr: loopback4, Port: portOf(l)}); err == nil {
		t.Error("a port in use: no error")
	}
	for _, o := range []ShareOptions{{Addr: loopback4, For: time.Second}, {Addr: loopback4, For: 13 * time.Hour}} {
		if _, err := s.sharing.Start(o); !errors.Is(err, ErrShareTime) {
			t.Errorf("%v: error %v", o.For, err)
		}
	}
	var asked []netip.AddrPort
	s.sharing.listen = func(at netip.AddrPort) (net.Listener, error) {
		if asked = append(asked, at); at.Port() != 0 {
			return nil, errors.New("taken")
		}
		return net.Listen("tcp", at.String())
	}
	state, err := s.sharing.Start(ShareOptions{Addr: loopback4})
	if err != nil || len(asked) != 2 || asked[0].Port() != SharePort {
		t.Errorf("asked for %v, then %v", asked, err)
	}
	s.sharing.Stop()
	if s.sharing.State().On || state.URL == "" {
		t.Error("on after Stop")
	}
	s.sharing.close()
	if _, err := s.sharing.Start(ShareOptions{Addr: loopback4}); err == nil {
		t.Error("sharing begins after the server has closed")
	}
}

func portOf(l net.Listener) uint16 { return uint16(l.Addr().(*net.TCPAddr).Port) }

// The picture is what a phone reads; zbarimg is the phone.
func TestQRCodesAreRead(t *testing.T) {
	zbar := judge.Tool(t, "zbarimg", "zbar-tools")
	s := startShared(t, Config{})
	state, err := s.sharing.Start(ShareOptions{Addr: loopback4, WiFi: WiFi{`Комната; "5"`, `a:b,c;d\e"f`}})
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]string{
		"address": state.URL + "get",
		"wifi":    `WIFI:T:WPA;S:Комната\; \"5\";P:a\:b\,c\;d\\e\"f;;`,
	} {
		a := s.get("/-/share/" + what + ".png")
		s.want(what, a, 200, "Content-Type", "image/png", "Cache-Control", "no-store")
		file := filepath.Join(t.TempDir(), what+".png")
		if err := os.WriteFile(file, []byte(a.body), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(zbar, "--quiet", "--raw", "-Sbinary", file).Output() // it guesses charsets wrongly
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: zbarimg reads %q, %v; want %s", what, got, err, want)
		}
	}
	if got, want := (WiFi{Name: "Open"}).code(), "WIFI:T:nopass;S:Open;;"; got != want {
		t.Errorf("an open network: %s, want %s", got, want)
	}
}

func TestNetworksAreRanked(t *testing.T) {
	n := func(addr, name string) Network {
		n := networkOf(netip.MustParseAddr(addr))
		n.Interface = name
		return n
	}
	order := []Network{
		n("192.168.1.5", "wlan0"), n("169.254.3.4", "eth0"), n("fd00::5", "eth0"), n("172.17.0.1", "docker0"), n("203.0.113.5", "eth0"), n("2001:db8::5", "eth0"),
	}
	for i := 1; i < len(order); i++ {
		if order[i-1].rank(false) >= order[i].rank(false) {
			t.Errorf("%s does not come before %s", order[i-1], order[i])
		}
	}
	if n("10.8.0.2", "ppp0").rank(true) <= n("10.0.0.2", "eth0").rank(false) {
		t.Error("a tunnel comes first")
	}
	for addr, ok := range map[string]bool{
		"192.168.1.5": true, "169.254.1.1": true, "fd00::1": true, "203.0.113.1": true, "::ffff:192.168.1.5": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "fe80::1%eth0": false, "fe80::1": false, "224.0.0.1": false, "::ffff:127.0.0.1": false,
	} {
		if err := CheckNetwork(netip.MustParseAddr(addr)); (err == nil) != ok {
			t.Errorf("CheckNetwork(%s) = %v", addr, err)
		}
	}
	if err := CheckNetwork(netip.Addr{}); !errors.Is(err, ErrNotAnyones) {
		t.Errorf("CheckNetwork of nothing: %v", err)
	}
}

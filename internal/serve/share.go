package serve

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"rsc.io/qr"

	"samizdat/internal/markup"
	"samizdat/internal/page"
)

// The page on which the person at this machine opens the archives to a network, and its two buttons. There are none of
// these at a server that others can reach.

// share answers share.html of an archive of ours: how to pass it on, and the form that begins sharing.
func (s voice) share(w http.ResponseWriter, r *http.Request, b *book) {
	if s.sharing != nil {
		s.answer(w, r, http.StatusOK, page.Share(s.site(b), s.shareView(b, shareAsked{})))
		return
	}
	site, title := s.site(b), s.ui.Text("foot.pass")
	nodes := []markup.Node{
		page.Heading(title), page.Lead(s.ui.Text("share.help.lead")),
		markup.El("p", markup.El("a", markup.A("href", s.address(routeCopies, "book", b.name)), markup.Text(s.ui.Text("get.title")))),
		markup.El("ul", markup.Lines(
			markup.El("li", markup.Text(s.ui.Text("about.pass.1"))), markup.El("li", markup.Text(s.ui.Text("about.pass.3"))),
		)),
		page.SectionOf(
			"samizdat", s.ui.Text("share.help.samizdat"), para(s.ui.Text("share.help.samizdat.text")),
			page.Command("samizdat extract --zim FILE.zim"), para(s.ui.Text("share.help.read")), page.Command("samizdat share"),
		),
		s.quitForm(s.ui),
	}
	if s.cfg.Loopback {
		s.answer(w, r, http.StatusOK, page.Frame(site, title, page.Column(nodes...)))
		return
	}
	s.answer(w, r, http.StatusOK, page.Frame(site, title, page.Column(nodes...), page.Who(site)))
}

// sharePage is the same for archives that have no share.html of their own, under the program's own frame.
func (s *Server) sharePage(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.sharing == nil:
		s.notFound(w, r)
	case r.Method == http.MethodPost:
		s.shareStart(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		s.notAllowed(w, r, "GET, HEAD, POST")
	default:
		v := s.voice(w, r)
		s.answer(w, r, http.StatusOK, page.Share(v.site(nil), v.shareView(nil, shareAsked{})))
	}
}

// sharer is who answers a form that has been read: the page of the book that it came from, or the program itself.
func (s *Server) sharer(w http.ResponseWriter, r *http.Request) (voice, *book) {
	if b := s.byName[r.PostForm.Get("book")]; b != nil && b.src.Ours {
		if v, ok := s.framed(w, r, b, page.SharePath, r.PostForm.Get("lang")); ok {
			return v, b
		}
	}
	return s.voice(w, r), nil
}

// shareAddress returns the page about sharing in the frame of b, which may be nil.
func (s voice) shareAddress(b *book) string {
	if b == nil {
		return s.Server.address(routeShare)
	}
	return s.shadowAddress(b, page.InLanguage(page.SharePath, s.lang))
}

// shareAsked is what somebody filled in, and why it could not be done.
type shareAsked struct {
	problem  string
	network  string
	minutes  int
	wifiName string
}

// shareView is what the page says now.
func (s voice) shareView(b *book, asked shareAsked) page.ShareView {
	state := s.sharing.State()
	v := page.ShareView{
		Start: s.Server.address(routeShare), Stop: s.Server.address(routeShareStop), Get: s.getAddress(), Problem: asked.problem,
		Min: int(MinShareTime / time.Minute), Max: int(MaxShareTime / time.Minute), Minutes: int(ShareTime / time.Minute),
		Network: asked.network, WiFiName: asked.wifiName, Quit: s.quitForm(s.ui),
	}
	v.Hidden = [][2]string{{tokenField, s.token}}
	if b != nil {
		v.Hidden = append(v.Hidden, [2]string{"book", b.name}, [2]string{"lang", s.lang})
	}
	if state.On {
		v.URL, v.Until, v.Visitors, v.Gone = state.URL+"get", state.Until, state.Visitors, state.Gone
		v.Code, v.WiFiName = s.Server.address(routeShareCode, "what", "address"), state.wifi.Name
		if state.wifi.Name != "" {
			v.WiFiCode = s.Server.address(routeShareCode, "what", "wifi")
		}
		return v
	}
	if asked.minutes > 0 {
		v.Minutes = asked.minutes
	}
	switch {
	case state.Ending > 0:
		v.Note = s.ui.Text("share.ending", "n", state.Ending)
	case state.TimeOver:
		v.Note = s.ui.Text("share.over")
	}
	networks, _ := s.sharing.Networks() // none: the page says what to do
	for _, n := range networks {
		text := n.String()
		if !n.Private {
			text += s.ui.Text("list.separator") + s.ui.Text("share.public")
		}
		v.Networks = append(v.Networks, page.Choice{Value: n.Addr.String(), Text: text})
	}
	return v
}

// maxForm is the length in bytes of a form; ours has a few hundred.
const maxForm = 8 << 10

// shareStart begins to share, if one of our own pages asks for it, and leads to the page that says so.
func (s *Server) shareStart(w http.ResponseWriter, r *http.Request) {
	if !s.pressed(w, r) {
		return
	}
	v, b := s.sharer(w, r)
	asked := shareAsked{network: r.PostForm.Get("network"), wifiName: r.PostForm.Get("ssid")}
	fail := func(status int, problem string) {
		asked.problem = problem
		s.answer(w, r, status, page.Share(v.site(b), v.shareView(b, asked)))
	}
	minutes, err := strconv.Atoi(r.PostForm.Get("minutes"))
	asked.minutes = min(max(minutes, 1), math.MaxInt16)
	addr, _ := netip.ParseAddr(asked.network)
	networks, _ := s.sharing.Networks() // none: then the address is none of them
	switch {
	case r.PostForm.Get("agreed") != "yes":
		fail(http.StatusUnprocessableEntity, v.ui.Text("share.agree.first"))
		return
	case !slices.ContainsFunc(networks, func(n Network) bool { return n.Addr == addr }): // what the list does not have
		fail(http.StatusUnprocessableEntity, v.ui.Text("share.failed", "text", asked.network))
		return
	}
	if err == nil {
		_, err = s.sharing.Start(ShareOptions{
			Addr: addr, For: time.Duration(asked.minutes) * time.Minute,
			WiFi: WiFi{Name: r.PostForm.Get("ssid"), Password: r.PostForm.Get("password")},
		})
	} else {
		err = ErrShareTime
	}
	switch {
	case errors.Is(err, ErrShareTime):
		fail(http.StatusUnprocessableEntity, v.ui.Text("share.time", "a", int(MinShareTime/time.Minute), "b", int(MaxShareTime/time.Minute)))
	case errors.Is(err, ErrWiFi):
		fail(http.StatusUnprocessableEntity, v.ui.Text("share.wifi.wrong"))
	case err != nil && !errors.Is(err, ErrSharing):
		s.logf("sharing could not begin: %v", err)
		fail(http.StatusConflict, v.ui.Text("share.failed", "text", addr.String()))
	default:
		seeOther(w, v.shareAddress(b))
	}
}

// shareStop ends sharing.
func (s *Server) shareStop(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.sharing == nil:
		s.notFound(w, r)
		return
	case r.Method != http.MethodPost:
		s.notAllowed(w, r, http.MethodPost)
		return
	case !s.pressed(w, r):
		return
	}
	s.sharing.Stop()
	v, b := s.sharer(w, r)
	seeOther(w, v.shareAddress(b))
}

// tokenField is the name under which our own forms send back what this run put into them.
const tokenField = "token"

// pressed reads the form of r, if it is a button on one of our own pages, and answers for it otherwise. That the request
// comes from our origin is not enough: pages of our archives, and of everybody's on a LAN, have the same one. They cannot
// read our pages, and so do not know the token.
func (s *Server) pressed(w http.ResponseWriter, r *http.Request) bool {
	if placeOf(r).guests || !mayAct(r) {
		s.refuse(w, r, http.StatusForbidden)
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, http.StatusBadRequest)
		return false
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get(tokenField)), []byte(s.token)) != 1 {
		s.instead(w, r, http.StatusForbidden, "err.403", "err.403.button")
		return false
	}
	return true
}

// shareCode answers with the picture of a QR code, of the address or of the Wi-Fi, while sharing is on.
func (s *Server) shareCode(w http.ResponseWriter, r *http.Request) {
	if s.sharing == nil {
		s.notFound(w, r)
		return
	}
	state := s.sharing.State()
	text := ""
	switch {
	case !state.On:
	case pathVar(r, "what") == "address":
		text = state.URL + "get"
	case state.wifi.Name != "":
		text = state.wifi.code()
	}
	if text == "" {
		s.notFound(w, r)
		return
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil { // 2331 bytes fit
		panic(fmt.Sprintf("serve: internal error: QR code of %d bytes: %v", len(text), err))
	}
	s.send(w, r, "image/png", "", bytes.NewReader(code.PNG()))
}

// seeOther leads to the page that shows what an action has done. RFC 9110 §15.4.4.
func seeOther(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusSeeOther)
}

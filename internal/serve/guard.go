package serve

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// guard stands before the router, so that nothing is answered around it. It refuses requests that call us by a name
// that is not ours (DNS rebinding), requests that another site makes in a reader's browser, and sets the headers that
// every answer has. The policy it sets is that of our own pages; handlers of stored bytes replace it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := newResponse(w, s.cacheControl())
		defer s.recovered(out, r)
		defer out.end()
		h := out.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-DNS-Prefetch-Control", "off")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		s.setPolicy(h, shown{of: ownPage})

		if r.ContentLength != 0 { // nothing here reads a body; do not wait long for one
			_ = out.control.SetReadDeadline(time.Now().Add(bodyTimeout))
		}
		out.noRange = func(w http.ResponseWriter) string { return s.plain(w, r, http.StatusRequestedRangeNotSatisfiable) }
		at, ok := s.place(r)
		if !ok {
			s.refuse(out, r, http.StatusMisdirectedRequest)
			return
		}
		if !allowed(r, at.origin) && !s.framesCaptured(r, at) {
			s.refuse(out, r, http.StatusForbidden)
			return
		}
		next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), placeKey{}, at)))
	})
}

// refuse answers in plain text: a page would ask for a style sheet that would be refused too.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int) {
	text := s.plain(w, r, status)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// plain returns what to say of status in plain text, and sets the headers for it.
func (s *Server) plain(w http.ResponseWriter, r *http.Request, status int) string {
	ui, key := s.voice(w, r).ui, fmt.Sprintf("err.%d", status)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Language", ui.Lang())
	return ui.Text(key) + "\n" + ui.Text(key+".text") + "\n"
}

// place is where a request arrived: by which name, and so at which site.
type place struct {
	origin string // "http://127.0.0.1:8470", as the browser writes it
	port   uint16 // listened on
	guests bool   // the site of archives that are not ours; never on a LAN
}

type placeKey struct{}

// placeOf returns what the guard found out about r.
func placeOf(r *http.Request) place {
	at, _ := r.Context().Value(placeKey{}).(place)
	return at
}

// place tells where r arrived. ok is false if it calls us by a name that is not ours. Names are compared with the port
// that the connection was made to, so that a page of another program on this machine cannot be told to be us.
func (s *Server) place(r *http.Request) (at place, ok bool) {
	addr, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	local, known := addrPort(addr)
	if !known {
		return place{}, false
	}
	name, err := parseHost(r.Host)
	if err != nil {
		return place{}, false
	}
	at = place{origin: "http://" + strings.ToLower(r.Host), port: local.Port()}
	for _, h := range s.hosts {
		if h.matches(name, local.Port()) {
			return at, true
		}
	}
	if port := name.port; port != local.Port() && (port != 0 || local.Port() != 80) {
		return place{}, false
	}
	if ip, err := netip.ParseAddr(name.host); err == nil {
		// An address cannot be rebound. On loopback only the two that we print; elsewhere the one that was dialled.
		return at, ip == loopback4 || ip == loopback6 || !s.cfg.Loopback && ip == local.Addr()
	}
	if name.host != guestHost {
		return place{}, false
	}
	at.guests = s.cfg.Loopback
	return at, true
}

// guestHost is the name that archives of others are served under; to a browser it is another site than 127.0.0.1.
const guestHost = "localhost"

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
)

// uiOrigin returns the origin of our own pages for a request that arrived at the guests' site.
func (s *Server) uiOrigin(at place) string {
	ip := loopback4
	if s.only6.Load() {
		ip = loopback6
	}
	return "http://" + netip.AddrPortFrom(ip, at.port).String()
}

// guestOrigin returns the origin of the guests' site.
func guestOrigin(at place) string {
	return "http://" + net.JoinHostPort(guestHost, strconv.Itoa(int(at.port)))
}

// hostName is a host as requests and --host spell it.
type hostName struct {
	host string // lower case, without brackets
	port uint16 // 0 if not given
}

// parseHost splits "name", "name:port", "1.2.3.4:port", "[::1]:port".
func parseHost(s string) (hostName, error) {
	host, port := strings.ToLower(s), uint16(0)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") && (host[0] == '[' || strings.Count(host, ":") == 1) {
		n, err := strconv.ParseUint(host[i+1:], 10, 16)
		if err != nil || n == 0 {
			return hostName{}, fmt.Errorf("serve: host %q: no port", s)
		}
		host, port = host[:i], uint16(n)
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
		if !strings.Contains(host, ":") { // brackets are for IPv6
			return hostName{}, fmt.Errorf("serve: %q is not the name of a host", s)
		}
	}
	if host == "" || strings.ContainsAny(host, "[]/@\\ \t\r\n") {
		return hostName{}, fmt.Errorf("serve: %q is not the name of a host", s)
	}
	return hostName{host, port}, nil
}

// matches reports whether a request for got, arriving at the port listened on, means h. Behind a proxy or an onion
// service the visitor's browser leaves out the usual ports.
func (h hostName) matches(got hostName, listening uint16) bool {
	if h.host != got.host {
		return false
	}
	if h.port == 0 {
		return got.port == listening || got.port == 0
	}
	return got.port == h.port || got.port == 0 && (h.port == 80 || h.port == 443)
}

// allowed reports whether the browser sends r for one of our own pages, or because a person went to the address. What
// another site may do is one thing: lead its visitor here, in a window of its own. Fetch Metadata, §2.
//
// Browsers that do not send these headers yet send Origin with everything that could read an answer.
func allowed(r *http.Request, origin string) bool {
	h := r.Header
	if h.Get("Service-Worker") != "" {
		return false // it would outlive the reader's visit and answer in our name
	}
	switch h.Get("Sec-Fetch-Site") {
	case "same-origin":
		return true
	case "", "none":
		from := h.Get("Origin")
		return from == "" || from == origin
	}
	dest := h.Get("Sec-Fetch-Dest")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		h.Get("Sec-Fetch-Mode") == "navigate" &&
		(dest == "document" || dest == "") && // not a frame, not an object
		h.Get("Sec-Purpose") == "" // not ahead of time
}

// mayAct reports whether r, a POST, comes from one of our own pages: it must say so, and not only fail to say
// otherwise. Pages that send no referrer, as ours, send "Origin: null" with a form (Fetch, "append a request Origin
// header"); then only the browser's own word that the request is same-origin counts, which no page can forge.
func mayAct(r *http.Request) bool {
	site, from := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	switch from {
	case "":
		return false
	case "null":
		return site == "same-origin"
	}
	return from == placeOf(r).origin && (site == "" || site == "same-origin")
}

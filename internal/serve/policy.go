package serve

import (
	"net/http"
	"net/url"
	"strings"
)

// permissions turns off what no archive needs, for the page and everything in it. W3C Permissions Policy.
const permissions = "accelerometer=(), attribution-reporting=(), bluetooth=(), browsing-topics=(), camera=(), " +
	"clipboard-read=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), " +
	"join-ad-interest-group=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
	"publickey-credentials-get=(), run-ad-auction=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// author says who made a page.
type author int

const (
	ownPage      author = iota // the program, at this moment: shelf, errors, shadowed pages
	ourContent                 // stored in an archive that came inside the program
	guestContent               // stored in any other archive
)

// shown is what a policy is made for.
type shown struct {
	of   author
	book string // the archive's name in addresses
	mime string // of the item
	at   place
	lan  bool // one origin for all
}

// policy returns the Content-Security-Policy for p and whether pages of the same origin may frame it. It is the one
// place that decides what a page may do, and starts from nothing:
//
//   - Our own pages have a style sheet, forms to ourselves, and that is all. Nobody may frame them.
//   - Pages of our archives run no script at all. They were rendered without any; a script there would be one that
//     somebody smuggled into a dossier, on the site where the reader's own buttons are. Inline styles are allowed,
//     since with every connection closed they can do no more than look wrong.
//   - Guests may run their scripts, on their own site. Everything that loads is held to the archive's own addresses,
//     by path, so that one guest does not fetch from another. 'unsafe-eval' and data: are there because archives of
//     web pages need them; they give a script nothing that it does not have already.
//   - On a LAN everybody shares one origin, and then nobody runs scripts.
//
// No sandbox: without allow-same-origin a page's own style sheets would arrive as cross-site and be refused by the
// guard, and with it the directive would add little. Nothing a policy says can stop a page from navigating its
// own window to an outside address; docs/threat-model.md says so.
//
// PDF is shown by the browser's own viewer, which is a page with scripts, styles and an embedded object around the
// document; Chromium holds that page to the document's policy. So a PDF gets no policy but who may frame it. A PDF's own
// scripts cannot reach the network in the viewers of Chromium and Firefox.
func policy(p shown) (csp string, frames bool) {
	none, self, files := []string{"'none'"}, []string{"'self'"}, []string{"'self'", "data:", "blob:"}
	switch {
	case p.of == ownPage:
		return directives{
			"default-src": none, "style-src": self, "img-src": {"'self'", "data:"}, "form-action": self, "base-uri": none, "frame-ancestors": none,
		}.String(), false
	case isPDF(p.mime):
		return directives{"frame-ancestors": self}.String(), true
	case p.of == guestContent && !p.lan:
		// A path in a source is matched up to its end if it ends in a slash (CSP3, §6.7.2.12). After a redirect paths
		// are no longer compared; ours never lead from one archive to another.
		base := guestOrigin(p.at)
		book := url.PathEscape(p.book) + "/"
		self = []string{base + "/content/" + book, base + "/raw/" + book}
		files = append([]string{"data:", "blob:"}, self...)
		return directives{
			"default-src": none,
			"script-src":  append([]string{"'unsafe-inline'", "'unsafe-eval'"}, files...),
			"style-src":   append([]string{"'unsafe-inline'"}, files...),
			"img-src":     files, "media-src": files, "font-src": files, "connect-src": files, "frame-src": files, "worker-src": files,
			"object-src": self, "manifest-src": self, "form-action": self, "base-uri": self, "frame-ancestors": {"'self'"},
			"webrtc": {"'block'"}, // CSP3; WebRTC is not covered by connect-src
		}.String(), true
	default: // our archives, and everybody's on a LAN
		return directives{
			"default-src": none,
			"style-src":   {"'self'", "'unsafe-inline'"},
			"img-src":     files, "media-src": files, "font-src": files,
			"frame-src": self, "object-src": self, "form-action": self, "base-uri": none, "frame-ancestors": self,
		}.String(), true
	}
}

// directives are the parts of a policy.
type directives map[string][]string

// order is that in which directives are written, so that the same policy is the same string.
var order = []string{
	"default-src", "script-src", "style-src", "img-src", "media-src", "font-src", "connect-src", "frame-src", "worker-src",
	"object-src", "manifest-src", "form-action", "base-uri", "frame-ancestors", "webrtc",
}

func (d directives) String() string {
	var parts []string
	for _, name := range order {
		if values := d[name]; values != nil {
			parts = append(parts, name+" "+strings.Join(values, " "))
		}
	}
	return strings.Join(parts, "; ")
}

// setPolicy sets the headers that policy decides.
func (s *Server) setPolicy(h http.Header, p shown) {
	p.lan = !s.cfg.Loopback
	csp, frames := policy(p)
	h.Set("Content-Security-Policy", csp)
	if frames {
		h.Set("X-Frame-Options", "SAMEORIGIN")
	} else {
		h.Set("X-Frame-Options", "DENY")
	}
}

func isPDF(mime string) bool {
	mime, _, _ = strings.Cut(mime, ";")
	return strings.EqualFold(strings.TrimSpace(mime), "application/pdf")
}

package serve

import (
	"net/http"
	"net/url"
	"strings"

	"samizdat/internal/page"
)

// permissions turns off what no archive needs, for the page and everything in it. W3C Permissions Policy.
const permissions = "accelerometer=(), browsing-topics=(), camera=(), " +
	"clipboard-read=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), " +
	"local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
	"publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// author says who made a page.
type author int

const (
	ownPage      author = iota // the program, at this moment: shelf, errors, shadowed pages
	ourContent                 // stored in an archive that came inside the program
	guestContent               // stored in any other archive
	captured                   // stored in an archive of ours, made by somebody else: snapshots of pages and their parts
)

// shown is what a policy is made for.
type shown struct {
	of   author
	book string // the archive's name in addresses
	mime string // of the item
	at   place
	ui   string // origin of our own site
	lan  bool   // one origin for all

	// script is the path of the one script that a page of our own has, and asks that of what it asks; empty for none.
	script, asks string
}

// rules are what the browser is told about one answer.
type rules struct {
	csp         string // Content-Security-Policy
	connections string // Connection-Allowlist; empty for none
	frames      bool   // whether pages of the same origin may frame it
}

// policy returns the rules for p. It is the one place that decides what a page may do, and starts from nothing:
//
//   - Our own pages have a style sheet, forms to ourselves, and that is all; the search page has one script, compiled in,
//     that may ask for suggestions. Nobody may frame them. The forms that do something carry a token besides.
//   - Pages of our archives run no script at all. They were rendered without any; a script there would be one that
//     somebody smuggled into a dossier, on the site where the reader's own buttons are. Inline styles are allowed,
//     since with every connection closed they can do no more than look wrong. Their forms lead to their own archive and to
//     the search.
//   - Guests may run their scripts, on their own site. Everything that loads is held to the archive's own addresses,
//     by path, so that one guest does not fetch from another. 'unsafe-eval' and data: are there because archives of
//     web pages need them; they give a script nothing that it does not have already.
//   - Snapshots of pages in our archives run nothing, send nothing and open nothing, on the guests' site; only pages of
//     our own site may frame them. They load from the snapshots of the same archive only.
//   - On a LAN everybody shares one origin, and then nobody runs scripts.
//
// A Content-Security-Policy leaves three ways out: a page can navigate its own window to an outside address, connect
// ahead of time (<link rel=preconnect>), and speak WebRTC. Connection-Allowlist (WICG) closes all three; Chromium 156
// obeys it (tried, 2026-11), Firefox and Safari do not know it, and docs/threat-model.md says so. It is not set on
// our own pages, which must be able to lead to the guests' site.
//
// There is no sandbox but for snapshots: without allow-same-origin a page's own style sheets would arrive as cross-site and be refused by
// the guard; with it the directive would add little, and browsers do not show PDF in a sandbox.
//
// A PDF is shown by the browser's own viewer, and browsers have differed in whether they hold that viewer, a page with
// scripts and an embedded object, to the document's policy. So a PDF is told only who may frame it, as kiwix-serve does;
// it is data, and nosniff keeps it from being taken for a page. (Chromium 156 shows it under the other policies too.)
func policy(p shown) rules {
	none, self, files := []string{"'none'"}, []string{"'self'"}, []string{"'self'", "data:", "blob:"}
	connections := "(response-origin); redirects=allow" // no redirect of ours leads out
	if p.of == ownPage {
		d := directives{
			"default-src": none, "style-src": self, "img-src": {"'self'", "data:"}, "form-action": self, "base-uri": none, "frame-ancestors": none,
		}
		if p.script != "" && !p.lan { // by path, since 'self' would take a script of an archive too
			d["script-src"], d["connect-src"] = []string{p.at.origin + p.script}, []string{p.at.origin + p.asks}
		}
		return rules{csp: d.String()}
	}
	snapshots := "" // where the snapshots of this archive are shown
	if !p.lan {
		snapshots = guestOrigin(p.at) + "/content/" + url.PathEscape(p.book) + "/" + page.CapturedPrefix
	}
	if p.of == captured {
		parts, framing := []string{"'self'", "data:"}, self
		if !p.lan {
			framing = []string{"'self'", p.ui}
			if p.at.guests {
				parts = []string{"data:", snapshots}
			}
		}
		return rules{directives{
			"default-src": none, "style-src": append([]string{"'unsafe-inline'"}, parts...),
			"img-src": parts, "media-src": parts, "font-src": parts, "form-action": none, "base-uri": none, "frame-ancestors": framing,
			"sandbox": {"allow-same-origin"},
		}.String(), connections, p.lan}
	}
	scripts := p.of == guestContent && !p.lan
	book := url.PathEscape(p.book) + "/"
	// Where forms of a page may lead: to its own archive and the search, which only answer. Our buttons are at the same
	// origin, and one click on a page that looks like a page must not press them.
	forms := []string{p.at.origin + "/content/" + book, p.at.origin + "/search"}
	if scripts {
		// A path in a source is matched up to its end if it ends in a slash (CSP3, §6.7.2.12). After a redirect paths
		// are no longer compared; ours never lead from one archive to another.
		base := guestOrigin(p.at)
		self = []string{base + "/content/" + book, base + "/raw/" + book}
		files = append([]string{"data:", "blob:"}, self...)
	}
	switch {
	case isPDF(p.mime):
		return rules{directives{"frame-ancestors": {"'self'"}}.String(), connections, true}
	case scripts:
		return rules{directives{
			"default-src": none,
			"script-src":  append([]string{"'unsafe-inline'", "'unsafe-eval'"}, files...),
			"style-src":   append([]string{"'unsafe-inline'"}, files...),
			"img-src":     files, "media-src": files, "font-src": files, "connect-src": files, "frame-src": files, "worker-src": files,
			"object-src": self, "manifest-src": self, "form-action": self, "base-uri": self, "frame-ancestors": {"'self'"},
		}.String(), connections, true}
	default: // our archives, and everybody's on a LAN
		frames := self
		if p.of == ourContent && !p.lan {
			frames = append([]string{snapshots}, self...)
			connections = `(response-origin "` + guestOrigin(p.at) + `"); redirects=allow`
		}
		return rules{directives{
			"default-src": none,
			"style-src":   {"'self'", "'unsafe-inline'"},
			"img-src":     files, "media-src": files, "font-src": files,
			"frame-src": frames, "object-src": self, "form-action": forms, "base-uri": none, "frame-ancestors": self,
		}.String(), connections, true}
	}
}

// directives are the parts of a policy.
type directives map[string][]string

// order is that in which directives are written, so that the same policy is the same string.
var order = []string{
	"default-src", "script-src", "style-src", "img-src", "media-src", "font-src", "connect-src", "frame-src", "worker-src",
	"object-src", "manifest-src", "form-action", "base-uri", "frame-ancestors", "sandbox",
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
	p.lan, p.ui = !s.cfg.Loopback, s.uiOrigin(p.at)
	rules := policy(p)
	h.Set("Content-Security-Policy", rules.csp)
	h.Del("Connection-Allowlist")
	if rules.connections != "" {
		h.Set("Connection-Allowlist", rules.connections)
	}
	switch {
	case p.of == captured && !p.lan:
		h.Del("X-Frame-Options") // it cannot name another origin; the policy does
	case rules.frames:
		h.Set("X-Frame-Options", "SAMEORIGIN")
	default:
		h.Set("X-Frame-Options", "DENY")
	}
}

// isPDF reports whether an item goes out as exactly that type; see [contentType].
func isPDF(mime string) bool { return mime == pdfType }

package serve

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"
)

// route is the name of a place in the router. Addresses are built from it, so that each is written once.
type route string

const (
	routeHome         route = "home"
	routeShelf        route = "shelf"
	routeStyle        route = "style"
	routeQuit         route = "quit"
	routeShare        route = "sharing"
	routeShareStop    route = "stop sharing"
	routeShareCode    route = "QR code"
	routeGet          route = "get"
	routeGetFolder    route = "get folder"
	routeCopies       route = "copies"
	routeSums         route = "checksums"
	routeCopy         route = "copy"
	routeShadow       route = "shadow"
	routeBook         route = "book"
	routeContent      route = "content"
	routeRawContent   route = "raw content"
	routeRawMeta      route = "raw meta"
	routeRandom       route = "random"
	routeRoot         route = "catalogue"
	routeEntries      route = "catalogue entries"
	routeEntry        route = "catalogue entry"
	routeIllustration route = "catalogue illustration"
	routeSearch       route = "search"
	routeSuggest      route = "suggest"
	routeOpenSearch   route = "search description"
	routeSearchScript route = "search script"
	routeRest         route = "rest"
)

// routes are tried from the first to the last. A path in an archive may hold anything, line feeds and "//" too, so its
// pattern takes everything; groups must not capture, or mux panics.
func (s *Server) routes() []struct {
	name    route
	path    string
	handler http.HandlerFunc
} {
	return []struct {
		name    route
		path    string
		handler http.HandlerFunc
	}{
		{routeHome, "/", s.home},
		{routeShelf, "/-/", s.shelf},
		{routeStyle, "/-/style.css", s.style},
		{routeQuit, "/-/quit", s.quit},
		{routeShare, "/-/share", s.sharePage},
		{routeShareStop, "/-/share/stop", s.shareStop},
		{routeShareCode, "/-/share/{what:address|wifi}.png", s.shareCode},
		{routeGet, "/get", s.get},
		{routeGetFolder, "/get/", s.get},
		{routeCopies, "/get/{book}/", s.copies},
		{routeSums, "/get/{book}/SHA256SUMS", s.sums},
		{routeCopy, "/get/{book}/{file:[^/]+}", s.copy},
		{routeShadow, `/content/{book}/{page:(?:search|share|check)(?:\.[A-Za-z0-9-]+)?\.html}`, s.shadow},
		{routeBook, "/content/{book}", s.bookRoot},
		{routeContent, "/content/{book}/{path:(?s:.*)}", s.content},
		{routeRawContent, "/raw/{book}/content/{path:(?s:.*)}", s.rawContent},
		{routeRawMeta, "/raw/{book}/meta/{path:(?s:.*)}", s.rawMeta},
		{routeRandom, "/random", s.randomPage},
		{routeSearch, "/search", s.search},
		{routeOpenSearch, "/search/searchdescription.xml", s.openSearch},
		{routeSuggest, "/suggest", s.suggest},
		{routeSearchScript, "/-/search.js", s.searchJS},
		{routeRoot, "/catalog/v2/root.xml", s.catalogRoot},
		{routeEntries, "/catalog/v2/entries", s.catalogEntries},
		{routeEntry, "/catalog/v2/entry/{uuid}", s.catalogEntry},
		{routeIllustration, "/catalog/v2/illustration/{uuid:[^/]+/?}", s.catalogIllustration},
		{routeRest, "/{path:(?s:.*)}", s.notFound}, // last: it matches everything
	}
}

// newRouter registers the routes. SkipClean must be set on this, the top router: without it mux answers "//" and ".."
// with redirects that change the path, and escapes them twice. StrictSlash must not be set with it: it would redirect
// "//evil.example" to //evil.example/. (gorilla/mux 1.8.1.)
func (s *Server) newRouter() (*mux.Router, error) {
	r := mux.NewRouter().SkipClean(true)
	for _, t := range s.routes() {
		made := r.Path(t.path).Name(string(t.name)).HandlerFunc(s.onSite(t.name, t.handler))
		if t.name != routeQuit && t.name != routeShare && t.name != routeShareStop { // which look at the method themselves
			made.Methods(http.MethodGet, http.MethodHead)
		}
		if err := made.GetError(); err != nil {
			return nil, fmt.Errorf("serve: route %s: %w", t.name, err)
		}
	}
	r.NotFoundHandler = http.HandlerFunc(s.notFound)
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.notAllowed(w, r, "GET, HEAD")
	})
	return r, nil
}

// address returns the path, escaped, of a route with its variables given as name, value, …, not escaped.
func (s *Server) address(name route, vars ...string) string {
	u, err := s.router.Get(string(name)).URLPath(vars...)
	if err != nil {
		panic("serve: internal error: " + err.Error()) // a variable is missing; TestRoutes builds them all
	}
	return u.String()
}

// onSite keeps the two sites apart. At the guests' site there are only guests and the style sheet of our errors;
// everything else is redirected to our own site.
func (s *Server) onSite(name route, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.elsewhere(w, r, name) {
			return
		}
		next(w, r)
	}
}

// elsewhere redirects r to the other site if it belongs there.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request, name route) bool {
	at := placeOf(r)
	if !s.cfg.Loopback || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	guest := false
	switch name {
	case routeStyle:
		return false
	case routeShadow, routeBook, routeContent, routeRawContent, routeRawMeta:
		b := s.byName[mux.Vars(r)["book"]]
		guest = b != nil && !b.src.Ours
		if b != nil && b.src.Ours && isCaptured(mux.Vars(r)["path"]) {
			if at.guests {
				return false
			}
			guest = !b.isPart(mux.Vars(r)["path"])
		}
	}
	if guest == at.guests {
		return false
	}
	to := s.uiOrigin(at)
	if guest {
		to = guestOrigin(at)
	}
	path := r.URL.EscapedPath()
	if path == "" || path[0] != '/' {
		path = "/"
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		path += "?" + r.URL.RawQuery
	}
	redirect(w, to+path)
	return true
}

// redirect answers 302. Location is written as it is: http.Redirect would clean its path. It must be an origin of
// ours with a path, or a path that begins with a fixed name, so that it never begins with two slashes.
func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusFound)
}

func pathVar(r *http.Request, name string) string { return mux.Vars(r)[name] }

// query returns the address with a query of name, value, … pairs.
func withQuery(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + v.Encode()
}

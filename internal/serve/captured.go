package serve

import (
	"net/http"
	"strings"

	"samizdat/internal/page"
)

// Snapshots of pages that others made lie in our own archives below one prefix, which the rules for packing fix. They
// were checked to be inert when they were packed; here they are treated as if nobody had. The pages themselves are
// shown on the guests' site, under a policy in which nothing runs, so that not even a mistake in that check gives
// others' markup the site where the reader's buttons are. Pictures and the like are also answered on our own site,
// where the readable texts show them.

// isCaptured reports whether a path of an archive of ours is that of a captured page or of a part of one.
func isCaptured(path string) bool { return strings.HasPrefix(path, page.CapturedPrefix) }

// isPart reports whether there is something at path that a page shows and that is no page itself.
func (b *book) isPart(path string) bool {
	e, err := b.zim.Content(path)
	if err == nil {
		e, err = e.Resolve()
	}
	if err != nil {
		return true // the error is answered where it was asked for
	}
	kind := contentType(e.MIMEType())
	main, _, _ := strings.Cut(kind, "/")
	return main == "image" || main == "audio" || main == "video" || main == "font" || strings.HasPrefix(kind, "text/css") || strings.HasPrefix(kind, "text/vtt")
}

// framesCaptured reports whether r, which arrived at the guests' site, is a browser that shows a snapshot inside of a
// page. Which pages may do that is said by the answer's policy.
func (s *Server) framesCaptured(r *http.Request, at place) bool {
	book, path, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/content/"), "/")
	if !ok || !at.guests || !strings.HasPrefix(r.URL.Path, "/content/") || !isCaptured(path) || r.Header.Get("Service-Worker") != "" {
		return false
	}
	b := s.byName[book]
	return b != nil && b.src.Ours && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "iframe" && r.Header.Get("Sec-Purpose") == ""
}

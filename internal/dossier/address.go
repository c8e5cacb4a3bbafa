package dossier

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// AddressKey returns what addresses of one page have in common, so that a page is not listed twice: host and path as people read
// them and the query, without scheme, port, user and fragment. It is how zimit and warc2zim name pages in an archive. Empty if
// ref is no address of the web.
func AddressKey(ref string) string {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if name, err := idna.ToUnicode(host); err == nil {
		host = name
	}
	path := u.Path
	if path == "" {
		path = "/"
	}
	if u.RawQuery == "" {
		return host + path
	}
	query, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		query = u.RawQuery
	}
	return host + path + "?" + query
}

// AtAddress returns the item that is the page at one of the addresses, leads there, or was captured from there; nil if there is none.
func (d *Dossier) AtAddress(refs ...string) *Item {
	keys := map[string]bool{}
	for _, ref := range refs {
		keys[AddressKey(ref)] = true
	}
	delete(keys, "")
	for _, it := range d.Items() {
		known := []string{it.URL, it.FinalURL}
		if c := it.Capture; c != nil {
			known = append(append(known, c.FinalURL), c.Redirects...)
		}
		for _, ref := range known {
			if ref != "" && keys[AddressKey(ref)] {
				return it
			}
		}
	}
	return nil
}

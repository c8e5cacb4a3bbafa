package pack

import (
	"net/url"
	"path"
	"strings"
)

// DeadLink is a link that leads nowhere inside the archive.
type DeadLink struct {
	File   string // path of the page
	Line   int    // of the tag, from 1
	Target string // as written
	Reason string
}

// Reasons of dead links.
const (
	reasonMissing  = "no such file"
	reasonEmpty    = "the file is empty and was left out"
	reasonFolder   = "a folder without index.html"
	reasonAbsolute = "begins with a slash; only relative links work inside an archive"
	reasonOutside  = "leads out of the folder"
	reasonEncoding = "bad percent-encoding"
	reasonNet      = "is loaded from the net, which an archive cannot"
)

// reference is an address found in a page.
type reference struct {
	line   int
	target string // as written
	loaded bool   // fetched by the page itself, like an image, not followed by a reader
}

// site is what can be linked to.
type site struct {
	files map[string]bool // by path; false: the file is there but was left out
	dirs  map[string]bool // by path without slash at the end; "." is the root
}

// resolve tells where ref, found in the page at file under the base address base (usually ""), leads: the path of an
// entry, with a slash at the end when it is a folder that has an index.html. An address that is not of this site,
// or the page itself, gives "" and no reason.
func (s *site) resolve(file, base string, ref reference) (to, reason string) {
	target := clean(ref.target)
	if target == "" {
		return "", ""
	}
	if outside(target) {
		if ref.loaded && !strings.HasPrefix(strings.ToLower(target), "data:") && fromNet(target) {
			return "", reasonNet
		}
		return "", ""
	}
	if base != "" {
		if outside(base) {
			if ref.loaded && fromNet(base) {
				return "", reasonNet
			}
			return "", ""
		}
		if target[0] != '/' && target[0] != '#' { // a base of this site: as if the page lay there
			base, _, _ = strings.Cut(base, "#")
			base, _, _ = strings.Cut(base, "?")
			target = base[:strings.LastIndexByte(base, '/')+1] + target
		}
	}
	target, _, _ = strings.Cut(target, "#")
	target, _, _ = strings.Cut(target, "?")
	if target == "" {
		return "", ""
	}
	if target[0] == '/' {
		return "", reasonAbsolute
	}
	decoded, err := url.PathUnescape(target)
	if err != nil {
		return "", reasonEncoding
	}
	slash := strings.HasSuffix(decoded, "/") || strings.HasSuffix(decoded, "/.") || strings.HasSuffix(decoded, "/..") || decoded == "." || decoded == ".."
	to = path.Join(path.Dir(file), decoded)
	if to == ".." || strings.HasPrefix(to, "../") {
		return "", reasonOutside
	}
	packed, there := s.files[to]
	switch {
	case there && packed:
		return to, ""
	case there:
		return "", reasonEmpty
	case !s.dirs[to]:
		return "", reasonMissing
	case to == ".": // the archive's main page
		return "", ""
	case !s.files[to+"/index.html"]:
		return "", reasonFolder
	case slash:
		return to + "/", ""
	}
	return to, ""
}

// lineSpace removes what an address loses wherever it stands. URL, "URL parsing".
var lineSpace = strings.NewReplacer("\t", "", "\r", "", "\n", "")

// clean removes what browsers remove from an address: white space around it, tabs and line ends inside.
func clean(target string) string {
	target = strings.Trim(target, " \t\r\n\f")
	return lineSpace.Replace(target)
}

// outside reports whether an address names a scheme or a host.
func outside(target string) bool {
	if strings.HasPrefix(target, "//") {
		return true
	}
	for i, c := range []byte(target) {
		switch {
		case c == ':':
			return i > 0
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// fromNet reports whether a browser would go to the net for an address of another site.
func fromNet(target string) bool {
	lower := strings.ToLower(target)
	return strings.HasPrefix(lower, "//") || strings.HasPrefix(lower, "http:") || strings.HasPrefix(lower, "https:")
}

// srcsetURLs returns the addresses of a srcset attribute. HTML, "Parse a srcset attribute": an address ends at white
// space, or at commas that stand at its own end; a descriptor ends at a comma outside parentheses.
func srcsetURLs(srcset string) []string {
	const space = " \t\r\n\f"
	var out []string
	for {
		srcset = strings.TrimLeft(srcset, space+",")
		if srcset == "" {
			return out
		}
		end := strings.IndexAny(srcset, space)
		if end < 0 {
			end = len(srcset)
		}
		address := srcset[:end]
		srcset = srcset[end:]
		if bare := strings.TrimRight(address, ","); bare != address {
			out = append(out, bare) // no descriptor follows
			continue
		}
		out = append(out, address)
		depth := 0
		i := 0
	descriptor:
		for ; i < len(srcset); i++ {
			switch srcset[i] {
			case '(':
				depth++
			case ')':
				depth = max(depth-1, 0)
			case ',':
				if depth == 0 {
					break descriptor
				}
			}
		}
		srcset = srcset[i:]
	}
}

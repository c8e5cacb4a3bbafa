package markup

import "strings"

// content says how an element is written.
type content int

const (
	normal     content = iota
	void               // no content, no end tag
	keepsSpace         // a line feed right after the start tag is dropped by parsers
)

// elements are the names that [El] takes. What runs code or brings in other documents is not among them: script,
// style, object, embed, base. An iframe is made by [Frame] only, a script by [Script].
var elements = map[string]content{
	"a": normal, "article": normal, "aside": normal, "audio": normal, "b": normal, "bdi": normal, "blockquote": normal,
	"body": normal, "br": void, "button": normal, "caption": normal, "cite": normal, "code": normal, "dd": normal,
	"del": normal, "details": normal, "div": normal, "dl": normal, "dt": normal, "em": normal, "fieldset": normal,
	"figcaption": normal, "figure": normal, "footer": normal, "form": normal, "h1": normal, "h2": normal,
	"h3": normal, "h4": normal, "h5": normal, "h6": normal, "head": normal, "header": normal, "hr": void,
	"html": normal, "i": normal, "img": void, "input": void, "kbd": normal, "label": normal, "legend": normal,
	"li": normal, "link": void, "main": normal, "mark": normal, "meta": void, "nav": normal, "ol": normal,
	"option": normal, "p": normal, "pre": keepsSpace, "q": normal, "section": normal, "select": normal,
	"small": normal, "source": void, "span": normal, "strong": normal, "sub": normal, "summary": normal,
	"sup": normal, "table": normal, "tbody": normal, "td": normal, "textarea": keepsSpace, "th": normal,
	"thead": normal, "time": normal, "title": normal, "tr": normal, "track": void, "ul": normal, "video": normal,
	"wbr": void,
}

// value says what an attribute holds.
type value int

const (
	plain     value = iota
	reference       // a relative reference
)

// attributes are the names that [A] takes, besides aria-*. What holds code (on…, style, srcdoc), or several references
// (srcset, ping), is not among them.
var attributes = map[string]value{
	"action": reference, "alt": plain, "autocomplete": plain, "charset": plain, "checked": plain, "class": plain,
	"cols": plain, "colspan": plain, "content": plain, "controls": plain, "datetime": plain, "default": plain,
	"dir": plain, "disabled": plain, "download": plain, "for": plain, "headers": plain, "height": plain,
	"hidden": plain, "href": reference, "hreflang": plain, "id": plain, "kind": plain, "label": plain, "lang": plain,
	"loading": plain, "max": plain, "maxlength": plain, "method": plain, "min": plain, "name": plain, "open": plain,
	"placeholder": plain, "playsinline": plain, "poster": reference, "preload": plain, "readonly": plain,
	"rel": plain, "required": plain, "reversed": plain, "role": plain, "rows": plain, "rowspan": plain,
	"scope": plain, "selected": plain, "spellcheck": plain, "src": reference, "srclang": plain, "start": plain,
	"tabindex": plain, "title": plain, "translate": plain, "type": plain, "value": plain, "width": plain,
}

func attributeKind(name string) (value, bool) {
	if strings.HasPrefix(name, "aria-") && len(name) > len("aria-") {
		for _, c := range []byte(name[len("aria-"):]) {
			if c < 'a' || c > 'z' {
				return plain, false
			}
		}
		return plain, true
	}
	kind, ok := attributes[name]
	return kind, ok
}

// IsLocal reports whether ref is a reference that stays on the server, or in the folder, that the page came from:
// a relative path, a path from the root, a query or a fragment (RFC 3986 §4.2). A scheme, two slashes at the start,
// a backslash anywhere before the query (browsers read it as a slash), white space or control characters at all, and
// the empty reference are refused.
func IsLocal(ref string) bool {
	if ref == "" {
		return false
	}
	for i := range len(ref) { // browsers drop tab, CR and LF anywhere in an address (URL standard, §4.4)
		if ref[i] <= ' ' || ref[i] == 0x7f {
			return false
		}
	}
	path := ref
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if strings.Contains(path, `\`) || strings.HasPrefix(path, "//") {
		return false
	}
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ":")
}

// Frame returns an <iframe> of the class that shows the page at ref, which must be local; otherwise it is nothing. The
// page in it may run no script, send no form, open no window and lead nowhere; it keeps its origin, without which
// servers that look at where a request comes from would refuse it its pictures.
func Frame(class, ref, title string) Node {
	if !IsLocal(ref) {
		return nil
	}
	return &element{name: "iframe", attrs: []attribute{
		{name: "class", value: class}, {name: "src", value: ref}, {name: "sandbox", value: "allow-same-origin"}, {name: "title", value: title},
	}}
}

// Script returns a script element that runs the file at ref, which must be local, when the page has been read; otherwise it
// is nothing. Stored pages have none.
func Script(ref string) Node {
	if !IsLocal(ref) {
		return nil
	}
	return &element{name: "script", attrs: []attribute{{name: "src", value: ref}, {name: "defer", flag: true}}}
}

// Icon returns a link to an empty icon, which keeps browsers from asking the server for /favicon.ico. It is the one
// reference of another scheme, "data:,", and holds nothing.
func Icon() Node {
	return &element{name: "link", attrs: []attribute{
		{name: "rel", value: "icon"},
		{name: "href", value: "data:,"},
	}}
}

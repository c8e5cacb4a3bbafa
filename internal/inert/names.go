package inert

import (
	"slices"
	"strings"
)

// The closed lists. What is missing is missing on purpose: script, style in SVG, frames, forms and fields, objects,
// templates, everything with raw text but style and title, and svg and math, in which parsers follow other rules.

var elements = set(`html head body title meta link style
	a abbr acronym address area article aside audio b bdi bdo big blockquote br caption center cite code col colgroup
	data dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins
	kbd li main map mark menu nav ol p picture pre q rp rt ruby s samp section small source span strike strong sub
	summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr`)

// attributes are those that only describe. References, style and what begins with aria- or data- are dealt with one by one.
var attributes = set(`abbr align alt axis bgcolor border cellpadding cellspacing char charoff charset clear color cols
	colspan compact content controls coords datetime decoding default dir face frame headers height hidden hreflang
	hspace id class itemprop itemscope itemtype kind label lang language loading loop media muted name nohref noshade
	nowrap open playsinline preload property rel reversed role rowspan rules scope shape size sizes span srclang start
	summary tabindex title translate type usemap valign value version vspace width xmlns xml:lang`)

// showing are the elements whose src a browser fetches.
var showing = set("img source track audio video")

// metaNames are those of <meta name>; the others could set a policy, a colour scheme or a destination.
var metaNames = []string{"author", "date", "description", "generator", "keywords", "theme-color", "color-scheme", "viewport"}

// dataTypes are the types of data: references, which hold the thing itself.
var dataTypes = []string{
	"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/x-icon", "image/vnd.microsoft.icon",
	"font/woff2", "font/woff", "font/ttf", "font/otf", "application/font-woff", "application/x-font-ttf", "application/font-woff2",
}

// Element reports whether a page may have the element.
func Element(name string) bool { return elements[name] }

// Attribute reports whether elements may have the attribute, which only describes. References, style and the
// attributes that begin with aria- or data- are not among them.
func Attribute(name string) bool { return attributes[name] }

// MetaName reports whether a page may have a <meta> of that name.
func MetaName(name string) bool { return slices.Contains(metaNames, name) }

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// mark is a place in a file of the dossier.
type mark struct {
	file      string
	line, col int // 1-based, column in characters
}

// text is a scalar of a manifest, as written, and where.
type text struct {
	mark
	s   string
	set bool // the field is there and a text; without it, a line above 0 means that it was found wrong
}

// pair is one line of a mapping whose keys the writer chooses.
type pair struct {
	key, value text
}

// parse reads YAML into nodes: the only place that knows the library. Line is the line of the file on which
// src begins. It returns nil after reporting what is wrong.
//
// The library can also fill structs by itself, with WithKnownFields and WithUniqueKeys (v4.0.0, measured):
// a key given twice then hides every other problem of its mapping, an alias gets the place of its anchor
// and a field without a value is not told from one that is not there. So it gives us the nodes only, and
// [loader.fill] does the rest.
func (l *loader) parse(file string, src []byte, line int) *yaml.Node {
	var doc yaml.Node
	err := yaml.Load(src, &doc)
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case err == nil:
	case errors.As(err, &many) && len(many.Errors) > 0:
		for _, e := range many.Errors {
			l.syntax(file, line, e)
		}
		return nil
	case errors.As(err, &one):
		l.syntax(file, line, one)
		return nil
	default:
		l.bad(mark{file, line, 1}, "", "yaml: %v", err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		l.bad(mark{file, line, 1}, "write the fields that docs/dossier.md lists", "nothing is written here")
		return nil
	}
	shift(&doc, line-1)
	return doc.Content[0]
}

// shift moves a tree of nodes down by lines. Aliases are not followed, so it ends.
func shift(n *yaml.Node, lines int) {
	if lines == 0 {
		return
	}
	n.Line += lines
	for _, c := range n.Content {
		shift(c, lines)
	}
}

// syntax reports an error of the YAML library in our words.
func (l *loader) syntax(file string, line int, e *yaml.LoadError) {
	m := mark{file, line, 1}
	if e.Mark.Line > 0 {
		m = mark{file, e.Mark.Line + line - 1, max(e.Mark.Column, 1)}
	}
	message := strings.TrimPrefix(e.Message, "yaml: ")
	hint := ""
	switch {
	case strings.Contains(message, "no documents"):
		message, hint = "nothing is written here", "write the fields that docs/dossier.md lists"
	case strings.Contains(message, "found multiple"):
		message, hint = "more than one YAML document", "take out the line ---"
	case strings.Contains(message, "tab"):
		hint = "indent with spaces"
	case strings.Contains(message, "mapping values are not allowed"):
		hint = `put a text that holds a colon and a space in quotes: "…"`
	}
	l.bad(m, hint, "yaml: %s", message)
}

// fill reads the YAML in src into the struct that into points to and reports fields that are unknown or
// given twice and values of the wrong shape. It goes on after each. The result is false when nothing
// could be read at all.
func (l *loader) fill(file string, src []byte, line int, into any) bool {
	root := l.parse(file, src, line)
	if root == nil {
		return false
	}
	if root.Kind != yaml.MappingNode {
		l.bad(mark{file, root.Line, root.Column}, "write fields, one per line: title: …", "this is no list of fields")
		return false
	}
	l.fillStruct(file, root, reflect.ValueOf(into).Elem())
	return true
}

var (
	textType = reflect.TypeFor[text]()
	pairType = reflect.TypeFor[pair]()
	markType = reflect.TypeFor[mark]()
)

// fieldNames lists the manifest's names of a struct's fields, in order.
func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (l *loader) fillStruct(file string, n *yaml.Node, v reflect.Value) {
	t := v.Type()
	seen := map[string]int{} // line
	for i := range t.NumField() {
		if t.Field(i).Type == markType {
			v.Field(i).Set(reflect.ValueOf(mark{file, n.Line, n.Column}))
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := mark{file, key.Line, key.Column}
		if key.Kind != yaml.ScalarNode {
			l.bad(at, "", "a field's name must be a word")
			continue
		}
		if key.Value == "<<" {
			l.bad(at, "write the fields out", "merged fields (<<) are not allowed")
			continue
		}
		field := -1
		for j := range t.NumField() {
			if name := t.Field(j).Tag.Get("yaml"); name != "" && name == key.Value {
				field = j
			}
		}
		if field < 0 {
			names := fieldNames(t)
			l.bad(at, didYouMean(key.Value, names), "unknown field %s", clip(key.Value))
			continue
		}
		if first, again := seen[key.Value]; again {
			l.bad(at, "keep one of the two", "field %s is given twice, first in line %d", key.Value, first)
			continue
		}
		seen[key.Value] = key.Line
		if f := v.Field(field); !l.fillValue(file, key.Value, value, f) && f.Type() == textType {
			f.Set(reflect.ValueOf(text{mark: mark{file, value.Line, value.Column}})) // there, but wrong: see need
		}
	}
}

// fillValue fills a field of one of the types that [manifest] and the structs below it use. The result is
// false when the value has the wrong shape; the field is as it was then.
func (l *loader) fillValue(file, name string, n *yaml.Node, v reflect.Value) bool {
	at := mark{file, n.Line, n.Column}
	if n.Kind == yaml.AliasNode {
		l.bad(at, "write the value out", "%s: aliases (*%s) are not allowed", name, clip(n.Value))
		return false
	}
	if n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle == 0 && n.Tag == "!!null" {
		l.bad(at, "give it a value or take the line out", "%s is empty", name)
		return false
	}
	switch t := v.Type(); {
	case t == textType:
		t, ok := l.scalar(at, name, n)
		if ok {
			v.Set(reflect.ValueOf(t))
		}
		return ok
	case t.Kind() == reflect.Slice && t.Elem() == pairType:
		if n.Kind != yaml.MappingNode {
			l.bad(at, "write one per line, indented: name: value", "%s must be fields", name)
			return false
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, ok := l.scalar(mark{file, n.Content[i].Line, n.Content[i].Column}, name, n.Content[i])
			if !ok {
				continue
			}
			if first, again := seen[key.s]; again {
				l.bad(key.mark, "keep one of the two", "field %s is given twice, first in line %d", clip(key.s), first)
				continue
			}
			seen[key.s] = key.line
			value := reflect.New(textType).Elem()
			if l.fillValue(file, key.s, n.Content[i+1], value) {
				v.Set(reflect.Append(v, reflect.ValueOf(pair{key, value.Interface().(text)})))
			}
		}
	case t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			l.bad(at, "write one per line, each after a hyphen", "%s must be a list", name)
			return false
		}
		for _, c := range n.Content {
			element := reflect.New(t.Elem()).Elem()
			if l.fillValue(file, name, c, element) {
				v.Set(reflect.Append(v, element))
			}
		}
	case t.Kind() == reflect.Pointer:
		if n.Kind != yaml.MappingNode {
			l.bad(at, didYouMean("", fieldNames(t.Elem())), "%s must be fields", name)
			return false
		}
		v.Set(reflect.New(t.Elem()))
		l.fillStruct(file, n, v.Elem())
	case t.Kind() == reflect.Struct:
		if n.Kind != yaml.MappingNode {
			l.bad(at, didYouMean("", fieldNames(t)), "%s must be fields", name)
			return false
		}
		l.fillStruct(file, n, v)
	default:
		panic("dossier: internal error: field type " + t.String())
	}
	return true
}

// scalar takes a node's text as it is written: 0123 stays 0123 and no stays no.
func (l *loader) scalar(at mark, name string, n *yaml.Node) (text, bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		l.bad(at, `put it in quotes if it begins with [, {, * or &: "…"`, "%s must be a text", name)
		return text{}, false
	case n.Style&yaml.TaggedStyle != 0:
		l.bad(at, "write the value alone", "%s: tags (%s) are not allowed", name, clip(n.Tag))
		return text{}, false
	case strings.TrimSpace(n.Value) == "":
		l.bad(at, "give it a value or take the line out", "%s is empty", name)
		return text{}, false
	}
	return text{at, strings.TrimSpace(n.Value), true}, true
}

var byteOrderMark = []byte("\uFEFF")

// clean gives a text file's content with LF line ends and without a byte order mark, so that a folder that
// passed through Windows packs to the same bytes. It reports what is no text.
func (l *loader) clean(file string, src []byte) ([]byte, bool) {
	src = bytes.TrimPrefix(src, byteOrderMark)
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	line, col := 1, 1
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			l.bad(mark{file, line, col}, "save the file as UTF-8", "byte 0x%02x is not UTF-8", src[i])
			return nil, false
		case r < ' ' && r != '\n' && r != '\t', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff:
			l.bad(mark{file, line, col}, "take it out", "control character U+%04X", r)
			return nil, false
		case r == '\n':
			line, col = line+1, 0
		}
		col++
		i += size
	}
	return src, true
}

// clip quotes a text from a file for a message, shortened to 60 characters.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

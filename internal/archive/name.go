package archive

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fallbackName is the name of a book whose file name leaves nothing to call it by.
const fallbackName = "archive"

// BookName returns the name in addresses of the archive in the file called file, as kiwix-serve makes it: without folder
// and extension, in lower case, Latin and Cyrillic letters without their marks, a space as "_" and a plus sign as
// "plus". libkiwix, src/book.cpp, getHumanReadableIdFromPath.
func BookName(file string) string {
	name := file[strings.LastIndexAny(file, `/\`)+1:]
	name = strings.ToLower(name)
	if i := strings.LastIndex(name, ".zim"); i >= 0 && strings.Trim(name[i+len(".zim"):], "abcdefghijklmnopqrstuvwxyz") == "" {
		name = name[:i]
	}
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == ' ':
			b.WriteByte('_')
		case r == '+':
			b.WriteString("plus")
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Mn, r): // combining marks of decomposed names too
		default:
			b.WriteRune(plain(r))
		}
	}
	name = b.String()
	if strings.Trim(name, ".") == "" { // "", "." and ".." mean other things in an address
		return fallbackName
	}
	return name
}

// marked and unmarked are parallel: lower-case letters that Unicode composes of a base letter and a mark.
const (
	marked   = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżžșțйёїўѓќ"
	unmarked = "aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuwyzzzstиеіугк"
)

var plainOf = func() map[rune]rune {
	m, to := map[rune]rune{}, []rune(unmarked)
	for i, r := range []rune(marked) {
		m[r] = to[i]
	}
	return m
}()

// plain returns r without its mark, if it has one.
func plain(r rune) rune {
	if p, ok := plainOf[r]; ok {
		return p
	}
	return r
}

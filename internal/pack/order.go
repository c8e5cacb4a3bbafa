package pack

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// sort puts the files into the order of the archive, which is the same on every machine. What is stored raw comes first.
// Then equal types stand together, and in them neighbours in the folder, because a cluster compresses better and is
// read as a whole.
//
// A text under the path of a page, but in a folder of its own, stands beside the page: it is what the page was made of,
// like the copies that Sphinx keeps below _sources. Apart from the pages they made up a tenth of the archive of Python's
// documentation.
func (t *webTree) sort() {
	pages := map[string]string{}
	for _, f := range t.files {
		if f.mime == htmlType {
			pages[stem(f.path)] = f.path
		}
	}
	for i := range t.files {
		f := &t.files[i]
		if f.store {
			continue
		}
		f.group, f.beside = f.mime, f.path
		if f.mime != "text/plain" && f.mime != "text/markdown" {
			continue
		}
		_, inFolder, _ := strings.Cut(f.path, "/")
		if page := pages[stem(inFolder)]; page != "" {
			f.group, f.beside = htmlType, page
		}
	}
	slices.SortFunc(t.files, func(a, b webFile) int {
		switch {
		case a.store != b.store && a.store:
			return -1
		case a.store != b.store:
			return 1
		}
		return cmp.Or(strings.Compare(a.group, b.group), strings.Compare(a.beside, b.beside), strings.Compare(a.path, b.path))
	})
}

// stem returns a path without the extensions of its last element: "library/os" of "library/os.rst.txt".
func stem(name string) string {
	dir, base := path.Split(name)
	base, _, _ = strings.Cut(base, ".")
	return dir + base
}

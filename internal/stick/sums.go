package stick

import (
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"

	"samizdat/internal/carry"
)

// maxListBytes is the longest list of checksums that is read. One line has about 100 bytes, and there are 676 parts at
// most.
const maxListBytes = 256 << 10

// owned are the files of a stick that an earlier run wrote, with the digests that they may have.
type owned map[string][]digest

// has reports whether a file called name with the digest sum was written by us.
func (o owned) has(name string, sum digest) bool { return slices.Contains(o[name], sum) }

// add notes one more digest of name.
func (o owned) add(name string, sum digest) {
	if !o.has(name, sum) {
		o[name] = append(o[name], sum)
	}
}

// text writes the list as sha256sum does (GNU coreutils, "cksum output modes"), in binary mode's older form, two spaces,
// which every tool reads.
func (o owned) text() []byte {
	var names []string
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		for _, sum := range o[name] {
			b.WriteString(carry.SumLine(hex.EncodeToString(sum[:]), name))
		}
	}
	return []byte(b.String())
}

// sumsOf lists files.
func sumsOf(files []*file) owned {
	list := owned{}
	for _, f := range files {
		list.add(f.name, f.sum)
	}
	return list
}

var errForeignList = errors.New("not a list that samizdat wrote")

// parseSums reads a list. One with a line that we would not write is none of ours.
func parseSums(text string) (owned, error) {
	list := owned{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		sum, name, ok := strings.Cut(line, "  ")
		raw, err := hex.DecodeString(sum)
		if !ok || err != nil || len(raw) != len(digest{}) || !isOurName(name) {
			return nil, errForeignList
		}
		list.add(name, digest(raw))
	}
	return list, nil
}

// readList reads the list in the file called name; none gives an empty list.
func readList(d disk, name string) (list owned, text []byte, err error) {
	info, err := d.stat(name)
	if isMissing(err) {
		return owned{}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxListBytes {
		return nil, nil, errForeignList
	}
	f, err := d.read(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, maxListBytes))
	if err != nil {
		return nil, nil, err
	}
	list, err = parseSums(string(text))
	return list, text, err
}

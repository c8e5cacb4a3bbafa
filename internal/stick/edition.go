package stick

import (
	"regexp"
	"strconv"
	"strings"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// edition is what an archive says of itself, and who has sealed it.
type edition struct {
	file   string    // its name on the stick, or that of its first part
	date   string    // YYYY-MM-DD, or nothing
	number uint64    // 0 if there is none
	key    *seal.Key // nil if it is not sealed
}

// editionsIn returns the archives in the folder that have names of a stick's, by [baseOf]. Nothing in them is held against
// their seal, which may be damaged in some other place, and what cannot be read is left out.
func editionsIn(dir folder) map[string][]edition {
	names, err := dir.list()
	if err != nil {
		return nil
	}
	found := map[string][]edition{}
	for _, name := range names {
		base, ok := baseOf(name)
		if !ok || !firstFile.MatchString(name) {
			continue
		}
		r, size, closer, err := archive.Raw(dir.path(name), 0)
		if err != nil {
			continue
		}
		e := edition{file: name}
		if s, err := seal.Load(r, size); err == nil {
			e.key = &s.Key
		}
		if z, err := zim.NewReader(r, size, nil); err == nil {
			e.date, e.number = dateOf(z), numberOf(z)
		}
		closer.Close()
		found[base] = append(found[base], e)
	}
	return found
}

var (
	firstFile = regexp.MustCompile(`\.zim(?:aa)?$`)
	datePlain = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// dateOf returns the date of an archive, YYYY-MM-DD, or nothing.
func dateOf(r *zim.Reader) string {
	date, err := r.Metadata("Date")
	if err != nil || !datePlain.Match(date) {
		return ""
	}
	return string(date)
}

// numberOf returns the number of an archive's edition, or 0.
func numberOf(r *zim.Reader) uint64 {
	text, err := r.Metadata("X-Edition")
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// noteOlder says so if the archive takes the place of a later edition: one of a later date, or of the same date, or
// without one, and a higher number. It is not refused: a courier may want the edition before. But whoever hands on an
// old one against their will, or is made to, should see it.
func (r *Report) noteOlder(before map[string][]edition, written *zim.Reader) {
	base, _ := baseOf(r.Archive)
	date, number := dateOf(written), numberOf(written)
	for _, was := range before[base] {
		switch {
		case was.date != "" && date != "" && was.date != date:
			if was.date > date {
				r.Notes = append(r.Notes, command.Sprintf("an edition of %s was replaced by an older one, of %s", was.date, date))
			}
		case number > 0 && was.number > number:
			r.Notes = append(r.Notes, command.Sprintf("edition %d was replaced by an older one, edition %d", was.number, number))
		}
	}
}

package stick

import (
	"fmt"
	"regexp"

	"samizdat/internal/archive"
	"samizdat/internal/zim"
)

// datesIn returns the dates of the archives in the folder that have names of a stick's, by [baseOf]. One that cannot be
// opened, or has no date, is left out: nothing depends on it.
func datesIn(dir folder) map[string]string {
	names, err := dir.list()
	if err != nil {
		return nil
	}
	dates := map[string]string{}
	for _, name := range names {
		base, ok := baseOf(name)
		if !ok || !firstFile.MatchString(name) {
			continue
		}
		found, err := archive.Find(archive.Options{Paths: []string{dir.path(name)}})
		if err != nil {
			continue
		}
		for _, s := range found {
			dates[base] = max(dates[base], dateOf(s.Zim))
			s.Close()
		}
	}
	return dates
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

// noteOlder says so if the archive takes the place of a later edition. It is not refused: a courier may want the edition
// before. But whoever hands on an old one against their will, or is made to, should see it.
func (r *Report) noteOlder(before map[string]string, written *zim.Reader) {
	base, _ := baseOf(r.Archive)
	if was, now := before[base], dateOf(written); now != "" && was > now {
		r.Notes = append(r.Notes, fmt.Sprintf("an edition of %s was replaced by an older one, of %s", was, now))
	}
}

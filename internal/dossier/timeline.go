package dossier

import (
	"slices"
	"strings"
)

// timeline reads the manifest's events, adds one for every dated item and puts them in order: by date, then
// those of which only the writing is known, then the earlier ones, in the manifest's order.
func (l *loader) timeline(d *Dossier, m *manifest) {
	for i := range m.Timeline {
		if e, ok := l.event(d, &m.Timeline[i]); ok {
			d.Timeline = append(d.Timeline, e)
		}
	}
	for _, it := range d.Items() {
		if it.Date == "" && it.DateWritten == "" {
			continue
		}
		same := func(e Event) bool { return e.Item == it && e.Date == it.Date && e.From == it.DateFrom }
		if slices.ContainsFunc(d.Timeline, same) {
			continue
		}
		e := Event{Date: it.Date, Written: it.DateWritten, From: it.DateFrom, Text: it.Title, Item: it}
		if it.DateFrom == FromNote {
			e.Text = it.Note
		}
		d.Timeline = append(d.Timeline, e)
	}
	rank := func(e Event) int {
		switch {
		case e.Earlier:
			return 2
		case e.Date == "":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(d.Timeline, func(a, b Event) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		if rank(a) != 0 {
			return 0
		}
		return strings.Compare(a.Date, b.Date)
	})
}

// event checks one event: its words must stand, letter for letter, in the text it names.
func (l *loader) event(d *Dossier, f *timelineFields) (Event, bool) {
	e := Event{Text: f.Text.s, Earlier: l.boolean(f.Earlier, "earlier")}
	before := len(l.problems)
	e.Date = l.date(f.Date, "date", false)
	e.Written = l.line(f.Written, "written")
	if !f.Date.set && !f.Written.set {
		l.bad(f.At, "write date: YYYY-MM-DD, or written: as the source writes it", "an event without a date")
	}
	if l.need(f.From, f.At, "from", "text") {
		e.From = DateFrom(l.oneOf(f.From, "from", datesFrom))
	}
	l.need(f.Text, f.At, "text", "the sentence of the source")
	where, address, ok := "", "", false
	if l.need(f.In, f.At, "in", "introduction") {
		where, address, ok = l.place(d, f.In, &e)
	}
	if ok && f.Text.set && !strings.Contains(where, plain(f.Text.s)) {
		l.bad(f.Text.mark, "copy the sentence letter for letter", "text does not stand in %s", f.In.s)
	}
	if ok && f.Written.set && !allStand(where+"\n"+address, plain(f.Written.s)) {
		l.bad(f.Written.mark, "copy it letter for letter", "written: %s does not stand in %s", clip(f.Written.s), f.In.s)
	}
	return e, len(l.problems) == before
}

// allStand tells whether where holds written, or, of several dates with commas between them, each.
func allStand(where, written string) bool {
	if strings.Contains(where, written) {
		return true
	}
	for part := range strings.SplitSeq(written, ", ") {
		if !strings.Contains(where, part) {
			return false
		}
	}
	return true
}

// place finds the text that an event names.
func (l *loader) place(d *Dossier, in text, e *Event) (where, address string, ok bool) {
	known := []string{"introduction", "closing"}
	for _, it := range d.Items() {
		known = append(known, it.ID)
	}
	var t *Text
	switch in.s {
	case "introduction":
		t = d.Introduction
	case "closing":
		t = d.Closing
	default:
		it := d.Item(in.s)
		if l.unread[in.s] {
			return "", "", false
		}
		if it == nil {
			l.bad(in.mark, didYouMean(in.s, known), "in: there is no item %s", clip(in.s))
			return "", "", false
		}
		e.Item = it
		return plain(it.Title) + "\n" + plain(it.Note) + "\n" + plain(it.words()), it.URL, true
	}
	e.Place = in.s
	if t == nil {
		l.bad(in.mark, "", "in: the dossier has no %s", in.s)
		return "", "", false
	}
	return plain(string(t.Body)), "", true
}

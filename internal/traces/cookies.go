package traces

import (
	"html"
	"net/url"
	"strings"
)

// Secret is a cookie of the editor, whose value is looked for in everything that a capture keeps.
type Secret struct{ Name, Value string }

// ValueOf begins the Value of a trace that is the value of a cookie; the name of the cookie follows.
const ValueOf = "the value of "

// Findable tells whether a value can be told from other words: one of at least 12 bytes, or of 6 that has a digit. "dark" and "accepted"
// stand in many pages by chance.
func (s Secret) Findable() bool {
	return len(s.Value) >= shortest || len(s.Value) >= shortestDigit && strings.ContainsAny(s.Value, "0123456789")
}

// shortestDigit is the length in bytes of the shortest values that are looked for; only those with a digit are so short.
const shortestDigit = 6

// forms are the ways in which pages say a value back.
func (s Secret) forms() []string {
	v := strings.Trim(s.Value, `"`)
	all := []string{v, html.EscapeString(v), url.QueryEscape(v), url.PathEscape(v), strings.ReplaceAll(v, "/", `\/`)}
	if plain, err := url.QueryUnescape(v); err == nil {
		all = append(all, plain, html.EscapeString(plain))
	}
	if plain, err := url.PathUnescape(v); err == nil {
		all = append(all, plain)
	}
	return all
}

// secrets finds the values of cookies, thousands at once: browsers export all they have.
type secrets struct {
	begins map[string][]form // by their first bytes, shortestDigit of them
	pair   [1 << 16]bool     // of the first two bytes of any
}

type form struct{ text, name string }

// newSecrets returns nil if there is nothing to find.
func newSecrets(cookies []Secret) *secrets {
	s := &secrets{begins: map[string][]form{}}
	known := map[form]bool{}
	for _, c := range cookies {
		if !c.Findable() {
			continue
		}
		for _, text := range c.forms() {
			f := form{text, c.Name}
			if len(text) < shortestDigit || known[f] {
				continue
			}
			known[f] = true
			s.begins[text[:shortestDigit]] = append(s.begins[text[:shortestDigit]], f)
			s.pair[int(text[0])<<8|int(text[1])] = true
		}
	}
	if len(known) == 0 {
		return nil
	}
	return s
}

// find calls found with the name of each cookie whose value stands in text, at least once. Short values count as words only.
func (s *secrets) find(text string, found func(name string)) {
	if s == nil {
		return
	}
	for i := 0; i+shortestDigit <= len(text); i++ {
		if !s.pair[int(text[i])<<8|int(text[i+1])] {
			continue
		}
		for _, f := range s.begins[text[i:i+shortestDigit]] {
			if strings.HasPrefix(text[i:], f.text) && (len(f.text) >= shortest || alone(text, i, i+len(f.text))) {
				found(f.name)
			}
		}
	}
}

// Page looks through a text that was made of a capture and that readers get: the readable text, the page as it looked, the item's record.
// What only the editor knows counts there; addresses and contacts of the site do not.
func Page(text []byte, own *Own) *Report {
	s := newScan(own)
	s.count = 1
	at := place{what: "the text"}
	s.inside(at, text)
	s.published(at, text)
	r := s.report()
	for i := range r.Traces {
		r.Traces[i].Records = 0
	}
	return r
}

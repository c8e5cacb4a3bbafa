package snapshot

import (
	"slices"
	"strconv"
	"strings"
)

// Candidate is one of the pictures of a srcset.
type Candidate struct {
	URL     string
	Width   int     // in pixels; 0 if not given
	Density float64 // of pixels; 0 if not given
}

const space = " \t\n\f\r"

// ParseSrcset reads the attribute as a browser does (HTML, §4.8.4.3.9): what is wrong in itself is left out.
func ParseSrcset(s string) []Candidate {
	var list []Candidate
	for {
		s = strings.TrimLeft(s, space+",")
		if s == "" {
			return list
		}
		end := strings.IndexAny(s, space)
		if end < 0 {
			end = len(s)
		}
		ref := s[:end]
		s = s[end:]
		var words []string
		if trimmed := strings.TrimRight(ref, ","); trimmed != ref {
			ref = trimmed
		} else {
			words, s = descriptors(s)
		}
		if c, ok := candidate(ref, words); ok {
			list = append(list, c)
		}
	}
}

// descriptors splits what follows an address up to the next comma that is not inside parentheses.
func descriptors(s string) (words []string, rest string) {
	start, inside := -1, false
	for i := range len(s) {
		c := s[i]
		white := strings.IndexByte(space, c) >= 0
		switch {
		case inside:
			inside = c != ')'
		case white || c == ',':
			if start >= 0 {
				words, start = append(words, s[start:i]), -1
			}
			if c == ',' {
				return words, s[i+1:]
			}
		default:
			if start < 0 {
				start = i
			}
			inside = c == '('
		}
	}
	if start >= 0 {
		words = append(words, s[start:])
	}
	return words, ""
}

// candidate reads the descriptors of one address; not ok if the whole candidate is to be left out.
func candidate(ref string, words []string) (c Candidate, ok bool) {
	c.URL = ref
	var width, density, height bool
	for _, word := range words {
		v, unit := word[:len(word)-1], word[len(word)-1]
		switch unit {
		case 'w', 'h':
			n, err := strconv.Atoi(v)
			if err != nil || n <= 0 || strings.Trim(v, "0123456789") != "" || density {
				return c, false
			}
			if unit == 'h' {
				if height {
					return c, false
				}
				height = true
				continue
			}
			if width {
				return c, false
			}
			width, c.Width = true, n
		case 'x':
			f, ok := float(v)
			if !ok || f < 0 || width || density || height {
				return c, false
			}
			density, c.Density = true, f
		default:
			return c, false
		}
	}
	return c, !height || width
}

// float reads a "valid floating-point number" of HTML, §2.3.4.3.
func float(s string) (float64, bool) {
	digits := func() bool {
		n := len(s)
		s = strings.TrimLeft(s, "0123456789")
		return len(s) < n
	}
	whole := s
	s = strings.TrimPrefix(s, "-")
	some := digits()
	if rest, dot := strings.CutPrefix(s, "."); dot {
		if s = rest; !digits() {
			return 0, false
		}
		some = true
	}
	if some && s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(whole, 64)
	return f, some && s == "" && err == nil
}

// enough are the width and the density beyond which a picture is only heavier.
const (
	enoughWidth   = 1600
	enoughDensity = 2
)

// preferred sorts candidates: first the largest that is not larger than enough, down to the smallest; then those that are too
// large, the smallest first.
func preferred(list []Candidate) []Candidate {
	size := func(c Candidate) float64 {
		switch {
		case c.Width > 0:
			return float64(c.Width) / enoughWidth
		case c.Density > 0:
			return c.Density / enoughDensity
		}
		return 1.0 / enoughDensity // 1x
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Candidate) int {
		x, y := size(a), size(b)
		switch {
		case x == y:
			return 0
		case x <= 1 && (y > 1 || x > y), x > 1 && y > 1 && x < y:
			return -1
		}
		return 1
	})
	return list
}

package readable_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"samizdat/internal/webpage"
)

var words = regexp.MustCompile(`[\p{L}\p{N}\p{M}_]+`)

// agreement is precision and recall of got, each with whether it counts.
func agreement(want, got string) (precision, recall float64, p, r bool) {
	a, b := shingles(want), shingles(got)
	var both, more, less float64
	for s := range a {
		both += float64(min(a[s], b[s]))
		less += float64(max(0, a[s]-b[s]))
	}
	for s := range b {
		more += float64(max(0, b[s]-a[s]))
	}
	if both+more > 0 {
		precision, p = both/(both+more), true
	}
	if both+less > 0 {
		recall, r = both/(both+less), true
	}
	return precision, recall, p, r
}

// shown is the text of a fragment without white space, of which files are free to have more or less between elements.
func shown(t *testing.T, fragment []byte) string {
	t.Helper()
	root, err := webpage.Parse(fragment)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), "")
}

// shingles counts the runs of four words.
func shingles(text string) map[[4]string]int {
	all := words.FindAllString(text, -1)
	count := map[[4]string]int{}
	for i := 0; i < max(1, len(all)-3) && len(all) > 0; i++ {
		var s [4]string
		copy(s[:], all[i:])
		count[s]++
	}
	return count
}

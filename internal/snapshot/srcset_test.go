package snapshot_test

import (
	"fmt"
	"testing"

	"samizdat/internal/snapshot"
)

// HTML, §4.8.4.3.9, one rule each.
func TestParseSrcset(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "[]",
		" , ,":                    "[]",
		"a":                       "[{a 0 0}]",
		"a 1x":                    "[{a 0 1}]",
		"a,b":                     "[{a,b 0 0}]",
		"a, b 2x":                 "[{a 0 0} {b 0 2}]",
		"a ,b":                    "[{a 0 0} {b 0 0}]",
		"a,,, b 3w":               "[{a 0 0} {b 3 0}]",
		"a 1w, b 2w":              "[{a 1 0} {b 2 0}]",
		"a 1w 2h":                 "[{a 1 0}]",
		"a 2h":                    "[]",
		"a 2h 1w":                 "[{a 1 0}]",
		"a 1w 2x":                 "[]",
		"a 1x 2x, b":              "[{b 0 0}]",
		"a 0w, b 1w":              "[{b 1 0}]",
		"a -1w":                   "[]",
		"a +1w":                   "[]",
		"a -1x":                   "[]",
		"a -0x":                   "[{a 0 -0}]",
		"a .5x":                   "[{a 0 0.5}]",
		"a 1.x":                   "[]",
		"a 1e2x":                  "[{a 0 100}]",
		"a 1e+x":                  "[]",
		"a 1q, b 1x":              "[{b 0 1}]",
		"a (x, y) 1x, b 2x":       "[{b 0 2}]",
		"data:,a ( , data:,b 1x,": "[]",
		"a (( b ) c) , d 1x":      "[{d 0 1}]",
		"\ta\n1x\r\n,\fb 2x":      "[{a 0 1} {b 0 2}]",
	} {
		if got := fmt.Sprint(snapshot.ParseSrcset(in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

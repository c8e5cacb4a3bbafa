package search

import (
	"strconv"
	"strings"
	"testing"
)

// TestTextCache: the texts of all archives together stay within the limit, and those put in last are there.
func TestTextCache(t *testing.T) {
	c := &textCache{limit: 1000}
	archives := []*Index{{}, {}, {}}
	for i := range 300 {
		for _, x := range archives {
			c.put(textKey{x, strconv.Itoa(i)}, strings.Repeat("x", 100))
		}
		sum := 0
		for key, text := range c.texts {
			sum += len(text) + len(key.path) + textCost
		}
		if sum > c.limit || sum != c.bytes || len(c.order) != len(c.texts) {
			t.Fatalf("%d bytes of %d, counted as %d", sum, c.limit, c.bytes)
		}
	}
	for i, x := range archives {
		if _, ok := c.get(textKey{x, "299"}); !ok {
			t.Errorf("the last text of archive %d is gone", i)
		}
	}
	c.put(textKey{archives[0], "large"}, strings.Repeat("x", 1001))
	if _, ok := c.get(textKey{archives[0], "299"}); !ok {
		t.Error("a text that is larger than all has pushed the others out")
	}
}

package main

import (
	"strings"
	"testing"
)

func TestBrief(t *testing.T) {
	long := strings.Repeat("я", 80)
	for text, want := range map[string]string{"": "", "gas": "gas", long: long, long + "x": long + "…"} {
		if got := brief(text); got != want {
			t.Errorf("brief of %d bytes: %q, want %q", len(text), got, want)
		}
	}
}

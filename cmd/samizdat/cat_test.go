package main

import (
	"strings"
	"testing"
)

func TestTerminalGetsNoControlCharacters(t *testing.T) {
	var b strings.Builder
	if err := copyVisible(&b, strings.NewReader("строка\t1\n\x1b[2J\xff\u202e\r\n")); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "строка\t1\n\\x1b[2J\\xff\\u202e\\x0d\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package searchtest

import (
	"bytes"
	"os"
	"testing"
)

// Keys of items that [Damage] spoils: what the index says of its language, and the postings of a word are under the word.
const KeyLanguage = "\x00\xc0language"

// Damage spoils the index of the archive in the file: wherever an item with that key stands, it says that its tag is
// compressed, which it is not. Everything else is as it was.
func Damage(t testing.TB, file, key string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	item, n := append([]byte{byte(len(key))}, key...), 0
	for at := 2; ; at++ {
		found := bytes.Index(b[at:], item)
		if found < 0 {
			break
		}
		at += found
		if b[at-2]&0x60 == 0x60 { // the first component, and the last
			b[at-2] |= 0x80
			n++
		}
	}
	if n == 0 {
		t.Fatalf("%s has no item %q", file, key)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

package snapshot

import "testing"

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a\tб\n": "a\tб\n", "a\u0081b\x00c\x7f\rd\ufffe": "abcd", "\u00a0é": "\u00a0é", "a\xffb": "a\ufffdb",
	} {
		if got := string(plain([]byte(in))); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

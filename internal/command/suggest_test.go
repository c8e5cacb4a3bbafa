package command

import "testing"

func TestClosest(t *testing.T) {
	verbs := []string{"serve", "info", "list", "cat", "extract", "verify", "version", "licenses"}
	for word, want := range map[string]string{
		"srve": "serve", "sevre": "serve", "verfy": "verify", "Verify": "verify", "lst": "list", "ver": "verify",
		"licences": "licenses", "extarct": "extract", "ifno": "info",
		"x": "", "delete": "", "": "", "helloworld": "",
	} {
		if got := Closest(word, verbs); got != want {
			t.Errorf("Closest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"проба", "проаб", 1}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

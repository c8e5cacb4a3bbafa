package command

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

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
	// Two letters of four are another word.
	if got := Closest("port", []string{"host", "listen"}); got != "" {
		t.Errorf("port: %q", got)
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

// The value of a flag is no verb.
func TestFirstWord(t *testing.T) {
	root := &cobra.Command{Use: "samizdat"}
	root.PersistentFlags().String("lang", "", "")
	root.PersistentFlags().BoolP("quiet", "q", false, "")
	root.Flags().StringP("output", "o", "", "")
	for args, want := range map[string]string{
		"verfy": "verfy", "--lang ru verfy": "verfy", "--lang=ru verfy x": "verfy", "-q verfy": "verfy", "--quiet verfy": "verfy", "-o ru verfy": "verfy",
		"-oru verfy": "verfy", "--nothing verfy": "verfy", "-- verfy": "verfy", "--": "", "--lang": "", "-": "-", "": "",
	} {
		if got := firstWord(root, strings.Fields(args)); got != want {
			t.Errorf("firstWord(%q) = %q, want %q", args, got, want)
		}
	}
}

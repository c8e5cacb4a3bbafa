package carry_test

import (
	"strings"
	"testing"

	"samizdat/internal/carry"
)

// The lines are those of sha256sum (GNU coreutils 9.1) for files of such names.
func TestSumLine(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for name, want := range map[string]string{
		"a.zim":       sum + "  a.zim\n",
		"a b*.zim":    sum + "  a b*.zim\n",
		`a\b.zim`:     `\` + sum + `  a\\b.zim` + "\n",
		"a\nb.zim":    `\` + sum + `  a\nb.zim` + "\n",
		"a\rb.zim":    `\` + sum + `  a\rb.zim` + "\n",
		"\\n\n\r.zim": `\` + sum + `  \\n\n\r.zim` + "\n",
	} {
		if got := carry.SumLine(sum, name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

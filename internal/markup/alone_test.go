package markup_test

import (
	"testing"

	"samizdat/internal/markup"
)

func TestSheetIsWrittenAsItIs(t *testing.T) {
	got := string(markup.Bytes(markup.El("head", markup.Sheet(`a>b{content:"&"}`))))
	if want := `<head><style>a>b{content:"&"}</style></head>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSheetCannotEndItsElement(t *testing.T) {
	for _, css := range []string{"a{}</style><script>", "<!-- a{}", "a{}</STYLE>"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Sheet(%q) was taken", css)
				}
			}()
			markup.Sheet(css)
		}()
	}
}

func TestPolicyIsEscaped(t *testing.T) {
	got := string(markup.Bytes(markup.Policy(`default-src 'none'"><script>`)))
	if want := `<meta http-equiv="Content-Security-Policy" content="default-src 'none'&quot;&gt;&lt;script&gt;">`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

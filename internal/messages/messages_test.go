package messages_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"samizdat/internal/messages"
)

func TestText(t *testing.T) {
	p := messages.For("en")
	for _, c := range []struct {
		key  string
		args []any
		want string
	}{
		{"nav.position", []any{"n", 2, "total", 11}, "2 of 11"},
		{"search.none", []any{"q", "{n}"}, "Nothing found for “{n}”"},
		{"size.bytes", []any{"n", 1}, "1 byte"},
		{"size.bytes", []any{"n", int64(12345)}, "12,345 bytes"},
		{"no.such.key", nil, "no.such.key"},
	} {
		if got := p.Text(c.key, c.args...); got != c.want {
			t.Errorf("Text(%q, %v) = %q, want %q", c.key, c.args, got, c.want)
		}
	}
}

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{"en": "en", "EN-gb": "en", "en_US.UTF-8": "en", "tlh": "en", "": "en"} {
		if got := messages.For(tag).Lang(); got != want {
			t.Errorf("For(%q) is %q, want %q", tag, got, want)
		}
	}
	if got := messages.Languages(); !slices.Contains(got, "en") {
		t.Errorf("Languages() = %v, want en among them", got)
	}
}

func TestDate(t *testing.T) {
	p := messages.For("en")
	for iso, want := range map[string]string{
		"2022": "2022", "2022-01": "January 2022", "2022-01-02": "2 January 2022", "01-06": "6 January",
		"02-29": "29 February", "2022-01-02T23:04:05+06:00": "2 January 2022, 17:04 UTC", "2022-13": "2022-13",
		"2022-02-30": "2022-02-30", "soon": "soon", "": "",
	} {
		if got := p.Date(iso); got != want {
			t.Errorf("Date(%q) = %q, want %q", iso, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	p := messages.For("en")
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1024: "1024", 12345: "12,345", 1234567: "1,234,567", -12345: "-12,345",
		-9223372036854775808: "-9,223,372,036,854,775,808",
	} {
		if got := p.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	p := messages.For("en")
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1 KB", 40_000: "40 KB", 1_200_000: "1.2 MB",
		999_999: "1 MB", 12_345_678: "12 MB", 2_000_000_000: "2 GB", 9_223_372_036_854_775_807: "9,223,372 TB",
	} {
		if got := p.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "ltr", "fa": "rtl", "ar-EG": "rtl", "kk": "ltr", "kk-Arab": "rtl", "az-Latn-IR": "ltr", "ug-Cyrl": "ltr",
		"": "ltr",
	} {
		if got := messages.Direction(tag); got != want {
			t.Errorf("Direction(%q) = %q, want %q", tag, got, want)
		}
	}
}

func TestLanguageName(t *testing.T) {
	p := messages.For("en")
	for tag, want := range map[string]string{"kk": "Kazakh", "zh-Hans": "Chinese", "x-q": "x-q"} {
		if got := p.LanguageName(tag); got != want {
			t.Errorf("LanguageName(%q) = %q, want %q", tag, got, want)
		}
	}
}

// An unknown key shows itself on the page, so none may reach it: every key that the sources name is looked up here.
// Keys are the constant first arguments of calls to a method Text; a constant that ends in a point begins several.
func TestEveryKeyInTheSourcesHasAText(t *testing.T) {
	p := messages.For("en")
	catalogue := map[string]any{}
	data, err := os.ReadFile("en.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &catalogue); err != nil {
		t.Fatal(err)
	}
	begins := func(prefix string) bool {
		for key := range catalogue {
			if strings.HasPrefix(key, prefix) {
				return true
			}
		}
		return false
	}
	keys := 0
	fset := token.NewFileSet()
	err = filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil // the compiler says it better
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || fun.Sel.Name != "Text" {
				return true
			}
			if x, ok := fun.X.(*ast.Ident); ok && x.Name == "markup" {
				return true
			}
			arg, prefix := call.Args[0], false
			if sum, ok := arg.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
				arg, prefix = sum.X, true
			}
			lit, ok := arg.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			key, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			keys++
			if prefix && !begins(key) || !prefix && !p.Has(key) {
				t.Errorf("%s: no text for key %q", fset.Position(lit.Pos()), key)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if keys < 50 {
		t.Errorf("only %d keys found in the sources", keys)
	}
}

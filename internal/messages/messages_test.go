package messages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"samizdat/internal/messages"
	"samizdat/internal/messages/packed"
)

func TestText(t *testing.T) {
	p := packed.For("en")
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
	for _, c := range []struct{ lang, tag, want string }{
		{"en", "kk", "Kazakh"},
		{"en", "zh-Hans", "Chinese"},
		{"en", "x-q", "x-q"},
		{"ru", "kk-Cyrl-KZ", "Казахский"},
		{"kk", "ru", "Орыс тілі"},
		{"fa", "fa", "فارسی"},
		{"zh", "en", "英语"},
	} {
		if got := messages.For(c.lang).LanguageName(c.tag); got != c.want {
			t.Errorf("in %s: LanguageName(%q) = %q, want %q", c.lang, c.tag, got, c.want)
		}
	}
}

func TestDir(t *testing.T) {
	for _, lang := range messages.Languages() {
		want := "ltr"
		if lang == "ar" || lang == "fa" {
			want = "rtl"
		}
		if got := messages.For(lang).Dir(); got != want {
			t.Errorf("For(%q).Dir() = %q, want %q", lang, got, want)
		}
	}
}

// An unknown key shows itself on the page, so none may reach it: every key that the sources name is looked up here.
// Keys are the constant first arguments of calls to a method Text; a constant that ends in a point begins several.
func TestEveryKeyInTheSourcesHasAText(t *testing.T) {
	p := packed.For("en")
	catalogue := readCatalogues(t)["en"]
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
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
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

// Every key is used: it stands in the sources as it is, or they put it together of a beginning that ends in a point, of
// what else stands in them as a word or is a number, and of an end.
func TestEveryKeyIsUsed(t *testing.T) {
	var whole, begins, ends []string
	fset := token.NewFileSet()
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil // the compiler says it better
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && len(text) < 100 {
				if begin, found := strings.CutSuffix(text, "%d"); found { // by package fmt
					text = begin
				}
				whole = append(whole, strings.TrimPrefix(text, "import:")) // methods of a capture, without where they come from
				if strings.HasSuffix(text, ".") {
					begins = append(begins, text)
				}
				if strings.HasPrefix(text, ".") {
					ends = append(ends, text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, w := range whole {
		words[w] = true
	}
	isWord := func(s string) bool { return words[s] || s != "" && strings.Trim(s, "0123456789") == "" }
	used := func(key string) bool {
		if words[key] || strings.HasPrefix(key, "lang.") { // of every language that a dossier may name
			return true
		}
		for _, b := range begins {
			rest, ok := strings.CutPrefix(key, b)
			if !ok {
				continue
			}
			if isWord(rest) {
				return true
			}
			for _, e := range ends {
				if middle, ok := strings.CutSuffix(rest, e); ok && isWord(middle) {
					return true
				}
			}
		}
		return false
	}
	for key := range readCatalogues(t)["en"] {
		if !strings.HasPrefix(key, "_") && !used(key) {
			t.Errorf("no source uses the key %q: delete it from the catalogues", key)
		}
	}
	for _, key := range []string{"nav.translations", "kind.nothing of the kind", "month.of the year"} {
		if used(key) {
			t.Errorf("%q counts as used", key)
		}
	}
}

func TestWith(t *testing.T) {
	if messages.For("fa").Has("prov.title") {
		t.Error("the words of packed pages are in every printer")
	}
	p := packed.For("fa-IR")
	if p.Lang() != "fa" || p.Text("prov.title") == packed.For("en").Text("prov.title") || !p.Has("nav.contents") {
		t.Errorf("%s: %q", p.Lang(), p.Text("prov.title"))
	}
}

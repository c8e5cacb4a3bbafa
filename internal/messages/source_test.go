package messages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// The other direction: whatever the sources give to a function that translates must be in cli.json, or be listed here as
// the same in every language. Functions that hand a parameter of theirs on to one that translates, translate.

// sources are the sources of one package.
type sources struct {
	dir   string
	fset  *token.FileSet
	files []*ast.File
}

// parseSources reads the sources of the packages, without their tests.
func parseSources(t *testing.T, dirs ...string) []sources {
	t.Helper()
	var all []sources
	for _, dir := range dirs {
		s := sources{dir: dir, fset: token.NewFileSet()}
		names, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no sources in %s", dir)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(s.fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			s.files = append(s.files, file)
		}
		all = append(all, s)
	}
	return all
}

// translators maps the name of a function to the positions of the arguments that it translates. One of package command
// is called "command.Name" elsewhere.
type translators map[string][]int

// callee is the name of what is called, as translators has it.
func (s sources) callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if s.dir == "internal/command" && ast.IsExported(f.Name) {
			return "command." + f.Name
		}
		return s.dir + "." + f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "command" {
			return "command." + f.Sel.Name
		}
		return s.dir + "." + f.Sel.Name // a method
	}
	return ""
}

// grow adds the functions that hand a parameter on, until there are no more.
func (t translators) grow(all []sources) {
	for again := true; again; {
		again = false
		for _, s := range all {
			for _, file := range s.files {
				ast.Inspect(file, func(n ast.Node) bool {
					name, kind, body := "", (*ast.FuncType)(nil), (*ast.BlockStmt)(nil)
					switch n := n.(type) {
					case *ast.FuncDecl:
						name, kind, body = n.Name.Name, n.Type, n.Body
					case *ast.AssignStmt: // f := func(text string) {…}
						if f, ok := n.Rhs[0].(*ast.FuncLit); ok && len(n.Lhs) == 1 {
							if id, ok := n.Lhs[0].(*ast.Ident); ok {
								name, kind, body = id.Name, f.Type, f.Body
							}
						}
					}
					if body == nil {
						return true
					}
					full := s.callee(&ast.CallExpr{Fun: ast.NewIdent(name)})
					for i, param := range params(kind) {
						if !slices.Contains(t[full], i) && t.hands(s, body, param) {
							t[full] = append(t[full], i)
							again = true
						}
					}
					return true
				})
			}
		}
	}
}

func params(f *ast.FuncType) []string {
	var names []string
	for _, field := range f.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

// hands reports whether body gives param to a translator.
func (t translators) hands(s sources, body *ast.BlockStmt, param string) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			for _, i := range t[s.callee(call)] {
				if i < len(call.Args) {
					if id, ok := call.Args[i].(*ast.Ident); ok && id.Name == param {
						found = true
					}
				}
			}
		}
		return !found
	})
	return found
}

// said is a text that a source gives to a translator.
type said struct {
	text, where string
	part        bool // of a text that is put together
}

// texts returns all that a source gives to a translator.
func (t translators) texts(s sources) []said {
	var all []said
	for _, file := range s.files {
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					for _, i := range t[s.callee(n)] {
						if i < len(n.Args) {
							all = append(all, s.resolve(decl, n.Args[i], false)...)
						}
					}
				case *ast.KeyValueExpr: // of verbs and exit statuses, which the help translates
					if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Short" || key.Name == "When") {
						all = append(all, s.resolve(decl, n.Value, false)...)
					}
				}
				return true
			})
		}
	}
	return all
}

// resolve returns the texts that e, which stands in decl, may be: a literal, the parts of a sum, what is assigned to a
// name. What was translated already, or comes from elsewhere, is none.
func (s sources) resolve(decl ast.Node, e ast.Expr, part bool) []said {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return nil
		}
		return []said{{text, s.fset.Position(e.Pos()).String(), part}}
	case *ast.BinaryExpr:
		return append(s.resolve(decl, e.X, true), s.resolve(decl, e.Y, true)...)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			if x, ok := f.X.(*ast.Ident); ok && x.Name == "fmt" {
				return s.resolve(decl, e.Args[0], true)
			}
		}
	case *ast.Ident:
		all := s.assigned(decl, e.Name, part)
		for _, file := range s.files { // a constant of the package
			for _, d := range file.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST && len(all) == 0 {
					all = s.assigned(g, e.Name, part)
				}
			}
		}
		return all
	}
	return nil
}

// assigned returns the texts that are assigned in decl to what is called name.
func (s sources) assigned(decl ast.Node, name string, part bool) []said {
	if decl == nil {
		return nil
	}
	var all []said
	add := func(left, right ast.Expr) {
		if id, ok := left.(*ast.Ident); ok && id.Name == name {
			all = append(all, s.resolve(nil, right, part)...)
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					add(n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i := range n.Values {
				add(n.Names[i], n.Values[i])
			}
		}
		return true
	})
	return all
}

// hasWords reports whether there is something in text to be translated: a word of two letters that is neither a verb of
// package fmt, nor a flag, nor the name of a program.
func hasWords(text string) bool {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(":,;()\"", c) }) {
		if strings.HasPrefix(word, "-") || strings.HasPrefix(word, "%") || strings.ToLower(word) != word && strings.ToUpper(word) == word || word == "samizdat" || word == "samizdat-press" {
			continue
		}
		if strings.IndexFunc(word, unicode.IsLetter) >= 0 && len(word) > 1 {
			return true
		}
	}
	return false
}

// sameEverywhere are texts with words that are typed as they are: commands and their parts.
var sameEverywhere = []string{
	"mkdir -p ", " completion ", "samizdat extract --zim ", " --archive ",
	"samizdat serve --offset 1024 FILE", "samizdat search kazakhstan", "samizdat search --count 10 --start 1 WORDS",
	" DIR -o FILE.zim", " DIR|FILE.zim -o OUTDIR", " FILE --key KEY.pub", " DIR --from FILE.zim", "--name dossier",
	"samizdat-press sign %s --key %s", "samizdat-press import %s %s", "samizdat-press import DIR FILE --url URL", "--from https://example.org/video", "--film-time 1h", "--max-size 500M", "--max-time 2h", "--browser-time 90s", "--proxy socks5://127.0.0.1:9050", "--resolve example.org:203.0.113.7", "samizdat-press seal attach FILE SIGNATURE --key KEY.pub",
}

// waiting are texts of the press that nobody has translated yet; they are said in English. None of the reader's may wait.
var waiting = []string{}

func TestEveryTextOfTheSources(t *testing.T) {
	all := parseSources(t, "internal/command", "internal/stick", "cmd/samizdat", "cmd/samizdat-press")
	say := translators{"internal/command.translate": {0}, "internal/command.translated": {0}}
	say.grow(all)
	for _, name := range []string{"command.T", "command.Sprintf", "command.Errorf", "command.Usagef", "command.Hint", "cmd/samizdat.remark", "cmd/samizdat.printf", "cmd/samizdat.row", "internal/command.heading"} {
		if say[name] == nil {
			t.Errorf("%s does not translate? found: %v", name, slices.Sorted(maps.Keys(say)))
		}
	}
	spoken, press := readSpoken(t, "cli/cli.json"), readSpoken(t, pressTexts)
	used := map[string]bool{}
	count := 0
	for _, s := range all {
		for _, text := range say.texts(s) {
			count++
			used[text.text] = true
			if spoken[text.text] != nil || s.dir == "cmd/samizdat-press" && press[text.text] != nil || !hasWords(text.text) || slices.Contains(sameEverywhere, text.text) {
				continue
			}
			if s.dir == "cmd/samizdat-press" && slices.Contains(waiting, text.text) {
				continue
			}
			what := "the " + map[bool]string{true: "press's ", false: ""}[s.dir == "cmd/samizdat-press"] + "cli.json has no text for it, and it is not listed as the same in every language"
			if text.part {
				what = "put together of parts, so that it cannot be translated: use command.Sprintf"
			}
			t.Errorf("%s: %q: %s", text.where, text.text, what)
		}
	}
	if count < 150 {
		t.Errorf("only %d texts found", count)
	}
	for _, text := range waiting {
		if !used[text] || press[text] != nil {
			t.Errorf("listed as waiting for a translation, and no source says it, or it has one: %q", text)
		}
	}
	for _, text := range sameEverywhere {
		if !used[text] {
			t.Errorf("listed as the same in every language, and no source says it: %q", text)
		}
	}
}

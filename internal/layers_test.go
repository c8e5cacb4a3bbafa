// Package internal_test holds the tests that look at the whole house: who imports whom, and what the reader may not
// contain.
package internal_test

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

const module = "samizdat"

// rows gives each package its row; a package may import packages of ours from lower rows only. The same table, with
// reasons, is in docs/architecture.md.
var rows = map[string]int{
	"internal/atomicfile":    1,
	"internal/coding":        1,
	"internal/command":       1,
	"internal/fetch":         1,
	"internal/inert":         1,
	"internal/markup":        1,
	"internal/messages":      1,
	"internal/scrub":         1,
	"internal/seal":          1,
	"internal/seal/sealtest": 1,
	"internal/splice":        1,
	"internal/squeeze":       1,
	"internal/thumbnail":     1,
	"internal/wacz":          1,
	"internal/warc":          1,
	"internal/webpage":       1,
	"internal/xapian":        1,
	"internal/zim":           1,

	"internal/messages/packed": 1,

	"internal/fetch/fetchtest": 1, // for tests
	"internal/ytdlp/ytdlptest": 1, // for tests
	"internal/judge":           1, // for tests

	"internal/splice/splicetest": 1,

	"internal/dossier": 2,

	"internal/article":  3,
	"internal/markdown": 3,
	"internal/page":     3,
	"internal/readable": 3,
	"internal/snapshot": 3,
	"internal/traces":   3,

	"internal/archive": 4,
	"internal/imports": 4,
	"internal/browser": 4,
	"internal/ytdlp":   4,
	"internal/carry":   4,
	"internal/compile": 4,
	"internal/search":  4,

	"internal/search/searchtest": 4, // for tests and measurements

	"internal/capture": 5,
	"internal/pack":    5,
	"internal/serve":   5,
	"internal/stick":   5,

	"assets": 6,

	"cmd/samizdat":       7,
	"cmd/samizdat-press": 7,

	"internal/bench":           7, // a program for the workshop: measures the two programs beside their peers
	"internal/carry/carrytest": 5, // for tests

	"internal/imports/importstest": 5, // for tests

	"internal/icon":     7, // programs for the workshop: the icon of the Windows program,
	"internal/runtimes": 7, // and what make runtimes packs
	"internal/squeezer": 7, // a program for the workshop: compresses the texts that are compiled in
	"internal/licenses": 7, // a program for the workshop: writes the licence texts that the two programs embed
}

// acyclic rows allow imports among themselves; Go itself refuses cycles.
var acyclic = map[int]bool{1: true, 4: true}

// sameRow lists the imports inside row 1, which are otherwise not allowed either.
var sameRow = map[string][]string{
	"internal/command":         {"internal/atomicfile"}, // man pages are written whole or not at all
	"internal/fetch":           {"internal/coding"},     // content codings of HTTP
	"internal/messages":        {"internal/squeeze"},    // catalogues
	"internal/messages/packed": {"internal/messages"},
	"internal/seal":            {"internal/squeeze"}, // lists of words
	"internal/wacz":            {"internal/warc"},    // what it carries
	"internal/warc":            {"internal/coding"},  // content codings of HTTP
}

// pkg is one package of ours as its sources say.
type pkg struct {
	dir     string
	imports []string // of ours, as directories
	foreign []string // all others
	files   []*ast.File
	names   []string // file names, beside files
}

// load parses every package of the module that is not a test, below the repository's root.
func load(t *testing.T) (map[string]*pkg, *token.FileSet) {
	t.Helper()
	root := ".."
	fset := token.NewFileSet()
	pkgs := map[string]*pkg{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "e2e" || (strings.HasPrefix(base, ".") && name != root) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		p := pkgs[dir]
		if p == nil {
			p = &pkg{dir: dir}
			pkgs[dir] = p
		}
		p.files = append(p.files, f)
		p.names = append(p.names, name)
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(imp, module+"/"); ok {
				p.imports = append(p.imports, rest)
			} else {
				p.foreign = append(p.foreign, imp)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) == 0 {
		t.Fatal("found no package: the test looks in the wrong place")
	}
	return pkgs, fset
}

// TestImportsGoDown holds every import of ours against the table of rows.
func TestImportsGoDown(t *testing.T) {
	pkgs, _ := load(t)
	for dir, p := range pkgs {
		from, ok := rows[dir]
		if !ok {
			t.Errorf("package %s has no row: give it one here and in docs/architecture.md", dir)
			continue
		}
		for _, imp := range p.imports {
			to, ok := rows[imp]
			switch {
			case !ok:
				t.Errorf("%s imports %s, which has no row", dir, imp)
			case from == 1 && slices.Contains(sameRow[dir], imp):
			case from == 1:
				t.Errorf("%s imports %s; packages of row 1 import nothing of ours", dir, imp)
			case to < from, to == from && acyclic[from]:
			default:
				t.Errorf("%s (row %d) imports %s (row %d); imports go down only", dir, from, imp, to)
			}
			if imp == "assets" && path.Dir(dir) != "cmd" {
				t.Errorf("%s imports assets; only the programs in cmd may", dir)
			}
		}
	}
	for dir := range rows {
		if pkgs[dir] == nil {
			t.Errorf("the table names %s, but there is no such package", dir)
		}
	}
}

// reader returns the packages of ours that cmd/samizdat reaches.
func reader(t *testing.T, pkgs map[string]*pkg) []*pkg {
	t.Helper()
	seen := map[string]bool{}
	var walk func(string)
	walk = func(dir string) {
		if seen[dir] || pkgs[dir] == nil {
			return
		}
		seen[dir] = true
		for _, imp := range pkgs[dir].imports {
			walk(imp)
		}
	}
	walk("cmd/samizdat")
	if len(seen) < 3 {
		t.Fatalf("cmd/samizdat reaches only %d packages; the walk is broken", len(seen))
	}
	var out []*pkg
	for _, dir := range slices.Sorted(keys(seen)) {
		out = append(out, pkgs[dir])
	}
	return out
}

func keys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// editorial packages are for the press alone: readers capture nothing, and what reads other people's files is not there to be
// attacked.
var editorial = []string{"internal/coding", "internal/wacz", "internal/warc"}

// TestReaderCapturesNothing looks for them among what the reader is made of.
func TestReaderCapturesNothing(t *testing.T) {
	pkgs, _ := load(t)
	for _, p := range reader(t, pkgs) {
		if slices.Contains(editorial, p.dir) {
			t.Errorf("cmd/samizdat reaches %s; that is for the press", p.dir)
		}
	}
	for _, dir := range editorial {
		if pkgs[dir] == nil {
			t.Errorf("there is no package %s", dir)
		}
	}
}

// dialling names what opens a connection to somewhere else. The reader only listens.
func dialling(imp, name string) bool {
	switch imp {
	case "net":
		return strings.HasPrefix(name, "Dial") || name == "Resolver" || strings.HasPrefix(name, "Lookup") || name == "ResolveTCPAddr"
	case "net/http":
		return slices.Contains([]string{"Client", "Get", "Head", "Post", "PostForm", "DefaultClient", "Transport", "DefaultTransport"}, name)
	case "crypto/tls", "net/smtp", "net/rpc", "net/textproto":
		return strings.HasPrefix(name, "Dial")
	case "net/http/httputil":
		return strings.Contains(name, "Proxy")
	case "syscall", "golang.org/x/sys/unix", "golang.org/x/sys/windows":
		return name == "Connect" || name == "Sendto" || name == "ConnectEx"
	}
	return false
}

// TestReaderDoesNotDial looks at every selector in every package that the reader is made of.
func TestReaderDoesNotDial(t *testing.T) {
	pkgs, fset := load(t)
	for _, p := range reader(t, pkgs) {
		for _, f := range p.files {
			local := map[string]string{}
			for _, spec := range f.Imports {
				imp, _ := strconv.Unquote(spec.Path.Value)
				name := path.Base(imp)
				if spec.Name != nil {
					name = spec.Name.Name
				}
				if name == "." {
					t.Errorf("%s: dot import hides what is called", fset.Position(spec.Pos()))
				}
				local[name] = imp
			}
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				id, ok := sel.X.(*ast.Ident)
				if ok && dialling(local[id.Name], sel.Sel.Name) {
					t.Errorf("%s: %s.%s: the reader contains no code path that dials out",
						fset.Position(sel.Pos()), local[id.Name], sel.Sel.Name)
				}
				return true
			})
		}
	}
}

// TestReaderDoesWithout names packages that are for making archives only.
func TestReaderDoesWithout(t *testing.T) {
	pkgs, _ := load(t)
	for _, p := range reader(t, pkgs) {
		if slices.Contains([]string{"internal/dossier", "internal/compile", "internal/pack", "internal/scrub"}, p.dir) {
			t.Errorf("cmd/samizdat reaches %s, which is for the press", p.dir)
		}
	}
}

// heavy packages may not be imported by anything that the reader is made of: they add megabytes, because reflection
// on methods keeps the linker from dropping what is not used.
var heavy = []string{"text/template", "html/template"}

// TestReaderImportsNoTemplates looks at the sources; TestReaderLinksNoTemplates at the program.
func TestReaderImportsNoTemplates(t *testing.T) {
	pkgs, _ := load(t)
	for _, p := range reader(t, pkgs) {
		for _, imp := range p.foreign {
			if slices.Contains(heavy, imp) {
				t.Errorf("%s imports %s; use internal/markup", p.dir, imp)
			}
		}
	}
}

// engines are what makes the template packages heavy: the parser, and the methods that execute. What cobra's import
// of text/template leaves behind is a table of some thirty small functions.
var engines = []string{"text/template.(*", "text/template/parse.(*", "html/template.(*"}

// TestReaderLinksNoTemplates builds the reader for linux/amd64 and looks for the template engines among the functions
// that the linker kept: a library may import them (cobra does) as long as nothing calls them.
func TestReaderLinksNoTemplates(t *testing.T) {
	out := filepath.Join(t.TempDir(), "samizdat")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-tags=bare", "-o", out, "../cmd/samizdat")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, msg)
	}
	names, err := functions(out)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(names, "main.main") {
		t.Fatalf("main.main is not among %d functions; the table was not read", len(names))
	}
	for _, name := range names {
		for _, engine := range engines {
			if strings.HasPrefix(name, engine) {
				t.Errorf("the reader links %s", name)
			}
		}
	}
}

// TestReaderCarriesItsOwnWords builds the reader and looks for the keys of texts in it. Those of packed pages are not
// there, and their catalogues need not be; whatever else is there must be in the others, or a reader would see the key.
func TestReaderCarriesItsOwnWords(t *testing.T) {
	out := filepath.Join(t.TempDir(), "samizdat")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-tags=bare", "-o", out, "../cmd/samizdat")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, msg)
	}
	program, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(name string) []string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var catalogue map[string]any
		if err := json.Unmarshal(data, &catalogue); err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(slices.Sorted(maps.Keys(catalogue)), func(key string) bool { return strings.HasPrefix(key, "_") })
	}
	// Names of functions and types of package time and the runtime begin like these.
	alike := []string{"time.lead", "time.note", "time.text"}
	// These are put together: for every language, month, status of an item and refusal.
	together := regexp.MustCompile(`^(lang\.|month\.|status\.|err\.\d)`)
	own := keys("messages/en.json")
	for _, key := range own {
		if !bytes.Contains(program, []byte(key)) && !together.MatchString(key) {
			t.Errorf("messages/en.json: the reader does not use %q: move it to messages/packed", key)
		}
	}
	packed := keys("messages/packed/en.json")
	for _, key := range packed {
		if bytes.Contains(program, []byte(key)) && !slices.Contains(alike, key) || together.MatchString(key) {
			t.Errorf("messages/packed/en.json: the reader uses %q: move it to messages", key)
		}
	}
	if len(own) < 100 || len(packed) < 100 {
		t.Errorf("%d keys and %d of packed pages", len(own), len(packed))
	}
}

// functions lists the functions of a Go program by its line table, which even a stripped program has.
func functions(name string) ([]string, error) {
	f, err := elf.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	section := func(name string) ([]byte, uint64, error) {
		s := f.Section(name)
		if s == nil {
			return nil, 0, fmt.Errorf("no section %s", name)
		}
		b, err := s.Data()
		return b, s.Addr, err
	}
	lines, _, err := section(".gopclntab")
	if err != nil {
		return nil, err
	}
	_, text, err := section(".text")
	if err != nil {
		return nil, err
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(lines, text))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, fn := range table.Funcs {
		names = append(names, fn.Name)
	}
	return names, nil
}

// TestOnlyTheKnownTopLevel keeps the top of the repository to what docs/architecture.md lists.
func TestOnlyTheKnownTopLevel(t *testing.T) {
	known := []string{
		"bundle", "assets", "cmd", "internal", "docs", "go.mod", "go.sum", "Makefile", "README.md", "CHANGELOG.md",
		"LICENSE", ".ci", ".gitignore", ".gitattributes",
	}
	for _, name := range topLevel(t) {
		if !slices.Contains(known, name) {
			t.Errorf("%s stands at the top level; the house has no such room", name)
		}
	}
	for _, name := range known {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			t.Error(err)
		}
	}
}

// topLevel lists what git tracks at the root; what people made beside it is theirs.
func topLevel(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, file := range tracked(t) {
		name, _, _ := strings.Cut(file, "/")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// tracked lists the files that git tracks, from the root on.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", "..", "ls-files").Output()
	if err != nil {
		judge.Missing(t, fmt.Sprintf("git ls-files: %v (sources without a checkout)", err))
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// TestArchitectureNamesEveryPackage keeps the table of the document and the table here alike.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	doc, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for dir := range rows {
		name := strings.TrimPrefix(dir, "internal/")
		if !bytes.Contains(doc, []byte("`"+name+"`")) {
			t.Errorf("docs/architecture.md does not name `%s`", name)
		}
	}
}

// skips are the tests that may skip themselves, beside those of internal/judge, and why.
var skips = map[string]string{
	"cmd/samizdat/hosts_linux_test.go":       "builds the programs: not with -short, and .ci/run has a step of its own for it",
	"internal/e2e/judges_test.go":            "a module of its own, with a judge.Missing of its own",
	"internal/e2e/carrying/carrying_test.go": "the same",
	"internal/e2e/hostile_corpora_test.go":   "behind the tag corpora; a folder may lack one",
	"internal/xapian/writer_test.go":         "50,000 documents: not with -short, as the race detector is run; make test has them",
	"internal/judge/judge.go":                "the one place",
}

// A test that skips itself where something is missing would pass in CI, whatever is broken: only package judge decides that.
func TestOnlyJudgeSkips(t *testing.T) {
	skipped := map[string]bool{}
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".txtar") {
			continue
		}
		src, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".txtar") && bytes.Contains(src, []byte("[!exec:")) {
			t.Errorf("%s goes on without a program; write [!judge:NAME], which is an error in CI", name)
		}
		if !bytes.Contains(src, []byte(`"testing"`)) || !skipping.Match(src) {
			continue
		}
		skipped[name] = true
		if skips[name] == "" {
			t.Errorf("%s skips a test; say what is missing to judge.Tool, judge.Need or judge.Missing, which fail in CI", name)
		}
	}
	for name := range skips {
		if !skipped[name] {
			t.Errorf("%s skips no test, and is listed", name)
		}
	}
}

// skipping matches a call of Skip, Skipf or SkipNow of a test or a benchmark.
var skipping = regexp.MustCompile(`\b[tb]\.Skip(?:f|Now)?\(`)

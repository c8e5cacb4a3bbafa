package command

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
)

// manVerb is the hidden "man DIR", which make install calls.
func manVerb(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "write the man pages into a folder",
		Long: `Writes one man page for the program and one for each verb into DIR, made from the
same texts as the help. The pages carry no date: the same version writes the same
bytes. Pages that stand there are replaced.`,
		Example: "  " + root.Name() + " man ~/.local/share/man/man1",
		Args:    Args("DIR"),
		Hidden:  true,
		RunE: func(_ *cobra.Command, args []string) error {
			for _, page := range ManPages(root) {
				err := atomicfile.WriteFile(filepath.Join(args[0], page.Name), page.Text, 0o644)
				if err != nil {
					return Hint(fmt.Errorf("write man page: %w", err), "mkdir -p "+args[0])
				}
			}
			return nil
		},
	}
}

// ManPage is one page in roff.
type ManPage struct {
	Name string // file name, like "samizdat-serve.1"
	Text []byte
}

// ManPages returns the page of root and those of its verbs, hidden ones left out, in the order of the help.
func ManPages(root *cobra.Command) []ManPage {
	pages := []ManPage{manPage(root)}
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			pages = append(pages, manPage(sub))
		}
	}
	return pages
}

// manPage writes the page of cmd. Macros: man(7).
func manPage(cmd *cobra.Command) ManPage {
	plainHelpFlag(cmd)
	root := cmd.Root()
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	var b bytes.Buffer
	section := func(s string) { fmt.Fprintf(&b, ".SH %s\n", s) }

	version := strings.TrimSpace(root.Name() + " " + root.Version)
	fmt.Fprintf(&b, ".TH %s 1 \"\" %s\n", quote(strings.ToUpper(name)), quote(version))
	section("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(name), roff(cmd.Short))
	section("SYNOPSIS")
	for i, line := range usageLines(cmd) {
		if i > 0 {
			b.WriteString(".br\n")
		}
		first, rest, _ := strings.Cut(line, " ")
		fmt.Fprintf(&b, ".B %s\n%s", roff(first), roffLines(rest))
	}
	if cmd.Long != "" {
		section("DESCRIPTION")
		writeParagraphs(&b, cmd.Long)
	}
	if rows := verbRows(cmd); len(rows) > 0 {
		section("VERBS")
		for _, r := range rows {
			fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s", roff(name+"-"+r[0]), roffLines(r[1]))
		}
	}
	if rows := flagRows(cmd.LocalFlags()); len(rows) > 0 {
		section("OPTIONS")
		writeTerms(&b, rows)
	}
	if rows := flagRows(cmd.InheritedFlags()); len(rows) > 0 {
		section("OPTIONS OF EVERY VERB")
		writeTerms(&b, rows)
	}
	if cmd.Example != "" {
		section("EXAMPLES")
		b.WriteString(".nf\n")
		for line := range strings.Lines(strings.Trim(cmd.Example, "\n")) {
			b.WriteString(roffLines(strings.TrimPrefix(line, "  ")))
		}
		b.WriteString(".fi\n")
	}
	section("EXIT STATUS")
	for _, e := range exitsOf(cmd) {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s", e.Status, roffLines(e.When))
	}
	if cmd != root {
		section("SEE ALSO")
		fmt.Fprintf(&b, ".BR %s (1)\n", roff(root.Name()))
	}
	return ManPage{Name: name + ".1", Text: b.Bytes()}
}

// writeParagraphs writes text whose paragraphs are parted by empty lines. A paragraph whose lines are indented, as in
// a list, keeps its lines.
func writeParagraphs(b *bytes.Buffer, text string) {
	for i, p := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		verbatim := strings.HasPrefix(p, " ")
		if verbatim {
			b.WriteString(".nf\n")
		}
		b.WriteString(roffLines(p))
		if verbatim {
			b.WriteString(".fi\n")
		}
	}
}

// writeTerms writes flags and what they mean.
func writeTerms(b *bytes.Buffer, rows [][2]string) {
	for _, r := range rows {
		fmt.Fprintf(b, ".TP\n.B %s\n%s", roff(strings.TrimSpace(r[0])), roffLines(r[1]))
	}
}

// roffLines escapes text line by line and ends it with a newline; a line that would be read as a request is guarded
// by a zero-width character.
func roffLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSuffix(text, "\n") + "\n") {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			b.WriteString(`\&`)
		}
		b.WriteString(roff(line) + "\n")
	}
	return b.String()
}

// roff escapes what roff would interpret inside a line, and keeps hyphens, quotes, accents and tildes as typed, so
// that a reader can copy them into a shell.
func roff(s string) string {
	return strings.NewReplacer(
		`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`,
		"…", "...",
	).Replace(s)
}

// quote makes s one argument of a macro.
func quote(s string) string {
	return `"` + strings.ReplaceAll(roff(s), `"`, `\(dq`) + `"`
}

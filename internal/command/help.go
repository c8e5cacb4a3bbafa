package command

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeUsage is the UsageFunc of every command: the line of use and where to read on.
func writeUsage(cmd *cobra.Command) error {
	_, err := fmt.Fprintf(cmd.OutOrStderr(), "%s\n%s\n", useLine(cmd), Sprintf("%s --help tells more", cmd.CommandPath()))
	return err
}

// writeHelp writes all there is to say about cmd: one line, a paragraph, how to use it, its verbs, examples, flags and
// exit statuses. The man page has the same parts from the same texts.
func writeHelp(w io.Writer, cmd *cobra.Command) {
	c := Color(w)
	var b strings.Builder
	heading := func(s string) { fmt.Fprintf(&b, "\n%s\n", c.Bold(T(s))) }

	fmt.Fprintf(&b, "%s: %s\n", c.Bold(cmd.CommandPath()), T(cmd.Short))
	if cmd.Long != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(cmd.Long))
	}
	heading("Usage")
	for _, line := range usageLines(cmd) {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if rows := verbRows(cmd); len(rows) > 0 {
		heading("Verbs")
		writeRows(&b, rows)
	}
	if cmd.Example != "" {
		heading("Examples")
		for line := range strings.Lines(strings.Trim(cmd.Example, "\n") + "\n") {
			fmt.Fprintf(&b, "  %s", strings.TrimPrefix(line, "  "))
		}
	}
	if rows := flagRows(cmd.LocalFlags()); len(rows) > 0 {
		heading("Flags")
		writeRows(&b, rows)
	}
	if rows := flagRows(cmd.InheritedFlags()); len(rows) > 0 {
		heading("Flags of every verb")
		writeRows(&b, rows)
	}
	heading("Exit status")
	for _, e := range exitsOf(cmd) {
		fmt.Fprintf(&b, "  %d  %s\n", e.Status, T(e.When))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s\n", Sprintf("%s VERB --help tells more about a verb.", cmd.CommandPath()))
	}
	_, _ = io.WriteString(w, b.String()) // a reader who has enough is no error
}

// usageLines gives the ways to call cmd.
func usageLines(cmd *cobra.Command) []string {
	var lines []string
	if cmd.Runnable() {
		lines = append(lines, useLine(cmd))
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, cmd.CommandPath()+" "+T("VERB [flags]"))
	}
	return lines
}

// useLine is the way to call cmd, in one line.
func useLine(cmd *cobra.Command) string {
	if line, found := strings.CutSuffix(cmd.UseLine(), " [flags]"); found {
		return line + " " + T("[flags]")
	}
	return cmd.UseLine()
}

// verbRows gives name and one line of every verb below cmd.
func verbRows(cmd *cobra.Command) [][2]string {
	var rows [][2]string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			rows = append(rows, [2]string{sub.Name(), T(sub.Short)})
		}
	}
	return rows
}

// flagRows gives spelling and meaning of every flag in fs.
func flagRows(fs *pflag.FlagSet) [][2]string {
	var rows [][2]string
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		rows = append(rows, [2]string{spelling(f), meaning(f)})
	})
	return rows
}

// spelling is like "-o, --output FILE".
func spelling(f *pflag.Flag) string {
	s := "    --" + f.Name
	if f.Shorthand != "" {
		s = "-" + f.Shorthand + ", --" + f.Name
	}
	if name, _ := pflag.UnquoteUsage(f); name != "" {
		s += " " + name
	}
	return s
}

// meaning is the usage text, with the default if it says anything.
func meaning(f *pflag.Flag) string {
	_, text := pflag.UnquoteUsage(f)
	switch f.DefValue {
	case "", "false", "0", "[]":
		return text
	}
	return text + " (" + Sprintf("default %s", f.DefValue) + ")"
}

const (
	helpWidth = 80 // columns; the narrowest terminal that is common
	wordsMin  = 30 // columns that the right side gets at least
)

// writeRows writes two columns; long texts go on below.
func writeRows(b *strings.Builder, rows [][2]string) {
	width := 0
	for _, r := range rows {
		width = max(width, utf8.RuneCountInString(r[0]))
	}
	for _, r := range rows {
		left := r[0]
		for _, line := range Wrap(r[1], max(wordsMin, helpWidth-width-4)) {
			pad := strings.Repeat(" ", width-utf8.RuneCountInString(left))
			fmt.Fprintf(b, "  %s%s  %s\n", left, pad, line)
			left = ""
		}
	}
}

// Wrap breaks text between words into lines of at most width columns. There is at least one line.
func Wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// helpVerb is "help [VERB]", the same as "VERB --help".
func helpVerb(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "tell about a verb",
		Long:  "Prints what " + root.Name() + " does, or what one of its verbs does.",
		Args:  Args("[VERB]"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return verbs(root), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about := root
			if len(args) == 1 {
				found, _, err := root.Find(args)
				if err != nil || found == root {
					return unknownVerb(root, args)
				}
				about = found
			}
			writeHelp(cmd.OutOrStdout(), about)
			return nil
		},
	}
}

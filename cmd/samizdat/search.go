package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/search"
)

// searchOptions are the flags of search.
type searchOptions struct {
	json     bool
	start    int
	count    int
	language string
	section  string
}

// hitJSON is one line of search --json.
type hitJSON struct {
	Archive string  `json:"archive"`
	Path    string  `json:"path"`
	Title   string  `json:"title"`
	Score   float64 `json:"score"`
	Words   int     `json:"words,omitempty"` // in the text
	Passage string  `json:"passage,omitempty"`
}

func (p *program) searchVerb() *cobra.Command {
	var opts searchOptions
	cmd := &cobra.Command{
		Use:   "search WORDS…",
		Short: "find pages by the words in them",
		Long: `Prints the pages that have all the words, the best first: path, title and a passage.
"…" makes a phrase, and a minus before a word or a phrase excludes it (behind --, so
that it is not taken for a flag). Capitals and accents do not matter, and in languages
that the archive has rules for the other forms of a word are found too.

If nothing is found, the last word may go on. Of archives without a search index the
titles are searched. Several archives are searched together, and what those without an
index have comes last. With --json every line is one JSON object.`,
		Example: `  samizdat search kazakhstan gas prices
  samizdat search '"liquefied gas"'
  samizdat search --archive wikipedia.zim -- almaty -football`,
		Args: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, "")) == "" {
				return command.Usagef("samizdat search kazakhstan", "what to look for is not said")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.search(cmd, strings.Join(args, " "), opts)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opts.json, "json", false, "print one JSON object per line")
	f.IntVarP(&opts.count, "count", "n", 10, "print `N` pages at most")
	f.IntVar(&opts.start, "start", 1, "begin with the `N`th page that was found")
	f.StringVar(&opts.language, "language", "", "only items in the language `TAG`, like ru, where the archive says it")
	f.StringVar(&opts.section, "section", "", "only items in the section `NAME`, where the archive says it")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitFailure, When: "nothing was found, or the archive could not be opened"},
		command.Exit{Status: command.ExitDamaged, When: "the search index is damaged"},
	)
	return cmd
}

func (p *program) search(cmd *cobra.Command, text string, opts searchOptions) error {
	if opts.count < 1 || opts.start < 1 {
		return command.Usagef("samizdat search --count 10 --start 1 WORDS", "--count %d and --start %d: both begin at 1", opts.count, opts.start)
	}
	sources, err := p.find(nil)
	if err != nil {
		return err
	}
	defer closeAll(sources)
	indexes := make([]*search.Index, len(sources))
	for i, s := range sources {
		indexes[i], _ = search.OpenIndex(s.Zim) // damaged says what is wrong
	}
	err = errors.Join(
		noSuch("language", opts.language, indexes, (*search.Index).Languages),
		noSuch("section", opts.section, indexes, (*search.Index).Sections))
	if err != nil {
		return err
	}
	if search.ParseQuery(text, false).Cut {
		p.note(cmd, "warning: too long; only the beginning is looked for\n")
	}
	wanted := &search.Options{Start: opts.start - 1, Count: opts.count, Language: opts.language, Section: opts.section}
	found, err := search.Find(cmd.Context(), indexes, text, wanted)
	if index := (*search.IndexError)(nil); errors.As(err, &index) {
		return explainRead(fmt.Errorf("search %s: %w", sources[index.Index].Name, err))
	}
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	p.noteTitles(cmd, sources, indexes, found)
	w := bufio.NewWriter(cmd.OutOrStdout())
	for _, h := range found.Hits {
		if err := writeHit(cmd, w, sources, h, opts.json); err != nil {
			return err
		}
	}
	if last := opts.start - 1 + len(found.Hits); !opts.json && !p.quiet && len(found.Hits) > 0 && last < found.Reach {
		more := command.Sprintf("%d to %d of %d; go on with --start %d\n", opts.start, last, found.Total, last+1)
		if found.AtMost {
			more = command.Sprintf("%d to %d of at most %d; go on with --start %d\n", opts.start, last, found.Total, last+1)
		}
		_, _ = w.WriteString(more)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := damaged(sources, indexes); err != nil || len(found.Hits) > 0 {
		return err
	}
	return nothing(cmd, indexes, text, wanted, found)
}

// noSuch returns the error for a filter that nothing in the archives has; nil if something has it, or that cannot be known.
func noSuch(flag, value string, indexes []*search.Index, choices func(*search.Index) []string) error {
	if value == "" {
		return nil
	}
	var have []string
	for _, x := range indexes {
		list := choices(x)
		same := func(v string) bool { return strings.EqualFold(v, value) }
		if x.Damage() != nil || len(list) >= search.MaxChoices || slices.ContainsFunc(list, same) {
			return nil
		}
		have = append(have, list...)
	}
	slices.Sort(have)
	have = slices.Compact(have)
	if len(have) == 0 {
		return command.Usagef(command.Sprintf("search without --%s", flag), "--%s %q: no archive here says what its items have", flag, value)
	}
	hint := command.Sprintf("--%s takes one of: %s", flag, command.Printable(strings.Join(have, ", ")))
	return command.Usagef(hint, "--%s %q: no item has it", flag, value)
}

// note prints to standard error unless --quiet.
func (p *program) note(cmd *cobra.Command, format string, args ...any) {
	if !p.quiet {
		_, _ = fmt.Fprint(cmd.ErrOrStderr(), command.Sprintf(format, args...))
	}
}

// noteTitles says which archives have no index, so that only their titles were searched.
func (p *program) noteTitles(cmd *cobra.Command, sources []*archive.Source, indexes []*search.Index, found *search.Results) {
	if len(found.Titles) == len(sources) && damaged(sources, indexes) == nil {
		p.note(cmd, "no search index: titles are searched\n")
		return
	}
	for _, i := range found.Titles {
		if indexes[i].Damage() == nil {
			p.note(cmd, "%s: no search index; its titles are searched\n", command.Printable(sources[i].Name))
		}
	}
}

// damaged returns the error about the archives whose index cannot be read; what the others have is printed before.
func damaged(sources []*archive.Source, indexes []*search.Index) error {
	var errs []error
	for i, x := range indexes {
		if err := x.Damage(); err != nil {
			errs = append(errs, fmt.Errorf("search %s: %w", sources[i].Name, err))
		}
	}
	return explainRead(errors.Join(errs...))
}

// brief cuts what was asked for to what fits into an error.
func brief(text string) string {
	const most = 80
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// nothing returns the error for a search that has nothing to show.
func nothing(cmd *cobra.Command, indexes []*search.Index, text string, opts *search.Options, found *search.Results) error {
	if found.Reach > 0 { // Start is behind them
		return command.Hint(command.Errorf("search %q: %d found, and --start %d is behind them", brief(text), found.Reach, opts.Start+1), command.Sprintf("--start %d shows the last one", found.Reach))
	}
	err := command.Errorf("search %q: nothing found", brief(text))
	if better, ok := search.Correct(cmd.Context(), indexes, text, found.Missing, opts); ok {
		return command.Hint(err, command.Sprintf("did you mean: samizdat search %s", sameFlags(cmd)+asArgument(better)))
	}
	if len(search.ParseQuery(text, false).Words()) == 0 {
		return command.Hint(err, "type a word that should be on the page, in letters or digits")
	}
	var filters []string
	if opts.Language != "" {
		filters = append(filters, "language")
	}
	if opts.Section != "" {
		filters = append(filters, "section")
	}
	if filters != nil {
		return command.Hint(err, command.Sprintf("search without --%s", strings.Join(filters, " --")))
	}
	return command.Hint(err, "fewer words, or another form of a word")
}

// sameFlags returns the flags that were set, as they can be typed again, but for where to begin.
func sameFlags(cmd *cobra.Command) string {
	var b strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		if value == "" || strings.ContainsAny(value, shellMarks+" ") {
			value = quoted(value)
		}
		if f.Name != "start" {
			b.WriteString("--" + f.Name + "=" + value + " ")
		}
	})
	return b.String()
}

// shellMarks are characters that mean something to a shell.
const shellMarks = "\"'`$\\!*?[]{}()<>|&;~#"

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// asArgument returns text as it can be typed behind a command.
func asArgument(text string) string {
	flag := strings.HasPrefix(text, "-")
	if strings.ContainsAny(text, shellMarks) {
		text = quoted(text)
	} else {
		flag = flag || strings.Contains(text, " -")
	}
	if flag {
		text = "-- " + text
	}
	return text
}

// writeHit prints one page that was found.
func writeHit(cmd *cobra.Command, w *bufio.Writer, sources []*archive.Source, h search.Hit, asJSON bool) error {
	var passage strings.Builder
	for _, span := range h.Passage {
		passage.WriteString(span.Text)
	}
	if asJSON {
		return command.JSONLine(w, hitJSON{sources[h.Index].Name, h.Path, h.Title, h.Score, h.Words, passage.String()})
	}
	path := h.Path
	if len(sources) > 1 {
		path = sources[h.Index].Name + ": " + path
	}
	out := fmt.Sprintf("%s\n  %s\n", command.Printable(path), command.Printable(h.Title))
	if len(h.Passage) > 0 {
		out += "  " + command.Printable(passage.String()) + "\n"
	}
	_, err := w.WriteString(out)
	return err
}

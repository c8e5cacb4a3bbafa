package main

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/compile"
	"samizdat/internal/dossier"
	"samizdat/internal/traces"
)

// problemJSON is a problem as --json prints it.
type problemJSON struct {
	File    string `json:"file"` // in the dossier's folder, with slashes
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Warning bool   `json:"warning,omitempty"`
	Damaged bool   `json:"damaged,omitempty"` // the file is missing, or has another SHA-256
}

// checkJSON is the answer of check --json.
type checkJSON struct {
	Dossier  string        `json:"dossier"`
	Items    *int          `json:"items,omitempty"` // missing if the manifest cannot be read far enough to count
	Errors   int           `json:"errors"`
	Problems []problemJSON `json:"problems"`
	Media    []mediumJSON  `json:"media,omitempty"`    // files that tell of their makers
	Evidence []traceJSON   `json:"evidence,omitempty"` // files that tell of whoever captured them
	// Unsought are the names of cookies, of those that --cookies gives, whose values are too short to be told from other words.
	Unsought []string `json:"unsought_cookies,omitempty"`
	NoFilm   []string `json:"no_film,omitempty"` // ids of items that are films and sounds, of which none is here
}

func (p *program) checkVerb() *cobra.Command {
	var asJSON bool
	var keep, own []string
	var cookies string
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "say everything that is wrong with a dossier",
		Long: `Reads the dossier in the folder DIR and says everything that is wrong with it at once:
file, line, column, what is wrong, and what to write instead. Warnings do not keep a
dossier from being packed. Nothing is written.

Photos, films and PDF files that tell of their makers are listed with what they tell. pack
takes it out; the files here stay as they are. Items that are films or sounds, of which none
is here, are named with what to type when you have the file.

The evidence of captures is looked through for what it tells of you: cookies, your
addresses, your names on this machine and its own, mail addresses, the folder of your home,
and what servers said of their visitor. --own names more to look for. What a site says to
everybody is not reported. Evidence that readers get (evidence: include) makes warnings;
what stays here is listed. So are photos and films in it, which are not scrubbed there.
The readable text and the page as it looked are looked through
too: a page that was captured with your cookies may say their values back, and --cookies
finds those.`,
		Example: `  samizdat-press check bundle
  samizdat-press check bundle --cookies cookies.txt
  samizdat-press check bundle --json | jq .errors`,
		Args:              command.Args("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.check(cmd, args[0], asJSON, keep, own, cookies)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	addKeepFlag(cmd, &keep)
	cmd.Flags().StringArrayVar(&own, "own", nil, "look for `WORD` in the evidence too: a name, an address; may be repeated")
	cmd.Flags().StringVar(&cookies, "cookies", "", "look for the values of the cookies in `FILE` too, which capture was given")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "nothing is wrong; there may be warnings"},
		command.Exit{Status: command.ExitFailure, When: "something is wrong, or the folder cannot be read"},
	)
	return cmd
}

func (p *program) check(cmd *cobra.Command, dir string, asJSON bool, keep, own []string, cookies string) error {
	out := cmd.OutOrStdout()
	var secrets []traces.Secret
	if cookies != "" {
		var err error
		if secrets, err = cookieFile(cookies); err != nil {
			return command.Hint(err, "it is to be a file of cookies as browsers' add-ons write it, cookies.txt")
		}
	}
	d, root, err := loadDossier(dir)
	var a *compile.Archive
	if err == nil {
		defer root.Close()
		if err := checkKeep(d, keep); err != nil {
			return err
		}
		a, err = compile.Dossier(d, &compile.Options{Keep: keep}) // what only shows when texts become pages
		err = withFolder(dir, err)
	}
	var bad *problemsError
	switch {
	case errors.As(err, &bad):
		if asJSON {
			if err := command.JSON(out, checkAnswer(dir, d, bad.problems)); err != nil {
				return err
			}
		} else {
			bad.print(out)
		}
		return bad
	case err != nil:
		return err
	}
	evidence, err := lookThrough(d, root, own, secrets, false)
	if err != nil {
		return withFolder(dir, err)
	}
	warnings := slices.Concat(d.Warnings, a.Warnings, workLeft(dir))
	if cookies == "" {
		warnings = append(warnings, sentCookies(d)...)
	}
	warnings = append(warnings, evidenceWarnings(evidence)...)
	if asJSON {
		answer := checkAnswer(dir, d, warnings)
		answer.Media, answer.Evidence, answer.Unsought, answer.NoFilm = mediaAnswer(a.Media), evidence, plainCookies(secrets), noFilms(d)
		return command.JSON(out, answer)
	}
	if !p.quiet {
		printProblems(out, dir, warnings)
		if err := printMedia(out, dir, d, a.Media); err != nil {
			return err
		}
		for _, id := range noFilms(d) {
			line := command.Sprintf("%s: the film is not here; if you have it: samizdat-press add %s FILE --to %s\n", id, dir, id)
			if _, err := io.WriteString(out, command.Printable(line)); err != nil {
				return err
			}
		}
		if err := printEvidence(out, dir, evidence); err != nil {
			return err
		}
		if err := printPlain(out, cookies, plainCookies(secrets)); err != nil {
			return err
		}
		_, err = io.WriteString(out, command.Sprintf("%s: %d items, nothing wrong\n", dir, len(d.Items())))
	}
	return err
}

// checkAnswer is what is wrong with d, which is nil if it could not be loaded.
func checkAnswer(dir string, d *dossier.Dossier, problems dossier.Problems) checkJSON {
	answer := checkJSON{Dossier: dir, Errors: problems.Errors(), Problems: []problemJSON{}}
	if d != nil {
		items := len(d.Items())
		answer.Items = &items
	}
	for _, p := range problems {
		answer.Problems = append(answer.Problems, problemJSON(p))
	}
	return answer
}

// completeFolder lets the shell complete one folder.
func completeFolder(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

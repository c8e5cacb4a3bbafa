package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/dossier"
)

// verifyJSON is the answer of verify --json.
type verifyJSON struct {
	Dossier  string         `json:"dossier"`
	OK       bool           `json:"ok"`
	Items    []verifiedItem `json:"items"`              // those that were captured
	Problems []problemJSON  `json:"problems,omitempty"` // of the dossier, as check has them
}

// verifiedItem is how one capture stands to its evidence.
type verifiedItem struct {
	ID       string          `json:"id"`
	File     string          `json:"file"` // of the item, in the dossier's folder, with slashes
	Evidence string          `json:"evidence,omitempty"`
	Records  int             `json:"records,omitempty"`
	Digests  int             `json:"digests"`          // that were compared and are right
	Remade   bool            `json:"remade,omitempty"` // text and look were made again of the evidence, and are the same
	Signed   string          `json:"signed,omitempty"` // what became of the signature
	Findings []verifyFinding `json:"findings,omitempty"`
}

// verifyFinding is something that was found.
type verifyFinding struct {
	Grade string `json:"grade"` // "damage", or "note", which speaks against nothing
	File  string `json:"file"`  // in the dossier's folder, with slashes
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

func (p *program) verifyVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "hold what a dossier has against its evidence",
		Long: `Compares every digest in the dossier in the folder DIR with what is there: those of
captures, media and the source document with their files; in the evidence, those of every
record's block and payload, of the files of a WACZ, and its signature.

Then it makes each captured page again of its evidence, without a network, and compares the
readable text, the page as it looked and everything it shows with the files of the dossier,
and what the item says of the capture with what the evidence knows. Nothing is written.

That shows that nothing was changed since it was captured, unless evidence, pages and digests
were changed together, from which a seal protects. It does not prove to others that a server
sent it: for what this program captured nobody else vouches. Pages that came without TLS are
named, because anybody on the way could have changed them.`,
		Example: `  samizdat-press verify bundle
  samizdat-press verify bundle --json | jq '.items[].findings[]?'`,
		Args:              command.Args("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.verify(cmd, args[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "everything is what its digests and the evidence say"},
		command.Exit{Status: command.ExitFailure, When: "the dossier cannot be read, or has problems that check names"},
		command.Exit{Status: command.ExitDamaged, When: "something is missing, damaged, or not what the evidence says"},
	)
	return cmd
}

func (p *program) verify(cmd *cobra.Command, dir string, asJSON bool) (err error) {
	root, err := openDossier(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	d, problems, err := dossier.Survey(root.FS())
	if err != nil {
		return withFolder(dir, err)
	}
	temp, err := os.MkdirTemp("", "samizdat-verify-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	answer := verifyJSON{Dossier: dir, Items: []verifiedItem{}}
	damaged := false
	for _, problem := range problems {
		if !problem.Warning {
			answer.Problems = append(answer.Problems, problemJSON(problem))
			damaged = damaged || problem.Damaged
		}
	}
	var captured []*dossier.Item
	for _, it := range d.Items() {
		if it.Capture != nil {
			captured = append(captured, it)
		}
	}
	progress := command.ProgressOf(cmd, command.T("verifying"))
	for i, it := range captured {
		v := &verification{program: p, ctx: cmd.Context(), root: root, temp: temp, it: it, said: verifiedItem{ID: it.ID, File: it.File}}
		if err := v.run(); err != nil {
			progress.Done()
			return err
		}
		progress.Set(int64(i+1), int64(len(captured)))
		answer.Items = append(answer.Items, v.said)
		for _, f := range v.said.Findings {
			damaged = damaged || f.Grade == damageGrade
		}
	}
	progress.Done()
	answer.OK = !damaged && len(answer.Problems) == 0
	if err := p.tellVerified(cmd.OutOrStdout(), &answer, problems, asJSON); err != nil {
		return err
	}
	switch {
	case damaged:
		return command.WithStatus(command.Errorf("verify %s: not everything is what it was", dir), command.ExitDamaged)
	case !answer.OK:
		return &problemsError{dir, problems}
	}
	return nil
}

// tellVerified prints the answer.
func (p *program) tellVerified(out io.Writer, answer *verifyJSON, problems dossier.Problems, asJSON bool) error {
	if asJSON {
		return command.JSON(out, answer)
	}
	var wrong dossier.Problems
	for _, problem := range problems {
		if !problem.Warning {
			wrong = append(wrong, problem)
		}
	}
	printProblems(out, answer.Dossier, wrong)
	records, digests, remade := 0, 0, 0
	var b strings.Builder
	for _, it := range answer.Items {
		records, digests = records+it.Records, digests+it.Digests
		if it.Remade {
			remade++
		}
		if it.Signed != "" && !p.quiet {
			b.WriteString(filepath.Join(answer.Dossier, filepath.FromSlash(it.Evidence)) + ": signature: " + it.Signed + "\n")
		}
		for _, f := range it.Findings {
			if p.quiet && f.Grade != damageGrade {
				continue
			}
			b.WriteString(filepath.Join(answer.Dossier, filepath.FromSlash(f.File)) + ": " + f.Grade + ": " + f.Text)
			if f.Hint != "" {
				b.WriteString("; " + f.Hint)
			}
			b.WriteString("\n")
		}
	}
	if !p.quiet {
		b.WriteString(command.Sprintf("%s: %d captures, %d made again and the same; records: %d, right digests: %d\n", answer.Dossier, len(answer.Items), remade, records, digests))
	}
	_, err := io.WriteString(out, command.Printable(b.String()))
	return err
}

package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/messages"
)

// program is what the verbs know of the world.
type program struct {
	version    string
	executable string // path of this program; empty if unknown
	insideMax  int64  // bytes of the largest archive that print puts into executables unasked
	now        func() time.Time
	getenv     func(string) string

	quiet bool   // --quiet
	lang  string // --lang
}

// run runs the command line args and returns the exit status.
func (p *program) run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ui := messages.Chosen(command.Language(args), p.getenv)
	command.Speak(ui.Saying(cli))
	root := p.root()
	command.LanguageFlag(root, &p.lang, ui.Lang(), messages.Languages())
	root.SetContext(ctx)
	return command.Main(root, args, stdin, stdout, stderr)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "samizdat-press",
		Short: "make the archives that samizdat carries",
		Long: `Makes archives out of dossiers: folders with a manifest (dossier.yaml), texts in
Markdown and files. The archive is one standard ZIM file, which samizdat opens in any
browser and Kiwix on any phone. The same folder gives the same bytes on every machine.

Begin with new, write, look at it with preview, and pack it.`,
		Example: `  samizdat-press new my-dossier
  samizdat-press preview my-dossier
  samizdat-press check my-dossier
  samizdat-press pack my-dossier -o my-dossier.zim
  samizdat serve my-dossier.zim`,
		Version: p.version,
	}
	root.PersistentFlags().BoolVarP(&p.quiet, "quiet", "q", false, "no progress and no remarks, only results and errors")
	root.InitDefaultVersionFlag()
	root.AddCommand(
		p.newVerb(),
		p.addVerb(),
		p.captureVerb(),
		p.checkVerb(),
		p.importVerb(),
		p.verifyVerb(),
		p.packVerb(),
		p.previewVerb(),
		p.packHTMLVerb(),
		p.printVerb(),
		p.stickVerb(),
		p.keyVerb(),
		p.signVerb(),
		p.sealVerb(),
		command.LicensesVerb("samizdat-press", licenses, ""),
		p.versionVerb(),
	)
	return root
}

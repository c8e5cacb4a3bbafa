package main

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/messages"
	"samizdat/internal/serve"
)

// program is what the verbs know of the world.
type program struct {
	version    string
	executable string // path of this program, empty if unknown; its tail and its folder may hold archives
	embedded   func() (r io.ReaderAt, size int64, name string, ok bool)
	networks   func() ([]serve.Network, error) // to share at; nil means those that the system tells of

	archive string // --archive
	offset  int64  // --offset, in bytes; 0 is the file's start
	quiet   bool   // --quiet
	key     string // --key, if keySet says so
	anyKey  bool   // --any-key
	damaged bool   // --damaged
	keySet  func() bool
	lang    string // --lang
	ui      *messages.Printer

	tenure time.Duration // of the runtimes that visitors take, see [carry.Cache]; 0 means the usual one
}

// run runs the command line args and returns the exit status.
func (p *program) run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p.ui = messages.Chosen(command.Language(args), os.Getenv)
	command.Speak(p.ui.Say)
	root := p.root()
	root.SetContext(ctx)
	return command.Main(root, serveDropped(root, args), stdin, stdout, stderr)
}

// root builds the command tree. Without a verb it serves.
func (p *program) root() *cobra.Command {
	var opts serveOptions
	root := &cobra.Command{
		Use:   "samizdat",
		Short: "read the archive that this file carries",
		Long: `Opens the archive in your browser. The program serves it on this computer only,
needs no network and no installation, and writes nothing to the disk. Stop it with
Ctrl-C, with the button "Close the archive", or by closing its window.

Which archive: the one given, else the one that was put behind the program, else the
one compiled in, else every .zim file in the program's folder (several make a shelf).
Any openZIM archive can be read, also those of Kiwix; one in parts (.zimaa, .zimab, …)
by the name of any part; one inside a ZIP or APK by the name of that. Where one lies
inside of some other file, --offset says where.`,
		Example: `  samizdat
  samizdat serve wikipedia.zim
  samizdat verify
  samizdat extract folder`,
		Version: p.version, // no Args: cobra then reports a first word that is no verb
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.serve(cmd, &opts, nil)
		},
	}
	opts.addFlags(root.Flags())
	root.PersistentFlags().StringVar(&p.archive, "archive", "", "read the archive in `FILE` instead of the one that is found")
	root.PersistentFlags().Int64Var(&p.offset, "offset", 0, "the archive begins `N` bytes into the named file, which is something else around it")
	command.LanguageFlag(root, &p.lang, p.ui.Lang(), messages.Languages())
	root.PersistentFlags().BoolVarP(&p.quiet, "quiet", "q", false, "no progress and no remarks, only results and errors")
	p.addSealFlags(root)
	reading := []*cobra.Command{
		p.serveVerb(),
		p.shareVerb(),
		p.searchVerb(),
		p.infoVerb(),
		p.listVerb(),
		p.catVerb(),
		p.extractVerb(),
		p.verifyVerb(),
		p.stickVerb(),
	}
	for _, verb := range append(reading, root) { // all of them open archives under --key
		command.AddExits(verb,
			command.Exit{Status: command.ExitDamaged, When: "an archive is damaged, or a file is no archive"},
			command.Exit{Status: command.ExitOtherKey, When: "an archive is sealed by another key than the one given"},
			command.Exit{Status: command.ExitUnsealed, When: "an archive is not sealed though a key was given"})
	}
	root.AddCommand(reading...)
	root.AddCommand(
		command.LicensesVerb("samizdat", licenses, " The texts of\nthe archive have rights of their own: see samizdat info."),
		p.versionVerb(),
	)
	return root
}

// serveDropped makes "samizdat FILE" mean "samizdat serve FILE" when FILE exists and is no verb: that is what a
// desktop runs when an archive is dropped on the program.
func serveDropped(root *cobra.Command, args []string) []string {
	before := args[:0:0] // a language that stands in front
	switch {
	case len(args) > 2 && args[0] == "--lang":
		before, args = args[:2:2], args[2:]
	case len(args) > 1 && strings.HasPrefix(args[0], "--lang="):
		before, args = args[:1:1], args[1:]
	}
	return append(before, dropped(root, args)...)
}

// dropped is serveDropped for what stands behind the language.
func dropped(root *cobra.Command, args []string) []string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") || strings.HasPrefix(args[0], "__complete") {
		return args
	}
	if args[0] == "help" || args[0] == "completion" || args[0] == "man" {
		return args
	}
	if cmd, _, err := root.Find(args[:1]); err == nil && cmd != root {
		return args
	}
	if info, err := os.Stat(args[0]); (err != nil || !info.Mode().IsRegular()) && !archive.IsSplit(args[0]) {
		return args
	}
	return append([]string{"serve"}, args...)
}

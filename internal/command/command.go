// Package command is what the command lines of our programs share: how errors and hints read, the exit statuses, help
// and usage texts, suggestions for mistyped verbs and flags, colour, progress, man pages and shell completion.
//
// It knows nothing of archives. It wraps cobra and keeps it away from text/template, which would add 2 MB to a
// program that is copied by Bluetooth: help is written by functions ([cobra.Command.SetHelpFunc]), never by templates.
package command

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses. There are few, each verb's help lists those it can give, and they never change their meaning.
const (
	ExitOK       = 0 // done
	ExitFailure  = 1 // the thing asked for could not be done
	ExitUsage    = 2 // the command line is wrong
	ExitDamaged  = 3 // the archive is damaged
	ExitOtherKey = 4 // the archive is sealed by another key than the one given
	ExitUnsealed = 5 // the archive carries no seal though a key was given
)

func init() {
	// Cobra refuses to run a program that was started by a double click in Windows Explorer, and says that it is a
	// command line tool. For a reader the double click is the main way in.
	cobra.MousetrapHelpText = ""
	cobra.EnableCommandSorting = false // verbs stand in the order in which a newcomer needs them
}

// Main runs root with args (without the program's name) and returns the exit status. It adds the verbs help,
// completion and man (hidden) to root, and writes an error to stderr in two lines,
//
//	NAME: error: what was done: which thing: cause
//	NAME: hint: what to type next
//
// or as one JSON object when the verb was asked for --json. The context is the one given by root.SetContext; see
// [Signals]. Main changes root and can be called once for it.
func Main(root *cobra.Command, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if args == nil {
		args = []string{} // nil would mean os.Args to cobra
	}
	prepare(root)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)

	cmd, err := root.ExecuteC()
	if err == nil {
		return ExitOK
	}
	if _, rest, findErr := root.Find(args); findErr != nil {
		err = unknownVerb(root, rest)
	}
	if ctx := root.Context(); ctx != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New(T("stopped before the end"))
	}
	if errors.Is(err, syscall.EPIPE) {
		return ExitFailure // who read our output has enough; only Windows gets here, elsewhere SIGPIPE ends us
	}
	printError(root, cmd, args, stderr, err)
	return Status(err)
}

// prepare gives root and all below it our manners.
func prepare(root *cobra.Command) {
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.DisableSuggestions = true // ours come as a hint
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageFunc(writeUsage)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(cmd.OutOrStdout(), cmd) })
	root.InitDefaultVersionFlag()
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpVerb(root))
	root.AddCommand(completionVerb(root), manVerb(root))
	for _, cmd := range slices.Concat(root.Commands(), []*cobra.Command{root}) {
		plainHelpFlag(cmd)
	}
	if f := root.Flags().Lookup("version"); f != nil {
		f.Usage = "print the version"
	}
}

// plainHelpFlag gives cmd its --help before cobra does.
func plainHelpFlag(cmd *cobra.Command) {
	if cmd.Flags().Lookup("help") == nil {
		cmd.Flags().BoolP("help", "h", false, "print this")
	}
}

// Signals returns a context that ends at the first interrupt, termination or hang-up: Ctrl-C, kill, a closed
// terminal, and on Windows the closed console, the logoff and the shutdown, which Go delivers as SIGTERM (os/signal,
// "Windows"). A second signal ends the program at once. stop gives the signals back.
func Signals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, stop = signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

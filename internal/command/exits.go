package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// exitsKey is the annotation that holds the exit statuses of a command, one "STATUS<tab>when" per line.
const exitsKey = "exits"

// Exit is one line of a verb's help: with which status it ends, and when.
type Exit struct {
	Status int
	When   string // lower case, no period
}

// SetExits documents the exit statuses of cmd beside [ExitOK], [ExitFailure] and [ExitUsage], which every verb has;
// giving one of those three replaces its general words.
func SetExits(cmd *cobra.Command, exits ...Exit) {
	var b strings.Builder
	for _, e := range exits {
		fmt.Fprintf(&b, "%d\t%s\n", e.Status, e.When)
	}
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[exitsKey] = b.String()
}

// AddExits documents further exit statuses of cmd; what it says of one already stays.
func AddExits(cmd *cobra.Command, exits ...Exit) {
	said := exitsOf(cmd)
	var more []Exit
	for _, e := range exits {
		if !slices.ContainsFunc(said, func(s Exit) bool { return s.Status == e.Status }) {
			more = append(more, e)
		}
	}
	before := cmd.Annotations[exitsKey]
	SetExits(cmd, more...)
	cmd.Annotations[exitsKey] = before + cmd.Annotations[exitsKey]
}

// exitsOf returns the exit statuses of cmd in the order of their numbers.
func exitsOf(cmd *cobra.Command) []Exit {
	when := [...]string{
		ExitOK:       T("done"),
		ExitFailure:  T("it could not be done; the error says why"),
		ExitUsage:    T("the command line is wrong; the hint says what to type"),
		ExitDamaged:  "",
		ExitOtherKey: "",
		ExitUnsealed: "",
	}
	for line := range strings.Lines(cmd.Annotations[exitsKey]) {
		number, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < len(when) {
			when[n] = text
		}
	}
	var exits []Exit
	for n, text := range when {
		if text != "" {
			exits = append(exits, Exit{n, text})
		}
	}
	return exits
}

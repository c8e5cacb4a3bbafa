package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError turns an error of the flag parser into ours, with a hint. It is the FlagErrorFunc of every command.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var unknown *pflag.NotExistError
	var noValue *pflag.ValueRequiredError
	var badValue *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &noValue):
		name, _ := pflag.UnquoteUsage(noValue.GetFlag())
		long := "--" + noValue.GetFlag().Name
		return Usagef(fmt.Sprintf("%s %s %s", cmd.CommandPath(), long, name), "%s needs a value", long)
	case errors.As(err, &badValue):
		return Usagef("", "--%s %q: %w", badValue.GetFlag().Name, badValue.GetValue(), plainCause(badValue.Unwrap()))
	}
	return Usagef("", "%w", err)
}

// plainCause takes the name of the Go function off the errors of strconv.
func plainCause(err error) error {
	if err == nil {
		return errors.New(T("cannot be used"))
	}
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "strconv.") {
		return inner
	}
	return err
}

// unknownFlag suggests the long flag meant: a slip of the finger, one dash too few, or a flag of another verb.
func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	written := "--" + e.GetSpecifiedName()
	name := e.GetSpecifiedName()
	if short := e.GetSpecifiedShortnames(); short != "" {
		written = "-" + short
		name, _, _ = strings.Cut(short, "=")
	}
	hint := Sprintf("%s --help lists its flags", cmd.CommandPath())
	switch s := Closest(name, flagNames(cmd)); {
	case len(name) > 1 && s != "":
		hint = Sprintf("did you mean %q?", cmd.CommandPath()+" --"+s)
	default:
		if owner := flagOwner(cmd.Root(), name); owner != "" {
			hint = Sprintf("--%s belongs to %q", name, owner)
		}
	}
	return Usagef(hint, "unknown flag %s for %q", written, cmd.CommandPath())
}

// Args checks the number of arguments against their names in the order they are typed: "PATH" is required, "[DIR]"
// may be missing, and a name that ends in "…" may repeat. What is wrong is said with those names.
func Args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		for i, name := range names {
			if i >= len(args) && !strings.HasPrefix(name, "[") {
				return Usagef(useLine(cmd), "%s is missing", strings.TrimSuffix(name, "…"))
			}
			if strings.HasSuffix(strings.TrimSuffix(name, "]"), "…") {
				return nil
			}
		}
		if len(args) > len(names) {
			hint := useLine(cmd)
			if len(names) == 0 {
				hint = Sprintf("%s takes no arguments; --help tells what it takes", cmd.CommandPath())
			}
			return Usagef(hint, "%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// Size reads a number of bytes above 0, which may end in K, M or G: 2^10, 2^20, 2^30 of them.
func Size(s string) (n int64, ok bool) {
	unit := int64(1)
	for suffix, u := range map[string]int64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if rest, found := strings.CutSuffix(strings.ToUpper(s), suffix); found {
			s, unit = rest, u
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n * unit, err == nil && n > 0 && n <= 1<<62/unit
}

// bool flag values, for flags that a verb may or may not have.
func boolFlag(cmd *cobra.Command, name string) bool {
	f := cmd.Flags().Lookup(name)
	return f != nil && f.Value.String() == "true"
}

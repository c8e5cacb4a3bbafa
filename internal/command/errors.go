package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// userError carries what the user is told beside the cause. It adds nothing to the text.
type userError struct {
	err    error
	hint   string // empty: see below
	status int    // 0: see below
}

func (e *userError) Error() string { return e.err.Error() }
func (e *userError) Unwrap() error { return e.err }

// Hint returns err with a hint, in the language of the user: an order that the reader can type, or where to look. An outer hint wins over an inner
// one. Hint of nil is nil.
func Hint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &userError{err: err, hint: T(hint)}
}

// WithStatus returns err with the exit status that it leads to. An outer status wins over an inner one. WithStatus of
// nil is nil.
func WithStatus(err error, status int) error {
	if err == nil {
		return nil
	}
	return &userError{err: err, status: status}
}

// Usagef returns an error about the command line itself, with status [ExitUsage]. An empty hint becomes a pointer to
// the verb's help.
func Usagef(hint, format string, args ...any) error {
	return &userError{err: Errorf(format, args...), hint: T(hint), status: ExitUsage}
}

// Status returns the exit status that err leads to: 0 for nil, [ExitFailure] when nothing else was said.
func Status(err error) int {
	if err == nil {
		return ExitOK
	}
	for e := range chain(err) {
		if e.status != 0 {
			return e.status
		}
	}
	return ExitFailure
}

// HintOf returns the hint of err, empty if it has none.
func HintOf(err error) string {
	for e := range chain(err) {
		if e.hint != "" {
			return e.hint
		}
	}
	return ""
}

// chain walks the user errors of err from the outside in.
func chain(err error) func(yield func(*userError) bool) {
	return func(yield func(*userError) bool) {
		for {
			var e *userError
			if !errors.As(err, &e) || !yield(e) {
				return
			}
			err = e.err
		}
	}
}

// jsonError is an error as --json prints it, one line on standard error.
type jsonError struct {
	Error  string `json:"error"`
	Hint   string `json:"hint,omitempty"`
	Status int    `json:"status"`
}

// printError writes err for the user. cmd is the command that was found, possibly root.
func printError(root, cmd *cobra.Command, args []string, w io.Writer, err error) {
	hint := HintOf(err)
	if hint == "" && Status(err) == ExitUsage {
		hint = fmt.Sprintf("%s --help", cmd.CommandPath())
	}
	if wantsJSON(cmd, args) {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(jsonError{Error: err.Error(), Hint: hint, Status: Status(err)}) // nowhere left to tell
		return
	}
	c := Color(w)
	_, _ = fmt.Fprintf(w, "%s: %s %s\n", root.Name(), c.Red(T("error:")), indent(err.Error()))
	if hint != "" {
		_, _ = fmt.Fprintf(w, "%s: %s %s\n", root.Name(), c.Bold(T("hint:")), indent(hint))
	}
}

// indent sets further lines of a message under the first; control characters that a hostile archive may have put
// into a name are shown as what they are, so that they cannot move the cursor.
func indent(s string) string {
	return strings.ReplaceAll(Printable(strings.TrimRight(s, "\n")), "\n", "\n  ")
}

// wantsJSON reports whether the verb was asked for JSON. After a wrong flag the flag set may not have been read to
// its end, so the arguments are looked at too.
func wantsJSON(cmd *cobra.Command, args []string) bool {
	f := cmd.Flags().Lookup("json")
	if f == nil {
		return false
	}
	if f.Changed {
		return f.Value.String() == "true"
	}
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	return slices.Contains(args[:end], "--json")
}

// Printable returns s with every control character but the newline written as a Go escape, like \x1b, and the same
// for bytes that are not UTF-8 and for characters that change the direction of the line (Unicode TR 36, 3.2).
// Use it for texts from an archive that go to a terminal.
func Printable(s string) string {
	clean := true
	for _, r := range s {
		if unprintable(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\uFFFD' && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !unprintable(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == '\uFFFD':
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

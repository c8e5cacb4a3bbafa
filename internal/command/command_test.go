package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// tree is a small program with two verbs.
func tree(run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	root := &cobra.Command{Use: "prog", Short: "a program", Version: "1.2"}
	root.PersistentFlags().BoolP("quiet", "q", false, "no remarks")
	open := &cobra.Command{
		Use: "open PATH", Short: "open a thing", Long: "Opens a thing.\n\n.dotted line",
		Example: "  prog open 'a\\b' -o out", Args: Args("PATH"), RunE: run,
	}
	open.Flags().StringP("output", "o", "", "write to `FILE`")
	open.Flags().Int("level", 3, "how hard to try")
	open.Flags().Bool("json", false, "print JSON")
	SetExits(open, Exit{ExitDamaged, "the thing is damaged"})
	AddExits(open, Exit{ExitDamaged, "said already"}, Exit{ExitUnsealed, "nobody vouches for the thing"})
	shut := &cobra.Command{Use: "close", Short: "close it", Args: Args(), RunE: run}
	shut.Flags().Bool("gently", false, "no noise")
	root.AddCommand(open, shut)
	return root
}

// call runs the tree and returns what it said.
func call(t *testing.T, run func(cmd *cobra.Command, args []string) error, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Setenv("CLICOLOR_FORCE", "")
	var out, errs bytes.Buffer
	status = Main(tree(run), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

func fine(*cobra.Command, []string) error { return nil }

func TestUsageErrorsTeach(t *testing.T) {
	for _, c := range []struct {
		name, args, want string
	}{
		{"verb mistyped", "opne x", `prog: error: unknown verb "opne"
prog: hint: did you mean "prog open"?
`},
		{"verb mistyped with flags", "clsoe --gently", `prog: error: unknown verb "clsoe"
prog: hint: did you mean "prog close"?
`},
		{"verb unlike any", "frobnicate", `prog: error: unknown verb "frobnicate"
prog: hint: prog --help lists the verbs
`},
		{"flag of the version is known", "--versoin", `prog: error: unknown flag --versoin for "prog"
prog: hint: did you mean "prog --version"?
`},
		{"flag mistyped", "open --ouptut f x", `prog: error: unknown flag --ouptut for "prog open"
prog: hint: did you mean "prog open --output"?
`},
		{"flag with one dash", "open -json x", `prog: error: unknown flag -json for "prog open"
prog: hint: did you mean "prog open --json"?
`},
		{"flag of another verb", "open --gently x", `prog: error: unknown flag --gently for "prog open"
prog: hint: --gently belongs to "prog close"
`},
		{"flag unlike any", "close --zzzzzzzz", `prog: error: unknown flag --zzzzzzzz for "prog close"
prog: hint: prog close --help lists its flags
`},
		{"flag without its value", "open x --output", `prog: error: --output needs a value
prog: hint: prog open --output FILE
`},
		{"flag with a wrong value", "open x --level much", `prog: error: --level "much": invalid syntax
prog: hint: prog open --help
`},
		{"argument missing", "open", `prog: error: PATH is missing
prog: hint: prog open PATH [flags]
`},
		{"argument too many", "close now", `prog: error: "now" is one argument too many
prog: hint: prog close takes no arguments; --help tells what it takes
`},
		{"help of nothing", "help opem", `prog: error: unknown verb "opem"
prog: hint: did you mean "prog open"?
`},
		{"shell mistyped", "completion bsah", `prog: error: no completion for a shell named "bsah"
prog: hint: did you mean "prog completion bash"?
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := call(t, fine, strings.Fields(c.args)...)
			if status != ExitUsage || stdout != "" || stderr != c.want {
				t.Errorf("prog %s: status %d, stdout %q, stderr\n%s\nwant status %d and\n%s", c.args, status, stdout, stderr, ExitUsage, c.want)
			}
		})
	}
}

func TestErrorsOfVerbs(t *testing.T) {
	cause := fmt.Errorf("open x: %w", fs.ErrNotExist)
	for _, c := range []struct {
		name   string
		err    error
		status int
		stderr string
	}{
		{"plain", cause, ExitFailure, "prog: error: open x: file does not exist\n"},
		{"hint", Hint(cause, "ls"), ExitFailure, "prog: error: open x: file does not exist\nprog: hint: ls\n"},
		{
			"status and hint, wrapped", fmt.Errorf("read: %w", Hint(WithStatus(cause, ExitDamaged), "try again")), ExitDamaged,
			"prog: error: read: open x: file does not exist\nprog: hint: try again\n",
		},
		{"outer wins", Hint(WithStatus(Hint(WithStatus(cause, 5), "inner"), 3), "outer"), 3, "prog: error: open x: file does not exist\nprog: hint: outer\n"},
		{"hostile name", errors.New("bad \x1b[2J\u202ename"), ExitFailure, "prog: error: bad \\x1b[2J\\u202ename\n"},
		{"several lines", errors.New("one\ntwo"), ExitFailure, "prog: error: one\n  two\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _, stderr := call(t, func(*cobra.Command, []string) error { return c.err }, "close")
			if status != c.status || stderr != c.stderr {
				t.Errorf("got status %d and %q, want %d and %q", status, stderr, c.status, c.stderr)
			}
			if status := Status(c.err); status != c.status {
				t.Errorf("Status = %d, want %d", status, c.status)
			}
		})
	}
	if Hint(nil, "x") != nil || WithStatus(nil, 3) != nil || Status(nil) != ExitOK {
		t.Error("nil becomes an error")
	}
	if err := Hint(WithStatus(cause, 3), "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is hidden")
	}
}

func TestErrorsAsJSON(t *testing.T) {
	fail := func(*cobra.Command, []string) error { return Hint(WithStatus(errors.New("a <b>"), ExitDamaged), "c") }
	for _, c := range []struct {
		args string
		want jsonError
	}{
		{"open x --json", jsonError{"a <b>", "c", ExitDamaged}},
		{"open --json --ouptut x", jsonError{`unknown flag --ouptut for "prog open"`, `did you mean "prog open --output"?`, ExitUsage}},
		{"open --ouptut x --json", jsonError{`unknown flag --ouptut for "prog open"`, `did you mean "prog open --output"?`, ExitUsage}},
	} {
		status, _, stderr := call(t, fail, strings.Fields(c.args)...)
		var got jsonError
		if err := json.Unmarshal([]byte(stderr), &got); err != nil {
			t.Errorf("prog %s: %q is not JSON: %v", c.args, stderr, err)
		}
		if got != c.want || status != c.want.Status {
			t.Errorf("prog %s: got %+v and status %d, want %+v", c.args, got, status, c.want)
		}
	}
	for _, args := range []string{"open x", "open x --json=false", "open -- --json"} {
		if _, _, stderr := call(t, fail, strings.Fields(args)...); !strings.HasPrefix(stderr, "prog: error:") {
			t.Errorf("prog %s: got %q, want words", args, stderr)
		}
	}
}

func TestHelpHasAllParts(t *testing.T) {
	want := []string{
		"prog open: open a thing\n", "\nOpens a thing.\n", "\nUsage\n  prog open PATH [flags]\n", "\nExamples\n  prog open 'a\\b' -o out\n",
		"  -o, --output FILE  write to FILE\n", "      --level int    how hard to try (default 3)\n", "  -q, --quiet  no remarks\n",
		"\nExit status\n  0  done\n", "  2  the command line is wrong", "  3  the thing is damaged\n",
	}
	for _, args := range []string{"open --help", "help open", "open -h"} {
		status, stdout, stderr := call(t, fine, strings.Fields(args)...)
		if status != ExitOK || stderr != "" {
			t.Errorf("prog %s: status %d, stderr %q", args, status, stderr)
		}
		for _, part := range want {
			if !strings.Contains(stdout, part) {
				t.Errorf("prog %s: no %q in\n%s", args, part, stdout)
			}
		}
	}
	status, stdout, _ := call(t, fine)
	if status != ExitOK || !strings.Contains(stdout, "  open        open a thing\n") || strings.Contains(stdout, "man ") {
		t.Errorf("help of the program: status %d,\n%s", status, stdout)
	}
}

func TestHelpFitsTheScreen(t *testing.T) {
	long := strings.Repeat("word ", 40)
	root := tree(fine)
	root.Commands()[0].Flags().String("long", "", long)
	var out bytes.Buffer
	if status := Main(root, []string{root.Commands()[0].Name(), "--help"}, nil, &out, &out); status != ExitOK {
		t.Fatalf("status %d: %s", status, &out)
	}
	if !strings.Contains(out.String(), "--long") || strings.Count(out.String(), "word") != 40 {
		t.Errorf("words are missing:\n%s", &out)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > helpWidth+1 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

func TestVersionFlag(t *testing.T) {
	if status, stdout, _ := call(t, fine, "--version"); status != ExitOK || stdout != "prog version 1.2\n" {
		t.Errorf("got status %d and %q", status, stdout)
	}
}

func TestInterruptedVerb(t *testing.T) {
	root := tree(func(cmd *cobra.Command, _ []string) error { return fmt.Errorf("work: %w", cmd.Context().Err()) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root.SetContext(ctx)
	var out, errs bytes.Buffer
	status := Main(root, []string{"close"}, nil, &out, &errs)
	if want := "prog: error: stopped before the end\n"; status != ExitFailure || errs.String() != want {
		t.Errorf("got status %d and %q, want %d and %q", status, errs.String(), ExitFailure, want)
	}
}

func TestArgs(t *testing.T) {
	for _, c := range []struct {
		names string
		args  int
		ok    bool
	}{
		{"", 0, true},
		{"", 1, false},
		{"A", 0, false},
		{"A", 1, true},
		{"A", 2, false},
		{"A [B]", 1, true},
		{"A [B]", 2, true},
		{"A [B]", 3, false},
		{"[A…]", 0, true},
		{"[A…]", 5, true},
		{"A…", 0, false},
		{"A…", 1, true},
		{"A…", 5, true},
	} {
		err := Args(strings.Fields(c.names)...)(tree(fine), make([]string, c.args))
		if (err == nil) != c.ok {
			t.Errorf("Args(%s) with %d: %v, want ok=%t", c.names, c.args, err, c.ok)
		}
	}
}

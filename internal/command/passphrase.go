package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// ErrNoTerminal says that a secret cannot be asked for, because nobody sits at a terminal.
var ErrNoTerminal = errors.New("there is no terminal to ask at")

// AskSecret prints prompt to w and reads a line from in without showing it. If in is no terminal the error is
// ErrNoTerminal. When ctx ends the terminal is as it was before and the error is ctx's.
func AskSecret(ctx context.Context, in io.Reader, w io.Writer, prompt string) ([]byte, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, ErrNoTerminal
	}
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprint(w, prompt); err != nil {
		return nil, err
	}
	type answer struct {
		line []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(int(f.Fd()))
		typed <- answer{line, err}
	}()
	select {
	case a := <-typed:
		_, _ = fmt.Fprintln(w) // the line feed that was typed is not shown either
		if errors.Is(a.err, io.EOF) {
			return nil, ErrNoTerminal
		}
		return a.line, a.err
	case <-ctx.Done(): // the goroutine reads on until the program ends, which is now
		_ = term.Restore(int(f.Fd()), state)
		_, _ = fmt.Fprintln(w)
		return nil, ctx.Err()
	}
}

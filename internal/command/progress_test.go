package command

import (
	"bytes"
	"testing"
	"time"
)

// clocked returns a Progress whose clock is moved by hand.
func clocked(w *bytes.Buffer, terminal bool) (*Progress, *time.Time) {
	now := time.Date(2022, 1, 5, 0, 0, 0, 0, time.UTC)
	p := &Progress{w: w, label: "verify", terminal: terminal, now: func() time.Time { return now }}
	p.start()
	return p, &now
}

func TestProgressOnTerminalErasesItself(t *testing.T) {
	var w bytes.Buffer
	p, now := clocked(&w, true)
	p.Set(1, 200) // too early
	*now = now.Add(time.Second)
	p.Set(50, 200)
	p.Set(51, 200) // too soon after the last
	*now = now.Add(time.Second)
	p.Set(300, 200)
	p.Done()
	p.Done()
	if got, want := w.String(), "\r\x1b[Kverify: 25 %\r\x1b[Kverify: 100 %\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressElsewhereIsOneLineEveryTenSeconds(t *testing.T) {
	var w bytes.Buffer
	p, now := clocked(&w, false)
	for range 25 {
		*now = now.Add(time.Second)
		p.Set(7, 0)
	}
	p.Done()
	if got, want := w.String(), "verify: 7\nverify: 7\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoProgressIsSilent(t *testing.T) {
	p := NewProgress(nil, "x")
	p.Set(1, 2) // must not panic
	p.Done()
	root := tree(fine)
	open, _, err := root.Find([]string{"open"})
	if err != nil {
		t.Fatal(err)
	}
	if ProgressOf(open, "x") == nil {
		t.Error("no progress without --json and --quiet")
	}
	if err := open.ParseFlags([]string{"--json"}); err != nil {
		t.Fatal(err)
	}
	if ProgressOf(open, "x") != nil {
		t.Error("progress under --json")
	}
}

func TestColour(t *testing.T) {
	for _, c := range []struct {
		noColor, force, termName string
		want                     Palette
	}{
		{"", "", "xterm", false}, // a buffer is no terminal
		{"", "1", "xterm", true},
		{"", "0", "xterm", false},
		{"", "1", "dumb", true}, // forced
		{"1", "1", "xterm", false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("CLICOLOR_FORCE", c.force)
		t.Setenv("TERM", c.termName)
		if got := Color(&bytes.Buffer{}); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
	if got, want := Palette(true).Red("a"), "\x1b[31;1ma\x1b[0m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain текст\n": "plain текст\n", "\x1b]0;x\a": `\x1b]0;x\x07`, "a\xffb": `a\xffb`, "\u0085": `\x85`,
		"\u202etxt.exe": `\u202etxt.exe`, "\uFFFD": `\ufffd`, "tab\t": `tab\x09`, "\r": `\x0d`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
}

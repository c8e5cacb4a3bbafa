package judge_test

import (
	"errors"
	"testing"

	"samizdat/internal/judge"
)

// ended is how a test ended: each of its methods stops it, as those of testing.T do.
type ended struct{ testing.TB }

func (ended) Helper()      {}
func (ended) Fatal(...any) { panic("failed") }
func (ended) Skip(...any)  { panic("skipped") }

func end(f func(t testing.TB)) (how any) {
	defer func() { how = recover() }()
	f(ended{})
	return nil
}

// What is missing skips a test on a user's machine and fails it in CI; what is there does neither.
func TestMissing(t *testing.T) {
	for ci, want := range map[string]any{"": "skipped", "true": "failed", "1": "failed"} {
		t.Setenv("CI", ci)
		for name, f := range map[string]func(t testing.TB){
			"tool":    func(t testing.TB) { judge.Tool(t, "no-such-program-anywhere", "nothing") },
			"need":    func(t testing.TB) { judge.Need(t, errors.New("no such thing")) },
			"missing": func(t testing.TB) { judge.Missing(t, "a network") },
		} {
			if got := end(f); got != want {
				t.Errorf("CI=%q, %s: %v, want %v", ci, name, got, want)
			}
		}
		if got := end(func(t testing.TB) { judge.Tool(t, "go", "golang"); judge.Need(t, nil) }); got != nil {
			t.Errorf("CI=%q: what is there: %v", ci, got)
		}
		holds, known, err := judge.Condition("judge:no-such-program-anywhere")
		if holds || !known || (err != nil) != (want == "failed") {
			t.Errorf("CI=%q: condition: %v, %v, %v", ci, holds, known, err)
		}
	}
	if holds, known, err := judge.Condition("judge:go"); !holds || !known || err != nil {
		t.Errorf("condition of what is there: %v, %v, %v", holds, known, err)
	}
	if _, known, _ := judge.Condition("root"); known {
		t.Error("a condition of others is answered")
	}
}

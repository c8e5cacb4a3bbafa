package main

import (
	"bufio"
	"strings"
	"testing"
)

func TestMedianAndFormat(t *testing.T) {
	if got := median([]float64{1, 2, 9}); got != 2 {
		t.Errorf("median of three = %v, want 2", got)
	}
	if got := median([]float64{1, 2, 4, 9}); got != 3 {
		t.Errorf("median of four = %v, want 3", got)
	}
	for v, want := range map[float64]string{12: "12", 1234.6: "1,235", 1234567: "1,234,567"} {
		if got := (figure{}).format(v); got != want {
			t.Errorf("format(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestGoals(t *testing.T) {
	samples := map[string][]sample{"ours": {{"speed": 30}, {"speed": 10}, {"speed": 20}}, "peer": {{"speed": 10}}}
	for _, c := range []struct {
		goal goal
		want string
	}{
		{goal{figure: "speed", ours: "ours", peer: "peer", min: 2}, "met"},
		{goal{figure: "speed", ours: "ours", peer: "peer", min: 2.1}, "**missed**"},
		{goal{figure: "speed", ours: "ours", max: 19}, "**missed**"},
		{goal{figure: "speed", ours: "ours", max: 20}, "met"},
		{goal{figure: "speed", ours: "ours", peer: "absent", min: 1}, "not measured"},
		{goal{figure: "size", ours: "ours", max: 1}, "not measured"},
	} {
		if got, measured := c.goal.judge(samples); got != c.want {
			t.Errorf("%+v: %s (%s), want %s", c.goal, got, measured, c.want)
		}
	}
}

func TestReplaceSection(t *testing.T) {
	s := section{name: "a", title: "A"}
	doc := replaceSection([]byte("# B\n"), s, "one")
	doc = append(doc, "by hand\n"...)
	const want = "# B\n\n## A\n\n<!-- bench:a -->\ntwo\n<!-- /bench:a -->\nby hand\n"
	if got := string(replaceSection(doc, s, "two\n")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   int64
		ok     bool
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5, true},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\nyo\r\n0\r\n\r\n", 7, true},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", 0, false},
		{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, false},
		{"HTTP/1.1 200 OK\r\n\r\nhello", 0, false},
	} {
		got, err := readAnswer(&incoming{Reader: bufio.NewReader(strings.NewReader(c.answer))})
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%q: %d, %v, want %d, ok %t", c.answer, got, err, c.want, c.ok)
		}
	}
}

func TestSectionsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sections {
		if seen[s.name] || s.run == nil || s.title == "" {
			t.Errorf("section %q: twice, or without a title or a run", s.name)
		}
		seen[s.name] = true
	}
	if len(seen) == 0 {
		t.Fatal("no sections")
	}
}

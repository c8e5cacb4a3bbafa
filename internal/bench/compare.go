package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
)

// comparison is what a section measures.
type comparison struct {
	about      string // what is measured and how, a paragraph
	contenders []contender
	figures    []figure
	goals      []goal
}

// contender is one program, or one way to use it. The first of a comparison is ours.
type contender struct {
	name  string // at the head of its column
	needs string // a program that must be installed; empty if there is nothing to look for
	asked string // the flag that makes it say its version
	// run measures once. The keys of the sample are names of figures; one that is missing stays empty.
	run func(context.Context) (sample, error)
}

// sample is what one run gave, by the figure's name.
type sample map[string]float64

// figure is a row of the table.
type figure struct {
	name, unit string
	decimals   int
}

// goal is a bound on a ratio of medians, figure of ours by figure of peer, or on ours alone if peer is empty.
type goal struct {
	what         string // in words
	figure       string
	ours, peer   string  // contenders
	min, max     float64 // 0 for none
	absoluteUnit string  // of min and max without a peer
}

// measure runs all contenders in alternation, so that what else the machine does falls on all of them, and gives
// the table in Markdown.
func (b *bench) measure(ctx context.Context, c *comparison) (string, error) {
	var missing, versions []string
	var present []contender
	for _, x := range c.contenders {
		if x.needs != "" {
			if _, err := exec.LookPath(x.needs); err != nil {
				missing = append(missing, x.needs)
				b.progress("%s is not installed: its column stays empty", x.needs)
				continue
			}
		}
		present = append(present, x)
		if x.asked != "" {
			if v := versionOf(x.needs, x.asked); !slices.Contains(versions, v) {
				versions = append(versions, v)
			}
		}
	}
	samples := map[string][]sample{}
	for round := range b.rounds {
		for _, x := range present {
			s, err := x.run(ctx)
			if err != nil {
				return "", fmt.Errorf("%s: %w", x.name, err)
			}
			samples[x.name] = append(samples[x.name], s)
			b.progress("round %d of %d, %s: %s", round+1, b.rounds, x.name, c.describe(s))
		}
	}
	text := c.table(samples, missing)
	if len(versions) > 0 {
		text = "Peers: " + strings.Join(versions, "; ") + ".\n\n" + text
	}
	return text, nil
}

func (c *comparison) describe(s sample) string {
	var parts []string
	for _, f := range c.figures {
		if v, ok := s[f.name]; ok {
			parts = append(parts, fmt.Sprintf("%s %s %s", f.name, f.format(v), f.unit))
		}
	}
	return strings.Join(parts, ", ")
}

func (f figure) format(v float64) string {
	s := fmt.Sprintf("%.*f", f.decimals, v)
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		return whole + "." + rest
	}
	return whole
}

// table writes the figures and the goals.
func (c *comparison) table(samples map[string][]sample, missing []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n|", c.about)
	for _, x := range c.contenders {
		fmt.Fprintf(&b, " | %s", x.name)
	}
	fmt.Fprintf(&b, " |\n|---|%s\n", strings.Repeat("---:|", len(c.contenders)))
	for _, f := range c.figures {
		fmt.Fprintf(&b, "| %s, %s |", f.name, f.unit)
		for _, x := range c.contenders {
			all := valuesOf(samples[x.name], f.name)
			if len(all) == 0 {
				b.WriteString(" |")
				continue
			}
			fmt.Fprintf(&b, " **%s** (%s to %s) |", f.format(median(all)), f.format(all[0]), f.format(all[len(all)-1]))
		}
		b.WriteString("\n")
	}
	if len(c.goals) > 0 {
		b.WriteString("\n| goal | measured | |\n|---|---:|---|\n")
	}
	for _, g := range c.goals {
		got, text := g.judge(samples)
		fmt.Fprintf(&b, "| %s | %s | %s |\n", g.what, text, got)
	}
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\nNot installed on this machine, and so not measured: %s.\n", strings.Join(missing, ", "))
	}
	return b.String()
}

// judge compares a goal with what was measured.
func (g goal) judge(samples map[string][]sample) (verdict, measured string) {
	ours := valuesOf(samples[g.ours], g.figure)
	if len(ours) == 0 {
		return "not measured", ""
	}
	v := median(ours)
	measured = fmt.Sprintf("%.4g %s", v, g.absoluteUnit)
	if g.peer != "" {
		peers := valuesOf(samples[g.peer], g.figure)
		if len(peers) == 0 {
			return "not measured", ""
		}
		v /= median(peers)
		measured = fmt.Sprintf("%.2f times", v)
	}
	if g.min != 0 && v < g.min || g.max != 0 && v > g.max {
		return "**missed**", measured
	}
	return "met", measured
}

// valuesOf gives what all runs say of a figure, in ascending order.
func valuesOf(runs []sample, name string) []float64 {
	var all []float64
	for _, s := range runs {
		if v, ok := s[name]; ok && !math.IsNaN(v) {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// median of values in order; the mean of the two in the middle if their number is even.
func median(all []float64) float64 {
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

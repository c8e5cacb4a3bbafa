package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Closest returns the candidate with the smallest edit distance to word, if that is small enough to be a slip: at most
// one edit in a word of up to four letters, two in a longer one, or a third of a long one. A candidate that word is a beginning of, three letters or more, also counts.
// Of equally close ones the first in alphabetical order is returned. Empty: none is close.
func Closest(word string, candidates []string) string {
	limit := max(min(2, (len(word)-1)/2), 1, len(word)/3)
	best, bestDistance := "", limit+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		d := distance(strings.ToLower(word), strings.ToLower(c))
		if len(word) >= 3 && strings.HasPrefix(c, word) {
			d = min(d, 1)
		}
		if d < bestDistance && d < len(c) { // every word is close to a very short one
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, remove, change or swap with their neighbour to make b of a (optimal
// string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}

// verbs lists the names a user may type after cmd.
func verbs(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// unknownVerb is the error for a first word that is no verb of root; rest are the arguments, flags included.
func unknownVerb(root *cobra.Command, rest []string) error {
	word := firstWord(root, rest)
	hint := Sprintf("%s --help lists the verbs", root.Name())
	if s := Closest(word, verbs(root)); s != "" {
		hint = Sprintf("did you mean %q?", root.Name()+" "+s)
	}
	return Usagef(hint, "unknown verb %q", word)
}

// firstWord returns the first of args that is neither a flag of cmd nor the value of one; empty if there is none.
func firstWord(cmd *cobra.Command, args []string) string {
	for i := 0; i < len(args); i++ {
		name, isLong := strings.CutPrefix(args[i], "--")
		switch {
		case args[i] == "--":
			if i++; i < len(args) {
				return args[i]
			}
		case isLong:
			if f := lookUp(cmd, name); f != nil && f.NoOptDefVal == "" { // its value is the next one
				i++
			}
		case len(args[i]) > 1 && args[i][0] == '-':
			letters := args[i][1:]
			if f := lookUpShort(cmd, letters[:1]); len(letters) == 1 && f != nil && f.NoOptDefVal == "" {
				i++
			}
		default:
			return args[i]
		}
	}
	return ""
}

// lookUp returns a flag of cmd or of every verb, or nil.
func lookUp(cmd *cobra.Command, name string) *pflag.Flag {
	if f := cmd.Flags().Lookup(name); f != nil {
		return f
	}
	return cmd.PersistentFlags().Lookup(name)
}

// lookUpShort is lookUp by the letter.
func lookUpShort(cmd *cobra.Command, letter string) *pflag.Flag {
	if f := cmd.Flags().ShorthandLookup(letter); f != nil {
		return f
	}
	return cmd.PersistentFlags().ShorthandLookup(letter)
}

// flagNames lists the long names of cmd's flags, hidden ones left out.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	return names
}

// flagOwner returns the path of another command that has the flag, like "samizdat serve".
func flagOwner(root *cobra.Command, name string) string {
	for _, c := range root.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		if f := c.Flags().Lookup(name); f != nil && !f.Hidden {
			return c.CommandPath()
		}
	}
	return ""
}

// Package searchtest has what tests and measurements of the search share: pages in which words are as frequent as words
// are, and queries that somebody might ask of a text. Both are the same on every machine.
package searchtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// common are the words that half of a text consists of, the most frequent one first.
var common = strings.Fields("the of and to a in that is was for it with as on by at be this are from or an but not they which one were had all their there when who will more no if out so")

// Sizes of a text.
const (
	vocabulary = 12_000 // words that are not common
	leastWords = 120    // of a page
	mostWords  = 900
	topicWords = 40 // that pages of one subject share
)

// Pages returns n pages of HTML by path, one of them index.html. Their words are invented, with English endings, so that
// stems have something to do; a few words are everywhere and most are rare, and pages share their subjects.
func Pages(n int) map[string]string {
	random := rand.New(rand.NewPCG(1, 2))
	words := invent(random)
	rank := rand.NewZipf(random, 1.08, 6, vocabulary-1)
	tree := make(map[string]string, n)
	for i := range n {
		path := "index.html"
		if i > 0 {
			path = fmt.Sprintf("%02d/page-%d.html", i%37, i)
		}
		topic := (i % 60) * topicWords
		word := func() string {
			switch random.IntN(10) {
			case 0, 1, 2, 3:
				return common[min(int(random.ExpFloat64()*8), len(common)-1)]
			case 4:
				return inflect(random, words[topic+random.IntN(topicWords)])
			default:
				return inflect(random, words[rank.Uint64()])
			}
		}
		var title, text strings.Builder
		for k := range 2 + random.IntN(3) {
			w := words[topic+random.IntN(topicWords)]
			if k == 0 {
				w = capital(w)
			}
			title.WriteString(w + " ")
		}
		for left := leastWords + random.IntN(mostWords-leastWords); left > 0; {
			sentence := min(left, 4+random.IntN(16))
			for k := range sentence {
				w := word()
				if k == 0 {
					w = capital(w)
				}
				text.WriteString(w)
				if k < sentence-1 {
					text.WriteString(" ")
				}
			}
			text.WriteString(".\n")
			if left -= sentence; random.IntN(6) == 0 {
				text.WriteString("<p>")
			}
		}
		name := strings.TrimSpace(title.String())
		tree[path] = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>" + name + "</title></head><body><h1>" + name + "</h1><p>" + text.String() + "</body></html>\n"
	}
	return tree
}

// invent makes the words that are not common.
func invent(random *rand.Rand) []string {
	begin := strings.Fields("b br c ch cl d dr f fl g gr h j k l m n p pl pr r s sh sl st t tr v w")
	middle := strings.Fields("a e i o u ai ea ou oo")
	end := strings.Fields("b ck d ft g l ld ll m mp n nd ng nt p r rd rk rn s sk st t th x")
	seen := map[string]bool{}
	var words []string
	for len(words) < vocabulary {
		var w strings.Builder
		for range 1 + random.IntN(3) {
			w.WriteString(begin[random.IntN(len(begin))] + middle[random.IntN(len(middle))])
		}
		w.WriteString(end[random.IntN(len(end))])
		if s := w.String(); !seen[s] && !slices.Contains(common, s) {
			seen[s] = true
			words = append(words, s)
		}
	}
	return words
}

// inflect gives a word one of its forms.
func inflect(random *rand.Rand, word string) string {
	endings := []string{"", "", "", "", "s", "s", "ed", "ing", "ly", "ness", "'s"}
	return word + endings[random.IntN(len(endings))]
}

func capital(word string) string {
	return strings.ToUpper(word[:1]) + word[1:]
}

// Queries returns n different queries, in turn of one word and of two that stand near each other in one of the texts. Half
// of the words are taken as they come, so that most are frequent, and half are long ones, which are rare. It returns fewer
// if the texts have no more.
func Queries(texts []string, n int) []string {
	random := rand.New(rand.NewPCG(3, 4))
	var list []string
	if len(texts) == 0 {
		return nil
	}
	for range 100 * n {
		if len(list) == n {
			break
		}
		words := strings.FieldsFunc(texts[random.IntN(len(texts))], func(r rune) bool { return !unicode.IsLetter(r) })
		words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 3 })
		if len(words) == 0 {
			continue
		}
		at := random.IntN(len(words))
		near := words[max(0, at-8):min(len(words), at+8)]
		first, second := words[at], near[random.IntN(len(near))]
		if len(list)%4 > 1 { // rare
			first = slices.MaxFunc(near, func(a, b string) int { return len(a) - len(b) })
		}
		query := first
		if len(list)%2 == 1 {
			if strings.EqualFold(first, second) {
				continue
			}
			query += " " + second
		}
		if !slices.Contains(list, query) {
			list = append(list, query)
		}
	}
	return list
}

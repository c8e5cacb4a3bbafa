package search

// SetStopWords makes words those that the index of the texts leaves out.
func SetStopWords(x *Index, words ...string) {
	x.fulltext.stop = map[string]bool{}
	for _, w := range words {
		x.fulltext.stop[w] = true
	}
}

package xapian

import "math"

// BM25 weighs a term in a document, as Xapian's BM25Weight does with k2 = 0 and k3 = 1. The zero value is of no use.
// Source: Robertson and Walker's formula as in Xapian's documentation, "BM25".
type BM25 struct {
	K1        float64 // how much repetition counts
	B         float64 // how much the document's length counts
	MinLength float64 // least normalised length
}

// The parameters that libzim searches with.
var (
	FulltextWeight = BM25{K1: 1, B: 0.5, MinLength: 0.5} // Xapian's defaults
	TitleWeight    = BM25{K1: 0.001, B: 1, MinLength: 0.5}
)

// Collection is what a weight takes from the databases that are searched together.
type Collection struct {
	Documents   int
	TotalLength uint64 // terms in all documents
}

// Term returns the greatest weight that a term in frequency documents can have.
func (w BM25) Term(c Collection, frequency int) float64 {
	t := (float64(c.Documents) - float64(frequency) + 0.5) / (float64(frequency) + 0.5)
	if t < 2 { // so that a term in most of the documents still counts for a little
		t = t*0.5 + 1
	}
	return math.Log(t) * (w.K1 + 1)
}

// Document returns the weight of a term, whose greatest is term, that a document of length terms has wdf times.
func (w BM25) Document(term float64, c Collection, wdf, length uint32) float64 {
	normal := w.MinLength
	if c.TotalLength > 0 {
		normal = max(normal, float64(length)*float64(c.Documents)/float64(c.TotalLength))
	}
	return term * float64(wdf) / (w.K1*(normal*w.B+1-w.B) + float64(wdf))
}

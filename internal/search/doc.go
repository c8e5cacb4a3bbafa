// Package search finds words in archives: it takes pages apart into the terms of an index, as libzim does, asks the
// databases of one or several archives, ranks what they have as Xapian does, and cuts the passages that are shown.
package search

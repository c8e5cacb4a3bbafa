package dossier

import (
	"embed"
	"io/fs"
)

//go:embed template
var template embed.FS

// Template returns the folder that samizdat-press new writes: a commented dossier that packs as it is. It
// holds dossier.yaml, LICENSE.md, illustration.png and the folders statements and articles.
func Template() fs.FS {
	sub, err := fs.Sub(template, "template")
	if err != nil {
		panic("dossier: internal error: " + err.Error())
	}
	return sub
}

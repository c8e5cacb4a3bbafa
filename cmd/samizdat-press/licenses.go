package main

import (
	_ "embed"

	"samizdat/internal/squeeze"
)

//go:embed licenses.txt.gz
var licensesGZ []byte

// licenses returns the licence text of every module that is linked into the program, and of Go; make generate writes it.
func licenses() string { return string(squeeze.Read("licenses.txt", licensesGZ)) }

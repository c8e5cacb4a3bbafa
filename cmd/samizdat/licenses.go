package main

import _ "embed"

// licenses has the licence text of every module that is linked into the program, and of Go; make generate writes it.
//
//go:embed licenses.txt
var licenses string

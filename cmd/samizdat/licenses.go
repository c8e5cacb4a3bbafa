package main

import "samizdat/internal/carry"

// licenses has the licence text of every module that is linked into the program, and of Go; it travels with every copy.
var licenses = carry.Licenses

package main

import (
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"samizdat/internal/seal/sealtest"
)

// sealZIM puts a seal into an archive.
func sealZIM(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1)
	signer := sealtest.NewSigner(1)
	switch {
	case len(args) < 2:
	case args[1] == "-":
		signer = nil
	default:
		seed, err := strconv.ParseUint(args[1], 10, 8)
		ts.Check(err)
		signer = sealtest.NewSigner(byte(seed))
	}
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	ts.Check(os.WriteFile(name, sealtest.ZIM(data, signer, "edition 1"), 0o666))
}

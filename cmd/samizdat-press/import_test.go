package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"samizdat/internal/imports/importstest"
)

// recorded FILE [FAULT] writes a file as another tool makes it, by the ending of its name: a page of a newspaper with what it shows. A name
// without an ending is a folder with the page. Faults: changed (a word of the page), cut (the end is missing),
// relisted (the list of pages of a WACZ is changed), signed (no fault).
func recorded(ts *testscript.TestScript, _ bool, args []string) {
	name, fault := ts.MkAbs(args[0]), ""
	if len(args) > 1 {
		fault = args[1]
	}
	records := importstest.Records()
	if fault == "changed" {
		records[2] = strings.Replace(records[2], "The square</h1>", "The circle</h1>", 1)
	}
	var data []byte
	switch filepath.Ext(name) {
	case ".warc":
		data = []byte(strings.Join(records, ""))
	case ".gz":
		data = importstest.Gzip(records...)
	case ".zst":
		data = importstest.Zstd(records...)
	case ".wacz":
		data = importstest.WACZ(importstest.Gzip(records...), "Crawler/3.2 (of the tests)", fault == "signed" || fault == "relisted")
	case ".mhtml":
		data = importstest.MHTML()
	case ".html":
		data = importstest.SingleFile()
	case "":
		for file, data := range importstest.Folder() {
			file = filepath.Join(name, filepath.FromSlash(file))
			ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
			ts.Check(os.WriteFile(file, data, 0o666))
		}
		return
	default:
		ts.Fatalf("recorded %s: no such kind", args[0])
	}
	switch fault {
	case "cut":
		data = data[:len(data)-100]
	case "relisted":
		data = bytes.Replace(data, []byte(`"title":"The square"`), []byte(`"title":"The circle"`), 1)
	}
	ts.Check(os.WriteFile(name, data, 0o666))
}

// Squeezer compresses the texts that are compiled in: for each FILE it writes FILE.gz beside it, or, with -check, fails if
// that is not what it would write. Package squeeze reads them.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/klauspost/compress/gzip"
)

func main() {
	args, check := os.Args[1:], false
	if len(args) > 0 && args[0] == "-check" {
		args, check = args[1:], true
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "squeezer: no files; go run ./internal/squeezer [-check] FILE…")
		os.Exit(2)
	}
	for _, name := range args {
		if err := squeeze(name, check); err != nil {
			fmt.Fprintln(os.Stderr, "squeezer:", err)
			os.Exit(1)
		}
	}
}

func squeeze(name string, check bool) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression) // without name and time: the same text gives the same bytes
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if !check {
		return os.WriteFile(name+".gz", out.Bytes(), 0o666)
	}
	have, err := os.ReadFile(name + ".gz")
	if err != nil {
		return err
	}
	if !bytes.Equal(have, out.Bytes()) {
		return fmt.Errorf("%s.gz is not what %s gives; make generate", name, name)
	}
	return nil
}

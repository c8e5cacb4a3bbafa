package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/zim"
)

// extractOptions are the flags of extract.
type extractOptions struct {
	zim   string
	force bool
	json  bool
}

func (p *program) extractVerb() *cobra.Command {
	var opts extractOptions
	cmd := &cobra.Command{
		Use:   "extract {DIR | --zim FILE}",
		Short: "write the archive's files into a folder, or the archive itself to a file",
		Long: `Writes every file of the archive into DIR, which must be new or empty. Links between
the pages are relative and go on working there. Redirects are not written, only
counted. Old archives get one folder for each namespace (A, I, -).

Nothing is written outside DIR, and links in it are not followed. Names that some
system cannot have are escaped the same way everywhere: < > : " | ? * \ % and control
characters, a dot or a space at the end, and the first letter of device names like CON
become % and two hexadecimal digits; an empty part becomes %00. Where one entry is a
file and another lies in a folder of that name, the folder gets a % at its end; where
the disk takes two names for one (a.html and A.html), one of the files gets %2 to %9.
Files that have another name than their entry are listed.

With --zim the archive is written byte for byte, for Kiwix or for passing on, and read
back; FILE appears only when it is complete and equal. Either way the bytes are compared
with the archive's checksum (MD5); damage is told, and what could be written stays.`,
		Example: `  samizdat extract kazakhstan
  samizdat extract --archive wikipedia.zim folder
  samizdat extract --zim kazakhstan.zim`,
		Args: command.Args("[DIR]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && opts.zim == "":
				return command.Usagef("samizdat extract folder, or samizdat extract --zim FILE", "DIR is missing")
			case len(args) == 1 && opts.zim != "":
				return command.Usagef("leave out one of them", "DIR and --zim are two ways to extract, and only one can be taken at a time")
			case opts.zim != "":
				return p.extractZIM(cmd, opts)
			}
			return p.extract(cmd, args[0], opts)
		},
	}
	cmd.Flags().StringVar(&opts.zim, "zim", "", "write the archive itself to `FILE`")
	cmd.Flags().BoolVarP(&opts.force, "force", "f", false, "write into a folder that is not empty, and replace files")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print what was done as JSON")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitFailure, When: "something could not be written; each file is named with the reason"},
		command.Exit{Status: command.ExitDamaged, When: "something in the archive could not be read, or its checksum is wrong; what could be read is written"})
	return cmd
}

// extractedJSON is the answer of extract --json.
type extractedJSON struct {
	Directory string      `json:"directory,omitempty"`
	File      string      `json:"file,omitempty"`
	Files     int         `json:"files"`
	Bytes     int64       `json:"bytes"`
	Redirects int         `json:"redirects"` // not written
	MainPage  string      `json:"mainPage,omitempty"`
	Failed    []*failure  `json:"failed,omitempty"`
	Renamed   []*renaming `json:"renamed,omitempty"` // at most a thousand
}

// renaming is an entry whose file has another name.
type renaming struct {
	Path string `json:"path"`
	File string `json:"file"` // below the folder, with slashes

	index uint32 // of the entry
}

// failure is an entry that was not written.
type failure struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`

	index uint32
}

// extractZIM writes the archive's own bytes.
func (p *program) extractZIM(cmd *cobra.Command, opts extractOptions) error {
	src, err := p.one(cmd)
	if err != nil {
		return err
	}
	defer src.Close()
	if opts.zim == "-" {
		return command.Usagef("name a file: --zim archive.zim; one that is called - is ./-", "--zim -: the archive goes to a file, which appears when it is whole")
	}
	if info, err := os.Stat(opts.zim); err == nil && info.IsDir() {
		return command.Hint(command.Errorf("extract: %s is a folder", opts.zim), "samizdat extract --zim "+path.Join(opts.zim, src.Name+".zim"))
	}
	progress := command.ProgressOf(cmd, "extract")
	var flags []atomicfile.Option
	if !opts.force {
		flags = append(flags, atomicfile.NoOverwrite)
	}
	_ = atomicfile.Sweep(filepath.Dir(opts.zim)) // what cannot be removed harms nothing
	var sum error                                // what the archive's own checksum says
	err = atomicfile.Write(opts.zim, 0o644, func(f *os.File) error {
		r := &watchedReader{ctx: cmd.Context(), r: io.NewSectionReader(src.R, 0, src.Size), seen: func(n int64) { progress.Set(n, src.Size) }}
		if _, err := io.Copy(f, r); err != nil {
			return err
		}
		progress.Done()
		var err error
		sum, err = compareCopy(cmd, src, f)
		return err
	}, flags...)
	progress.Done()
	if err != nil {
		return explainWrite(fmt.Errorf("extract: %w", err))
	}
	if opts.json {
		err = command.JSON(cmd.OutOrStdout(), extractedJSON{File: opts.zim, Files: 1, Bytes: src.Size})
	} else {
		err = p.remark(cmd, "wrote %s, %d bytes\n", opts.zim, src.Size)
	}
	return cmp.Or(err, sum)
}

// compareCopy reads back what was written to f. sum is what the archive's checksum says of it; err that it is not what was
// read, or cannot be compared.
func compareCopy(cmd *cobra.Command, src *archive.Source, f *os.File) (sum, err error) {
	if z, err := zim.NewReader(f, src.Size, nil); err == nil {
		if _, err := z.Checksum(); err == nil {
			if sum = checksum(cmd, z, src.Size); sum == nil || cmd.Context().Err() != nil {
				return nil, cmd.Context().Err()
			}
		}
	}
	// It has no checksum, or a wrong one: then the copy may be as wrong as what it was made of, but no more.
	progress := command.ProgressOf(cmd, command.T("compare the copy"))
	defer progress.Done()
	same, err := equal(
		&watchedReader{ctx: cmd.Context(), r: io.NewSectionReader(src.R, 0, src.Size), seen: func(n int64) { progress.Set(n, src.Size) }},
		io.NewSectionReader(f, 0, src.Size),
	)
	if err == nil && !same {
		err = errors.New("what was written is not what was read; the disk may be failing")
	}
	return sum, err
}

// equal reports whether two readers give the same bytes.
func equal(a, b io.Reader) (bool, error) {
	var bufs [2][256 << 10]byte
	for {
		n, errA := io.ReadFull(a, bufs[0][:])
		m, errB := io.ReadFull(b, bufs[1][:])
		if !bytes.Equal(bufs[0][:n], bufs[1][:m]) {
			return false, nil
		}
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if errA != nil || errB != nil {
			return (errA == nil) == (errB == nil), nil
		}
	}
}

// checksum compares the bytes of an archive of size bytes with its MD5; one so old that it has none passes.
func checksum(cmd *cobra.Command, z *zim.Reader, size int64) error {
	progress := command.ProgressOf(cmd, command.T("compare the checksum"))
	err := z.VerifyChecksum(cmd.Context(), func(done int64) { progress.Set(done, size) })
	progress.Done()
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return nil
	case isDamage(err):
		err = command.WithStatus(command.Errorf("extract: written as it is, but the archive is damaged: %w", err), command.ExitDamaged)
		return command.Hint(err, "copy the archive again from where you have it; samizdat verify tells everything that is wrong with it")
	}
	return fmt.Errorf("extract: %w", err)
}

// extract writes the entries below dir.
func (p *program) extract(cmd *cobra.Command, dir string, opts extractOptions) error {
	src, err := p.one(cmd)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := prepareFolder(dir, opts.force); err != nil {
		return explainWrite(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return explainWrite(fmt.Errorf("extract: %w", err))
	}
	defer root.Close()

	progress := command.ProgressOf(cmd, "extract")
	x := &extraction{root: root, force: opts.force, main: mainIndex(src.Zim)}
	err = x.all(cmd.Context(), src.Zim, func(n uint32) { progress.Set(int64(n), int64(src.Zim.EntryCount())) })
	progress.Done()
	if err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	sum := checksum(cmd, src.Zim, src.Size)
	return cmp.Or(p.reportExtraction(cmd, x, dir, opts), sum)
}

// prepareFolder makes dir, or sees that it is empty.
func prepareFolder(dir string, force bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	defer d.Close()
	if _, err := d.Readdirnames(1); err != io.EOF && !force {
		if err != nil {
			return fmt.Errorf("extract: %w", err)
		}
		return command.Hint(command.Errorf("extract: the folder %s is not empty", dir), "name a new folder, or add --force to write into this one and replace files")
	}
	return nil
}

// mainIndex returns the number of the entry to begin with; none has it if there is no such entry.
func mainIndex(z *zim.Reader) uint32 {
	main, err := z.MainEntry()
	if err == nil {
		main, err = main.Resolve()
	}
	if err != nil {
		return math.MaxUint32
	}
	return main.Index()
}

// reportExtraction tells what was done and turns failures into the exit status.
func (p *program) reportExtraction(cmd *cobra.Command, x *extraction, dir string, opts extractOptions) error {
	done := extractedJSON{
		Directory: dir, Files: x.files, Bytes: x.bytes, Redirects: x.redirects, MainPage: x.mainFile, Failed: x.failed, Renamed: x.renamed,
	}
	if opts.json {
		if err := command.JSON(cmd.OutOrStdout(), done); err != nil {
			return err
		}
	} else {
		for _, f := range x.failed {
			_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("samizdat: not written: %s: %s\n", oneLine(f.Path), oneLine(f.Reason)))
		}
		if !p.quiet {
			for _, r := range x.renamed[:min(len(x.renamed), maxShownNames)] {
				_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("samizdat: renamed: %s is in the file %s\n", oneLine(r.Path), oneLine(r.File)))
			}
			if more := x.renames - maxShownNames; more > 0 {
				_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("samizdat: renamed: and %d more files; --json lists the first %d\n", more, maxListed))
			}
		}
		err := p.remark(cmd, "wrote %d files, %d bytes, into %s; %d redirects left out\n", done.Files, done.Bytes, dir, done.Redirects)
		if err == nil && done.MainPage != "" {
			err = p.remark(cmd, "the main page is %s\n", command.Printable(path.Join(dir, done.MainPage)))
		}
		if err != nil {
			return err
		}
	}
	if x.failures == 0 {
		return nil
	}
	err := command.Errorf("extract: %d of %d files were not written", x.failures, x.failures+x.files)
	if x.damaged {
		return command.Hint(command.WithStatus(err, command.ExitDamaged), "samizdat verify tells everything that is wrong with the archive")
	}
	return err
}

// oneLine makes a name from an archive harmless to print: it stays on its line.
func oneLine(s string) string { return strings.ReplaceAll(command.Printable(s), "\n", `\n`) }

const maxShownNames = 20 // renamed files that are listed one by one

// remark prints to standard output unless --quiet.
func (p *program) remark(cmd *cobra.Command, format string, args ...any) error {
	if p.quiet {
		return nil
	}
	_, err := io.WriteString(cmd.OutOrStdout(), command.Sprintf(format, args...))
	return err
}

// explainWrite adds a hint to an error of writing files.
func explainWrite(err error) error {
	switch {
	case err == nil, command.HintOf(err) != "":
		return err
	case errors.Is(err, fs.ErrExist):
		return command.Hint(err, "choose another name, or add --force to replace it")
	case errors.Is(err, fs.ErrPermission):
		return command.Hint(err, "choose a folder that you may write to")
	case isReadOnly(err):
		return command.Hint(err, "choose a folder on another disk; this one is read-only")
	}
	return err
}

// watchedReader tells how much was read and stops when ctx ends.
type watchedReader struct {
	ctx  context.Context
	r    io.Reader
	n    int64
	seen func(int64)
}

func (w *watchedReader) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.seen(w.n)
	return n, err
}

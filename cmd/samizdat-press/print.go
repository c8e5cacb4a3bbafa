package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/atomicfile"
	"samizdat/internal/carry"
	"samizdat/internal/command"
	"samizdat/internal/splice"
)

// edition is what the flags of print say.
type edition struct {
	dir      string
	targets  []string
	name     string
	runtimes string
	carry    bool
	payload  string
	force    bool
	json     bool
	sums     bool
	key      string
	comment  string
}

// printJSON is the answer of print --json.
type printJSON struct {
	Runtimes string      `json:"runtimes,omitempty"` // their version
	Archive  int64       `json:"archive_bytes"`
	Files    []printFile `json:"files"`
}

type printFile struct {
	File   string `json:"file"`
	Target string `json:"target,omitempty"` // none: not an executable
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // with --sums
}

func (p *program) printVerb() *cobra.Command {
	var e edition
	cmd := &cobra.Command{
		Use:   "print DIR|FILE.zim -o OUTDIR",
		Short: "make an executable of an archive, for every platform",
		Long: `Makes one executable per platform out of an archive, or out of the dossier in the folder
DIR, which is packed first. Whoever starts it sees the archive in the browser. No other
tool is needed, and any machine prints for all platforms. The executables are called
NAME-GOOS-GOARCH, with .exe for Windows.

The archive, a README and the licences ride inside as a ZIP of plain files: unzip and
Python open the executable itself, but for Mac programs, whose signature comes last;
7z x -tzip:s64m opens those.

The reader for each platform comes from a file of runtimes: compiled into this press,
named by --runtimes, or runtimes.tar.xz beside it. Without one, samizdat-bare or samizdat
beside the press is used, which makes executables for this platform alone.

An archive of more than 1.9 GB goes beside the executables, not into them; more than 4 GiB
would not start on Windows and macOS. Beside them it is cut into parts of 4 GB, .zimaa,
.zimab and so on, if it is larger than a file on a FAT stick can be.

What was written is listed, with its bytes. With --sums every file is listed with its
SHA-256 and its bare name instead, as sha256sum -c reads it in the folder of the files,
wherever that is by then: (cd OUTDIR && sha256sum -c) <SHA256SUMS`,
		Example: `  samizdat-press print bundle -o print
  samizdat-press print dossier.zim -o print --target windows/amd64,darwin/arm64
  samizdat-press print bundle -o print --key editor --carry
  samizdat-press print dossier.zim -o print --sums >SHA256SUMS
  (cd print && sha256sum -c) <SHA256SUMS`,
		Args: command.Args("DIR|FILE.zim"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.print(cmd, args[0], &e)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&e.dir, "output", "o", "", "write the executables into the folder `OUTDIR`, which is made if need be")
	f.StringSliceVarP(&e.targets, "target", "t", nil, "for these platforms only, like windows/amd64,linux/arm64; or all `LIST`")
	f.StringVar(&e.name, "name", "", "begin the files' names with `NAME` (default: the archive's)")
	f.StringVar(&e.runtimes, "runtimes", "", "take the readers from `FILE`, which make runtimes made")
	f.BoolVar(&e.carry, "carry", false, "put the runtimes into every copy too, so that it makes copies for every platform")
	f.StringVar(&e.payload, "payload", "auto", "where the archive goes, `PLACE`: inside, beside or auto")
	f.BoolVarP(&e.force, "force", "f", false, "replace files that exist")
	f.BoolVar(&e.sums, "sums", false, "tell the SHA-256 of every file that was written")
	f.BoolVar(&e.json, "json", false, "print the result as JSON")
	f.StringVarP(&e.key, "key", "k", "", "seal the dossier in DIR with the secret key in the file `KEY`")
	f.StringVar(&e.comment, "comment", "", "with --key: a note of the signer, signed too `TEXT`")
	command.SetExits(cmd, command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, or the file is no archive"})
	_ = cmd.MarkFlagDirname("output")
	_ = cmd.MarkFlagFilename("runtimes")
	_ = cmd.MarkFlagFilename("key")
	_ = cmd.RegisterFlagCompletionFunc("target", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		names := []string{"all"}
		for _, t := range carry.Targets() {
			names = append(names, t.String())
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	_ = cmd.RegisterFlagCompletionFunc("payload", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"auto", "inside", "beside"}, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// print packs if that is to be done, and makes the executables.
func (p *program) print(cmd *cobra.Command, from string, e *edition) error {
	wanted, err := e.check(cmd)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return command.Hint(fmt.Errorf("open %s: %w", from, plainPath(err)), "give the folder of a dossier, or an archive")
	}
	if !info.IsDir() && e.key != "" {
		return command.Usagef(command.Sprintf("samizdat-press sign %s --key %s, then print it without --key", from, e.key), "--key seals what is packed, and %s is an archive already", from)
	}
	readers, err := p.readers(e, wanted)
	if err != nil {
		return err
	}
	defer readers.Close()

	made, err := makeFolder(e.dir)
	if err != nil {
		return err
	}
	_ = atomicfile.Sweep(e.dir) // what cannot be removed harms nothing
	err = p.printInto(cmd, from, info.IsDir(), e, readers)
	if err != nil && made {
		_ = os.Remove(e.dir) // stays if it holds anything
	}
	return err
}

func (p *program) printInto(cmd *cobra.Command, from string, folder bool, e *edition, readers *readers) error {
	name := e.name
	if name == "" {
		if abs, err := filepath.Abs(from); err == nil {
			name = archive.BookName(abs)
		}
	}
	if !isFileName(name) {
		return command.Usagef("--name dossier", "--name %q is not the beginning of a file's name", name)
	}
	if folder {
		packed, err := p.packed(cmd, from, e)
		if err != nil {
			return err
		}
		defer func() { packed.Close(); os.Remove(packed.Name()) }()
		from = packed.Name()
	}
	sources, err := archive.Find(archive.Options{Paths: []string{from}})
	if err != nil {
		return explainFind(err, from)
	}
	src := sources[0]
	defer src.Close()
	job, err := newJob(e, name, src, readers, p.insideMax)
	if err != nil {
		return err
	}
	if !folder { // what was just packed was read back
		job.from = from
	}
	if err := job.mayWrite(); err != nil {
		return err
	}
	if err := job.run(cmd); err != nil {
		return err
	}
	if err := job.removeStale(); err != nil {
		return err
	}
	return p.tellPrint(cmd, e, job, readers)
}

// check looks at the flags and returns the platforms; nil if the user named none.
func (e *edition) check(cmd *cobra.Command) ([]carry.Target, error) {
	switch {
	case e.dir == "":
		return nil, command.Usagef(cmd.CommandPath()+" DIR|FILE.zim -o OUTDIR", "where to write the executables is not said")
	case !slices.Contains([]string{"auto", "inside", "beside"}, e.payload):
		return nil, command.Usagef("--payload inside, beside or auto", "--payload %q: no such place", e.payload)
	case e.name != "" && e.name != filepath.Base(filepath.Clean(e.name)), e.name != "" && !isFileName(e.name):
		return nil, command.Usagef("--name dossier", "--name %q is not the beginning of a file's name", e.name)
	case e.comment != "" && e.key == "":
		return nil, command.Usagef("--key KEY --comment TEXT", "--comment is a note of whoever signs, and no key was given")
	}
	var wanted []carry.Target
	known := join(carry.Targets())
	hint := command.Sprintf("one or more of %s", known)
	if cmd.Flags().Changed("target") && len(e.targets) == 0 {
		return nil, command.Usagef(hint, "--target names no platform")
	}
	for _, name := range e.targets {
		if name == "all" {
			return carry.Targets(), nil
		}
		t, err := carry.ParseTarget(name)
		if err != nil {
			if s := command.Closest(name, strings.Split(known, ",")); s != "" {
				hint = command.Sprintf("did you mean %q?", "--target "+s)
			}
			return nil, command.Usagef(hint, "--target: %w", err)
		}
		if !slices.Contains(wanted, t) {
			wanted = append(wanted, t)
		}
	}
	return wanted, nil
}

// packed packs the dossier in the folder into a hidden file in the folder of the executables, where there must be room
// anyway, and returns it open, to be closed and removed.
func (p *program) packed(cmd *cobra.Command, folder string, e *edition) (*os.File, error) {
	f, err := atomicfile.Temporary(e.dir, ".zim", 0o600)
	if err != nil {
		return nil, command.Hint(fmt.Errorf("write into %s: %w", e.dir, plainPath(err)), otherFolder)
	}
	name := f.Name()
	f.Close()
	os.Remove(name) // nobody else takes it; another run that met the empty file might take the full one for it
	out := &output{file: name, key: e.key, comment: e.comment}
	result, err := p.packInto(cmd, folder, out)
	if err != nil {
		return nil, err
	}
	if !e.json {
		p.warn(cmd, result)
	}
	return holdPacked(name)
}

// holdPacked opens the packed file, and removes it if that fails.
func holdPacked(name string) (*os.File, error) {
	f, err := atomicfile.Hold(name)
	if err != nil {
		os.Remove(name)
	}
	return f, err
}

// makeFolder makes the folder unless it is there.
func makeFolder(dir string) (made bool, err error) {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return false, nil
	case err == nil:
		return false, command.Hint(command.Errorf("write into %s: not a folder", dir), command.Sprintf("give a folder: -o %s-print", dir))
	case !errors.Is(err, fs.ErrNotExist):
		return false, command.Hint(fmt.Errorf("make %s: %w", dir, plainPath(err)), otherFolder)
	}
	err = os.Mkdir(dir, 0o777)
	switch {
	case errors.Is(err, fs.ErrNotExist): // what it lies in
		return false, command.Hint(fmt.Errorf("make %s: %w", dir, plainPath(err)), "mkdir -p "+dir)
	case err != nil:
		return false, command.Hint(fmt.Errorf("make %s: %w", dir, plainPath(err)), otherFolder)
	}
	return true, nil
}

// otherFolder is the hint when nothing can be written there.
const otherFolder = "choose another folder with -o"

// plainPath takes the path off an error that names it anyway.
func plainPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// tellPrint prints what was made.
func (p *program) tellPrint(cmd *cobra.Command, e *edition, job *job, readers *readers) error {
	result := &printJSON{Runtimes: readers.version(), Archive: job.src.Size, Files: job.files}
	if e.json {
		return command.JSON(cmd.OutOrStdout(), result)
	}
	var b strings.Builder
	for _, f := range result.Files {
		switch {
		case e.sums: // a result that was asked for, also with --quiet; bare names, because the folder may be copied elsewhere
			b.WriteString(carry.SumLine(f.SHA256, filepath.Base(f.File)))
		case !p.quiet:
			fmt.Fprintf(&b, "%12d  %s\n", f.Bytes, f.File)
		}
	}
	if readers.set == nil && !p.quiet {
		_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("for %v alone, from %s: there are no runtimes for other platforms; --runtimes FILE names them\n", carry.Here(), readers.own.Name()))
	}
	_, err := cmd.OutOrStdout().Write([]byte(b.String()))
	return err
}

// explainTooLarge says why a platform cannot hold the archive.
func explainTooLarge(t carry.Target, err error) error {
	if !errors.Is(err, carry.ErrTooLarge) {
		return err
	}
	why := "macOS executables have 32-bit offsets"
	if t.OS == "windows" {
		why = "Windows starts no executable that is larger"
	}
	return command.Hint(fmt.Errorf("print for %v: %w: %s", t, splice.ErrTooLarge, why), "--payload beside puts the archive beside the executables")
}

// openRuntimes opens the set in the file.
func openRuntimes(name string) (*carry.Runtimes, *os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		var set *carry.Runtimes
		if set, err = carry.OpenRuntimes(f, info.Size()); err == nil {
			return set, f, nil
		}
	}
	f.Close()
	return nil, nil, explainRuntimes(name, err)
}

// explainRuntimes says which runtimes an error is about, and what to do.
func explainRuntimes(name string, err error) error {
	return command.Hint(fmt.Errorf("%s: %w", name, err), "make runtimes makes the file; copy it again if it came from elsewhere")
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/stick"
)

// stickOptions are the flags of stick.
type stickOptions struct {
	stick.Flags
	from     string
	key      string
	programs string
	runtimes string
}

func (p *program) stickVerb() *cobra.Command {
	var o stickOptions
	cmd := &cobra.Command{
		Use:   "stick DIR --from {FILE.zim | BUNDLE}",
		Short: "fill a USB stick: the archive, programs, and pages that tell what to do",
		Long: `Writes an archive into the folder DIR, with the programs that open it, START-HERE.html,
which any browser opens and which holds the texts of a dossier, a README in each
language of the archive, the key if the archive is sealed, and SHA256SUMS. --from names
an archive, a program that carries one, or the folder of a dossier, which is then packed.

With --key a dossier is sealed as pack --key does, and SHA256SUMS is signed for
minisign; an archive must be sealed by that key already.

The programs for all platforms come from the runtimes, as those of print do: compiled
into this press, named by --runtimes, or runtimes.tar.xz beside it. Instead of them
--programs takes a folder of files whose names end in the platform, as in
samizdat-linux-amd64 or samizdat-windows-amd64.exe, or are those on a stick. What they
carry inside is left out, and it is said which platforms have none.
` + stick.Help,
		Example: `  samizdat-press stick /media/stick --from dossier.zim
  samizdat-press stick /media/stick --from bundle --key editor`,
		Args: command.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.stick(cmd, args[0], &o)
		},
	}
	cmd.Flags().StringVar(&o.from, "from", "", "the archive, a program that carries one, or the folder of a dossier: `PATH`")
	cmd.Flags().StringVarP(&o.key, "key", "k", "", "sign SHA256SUMS, and seal the dossier, with the secret key in the file `KEY`")
	cmd.Flags().StringVar(&o.programs, "programs", "", "take the programs from the folder `DIR`")
	cmd.Flags().StringVar(&o.runtimes, "runtimes", "", "take the programs from `FILE`, which make runtimes made")
	cmd.MarkFlagsMutuallyExclusive("programs", "runtimes")
	o.Add(cmd)
	return cmd
}

func (p *program) stick(cmd *cobra.Command, dir string, o *stickOptions) error {
	if o.from == "" {
		return command.Usagef(cmd.CommandPath()+" DIR --from FILE.zim", "what goes onto the stick is not said")
	}
	file, remove, err := p.stickArchive(cmd, o)
	if err != nil {
		return err
	}
	defer remove()
	sources, err := archive.Find(archive.Options{Paths: []string{file}})
	if err != nil {
		return explainFind(err, o.from)
	}
	src := sources[0]
	defer src.Close()
	opts := &stick.Options{Archive: src.Raw, Size: src.Size, Zim: src.Zim, Name: src.Name}
	if o.key != "" {
		if opts.Sign, err = p.stickSigner(cmd, src, o); err != nil {
			return err
		}
	}
	programs, closeAll, err := p.stickPrograms(o)
	if err != nil {
		return err
	}
	defer closeAll()
	opts.Runtimes = programs
	var notes []string
	switch missing := without(programs); {
	case o.programs != "" && len(missing) > 0:
		notes = append(notes, command.Sprintf("--programs %s has no programs for these platforms: %s", o.programs, strings.Join(missing, ", ")))
	case len(programs) == 0:
		notes = append(notes, command.T("no programs go onto the stick: this press has no runtimes; --runtimes FILE names them, --programs DIR a folder of programs"))
	}
	return o.Run(cmd, dir, opts, notes)
}

// stickArchive returns the archive to copy, and what removes it afterwards if it was packed for that.
func (p *program) stickArchive(cmd *cobra.Command, o *stickOptions) (string, func(), error) {
	if !isFolder(o.from) {
		return o.from, func() {}, nil
	}
	temporary, err := os.MkdirTemp("", "samizdat-press-")
	if err != nil {
		return "", nil, err
	}
	remove := func() { os.RemoveAll(temporary) }
	out := &output{file: filepath.Join(temporary, "dossier.zim"), key: o.key}
	result, err := p.packInto(cmd, o.from, out)
	if err != nil {
		remove()
		return "", nil, err
	}
	p.warn(cmd, result)
	return out.file, remove, nil
}

// stickSigner returns what signs the list of checksums with the key that sealed src, which must be --key.
func (p *program) stickSigner(cmd *cobra.Command, src *archive.Source, o *stickOptions) (func([]byte) ([]byte, error), error) {
	key, err := p.secretKey(cmd, o.key)
	if err != nil {
		return nil, err
	}
	found, err := seal.Load(src.Raw, src.Size)
	switch {
	case errors.Is(err, seal.ErrNone), errors.Is(err, seal.ErrUnsigned):
		err := command.Errorf("stick: %s is not sealed, so nothing would tie the signature to it", o.from)
		return nil, command.Hint(command.WithStatus(err, command.ExitUnsealed), fmt.Sprintf("samizdat-press sign %s --key %s", o.from, o.key))
	case err != nil:
		return nil, fmt.Errorf("stick: read the seal of %s: %w", o.from, err)
	case found.Key != key.Public():
		err := command.Errorf("stick: %s is sealed by another key: %s", o.from, found.Key)
		return nil, command.Hint(command.WithStatus(err, command.ExitOtherKey), "give the key that sealed it")
	}
	return func(sums []byte) ([]byte, error) {
		return key.Minisig(sums, fmt.Sprintf("SHA256SUMS of edition %x", found.Edition[:8]))
	}, nil
}

// stickPrograms returns the programs in the folder --programs, or else those in the runtimes, if there are any.
func (p *program) stickPrograms(o *stickOptions) (programs []stick.Runtime, release func(), err error) {
	if o.programs != "" {
		return programsIn(o.programs)
	}
	readers, err := p.set(o.runtimes)
	if err != nil || readers == nil {
		return nil, func() {}, err
	}
	return stick.FromSet(readers.set), func() { readers.Close() }, nil
}

// without returns the platforms that none of programs is for.
func without(programs []stick.Runtime) (platforms []string) {
	for _, target := range carry.Targets() {
		if !slices.ContainsFunc(programs, func(r stick.Runtime) bool { return r.GOOS == target.OS && r.GOARCH == target.Arch }) {
			platforms = append(platforms, target.String())
		}
	}
	return platforms
}

// programNames returns the files in a folder that are called like programs for a platform: as print calls them, or as
// they are called on a stick.
func programNames(dir string, target carry.Target) (names []string, err error) {
	for _, pattern := range []string{target.FileName("*"), stick.RuntimeName(target.OS, target.Arch)} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, command.Usagef("a folder without wildcards in its name", "--programs %s: %w", dir, err)
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// programsIn returns the programs in a folder, by their names.
func programsIn(dir string) (programs []stick.Runtime, release func(), err error) {
	var files []*os.File
	closeAll := func() {
		for _, f := range files {
			f.Close()
		}
	}
	defer func() {
		if err != nil {
			closeAll()
		}
	}()
	for _, target := range carry.Targets() {
		names, err := programNames(dir, target)
		if err != nil {
			return nil, nil, err
		}
		if len(names) == 0 {
			continue
		}
		if len(names) > 1 {
			return nil, nil, command.Usagef("leave one for each platform", "--programs %s: %s and %s are for the same platform", dir, names[0], names[1])
		}
		f, err := os.Open(names[0])
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
		info, err := f.Stat()
		if err != nil {
			return nil, nil, err
		}
		image, err := carry.New(f, info.Size(), nil)
		if err != nil {
			return nil, nil, fmt.Errorf("--programs: %s: %w", names[0], err)
		}
		programs = append(programs, stick.Runtime{GOOS: target.OS, GOARCH: target.Arch, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(image, 0, image.Size())), nil
		}})
	}
	if len(programs) == 0 {
		return nil, nil, command.Hint(command.Errorf("--programs %s: no programs there", dir), "their names end in the platform: samizdat-linux-amd64, samizdat-windows-amd64.exe")
	}
	return programs, closeAll, nil
}

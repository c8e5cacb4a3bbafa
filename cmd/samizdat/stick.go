package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/command"
	"samizdat/internal/stick"
)

func (p *program) stickVerb() *cobra.Command {
	var flags stick.Flags
	cmd := &cobra.Command{
		Use:   "stick DIR",
		Short: "fill a USB stick: the archive, programs, and pages that tell what to do",
		Long: `Writes the archive into the folder DIR, with the programs that this copy carries,
START-HERE.html, which any browser opens and which holds the texts of a dossier, a
README in each language of the archive, the key if the archive is sealed, and
SHA256SUMS. If this program runs from such a stick, the programs beside it are carried
on; a copy that carries none gives itself, for computers like this one.
` + stick.Help,
		Example: `  samizdat stick /media/stick
  samizdat stick E:\
  samizdat stick --part-size 1900M folder`,
		Args: command.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.stick(cmd, args[0], &flags)
		},
	}
	flags.Add(cmd)
	return cmd
}

func (p *program) stick(cmd *cobra.Command, dir string, flags *stick.Flags) error {
	src, err := p.one(cmd)
	if err != nil {
		return err
	}
	defer src.Close()
	opts := &stick.Options{Archive: src.Raw, Size: src.Size, Zim: src.Zim, Name: src.Name}
	runtimes, notes, release, err := p.runtimes(cmd.Context(), src)
	if err != nil {
		return err
	}
	defer release()
	opts.Runtimes = runtimes
	if p.executable != "" {
		opts.Sign = stick.SignatureBeside(stick.Home(cmd.Context(), p.executable))
	}
	return flags.Run(cmd, dir, opts, notes)
}

// runtimes returns the programs to put onto a stick: those beside this one on a stick, or those that travel with this
// copy, or else this one.
func (p *program) runtimes(ctx context.Context, src *archive.Source) (list []stick.Runtime, notes []string, release func(), err error) {
	release = func() {}
	if p.executable == "" {
		return nil, []string{command.T("no programs go onto the stick: this copy carries none; samizdat-press stick DIR --from FILE.zim --runtimes FILE adds them")}, release, nil
	}
	beside, damaged, err := stick.Beside(ctx, stick.Home(ctx, p.executable))
	if err != nil {
		return nil, nil, release, err
	}
	if damaged != nil {
		notes = append(notes, command.Sprintf("not carried on, because they do not fit the list of checksums: %s", strings.Join(damaged, ", ")))
	}
	if len(beside) > 0 {
		return beside, notes, release, nil
	}
	carried, err := p.carriedRuntimes(src)
	if err != nil {
		return nil, nil, release, command.Hint(command.WithStatus(err, command.ExitDamaged), "get a whole copy; what the archive holds is not affected")
	}
	if carried != nil {
		return stick.FromSet(carried.set), notes, carried.Close, nil
	}
	own, err := p.ownRuntime()
	if err != nil {
		return nil, nil, release, err
	}
	// A program that an archive is compiled into shows that one, whatever lies beside it.
	if p.compiledIn() && src.Origin != archive.Embedded {
		return nil, append(notes, command.T("no programs go onto the stick: another archive is compiled into this program; samizdat-press stick DIR --from FILE.zim --runtimes FILE adds them")), release, nil
	}
	notes = append(notes, command.Sprintf("the stick gets one program, for %s: this copy carries no others", carry.Here()))
	return []stick.Runtime{own}, notes, release, nil
}

// ownRuntime is this program without what rides in it.
func (p *program) ownRuntime() (stick.Runtime, error) {
	info, err := os.Stat(p.executable)
	if err != nil {
		return stick.Runtime{}, fmt.Errorf("read this program: %w", err)
	}
	here := carry.Here()
	return stick.Runtime{GOOS: here.OS, GOARCH: here.Arch, Open: func() (io.ReadCloser, error) {
		f, err := os.Open(p.executable)
		if err != nil {
			return nil, fmt.Errorf("read this program: %w", err)
		}
		image, err := carry.New(f, info.Size(), nil)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copy this program: %w", err), f.Close())
		}
		return imageFile{io.NewSectionReader(image, 0, image.Size()), f}, nil
	}}, nil
}

// imageFile reads an image, and closes the file that it is made of.
type imageFile struct {
	io.Reader
	io.Closer
}

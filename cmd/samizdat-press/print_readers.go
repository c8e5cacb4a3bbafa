package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"samizdat/assets"
	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/command"
)

// readers is where the runtimes come from: a set for many platforms, or one reader for this platform.
type readers struct {
	targets []carry.Target // to print for

	set     *carry.Runtimes
	name    string      // of their file, or what they are
	setFile io.ReaderAt // the bytes of the set, to be carried
	setSize int64

	own     *os.File // without a set
	ownSize int64

	closer io.Closer
}

func (r *readers) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

func (r *readers) version() string {
	if r.set == nil {
		return ""
	}
	return r.set.Version()
}

// isSet reports whether the runtimes are read from the file called name.
func (r *readers) isSet(name string) bool {
	f, ok := r.setFile.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	at, err := os.Stat(name)
	return err == nil && os.SameFile(info, at)
}

// readers finds the runtimes for wanted; nil means all that there are.
func (p *program) readers(e *edition, wanted []carry.Target) (*readers, error) {
	r, err := p.set(e.runtimes)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return p.ownReader(e, wanted)
	}
	have := r.set.Targets()
	if len(have) == 0 {
		r.Close()
		return nil, command.Hint(command.Errorf("%s: no runtimes for any platform that this press knows", r.name), getRuntimes)
	}
	if wanted == nil {
		wanted = have
	}
	for _, t := range wanted {
		if !slices.Contains(have, t) {
			r.Close()
			return nil, command.Hint(command.Errorf("print for %v: the runtimes have no reader for it", t), "--target "+join(have))
		}
	}
	r.targets = wanted
	return r, nil
}

// set looks for a set of runtimes: the file that the user named, the one compiled in, or one beside the press. Without one
// it returns nil.
func (p *program) set(named string) (*readers, error) {
	if named == "" {
		if b, size, ok := assets.Runtimes(); ok {
			const inside = "the runtimes inside this press"
			set, err := carry.OpenRuntimes(b, size)
			if err != nil {
				return nil, explainRuntimes(inside, err)
			}
			return &readers{set: set, name: inside, setFile: b, setSize: size}, nil
		}
	}
	places := []string{named}
	if named == "" {
		if p.executable == "" {
			return nil, nil
		}
		dir := filepath.Dir(p.executable)
		places = []string{filepath.Join(dir, carry.RuntimesName), filepath.Join(dir, "..", "share", "samizdat", carry.RuntimesName)}
	}
	for _, name := range places {
		set, f, err := openRuntimes(name)
		if errors.Is(err, fs.ErrNotExist) && named == "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		return &readers{set: set, name: name, setFile: f, setSize: info.Size(), closer: f}, nil
	}
	return nil, nil
}

// getRuntimes is the hint when they are missing.
const getRuntimes = "make runtimes in the sources of samizdat makes runtimes.tar.xz: put it beside samizdat-press, or name it with --runtimes FILE"

// ownReader takes the reader beside the press, which is for this platform.
func (p *program) ownReader(e *edition, wanted []carry.Target) (*readers, error) {
	here := carry.Here()
	switch {
	case e.carry:
		return nil, command.Hint(command.Errorf("--carry: there are no runtimes to put into the copies"), getRuntimes)
	case wanted != nil && !slices.Equal(wanted, []carry.Target{here}):
		return nil, command.Hint(command.Errorf("print for %s: there are no runtimes for other platforms than this, %v", join(wanted), here), getRuntimes)
	}
	for _, name := range []string{"samizdat-bare", "samizdat"} {
		if p.executable == "" {
			break
		}
		f, err := os.Open(filepath.Join(filepath.Dir(p.executable), name+here.Ext()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		// Another archive that is compiled in would travel along unseen, in the middle of the program.
		carried, err := archive.Find(archive.Options{Paths: []string{f.Name()}})
		for _, src := range carried {
			src.Close()
		}
		var not *archive.NotZIMError
		if errors.As(err, &not) && not.Inside > 0 {
			f.Close()
			return nil, command.Hint(command.Errorf("print with %s: an archive is compiled into it, which every copy would carry too", f.Name()), getRuntimes)
		}
		return &readers{targets: []carry.Target{here}, own: f, ownSize: info.Size(), closer: f}, nil
	}
	return nil, command.Hint(command.Errorf("there are no runtimes to print with, and no samizdat beside this press"), getRuntimes)
}

func join(targets []carry.Target) string {
	var names []string
	for _, t := range targets {
		names = append(names, t.String())
	}
	return strings.Join(names, ",")
}

package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/serve"
	"samizdat/internal/stick"
)

// printable tells add of the executables that this copy can make of src for visitors: this program itself, for machines
// like this one, and one for every platform that a program travels for, in a set of runtimes or beside this one on a
// stick. What is wrong with some does not keep the others away; the error says it.
func (p *program) printable(ctx context.Context, src *archive.Source, add func(serve.Program)) error {
	members, err := carry.Payload(src)
	if err != nil {
		return err
	}
	var errs []error
	tell := func(made serve.Program, err error) {
		if err == nil {
			add(made)
		} else if len(errs) == 0 { // one is enough to tell of
			errs = append(errs, err)
		}
	}
	carried, err := p.carriedRuntimes(src) // not closed: visitors come as long as this program runs
	if err != nil {
		errs = append(errs, err)
	}
	if carried != nil && carried.file != nil {
		members = append(members, carried.member)
	}
	switch {
	case src.Origin == archive.Embedded:
		tell(p.ownCopy(ctx, nil)) // it is in there
	case src.Origin == archive.Tail || !p.compiledIn(): // else a visitor would take another archive along, unseen
		tell(p.ownCopy(ctx, members))
	}
	if carried != nil {
		others := slices.DeleteFunc(carried.set.Targets(), func(t carry.Target) bool { return t == carry.Here() })
		cache := carry.NewCache(carried.set)
		if p.tenure > 0 {
			cache.Tenure = p.tenure
		}
		// Their sizes are known when they are decoded. One at a time: others are reading.
		err := carried.set.Decode(ctx, 1, func(d carry.Decoded, err error) error {
			var made serve.Program
			if err == nil {
				made, err = copyFor(cache, d, members)
			}
			tell(made, err)
			return nil
		}, others...)
		debug.FreeOSMemory() // the decoders took more than all that is needed from now on
		return errors.Join(append(errs, err)...)
	}
	beside, _, err := stick.Beside(ctx, stick.Home(ctx, p.executable))
	if err != nil {
		return err
	}
	for _, r := range beside {
		if t := (carry.Target{OS: r.GOOS, Arch: r.GOARCH}); t != carry.Here() {
			tell(copyBeside(ctx, r, t, members))
		}
	}
	return errors.Join(errs...)
}

// compiledIn reports whether an archive is compiled into this program.
func (p *program) compiledIn() bool {
	if p.embedded == nil {
		return false
	}
	_, _, _, ok := p.embedded()
	return ok
}

// ownCopy is this program with members instead of what it carries.
func (p *program) ownCopy(ctx context.Context, members []*carry.Member) (serve.Program, error) {
	info, err := os.Stat(p.executable)
	if err != nil {
		return serve.Program{}, fmt.Errorf("read this program: %w", err)
	}
	own := serve.Program{
		Target: carry.Here(), ID: fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano()),
		Open: func(context.Context) (*carry.Image, func(), error) {
			f, err := os.Open(p.executable)
			if err != nil {
				return nil, nil, fmt.Errorf("read this program: %w", err)
			}
			image, err := carry.New(f, info.Size(), members)
			if err != nil {
				f.Close()
				return nil, nil, fmt.Errorf("copy this program: %w", err)
			}
			return image, func() { f.Close() }, nil
		},
	}
	return measured(ctx, own)
}

// copyFor is the runtime d with members. It is decoded again when somebody asks for it. All who do share what is computed for
// it, and not where they read it.
func copyFor(cache *carry.Cache, d carry.Decoded, members []*carry.Member) (serve.Program, error) {
	t, sum := d.Target, cache.Sum(d.Target)
	source := &from{bytes.NewReader(d.Bytes)}
	image, err := carry.New(source, int64(len(d.Bytes)), members)
	if err != nil {
		return serve.Program{}, fmt.Errorf("make a copy for %v: %w", t, err)
	}
	source.ReaderAt = cache.Reader(t) // not from memory, which would be kept for it
	return serve.Program{
		Target: t, Size: image.Size(), ID: hex.EncodeToString(sum[:8]),
		Open: func(ctx context.Context) (*carry.Image, func(), error) {
			runtime, err := cache.Take(ctx, t)
			if err != nil {
				return nil, nil, err
			}
			runtime.Until(image.Kept())
			return image.On(runtime), func() { runtime.Close() }, nil
		},
	}, nil
}

// from is a reader that can become another.
type from struct{ io.ReaderAt }

// copyBeside is the program for t that lies beside this one on a stick, with members.
func copyBeside(ctx context.Context, r stick.Runtime, t carry.Target, members []*carry.Member) (serve.Program, error) {
	return measured(ctx, serve.Program{
		Target: t, ID: hex.EncodeToString(r.SHA256[:8]),
		Open: func(context.Context) (*carry.Image, func(), error) {
			f, err := r.Open()
			if err != nil {
				return nil, nil, err
			}
			at, ok := f.(io.ReaderAt)
			if !ok {
				return nil, nil, errors.Join(fmt.Errorf("the program for %v is no file", t), f.Close())
			}
			image, err := carry.New(at, r.Size, members)
			if err != nil {
				return nil, nil, errors.Join(fmt.Errorf("make a copy for %v: %w", t, err), f.Close())
			}
			return image, func() { f.Close() }, nil
		},
	})
}

// measured is p with its size.
func measured(ctx context.Context, p serve.Program) (serve.Program, error) {
	image, release, err := p.Open(ctx)
	if err != nil {
		return serve.Program{}, err
	}
	defer release()
	p.Size = image.Size()
	return p, nil
}

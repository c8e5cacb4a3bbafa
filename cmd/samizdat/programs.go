package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/serve"
)

// printable tells add of the executables that this copy can make of src for visitors: this program itself, for machines
// like this one, and one for every platform that runtimes travel for. What is wrong with some does not keep the others
// away; the error says it.
func (p *program) printable(ctx context.Context, src *archive.Source, add func(serve.Program)) error {
	members, err := membersOf(src)
	if err != nil {
		return err
	}
	own, err := p.ownCopy(members)
	if err == nil {
		add(own)
	}
	i := slices.IndexFunc(members, func(m *carry.Member) bool { return m.Name() == carry.RuntimesName })
	if i < 0 {
		return err
	}
	set, errSet := carry.OpenRuntimes(members[i].Reader(), members[i].Size())
	if errSet != nil {
		return errSet
	}
	cache := newRuntimeCache(set)
	for _, t := range cache.targets {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if t == own.Target {
			continue
		}
		other, errOther := cache.copyFor(t, members)
		if errOther == nil {
			add(other)
		} else if err == nil { // one is enough to tell of
			err = errOther
		}
	}
	return err
}

// ownCopy is this program with members instead of what it carries.
func (p *program) ownCopy(members []*carry.Member) (serve.Program, error) {
	info, err := os.Stat(p.executable)
	if err != nil {
		return serve.Program{}, fmt.Errorf("read this program: %w", err)
	}
	own := serve.Program{
		Target: carry.Here(), ID: fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano()),
		Open: func() (*carry.Image, func(), error) {
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
	return measured(own)
}

// copyFor is the runtime for t with members.
func (c *runtimeCache) copyFor(t carry.Target, members []*carry.Member) (serve.Program, error) {
	runtime, release, err := c.get(t)
	if err != nil {
		return serve.Program{}, err
	}
	defer release()
	sum := sha256.Sum256(runtime)
	return measured(serve.Program{
		Target: t, ID: hex.EncodeToString(sum[:8]),
		Open: func() (*carry.Image, func(), error) {
			runtime, release, err := c.get(t)
			if err != nil {
				return nil, nil, err
			}
			image, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), members)
			if err != nil {
				release()
				return nil, nil, fmt.Errorf("make a copy for %v: %w", t, err)
			}
			return image, release, nil
		},
	})
}

// measured is p with its size.
func measured(p serve.Program) (serve.Program, error) {
	image, release, err := p.Open()
	if err != nil {
		return serve.Program{}, err
	}
	defer release()
	p.Size = image.Size()
	return p, nil
}

// membersOf returns what a program must carry to hold src. There is nothing to add to a program that src is compiled
// into.
func membersOf(src *archive.Source) ([]*carry.Member, error) {
	if src.Origin == archive.Embedded {
		return nil, nil
	}
	return carry.Payload(src)
}

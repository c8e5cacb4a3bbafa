package main

import (
	"context"
	"fmt"
	"os"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/serve"
)

// printable lists the executables that this copy can make of src for visitors: this program itself, for machines like
// this one, with src inside.
func (p *program) printable(_ context.Context, src *archive.Source) ([]serve.Program, error) {
	info, err := os.Stat(p.executable)
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	members, err := membersOf(src)
	if err != nil {
		return nil, err
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
	image, release, err := own.Open()
	if err != nil {
		return nil, err
	}
	defer release()
	own.Size = image.Size()
	return []serve.Program{own}, nil
}

// membersOf returns what a program must carry to hold src. There is nothing to add to a program that src is compiled
// into.
func membersOf(src *archive.Source) ([]*carry.Member, error) {
	if src.Origin == archive.Embedded {
		return nil, nil
	}
	return carry.Payload(src)
}

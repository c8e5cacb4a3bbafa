package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/splice"
)

// carriedRuntimes is the set of runtimes that travels with this copy.
type carriedRuntimes struct {
	set    *carry.Runtimes
	member *carry.Member // the set as it is
	file   *os.File      // to be closed; nil if the archive's file holds the set
}

// Close must not be called before the last runtime is decoded.
func (c *carriedRuntimes) Close() {
	if c.file != nil {
		c.file.Close()
	}
}

// carriedRuntimes finds the set of runtimes that rides in this program, or lies beside it, as print --carry leaves it
// there with --payload beside. It looks nowhere else: what lies in a user's folders, or rides with an archive that was
// named, came another way than this copy did, and no seal covers it. Without one it returns nil.
func (p *program) carriedRuntimes(src *archive.Source) (*carriedRuntimes, error) {
	if src.Origin == archive.Tail {
		members, err := carry.Payload(src)
		if err != nil {
			return nil, err
		}
		if set, err := setAmong(members, nil); set != nil || err != nil {
			return set, err
		}
	}
	f, err := os.Open(p.executable)
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	set, err := ridingIn(f)
	if set != nil {
		return set, nil
	}
	if f.Close(); err != nil {
		return nil, err
	}
	if f, err = os.Open(filepath.Join(filepath.Dir(p.executable), carry.RuntimesName)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if set, err = setAmong([]*carry.Member{carry.NewMember(carry.RuntimesName, f, info.Size())}, f); err != nil {
		f.Close()
	}
	return set, err
}

// ridingIn finds the set in an executable.
func ridingIn(f *os.File) (*carriedRuntimes, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	payload, err := splice.Find(f, info.Size())
	if errors.Is(err, splice.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	members, err := carry.Carried(payload)
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	return setAmong(members, f)
}

// setAmong opens the set among members, if it is there, which lie in file.
func setAmong(members []*carry.Member, file *os.File) (*carriedRuntimes, error) {
	i := slices.IndexFunc(members, func(m *carry.Member) bool { return m.Name() == carry.RuntimesName })
	if i < 0 {
		return nil, nil
	}
	set, err := carry.OpenRuntimes(members[i].Reader(), members[i].Size())
	if err != nil {
		return nil, fmt.Errorf("%s of this copy: %w", carry.RuntimesName, err)
	}
	return &carriedRuntimes{set, members[i], file}, nil
}

package archive

import (
	"errors"
	"io"
	"slices"
	"strings"

	"samizdat/internal/seal"
	"samizdat/internal/splice"
	"samizdat/internal/zim"
)

// keyExt ends the names of payload members that hold a public key, as minisign writes it.
const keyExt = ".pub"

// maxKeyFile is the length in bytes above which a member is no key; minisign's have 113.
const maxKeyFile = 4096

// ownKeys returns the public keys that ride in the running program. Whoever could put one there could change the program.
// What cannot be read gives none: the archive there, if any, will say what is wrong.
func (f *finder) ownKeys() []seal.Key {
	if f.opts.Executable == "" {
		return nil
	}
	file, size, err := openFile(f.opts.Executable)
	if err != nil {
		return nil
	}
	defer file.Close()
	payload, err := splice.Find(file, size)
	if err != nil {
		return nil
	}
	var keys []seal.Key
	for _, m := range payload.Members {
		if !strings.HasSuffix(m.Name, keyExt) || m.Size > maxKeyFile {
			continue
		}
		section, err := payload.Open(m.Name)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(section)
		if err != nil {
			continue
		}
		if k, err := seal.ParseKey(string(text)); err == nil {
			keys = append(keys, k)
		}
	}
	return keys
}

// checkSeal reads the seal of s, asks the policy, and puts the checks between medium and reader.
func (f *finder) checkSeal(s *Source) error {
	s.Raw = s.R
	s.Seal, s.SealErr = seal.Load(s.R, s.Size)
	if err := f.opts.Seal.Judge(s.Seal, s.SealErr); err != nil {
		if !errors.Is(err, seal.ErrUnsealed) {
			return err
		}
		// The place of a seal follows from the size, so a copy that lacks a byte looks like one without a seal.
		var damage *zim.FormatError
		if _, opened := zim.NewReader(s.R, s.Size, f.opts.Reader); errors.As(opened, &damage) {
			return opened
		}
		return err
	}
	if s.Seal == nil || f.opts.Seal.Damaged {
		return nil
	}
	s.R, s.Checked = seal.NewReader(s.Raw, s.Seal), true
	if k, ok := s.SealedBy(); ok {
		s.Named = slices.Contains(f.named, k)
		s.Known = s.Named || slices.Contains(f.riding, k)
		s.Ours = s.Ours || s.Known
	}
	return nil
}

// isSealed reports whether err is about a seal that is there, so that the file is an archive whatever it begins with.
func isSealed(err error) bool {
	var block *seal.BlockError
	return errors.As(err, &block) || errors.Is(err, seal.ErrBroken) || errors.Is(err, seal.ErrOtherKey)
}

package stick

import (
	"context"
	"errors"
	"fmt"

	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// readSeal reads the archive's seal and holds every block against it, so that what somebody changed is not spread. It
// returns the key that signed, or nil: an archive that is not sealed, or in a way that this version does not know, is
// copied as it is, and the stick says that it is not sealed.
func readSeal(ctx context.Context, opts *Options) (*seal.Key, error) {
	s, err := seal.Load(opts.Archive, opts.Size)
	switch {
	case errors.Is(err, seal.ErrNone), errors.Is(err, seal.ErrVersion):
		return nil, nil
	case errors.Is(err, seal.ErrBroken):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil && !errors.Is(err, seal.ErrUnsigned):
		return nil, err
	}
	signed := err == nil
	report, err := s.Verify(ctx, opts.Archive, &seal.VerifyOptions{Progress: func(done, total int64) { opts.progress(command.T("check the seal"), done, total) }})
	if err != nil {
		return nil, err
	}
	if len(report.Changed) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, report.Changed[0])
	}
	if !signed {
		return nil, nil
	}
	return &s.Key, nil
}

package seal

import (
	"errors"
	"fmt"
)

// Policy says which archives may be opened. The zero value opens all but those whose seal is broken.
type Policy struct {
	Pin     *Key // the archive must be sealed by it; nil: by whoever
	AnyKey  bool // with Pin: by another one will do
	Damaged bool // open what is broken too, and check nothing: for rescue, never with a badge
}

// Errors of [Policy.Judge] beside those of [Load]. Test with errors.Is.
var (
	ErrOtherKey = errors.New("sealed by another key")
	ErrUnsealed = errors.New("not sealed by the key that was asked for")
)

// OtherKeyError is an archive that another key has sealed than the one asked for. It wraps [ErrOtherKey].
type OtherKeyError struct {
	Want, Got Key
}

// Error gives the text of the other key.
func (e *OtherKeyError) Error() string { return fmt.Sprintf("%v: %v", ErrOtherKey, e.Got) }

func (e *OtherKeyError) Unwrap() error { return ErrOtherKey }

// Judge takes what [Load] said of a file and returns nil if the policy opens it: the table of docs/seal.md.
func (p Policy) Judge(s *Seal, err error) error {
	switch {
	case err == nil:
		if p.Pin == nil || p.AnyKey || s.Key == *p.Pin {
			return nil
		}
		return &OtherKeyError{Want: *p.Pin, Got: s.Key}
	case errors.Is(err, ErrNone), errors.Is(err, ErrUnsigned), errors.Is(err, ErrVersion):
		if p.Pin == nil {
			return nil
		}
		return fmt.Errorf("%w: %w", ErrUnsealed, err)
	case errors.Is(err, ErrBroken):
		if p.Pin == nil && p.Damaged {
			return nil
		}
	}
	return err // broken, or the medium cannot be read
}

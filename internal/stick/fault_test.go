package stick

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"samizdat/internal/zim"
)

// faulty is a disk that fails at one step. Steps are what changes the disk: making a file, each write, each flush, each
// rename and removal.
type faulty struct {
	disk
	failAt int      // number of the step; below 0 none fails
	dead   bool     // from that step on everything fails: the power is gone, or the stick
	torn   bool     // a failing write writes half
	steps  int      // so far
	log    []string // what they were
}

var errFault = errors.New("injected fault")

// step counts, and says whether this one fails.
func (d *faulty) step(what string) error {
	n := d.steps
	d.steps++
	d.log = append(d.log, what)
	if n == d.failAt || d.dead && d.failAt >= 0 && n > d.failAt {
		return fmt.Errorf("%s: %w", what, errFault)
	}
	return nil
}

// gone is the error of reading a disk that is dead.
func (d *faulty) gone() error {
	if d.dead && d.failAt >= 0 && d.steps > d.failAt {
		return errFault
	}
	return nil
}

func (d *faulty) create(name string, perm fs.FileMode) (writing, error) {
	if err := d.step("create " + name); err != nil {
		return nil, err
	}
	w, err := d.disk.create(name, perm)
	return &faultyFile{w, d, name}, err
}

func (d *faulty) rename(from, to string) error {
	if err := d.step("rename " + from + " to " + to); err != nil {
		return err
	}
	return d.disk.rename(from, to)
}

func (d *faulty) remove(name string) error {
	if _, err := d.disk.stat(name); isMissing(err) && d.gone() == nil {
		return err // changes nothing
	}
	if err := d.step("remove " + name); err != nil {
		return err
	}
	return d.disk.remove(name)
}

func (d *faulty) flush() error {
	if err := d.step("flush names"); err != nil {
		return err
	}
	return d.disk.flush()
}

func (d *faulty) read(name string) (reading, error) {
	if err := d.gone(); err != nil {
		return nil, err
	}
	return d.disk.read(name)
}

func (d *faulty) stat(name string) (fs.FileInfo, error) {
	if err := d.gone(); err != nil {
		return nil, err
	}
	return d.disk.stat(name)
}

func (d *faulty) list() ([]string, error) {
	if err := d.gone(); err != nil {
		return nil, err
	}
	return d.disk.list()
}

type faultyFile struct {
	writing
	d    *faulty
	name string
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.d.step("write " + f.name); err != nil {
		if f.d.torn {
			_, _ = f.writing.Write(p[:len(p)/2])
		}
		return 0, err
	}
	return f.writing.Write(p)
}

func (f *faultyFile) Sync() error {
	if err := f.d.step("sync " + f.name); err != nil {
		return err
	}
	return f.writing.Sync()
}

// memory is a disk without a disk: the files by name.
type memory map[string]string

func (m memory) create(name string, _ fs.FileMode) (writing, error) {
	if _, ok := m[name]; ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	}
	m[name] = ""
	return memoryFile{m, name}, nil
}

func (m memory) rename(from, to string) error {
	data, ok := m[from]
	if !ok {
		return missing(from)
	}
	delete(m, from)
	m[to] = data
	return nil
}

func (m memory) remove(name string) error {
	if _, ok := m[name]; !ok {
		return missing(name)
	}
	delete(m, name)
	return nil
}

func (m memory) flush() error { return nil }

func (m memory) read(name string) (reading, error) {
	if _, ok := m[name]; !ok {
		return nil, missing(name)
	}
	return memoryReader{strings.NewReader(m[name])}, nil
}

func (m memory) stat(name string) (fs.FileInfo, error) {
	data, ok := m[name]
	if !ok {
		return nil, missing(name)
	}
	return fs.Stat(fstest.MapFS{"x": {Data: []byte(data)}}, "x")
}

func (m memory) list() ([]string, error) { return slices.Sorted(maps.Keys(m)), nil }

func missing(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

type memoryFile struct {
	m    memory
	name string
}

func (f memoryFile) Write(p []byte) (int, error) { f.m[f.name] += string(p); return len(p), nil }
func (f memoryFile) Sync() error                 { return nil }
func (f memoryFile) Close() error                { return nil }

type memoryReader struct{ *strings.Reader }

func (memoryReader) Close() error    { return nil }
func (memoryReader) pastCache() bool { return true }

// wholeArchives are the digests of archives that were checked already.
var wholeArchives = map[[sha256.Size]byte]bool{}

// works fails unless the stick can be used: its list of checksums fits what it names, the programs and texts are those
// of the old edition or of the new one, and there is nothing but whole archives, one at least.
func works(t *testing.T, when string, files memory, editions ...memory) {
	t.Helper()
	if err := checkSums(files); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	archives := map[string]string{} // the bytes, by the name without the letters of the part
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if isLeftover(name) || name == journalName || name == sumsName {
			continue
		}
		if !slices.ContainsFunc(editions, func(e memory) bool { data, ok := e[name]; return ok && data == files[name] }) {
			t.Errorf("%s: %s is of neither edition", when, name)
		}
		if i := strings.LastIndex(name, ".zim"); i >= 0 {
			_, first := files[name[:i]+".zimaa"]
			if first || strings.HasSuffix(name, ".zim") { // parts without the first are not taken for an archive
				archives[name[:i]] += files[name]
			}
		}
	}
	if len(archives) == 0 {
		t.Errorf("%s: no archive is left", when)
	}
	for name, data := range archives {
		if sum := sha256.Sum256([]byte(data)); wholeArchives[sum] {
			continue
		}
		failed := t.Failed()
		for _, p := range zim.Check(t.Context(), strings.NewReader(data), int64(len(data)), nil) {
			if p.Severity == zim.Error && !p.Rule() {
				t.Errorf("%s: %s: %v", when, name, p)
			}
		}
		if t.Failed() == failed {
			wholeArchives[sha256.Sum256([]byte(data))] = true
		}
	}
	for name := range editions[0] {
		if slices.ContainsFunc(editions, func(e memory) bool { _, ok := e[name]; return !ok }) {
			continue // one edition does without it
		}
		if _, _, ok := platformOf(name); ok || name == startPage || name == startScript {
			if _, ok := files[name]; !ok {
				t.Errorf("%s: %s is gone", when, name)
			}
		}
	}
	if sig, ok := files[sigName]; ok && !slices.ContainsFunc(editions, func(e memory) bool {
		return e[sigName] == sig && e[sumsName] == files[sumsName]
	}) {
		t.Errorf("%s: the signature is of another list", when)
	}
}

// plan is a stick to be written, any number of times.
type plan struct {
	opts   *Options
	files  []*file
	report *Report
}

func planOf(t *testing.T, m made, partBytes int64) plan {
	t.Helper()
	m.opts.PartBytes = partBytes
	files, report, err := layout(t.Context(), volume{}, m.opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan{m.opts, files, report}
}

func (p plan) onto(t *testing.T, d disk) error {
	t.Helper()
	report := *p.report
	return apply(t.Context(), d, volume{}, p.opts, p.files, &report)
}

// undisturbed fills d and fails if it cannot.
func undisturbed(t *testing.T, d disk, p plan) {
	t.Helper()
	if err := p.onto(t, d); err != nil {
		t.Fatal(err)
	}
}

// TestEveryStepMayFail goes from one edition to the next and lets every single step fail: once, so that what follows
// can be tidied up; for good, as when the stick is pulled out or the process killed; and in the middle of a write. After
// each the stick works, and the next run leaves exactly what an undisturbed one does.
func TestEveryStepMayFail(t *testing.T) {
	oldOne, newOne := build(t, "one", "the old edition", 15_000), build(t, "one", "the new edition", 17_000)
	newOne.opts.Runtimes = append(newOne.opts.Runtimes[1:], runtime("linux", "amd64", "newer"), runtime("linux", "arm64", "four"))
	newOne.opts.Runtimes = newOne.opts.Runtimes[1:] // windows goes, linux/amd64 changes, linux/arm64 comes
	newOne.opts.Force = true
	for _, m := range []made{oldOne, newOne} {
		m.opts.Sign = func(sums []byte) ([]byte, error) { return fmt.Appendf(nil, "signature of %d bytes", len(sums)), nil }
	}
	for _, c := range []struct {
		name     string
		from, to plan
	}{
		{"whole to whole", planOf(t, oldOne, 0), planOf(t, newOne, 0)},
		{"cut to cut", planOf(t, oldOne, 7_000), planOf(t, newOne, 6_000)},
		{"whole to cut", planOf(t, oldOne, 0), planOf(t, newOne, 6_000)},
		{"cut to whole", planOf(t, oldOne, 7_000), planOf(t, newOne, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := memory{"holiday.jpg": "foreign"}
			undisturbed(t, before, c.from)
			want := maps.Clone(before)
			count := &faulty{disk: want, failAt: -1}
			undisturbed(t, count, c.to)
			works(t, "undisturbed", want, want)
			fresh := memory{"holiday.jpg": "foreign"}
			if undisturbed(t, fresh, c.to); !maps.Equal(want, fresh) {
				t.Fatalf("an update leaves %q, a fresh stick has %q", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(fresh)))
			}
			t.Logf("%d steps", count.steps)
			for _, kind := range []struct {
				name       string
				dead, torn bool
			}{{"once", false, false}, {"for good", true, false}, {"torn", true, true}} {
				for step := range count.steps {
					when := fmt.Sprintf("step %d %s (%s)", step, kind.name, count.log[step])
					stick := maps.Clone(before)
					d := &faulty{disk: stick, failAt: step, dead: kind.dead, torn: kind.torn}
					if err := c.to.onto(t, d); !errors.Is(err, errFault) {
						t.Errorf("%s: error %v", when, err)
					}
					works(t, when, stick, before, want)
					if stick["holiday.jpg"] != "foreign" {
						t.Errorf("%s: the foreign file has changed", when)
					}
					if undisturbed(t, stick, c.to); !maps.Equal(stick, want) {
						t.Errorf("%s: the next run leaves %q", when, slices.Sorted(maps.Keys(stick)))
					}
				}
			}
		})
	}
}

// A first run that is stopped leaves nothing in the way of a second, not even of one with another edition.
func TestFirstRunMayStopAnywhere(t *testing.T) {
	first, second := planOf(t, build(t, "one", "first", 1000), 0), planOf(t, build(t, "one", "second", 3000), 0)
	want := memory{}
	undisturbed(t, want, second)
	count := &faulty{disk: memory{}, failAt: -1}
	undisturbed(t, count, first)
	for step := range count.steps {
		stick := memory{}
		d := &faulty{disk: stick, failAt: step, dead: true}
		if err := first.onto(t, d); !errors.Is(err, errFault) {
			t.Errorf("step %d: %v", step, err)
		}
		if err := checkSums(stick); err != nil {
			t.Errorf("step %d: %v", step, err)
		}
		// A second run is stopped too, in the middle of giving names.
		d = &faulty{disk: stick, failAt: count.steps - 8, dead: true}
		_ = second.onto(t, d)
		if undisturbed(t, stick, second); !maps.Equal(stick, want) {
			t.Errorf("step %d (%s): left %q", step, count.log[step], slices.Sorted(maps.Keys(stick)))
		}
	}
}

// lying is a disk whose files are not what was written.
type lying struct{ folder }

func (d lying) create(name string, perm fs.FileMode) (writing, error) {
	w, err := d.folder.create(name, perm)
	return lyingFile{w}, err
}

type lyingFile struct{ writing }

func (f lyingFile) Write(p []byte) (int, error) {
	p = bytes.Clone(p)
	p[len(p)-1] ^= 1
	return f.writing.Write(p)
}

// What does not read back as it was written is found, and the stick stays as it was.
func TestReadBackFindsABadStick(t *testing.T) {
	dir := t.TempDir()
	stickIn(t, dir, build(t, "one", "one", 1000))
	before := content(t, dir)
	_, err := fill(t.Context(), lying{folder(dir)}, volume{}, build(t, "one", "two", 1000).opts)
	var mismatch *MismatchError
	if !errors.As(err, &mismatch) || !strings.HasPrefix(mismatch.Name, "one") {
		t.Errorf("error %v, want a mismatch of the archive", err)
	}
	if !maps.Equal(content(t, dir), before) {
		t.Error("the stick has changed")
	}
}

// What is read is what lies on the medium, also when sizes are no multiples of anything.
func TestReadPastTheCache(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int{0, 1, 4095, 4096, 4097, chunk - 1, chunk, chunk + 1, 3*chunk + 77} {
		data := bytes.Repeat([]byte{byte(size), 1, 2, 3, 5}, size/5+1)[:size]
		write1(t, dir, "x", string(data))
		f := textFile("x", data)
		sum, past, err := sumOf(t.Context(), folder(dir), "x", int64(size), func(int) {})
		if err != nil || sum != f.sum {
			t.Errorf("%d bytes: sum %x, %v", size, sum, err)
		}
		t.Logf("%d bytes, past the cache: %v", size, past)
	}
	if err := os.Symlink("x", filepath.Join(dir, "link")); err == nil {
		if _, _, err := sumOf(t.Context(), folder(dir), "link", 5, func(int) {}); err == nil {
			t.Error("a link was followed")
		}
	}
}

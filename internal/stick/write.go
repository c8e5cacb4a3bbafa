package stick

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// writer makes one stick.
type writer struct {
	ctx    context.Context
	d      disk
	v      volume
	opts   *Options
	files  []*file // in the order in which they take their names
	report *Report

	listed   owned // SHA256SUMS as it was found
	oldSums  []byte
	ours     owned // everything that earlier runs may have written
	kept     []*file
	fresh    []*file           // to be written
	stale    []string          // of ours, and not part of this edition
	names    map[string]string // temporary names, by final name
	sums     []byte            // the new SHA256SUMS
	sig      []byte            // its signature, or nothing
	keepSums bool              // the list on the stick is the new one already
	keepSig  bool              // so is its signature, or nobody can tell

	done, total int64 // bytes, of the progress
}

// Steps, in order. Until switchOver nothing that was there is touched, but for leftovers of earlier runs.
func (w *writer) run() error {
	for _, step := range []func() error{
		w.survey, w.sweep, w.compare, w.findStale, w.sign, w.room, w.writeAll,
	} {
		if err := step(); err != nil {
			w.cleanUp()
			return err
		}
	}
	if err := w.switchOver(); err != nil {
		return command.Errorf("%w (the stick works; run this again to finish)", err)
	}
	w.tell()
	return nil
}

// survey reads what earlier runs said they wrote.
func (w *writer) survey() error {
	var err error
	w.listed, w.oldSums, err = readList(w.d, sumsName)
	if err != nil {
		return w.foreignList(sumsName, err)
	}
	w.ours, _, err = readList(w.d, journalName)
	if err != nil {
		return w.foreignList(journalName, err)
	}
	bases := map[string]bool{}
	for name, sums := range w.listed {
		for _, sum := range sums {
			w.ours.add(name, sum)
		}
	}
	for name := range w.ours {
		if base, ok := baseOf(name); ok {
			if _, err := w.d.stat(name); err == nil {
				bases[base] = true
			}
		}
	}
	base, _ := baseOf(w.report.Archive)
	for other := range bases {
		if other != base {
			return command.Errorf("%w: %s, not %s", ErrOther, archiveName(other), archiveName(base))
		}
	}
	return w.sameKey()
}

// sameKey refuses, unless it is forced, an archive that the key of the one on the stick has not sealed. An edition of the
// editor's has the same key; readers compare the words on the stick once, and not each time. Which key that is says
// the file of the key, and the archive itself: whoever takes away or damages one of them hides nothing.
func (w *writer) sameKey() error {
	key, err := w.keyOnStick()
	if err != nil {
		return err
	}
	if err := w.replaces(keyName, key); err != nil {
		return err
	}
	base, _ := baseOf(w.report.Archive)
	for _, was := range w.opts.before[base] {
		if w.ours[was.file] == nil || was.key != nil && key != nil && *was.key == *key {
			continue // somebody else's stays; the same key was judged just now
		}
		if err := w.replaces(was.file, was.key); err != nil {
			return err
		}
	}
	return nil
}

// keyOnStick reads the key that an earlier run has written. It is nil if there is none, or if it is damaged: then it is
// written again.
func (w *writer) keyOnStick() (*seal.Key, error) {
	if w.ours[keyName] == nil {
		return nil, nil
	}
	info, err := w.d.stat(keyName)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxListBytes {
		return nil, nil // compare says what is to be done with it
	}
	r, err := w.d.read(keyName)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxListBytes))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", keyName, err)
	}
	key, err := seal.ParseKey(string(text))
	if err != nil {
		return nil, nil //nolint:nilerr // said above
	}
	return &key, nil
}

// replaces refuses, or notes if it is forced, that another archive than one of the key old takes the place of what the file
// called name on the stick tells of. Without a key there is nothing to say.
func (w *writer) replaces(name string, old *seal.Key) error {
	if old == nil || w.report.key != nil && *w.report.key == *old {
		return nil
	}
	switch now := w.report.key; {
	case !w.opts.Force && now == nil:
		return command.Errorf("%w: %s on the stick says %v; the archive to be written is not sealed", ErrSealed, name, *old)
	case !w.opts.Force:
		return command.Errorf("%w: %s on the stick says %v; the archive to be written is sealed by %v", ErrSealed, name, *old, *now)
	case now == nil:
		w.note(command.Sprintf("an archive sealed by %v was replaced by one that is not sealed", *old))
	default:
		w.note(command.Sprintf("an archive sealed by %v was replaced by one that is sealed by %v", *old, *now))
	}
	return nil
}

// note tells the user something, in their language.
func (w *writer) note(text string) { w.report.Notes = append(w.report.Notes, text) }

// foreignList turns the error about a list that is none of ours into one about a file in the way.
func (w *writer) foreignList(name string, err error) error {
	if err == errForeignList { //nolint:errorlint // never wrapped
		return fmt.Errorf("%w: %s", ErrConflict, name)
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// sweep removes what an interrupted run left under temporary names.
func (w *writer) sweep() error {
	names, err := w.d.list()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !isLeftover(name) {
			continue
		}
		info, err := w.d.stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := w.d.remove(name); err != nil {
			return command.Errorf("remove what an earlier run left: %w", err)
		}
		w.report.Removed = append(w.report.Removed, name)
	}
	return nil
}

// compare decides which files stay and which are written, and finds out what is in the way.
func (w *writer) compare() error {
	var inTheWay []string
	sizes := map[string]int64{}
	for _, f := range w.files {
		info, err := w.d.stat(f.name)
		switch {
		case isMissing(err):
			continue
		case err != nil:
			return err
		}
		if info.Mode().IsRegular() && info.Size() == f.size {
			sizes[f.name] = f.size
			w.total += f.size
		}
	}
	for _, f := range w.files {
		info, err := w.d.stat(f.name)
		if isMissing(err) {
			w.fresh = append(w.fresh, f)
			continue
		}
		if err != nil {
			return err
		}
		if _, same := sizes[f.name]; same {
			sum, past, err := sumOf(w.ctx, w.d, f.name, f.size, w.seen(command.T("compare")))
			if w.ctx.Err() != nil {
				return w.ctx.Err()
			}
			if err == nil && sum == f.sum {
				w.kept = append(w.kept, f)
				w.report.PastCache = w.report.PastCache && past
				continue
			}
			// A file of ours that cannot be read is damaged: it is written again.
		}
		if info.Mode().IsRegular() && w.ours[f.name] != nil {
			w.fresh = append(w.fresh, f)
			continue
		}
		inTheWay = append(inTheWay, f.name)
	}
	if inTheWay != nil {
		return fmt.Errorf("%w: %s", ErrConflict, strings.Join(inTheWay, ", "))
	}
	return nil
}

// findStale looks for files of older editions, and refuses to leave the stick with fewer programs unless it is forced. One
// whose bytes are not the ones that were listed is somebody else's by now, and stays.
func (w *writer) findStale() error {
	wanted := map[string]bool{}
	for _, f := range w.files {
		wanted[f.name] = true
	}
	var names []string
	for name := range w.ours {
		if !wanted[name] {
			names = append(names, name)
		}
	}
	var lost []string
	slices.Sort(names) // an archive's first part goes first, so that the rest is never taken for one
	for _, name := range names {
		info, err := w.d.stat(name)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		sum := digest{}
		if info.Mode().IsRegular() {
			sum, _, err = sumOf(w.ctx, w.d, name, info.Size(), func(int) {})
			if w.ctx.Err() != nil {
				return w.ctx.Err()
			}
		}
		if err != nil || !w.ours.has(name, sum) {
			w.note(command.Sprintf("%s of an older edition has changed since it was written, and was left as it is", name))
			continue
		}
		w.stale = append(w.stale, name)
		if _, _, ok := platformOf(name); ok && w.listed.has(name, sum) {
			lost = append(lost, name)
		}
	}
	if lost != nil && !w.opts.Force {
		return command.Errorf("%w: %s", ErrPrograms, strings.Join(lost, ", "))
	}
	return nil
}

// sign makes the list of checksums and looks for a signature of it.
func (w *writer) sign() error {
	w.sums = sumsOf(w.files).text()
	w.keepSums = string(w.sums) == string(w.oldSums)
	if w.opts.Sign != nil {
		sig, err := w.opts.Sign(w.sums)
		if err != nil {
			return fmt.Errorf("sign %s: %w", sumsName, err)
		}
		if sig != nil && w.report.key != nil {
			if err := w.report.key.CheckMinisig(w.sums, sig); err != nil {
				w.note(command.Sprintf("a signature of %s was left out: %v", sumsName, err))
				sig = nil
			}
		}
		w.sig = sig
	}
	info, err := w.d.stat(sigName)
	switch {
	case isMissing(err):
	case err != nil:
		return err
	case !info.Mode().IsRegular() || w.oldSums == nil && w.ours[sumsName] == nil && len(w.ours) == 0:
		return fmt.Errorf("%w: %s", ErrConflict, sigName)
	case w.keepSums && w.sig == nil && w.report.key == nil:
		w.keepSig = true
		w.note(command.Sprintf("%s was left as it is, and not checked: the archive is not sealed, so nothing says whose signature it should be", sigName))
		return nil
	case w.keepSums && w.sig == nil && w.signed(info.Size()):
		w.report.Signed, w.keepSig = true, true
		return nil
	}
	w.report.Signed = w.sig != nil && w.report.key != nil
	switch {
	case w.sig != nil && w.report.key == nil:
		w.note(command.Sprintf("%s was copied, and not checked: the archive is not sealed, so nothing says whose signature it should be", sigName))
	case w.sig == nil:
		w.note(command.Sprintf("%s is not signed: only who holds a key can do that (samizdat-press stick --key)", sumsName))
	}
	return nil
}

// signed reports whether the signature on the stick is of the new list, by the key that sealed the archive.
func (w *writer) signed(size int64) bool {
	if size > maxListBytes {
		return false
	}
	r, err := w.d.read(sigName)
	if err != nil {
		return false
	}
	defer r.Close()
	sig, err := io.ReadAll(r)
	return err == nil && w.report.key.CheckMinisig(w.sums, sig) == nil
}

// room sees that everything fits beside what is there already.
func (w *writer) room() error {
	need := int64(0)
	for _, f := range w.fresh {
		need += w.v.allotted(f.size)
		w.total += 2 * f.size
	}
	if need == 0 {
		return nil
	}
	lists := int64(len(w.sums) + len(w.sig) + len(w.ours.text()))
	need += 4 * w.v.allotted(lists) // journal, both lists and the folder itself
	if w.v.known && need > w.v.free {
		return command.Errorf("%w: %d bytes are needed beside what is there, and %d are free", ErrSpace, need, w.v.free)
	}
	return nil
}

// writeAll writes every fresh file, and the lists, under temporary names.
func (w *writer) writeAll() error {
	w.names = map[string]string{}
	for _, f := range w.fresh {
		past, err := w.putNew(f)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		w.report.PastCache = w.report.PastCache && past
	}
	if len(w.fresh) == 0 && len(w.stale) == 0 && w.keepSums && w.sig == nil {
		return nil
	}
	if !w.keepSums {
		if _, err := w.putNew(textFile(sumsName, w.sums)); err != nil {
			return fmt.Errorf("write %s: %w", sumsName, err)
		}
	}
	if w.sig != nil {
		if _, err := w.putNew(textFile(sigName, w.sig)); err != nil {
			return fmt.Errorf("write %s: %w", sigName, err)
		}
	}
	return nil
}

// putNew writes f under a temporary name.
func (w *writer) putNew(f *file) (past bool, err error) {
	name := fmt.Sprintf("%s%d%s", newPrefix, len(w.names), newSuffix)
	w.names[f.name] = name
	return put(w.ctx, w.d, f, name, w.seen(command.T("write and compare")))
}

// cleanUp removes the temporary files after an error. It cannot always: then the next run does.
func (w *writer) cleanUp() {
	for _, name := range w.names {
		_ = w.d.remove(name)
	}
}

// switchOver gives the new files their names. It is short, and each of its steps leaves a stick that works:
//
//  1. the journal says whose files these are, whatever comes;
//  2. the signature of the old list goes, and the old list shrinks to the files that stay as they are;
//  3. programs, archive, texts take their names; then the old edition's other files go;
//  4. the new list, its signature; the journal goes.
func (w *writer) switchOver() error {
	if len(w.names) == 0 && len(w.stale) == 0 {
		if !w.keepSig {
			if err := w.drop(sigName); err != nil { // of nothing that is here
				return err
			}
		}
		return w.dropJournal()
	}
	if err := w.writeJournal(); err != nil {
		return err
	}
	if !w.keepSums {
		if err := w.shrinkList(); err != nil {
			return err
		}
	}
	for _, f := range w.fresh {
		if err := w.place(f.name); err != nil {
			return err
		}
	}
	for _, name := range w.stale {
		if err := w.drop(name); err != nil {
			return err
		}
		w.report.Removed = append(w.report.Removed, name)
	}
	for _, name := range []string{sumsName, sigName} {
		if w.names[name] != "" {
			if err := w.place(name); err != nil {
				return err
			}
		}
	}
	return w.dropJournal()
}

// writeJournal lists everything that is ours now or will be.
func (w *writer) writeJournal() error {
	all := sumsOf(w.files)
	for name, sums := range w.ours {
		for _, sum := range sums {
			all.add(name, sum)
		}
	}
	return w.replace(journalName, all.text())
}

// shrinkList leaves in the list on the stick the files that this run does not touch. The signature was of the whole
// list, so it goes before.
func (w *writer) shrinkList() error {
	if err := w.drop(sigName); err != nil {
		return err
	}
	if w.oldSums == nil {
		return nil
	}
	left := sumsOf(w.kept)
	for name := range left {
		if w.listed[name] == nil {
			delete(left, name)
		}
	}
	if len(left) == 0 {
		return w.drop(sumsName)
	}
	return w.replace(sumsName, left.text())
}

// replace gives the file called name the content data, by way of a temporary file of its own.
func (w *writer) replace(name string, data []byte) error {
	temporary := fmt.Sprintf("%s%d%s", newPrefix, len(w.names)+1, newSuffix)
	if _, err := put(w.ctx, w.d, textFile(name, data), temporary, func(int) {}); err != nil {
		_ = w.d.remove(temporary)
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := w.d.rename(temporary, name); err != nil {
		return err
	}
	return w.d.flush()
}

// place gives the finished file its name.
func (w *writer) place(name string) error {
	if err := w.d.rename(w.names[name], name); err != nil {
		return err
	}
	return w.d.flush()
}

// drop removes the file called name, if it is there.
func (w *writer) drop(name string) error {
	if err := w.d.remove(name); err != nil {
		if isMissing(err) {
			return nil
		}
		return err
	}
	return w.d.flush()
}

func (w *writer) dropJournal() error { return w.drop(journalName) }

// seen returns a function that counts bytes and tells of them.
func (w *writer) seen(what string) func(int) {
	return func(n int) {
		w.done += int64(n)
		w.opts.progress(what, w.done, w.total)
	}
}

// tell fills in the report's files.
func (w *writer) tell() {
	for _, f := range w.files {
		w.report.Files = append(w.report.Files, FileReport{
			Name: f.name, Size: f.size, SHA256: fmt.Sprintf("%x", f.sum), Kept: slices.Contains(w.kept, f),
		})
	}
	slices.SortFunc(w.report.Files, func(a, b FileReport) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(w.report.Removed)
}

package wacz

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// pageTimes are the forms that the time of a page has.
var pageTimes = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "20060102150405"}

// Pages gives the pages in their order, those of pages.jsonl first, to each. It stops at the first error of each, or of the files. Lines
// that are no page, or whose time is none, go to bad, which may be nil; the latter are given with the zero time.
func (a *Archive) Pages(each func(Page) error, bad func(name string, line int, err error)) error {
	for _, p := range a.old {
		if err := each(p); err != nil {
			return err
		}
	}
	for _, name := range a.pageLists() {
		r, err := a.open(name)
		if err != nil {
			return err
		}
		err = lines(r, func(n int, line string) error {
			p, ok, err := parsePage(line)
			if err != nil && bad != nil {
				bad(name, n, err)
			}
			if !ok {
				return nil
			}
			return each(p)
		})
		_ = r.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// pageLists are the files with pages, pages.jsonl first.
func (a *Archive) pageLists() []string {
	var names []string
	for name := range a.files {
		if path.Dir(name) == "pages" && path.Ext(name) == ".jsonl" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		if (x == pagesName) != (y == pagesName) {
			if x == pagesName {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	return names
}

// parsePage reads a line; ok is false of the first line and of empty ones.
func parsePage(line string) (p Page, ok bool, err error) {
	if strings.TrimSpace(line) == "" {
		return p, false, nil
	}
	var l struct {
		Format string `json:"format"`
		ID     string `json:"id"`
		URL    string `json:"url"`
		TS     string `json:"ts"`
		Title  string `json:"title"`
		Text   string `json:"text"`
	}
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		return p, false, err
	}
	if l.Format != "" && l.URL == "" {
		return p, false, nil
	}
	if l.URL == "" {
		return p, false, errors.New("a page without an address")
	}
	p = Page{ID: l.ID, URL: l.URL, Title: l.Title, Text: l.Text}
	for _, form := range pageTimes {
		if t, err := time.Parse(form, l.TS); err == nil {
			p.Time = t.UTC()
			return p, true, nil
		}
	}
	return p, true, fmt.Errorf("%q is no time", l.TS)
}

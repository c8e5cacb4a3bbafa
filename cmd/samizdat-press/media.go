package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/compile"
	"samizdat/internal/dossier"
	"samizdat/internal/scrub"
)

// mediumJSON is a photo, a film or a PDF file that tells of its makers, as --json prints it.
type mediumJSON struct {
	File   string        `json:"file"` // in the dossier's folder, with slashes
	Item   string        `json:"item"`
	Format scrub.Format  `json:"format"`
	Kept   bool          `json:"kept,omitempty"` // it is packed with all it tells
	Traces []scrub.Trace `json:"traces"`

	kinds []scrub.Kind
}

func mediaAnswer(media []compile.Medium) []mediumJSON {
	var all []mediumJSON
	for _, m := range media {
		all = append(all, mediumJSON{m.File, m.Item, m.Format, m.Kept, m.Traces, m.Kinds()})
	}
	return all
}

// addKeepFlag adds --keep-metadata, which pack and check share.
func addKeepFlag(cmd *cobra.Command, keep *[]string) {
	cmd.Flags().StringSliceVar(keep, "keep-metadata", nil, "pack the media of the item `ID` with what they tell of their makers; may be repeated")
}

// checkKeep makes sure that there are items of these ids.
func checkKeep(d *dossier.Dossier, keep []string) error {
	for _, id := range keep {
		if d.Item(id) == nil {
			return command.Usagef("the ids stand in the files of the items, as id:", "--keep-metadata %s: the dossier has no item of this id", id)
		}
	}
	return nil
}

// kindWords are the kinds of traces in a sentence of their own.
var kindWords = map[scrub.Kind]string{scrub.Position: "GPS position", scrub.Camera: "make of the camera", scrub.Author: "names of people", scrub.Date: "dates", scrub.Software: "names of programs", scrub.Comment: "titles and comments", scrub.Script: "scripts", scrub.Link: "references to the outside"}

func kindWord(k scrub.Kind) string {
	if word := kindWords[k]; word != "" {
		return word
	}
	return string(k)
}

// removed says what was taken out of how many files, one line for each kind: "GPS position removed from 3 photos".
func removed(media []mediumJSON) string {
	var b strings.Builder
	for _, k := range scrub.Kinds {
		var left, right [4]int // files of which it was removed, and which keep it: photos, films, PDF files, drawings
		for _, m := range media {
			if !slices.Contains(m.kinds, k) {
				continue
			}
			n := &left
			if m.Kept {
				n = &right
			}
			switch m.Format {
			case scrub.Movie, scrub.Matroska:
				n[1]++
			case scrub.PDF:
				n[2]++
			case scrub.SVG:
				n[3]++
			default:
				n[0]++
			}
		}
		if files := counted(left); files != "" {
			fmt.Fprintf(&b, "%s removed from %s\n", kindWord(k), files)
		}
		if files := counted(right); files != "" {
			fmt.Fprintf(&b, "%s kept in %s\n", kindWord(k), files)
		}
	}
	return b.String()
}

// counted says how many photos, films, PDF files and drawings there are.
func counted(n [4]int) string {
	var parts []string
	for i, word := range []string{"photo", "film", "PDF file", "drawing"} {
		if n[i] > 0 {
			parts = append(parts, count(n[i], word))
		}
	}
	return strings.Join(parts, ", ")
}

// printMedia lists what the media tell, and reminds of what no program sees.
func printMedia(w io.Writer, dir string, d *dossier.Dossier, media []compile.Medium) error {
	var b strings.Builder
	for _, m := range media {
		var told []string
		for _, k := range m.Kinds() {
			word := kindWord(k)
			for _, t := range m.Traces {
				if t.Kind == k && t.Value != "" {
					word += " (" + t.Value + ")"
					break
				}
			}
			told = append(told, word)
		}
		what := "pack takes out"
		if m.Kept {
			what = "packed with"
		}
		line := fmt.Sprintf("%s: "+what+": %s", filepath.Join(dir, filepath.FromSlash(m.File)), strings.Join(told, ", "))
		b.WriteString(command.Printable(line) + "\n")
	}
	if slices.ContainsFunc(d.Items(), func(it *dossier.Item) bool {
		return slices.ContainsFunc(it.Media, func(m dossier.MediaFile) bool {
			kind, _, _ := strings.Cut(m.Type, "/")
			return kind == "image" || kind == "video" || kind == "audio"
		})
	}) {
		b.WriteString("look at faces, voices, places and papers in pictures and recordings yourself: no program sees whom they endanger\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// count writes a number and what is counted, of which English makes the plural with an s.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

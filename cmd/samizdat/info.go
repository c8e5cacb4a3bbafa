package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
)

// infoJSON is the answer of info --json.
type infoJSON struct {
	Name          string            `json:"name"`
	Origin        string            `json:"origin"` // "argument", "tail", "embedded", "beside"
	File          string            `json:"file,omitempty"`
	Offset        int64             `json:"offset,omitempty"` // bytes into the file
	Parts         int               `json:"parts,omitempty"`  // files that the archive is split into, of which File is the first
	Ours          bool              `json:"ours"`             // the program carries it
	Size          int64             `json:"size"`             // bytes
	Format        string            `json:"format"`
	UUID          string            `json:"uuid"`
	MD5           string            `json:"md5,omitempty"` // as the file states it; verify checks it
	Entries       uint32            `json:"entries"`
	Articles      uint32            `json:"articles"`
	Clusters      uint32            `json:"clusters"`
	MainPage      string            `json:"mainPage,omitempty"`
	Seal          string            `json:"seal"`             // in words: by whom, or that there is none
	Metadata      map[string]string `json:"metadata"`         // texts only
	Binary        []string          `json:"binary,omitempty"` // names of metadata that are no text
	metadataNames []string          // in the order of printing
}

func (p *program) infoVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info [ARCHIVE]",
		Short: "tell what the archive is: title, edition, counts, where it was found",
		Long: `Prints the archive's metadata, how much is in it, which version of the format it has
and where it was found. What an archive says about itself is not proof of anything:
anyone can write any title and any publisher. samizdat verify checks the bytes.`,
		Example: `  samizdat info
  samizdat info --archive wikipedia.zim
  samizdat info --json`,
		Args: command.Args("[ARCHIVE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.named(args); err != nil {
				return err
			}
			return p.info(cmd, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	command.SetExits(cmd, command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, or the file is no archive"})
	return cmd
}

func (p *program) info(cmd *cobra.Command, asJSON bool) error {
	src, err := p.one(cmd)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := describe(src)
	if err != nil {
		return explainRead(fmt.Errorf("info: %w", err))
	}
	if asJSON {
		return command.JSON(cmd.OutOrStdout(), info)
	}
	return printInfo(cmd.OutOrStdout(), info)
}

// describe reads what info tells about src.
func describe(src *archive.Source) (*infoJSON, error) {
	z := src.Zim
	major, minor := z.Version()
	id := z.UUID()
	info := &infoJSON{
		Name: src.Name, Origin: src.Origin.String(), File: src.Path, Offset: src.Offset, Parts: src.Parts, Ours: src.Ours, Size: src.Size, Seal: sealOf(src),
		Format:  fmt.Sprintf("%d.%d", major, minor),
		UUID:    fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]),
		Entries: z.EntryCount(), Articles: z.ArticleCount(), Clusters: z.ClusterCount(),
		Metadata: map[string]string{},
	}
	if sum, err := z.Checksum(); err == nil {
		info.MD5 = hex.EncodeToString(sum[:])
	}
	main, err := z.MainEntry()
	if err == nil {
		main, err = main.Resolve()
	}
	switch {
	case err == nil:
		info.MainPage = contentName(z, main)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	names, err := z.MetadataNames()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, name := range names {
		if strings.HasPrefix(name, "Illustration_") {
			info.Binary = append(info.Binary, name)
			continue
		}
		value, err := z.Metadata(name)
		if err != nil {
			return nil, err
		}
		if total += len(value); !utf8.Valid(value) || len(value) > maxInfoValue || total > maxInfoTotal {
			info.Binary = append(info.Binary, name)
			total -= len(value)
			continue
		}
		info.Metadata[name] = string(value)
		info.metadataNames = append(info.metadataNames, name)
	}
	return info, nil
}

// Bounds in bytes on the metadata that is shown; longer values are only named.
const (
	maxInfoValue = 64 << 10
	maxInfoTotal = 1 << 20
)

// where says in words where an archive was found.
func where(origin, file string) string {
	switch origin {
	case "tail":
		return command.T("behind this program")
	case "embedded":
		return command.T("compiled into this program")
	case "beside":
		return command.Sprintf("%s, beside this program", file)
	}
	return file
}

// leading metadata come first and in this order; the rest follows by name. ZIM, "Metadata".
var leading = []string{
	"Title", "Description", "LongDescription", "Language", "Creator", "Publisher", "Date", "X-Edition", "License", "Source", "Name",
}

const (
	labelWidth = 16 // columns; LongDescription has 15
	valueWidth = 80 - labelWidth - 2
)

// printInfo writes info in two columns.
func printInfo(w io.Writer, info *infoJSON) error {
	c := command.Color(w)
	var b strings.Builder
	row := func(label string, lines ...string) {
		label = command.T(label)
		left := c.Bold(label) + strings.Repeat(" ", max(0, labelWidth-utf8.RuneCountInString(label)))
		for _, line := range lines {
			b.WriteString(strings.TrimRight(left+"  "+line, " ") + "\n")
			left = strings.Repeat(" ", labelWidth)
		}
	}
	names := slices.Clone(info.metadataNames)
	slices.SortStableFunc(names, func(x, y string) int { return rank(x) - rank(y) })
	for _, name := range names {
		var lines []string
		for paragraph := range strings.SplitSeq(strings.TrimSpace(info.Metadata[name]), "\n") {
			lines = append(lines, command.Wrap(command.Printable(paragraph), valueWidth)...)
		}
		row(command.Printable(name), lines...)
	}
	if len(names) > 0 {
		b.WriteString("\n")
	}
	found := where(info.Origin, info.File)
	if info.Parts > 0 {
		found += command.Sprintf(", the first of %d parts", info.Parts)
	}
	if info.Offset > 0 {
		found += command.Sprintf(", from byte %d on", info.Offset)
	}
	row("found", command.Printable(found))
	row("seal", command.Wrap(info.Seal, valueWidth)...)
	row("size", command.Sprintf("%d bytes", info.Size))
	row("format", "ZIM "+info.Format)
	row("entries", command.Sprintf("%d, of them %d articles, in %d clusters", info.Entries, info.Articles, info.Clusters))
	if info.MainPage != "" {
		row("main page", command.Printable(info.MainPage))
	}
	if len(info.Binary) > 0 {
		row("pictures", command.Printable(strings.Join(info.Binary, ", ")))
	}
	row("UUID", info.UUID)
	if info.MD5 != "" {
		row("MD5", command.Sprintf("%s (as the file states it; samizdat verify checks it)", info.MD5))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rank orders metadata names.
func rank(name string) int {
	if i := slices.Index(leading, name); i >= 0 {
		return i
	}
	return len(leading)
}

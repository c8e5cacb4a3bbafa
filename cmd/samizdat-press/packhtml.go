package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/pack"
)

// htmlOptions are the flags of pack-html.
type htmlOptions struct {
	output
	meta   pack.HTMLMetadata
	strict bool
}

func (p *program) packHTMLVerb() *cobra.Command {
	var o htmlOptions
	cmd := &cobra.Command{
		Use:   "pack-html DIR -o FILE",
		Short: "pack any folder of HTML into an archive",
		Long: `Packs every file below the folder DIR into one ZIM file, as it is. Flags for what the
files do not say themselves are those of zimwriterfs, except -o, which is the archive.
Titles come from <title>, types from the file names' extensions.

Links between the pages are followed, and those that lead nowhere are listed as
FILE:LINE: LINK. Links that begin with a slash are among them: only relative links work
inside an archive. Empty files are left out, because readers reject them.

The date is --date, else the environment's SOURCE_DATE_EPOCH, else today in UTC. With the
same date the same folder gives the same bytes.`,
		Example: `  samizdat-press pack-html site -o site.zim -w index.html -I favicon.png -l eng \
    -n example_en_all -t Example -d "All pages of example.org" -c "Example authors" -p me`,
		Args:              command.Args("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.packHTML(cmd, args[0], &o)
		},
	}
	o.addFlags(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.meta.Welcome, "welcome", "w", "", "the main page, a `PATH` in DIR; required")
	f.StringVarP(&o.meta.Illustration, "illustration", "I", "", "a PNG of 48 by 48 pixels, a `PATH` in DIR; required")
	f.StringVarP(&o.meta.Language, "language", "l", "", "ISO 639-3 `CODE` of the pages' language, like eng; required")
	f.StringVarP(&o.meta.Title, "title", "t", "", "title of the archive, at most 30 characters; required")
	f.StringVarP(&o.meta.Description, "description", "d", "", "what it is, at most 80 characters; required")
	f.StringVarP(&o.meta.Creator, "creator", "c", "", "who wrote the pages; required")
	f.StringVarP(&o.meta.Publisher, "publisher", "p", "", "who makes the archive; required")
	f.StringVarP(&o.meta.Name, "name", "n", "", "name that stays the same over all editions (default: FILE without .zim)")
	f.StringVarP(&o.meta.LongDescription, "longDescription", "L", "", "what it is, at most 4000 characters")
	f.StringVarP(&o.meta.Tags, "tags", "a", "", "tags, with semicolons between")
	f.StringVarP(&o.meta.Source, "source", "e", "", "address that the pages come from")
	f.StringVarP(&o.meta.Scraper, "scraper", "s", "", "name and version of the program that made the pages")
	f.StringVar(&o.meta.Flavour, "flavour", "", "flavour of the content, like nopic")
	f.StringVar(&o.meta.Date, "date", "", "date of the archive, `YYYY-MM-DD`")
	f.BoolVar(&o.strict, "strict", false, "write nothing if a link is dead")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "done; dead links are listed and counted"},
		command.Exit{Status: command.ExitFailure, When: "it could not be done, or a link is dead under --strict"},
	)
	return cmd
}

// errDeadLinks ends packing under --strict.
var errDeadLinks = errors.New("dead links")

func (p *program) packHTML(cmd *cobra.Command, dir string, o *htmlOptions) error {
	if err := o.check(cmd); err != nil {
		return err
	}
	if err := p.complete(cmd, o); err != nil {
		return err
	}
	root, err := openFolder(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	result, err := p.write(cmd, &o.output, func(ctx context.Context, f *os.File, opts *pack.Options) (*pack.Report, error) {
		report, err := pack.HTML(ctx, root.FS(), o.meta, f, opts)
		if err == nil && o.strict && len(report.Dead) > 0 {
			p.listDead(cmd, o, dir, report.Dead)
			err = errDeadLinks
		}
		return report, err
	})
	switch {
	case errors.Is(err, errDeadLinks):
		err := command.Errorf("pack %s: %d dead links", dir, len(result.Dead))
		return command.Hint(err, "correct the links, or leave --strict away")
	case err != nil:
		return fmt.Errorf("pack %s: %w", dir, err)
	}
	if n := len(result.Dead); n > 0 && !o.json && !p.quiet {
		dead := make([]pack.DeadLink, n)
		for i, d := range result.Dead {
			dead[i] = pack.DeadLink(d)
		}
		p.listDead(cmd, o, dir, dead)
		_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("warning: %d dead links\n", n))
	}
	return p.tell(cmd, &o.output, result)
}

// complete fills in what has a default and finds what is missing, all of it at once.
func (p *program) complete(cmd *cobra.Command, o *htmlOptions) error {
	m := &o.meta
	var missing []string
	for _, f := range []struct{ value, flag string }{
		{m.Welcome, "-w PAGE"},
		{m.Illustration, "-I PICTURE.png"},
		{m.Language, "-l CODE"},
		{m.Title, "-t TITLE"},
		{m.Description, "-d DESCRIPTION"},
		{m.Creator, "-c CREATOR"},
		{m.Publisher, "-p PUBLISHER"},
	} {
		if f.value == "" {
			missing = append(missing, f.flag)
		}
	}
	if missing != nil {
		return command.Usagef("every archive must have these; samizdat-press pack-html --help explains them",
			"missing: %s", strings.Join(missing, " "))
	}
	m.Welcome, m.Illustration = filepath.ToSlash(m.Welcome), filepath.ToSlash(m.Illustration)
	if m.Name == "" {
		m.Name = strings.TrimSuffix(filepath.Base(o.file), ".zim")
	}
	if m.Date == "" {
		day := p.now()
		if epoch := p.getenv("SOURCE_DATE_EPOCH"); epoch != "" {
			seconds, err := strconv.ParseInt(epoch, 10, 64)
			if err != nil {
				return command.Usagef("unset SOURCE_DATE_EPOCH, or give --date YYYY-MM-DD", "SOURCE_DATE_EPOCH=%q is not a number of seconds", epoch)
			}
			day = time.Unix(seconds, 0)
		}
		m.Date = day.UTC().Format(time.DateOnly)
	}
	return nil
}

func (p *program) listDead(cmd *cobra.Command, o *htmlOptions, dir string, dead []pack.DeadLink) {
	if o.json {
		return
	}
	var b strings.Builder
	for _, d := range dead {
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", filepath.Join(dir, filepath.FromSlash(d.File)), d.Line, d.Target, d.Reason)
	}
	_, _ = fmt.Fprint(cmd.ErrOrStderr(), command.Printable(b.String()))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/serve"
)

// shareOptions are the flags of share.
type shareOptions struct {
	address   string
	span      string
	noBrowser bool
	urlFile   string
}

func (p *program) shareVerb() *cobra.Command {
	var opts shareOptions
	cmd := &cobra.Command{
		Use:   "share [ARCHIVE…]",
		Short: "let the people in the room read the archive, and take copies",
		Long: `Opens the archive to the network that this computer is in, a Wi-Fi or a phone's
hotspot, for an hour, and shows the address and a QR code of it. No internet is
needed. Visitors read the archive in their browser and take copies with them: the
program for their own kind of computer with the archive inside, or the archive alone
for Kiwix. Nothing else of this computer is served, and nobody but you can stop it.

Everybody in the network can open the archive and can see that this computer shares
it. Nothing is encrypted: whoever runs the network can see who reads which page. You
see how many visitors there were, not who they are or what they read.

The page that opens in your own browser shows the code in large, can show another one
for joining the Wi-Fi, and has the button that stops sharing. The program ends when
the time is over: downloads under way then have two minutes more.`,
		Example: `  samizdat share
  samizdat share --for 20m
  samizdat share --address 192.168.1.5 dossier.zim`,
		Args: command.Args("[ARCHIVE…]"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.share(cmd, &opts, args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&opts.address, "address", "", "share at this address of this computer, `IP` or IP:PORT (default: that of the Wi-Fi or cable; port 8470, or a free one)")
	fs.StringVar(&opts.span, "for", "60m", "stop after this `TIME`, like 30m or 2h")
	fs.BoolVar(&opts.noBrowser, "no-browser", false, "do not open the page about sharing in the browser")
	fs.StringVar(&opts.urlFile, "url-file", "", "write the address for others into `FILE`, one line, and remove the file at the end")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "the time is over, or stopped by a signal or by the button"},
		command.Exit{Status: command.ExitDamaged, When: "an archive is damaged"})
	return cmd
}

func (p *program) share(cmd *cobra.Command, opts *shareOptions, paths []string) error {
	how := serve.ShareOptions{}
	var err error
	if how.For, err = parseSpan(opts.span); err != nil {
		return err
	}
	network, port, err := p.chooseNetwork(opts.address)
	if err != nil {
		return err
	}
	how.Addr, how.Port = network.Addr, port
	sources, err := p.find(paths)
	if err != nil {
		return err
	}
	defer closeAll(sources)

	signal.Ignore(syscall.SIGPIPE) // as in serve
	ctx, quit := context.WithCancel(cmd.Context())
	defer quit()
	say := &announcer{w: cmd.OutOrStdout(), remarks: cmd.ErrOrStderr(), quiet: p.quiet}
	server, err := serve.New(serve.Config{
		Archives: sources, Version: p.version, UI: p.ui, OneLanguage: p.lang != "", Loopback: true, Log: say.log, OnQuit: quit,
		Share: true, Networks: p.networks, Programs: p.printable,
	})
	if err != nil {
		return err
	}
	listeners, own, err := listen(address{loopback: true})
	if err != nil {
		return err
	}
	sharing := server.Sharing()
	state, err := sharing.Start(how)
	if err != nil {
		closeAll(listeners)
		return explainShare(err, how)
	}
	defer sharing.Stop()
	if opts.urlFile != "" {
		line := []byte(state.URL + "\n")
		if err := writeURL(opts.urlFile, line); err != nil {
			closeAll(listeners)
			return err
		}
		defer removeOwn(opts.urlFile, line)
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/-/share", own)
	say.shared(sources, state, url)
	if !opts.noBrowser {
		go func() {
			if err := openBrowser(url); err != nil && ctx.Err() == nil {
				say.noBrowser(url, err)
			}
		}()
	}
	go func() {
		select {
		case <-sharing.Ended():
			say.log(command.T("the time is over: sharing has ended"))
			quit()
		case <-ctx.Done():
		}
	}()
	if err := server.Serve(ctx, listeners...); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("share: %w", err)
	}
	say.stopped()
	return nil
}

// parseSpan reads --for.
func parseSpan(text string) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	if err != nil || span < serve.MinShareTime || span > serve.MaxShareTime {
		return 0, command.Usagef("samizdat share --for 30m, or --for 2h; from 1m to 12h", "--for %q: not a time to share for", text)
	}
	return span, nil
}

// chooseNetwork reads --address, or takes the address that is most likely that of the room. Only a private one is taken
// without being asked for.
func (p *program) chooseNetwork(text string) (serve.Network, uint16, error) {
	if text != "" {
		ip, port, err := parseAddress(text)
		if err != nil {
			return serve.Network{}, 0, command.Usagef("give an address of this computer, like 192.168.1.5 or 192.168.1.5:8000", "--address %q: %w", text, err)
		}
		return serve.Network{Addr: ip}, port, nil
	}
	networks := p.networks
	if networks == nil {
		networks = serve.Networks
	}
	all, err := networks()
	if err != nil {
		return serve.Network{}, 0, command.Hint(fmt.Errorf("share: %w", err),
			"join a Wi-Fi, or open a hotspot on a phone and join that; no internet is needed. If this computer is in a network, name its address there with --address")
	}
	if all[0].Private {
		return all[0], 0, nil
	}
	return serve.Network{}, 0, command.Hint(
		command.Errorf("share: every address of this computer may be open to the whole internet: %s", all[0]),
		command.Sprintf("if that is what you want, name it: samizdat share --address %s", all[0].Addr))
}

// parseAddress reads an address of this computer, with a port or without.
func parseAddress(text string) (netip.Addr, uint16, error) {
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	port := uint16(0)
	if err != nil {
		at, errPort := netip.ParseAddrPort(text)
		if errPort != nil || at.Port() == 0 {
			return netip.Addr{}, 0, errors.New(command.T("not an IP address"))
		}
		ip, port = at.Addr(), at.Port()
	}
	return ip, port, serve.CheckNetwork(ip)
}

// explainShare says in words why nobody can listen at the address of how.
func explainShare(err error, how serve.ShareOptions) error {
	switch {
	case isBusy(err):
		return command.Hint(command.Errorf("share: port %d is in use by another program", how.Port),
			command.Sprintf("leave the port out to take a free one: samizdat share --address %s", how.Addr))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return command.Hint(command.Errorf("share: %s is not an address of this computer, or its network has just gone", how.Addr),
			"leave --address out to take that of the Wi-Fi or cable")
	case errors.Is(err, syscall.EACCES):
		return command.Hint(command.Errorf("share: port %d is reserved by the system", how.Port), "choose a port from 1024 to 65535, or leave it out")
	}
	return fmt.Errorf("share: %w", err)
}

// shared tells how others reach the archive, and who can see what.
func (a *announcer) shared(sources []*archive.Source, state serve.ShareState, own string) {
	to := state.URL + "get"
	if a.quiet {
		a.printf(a.w, "%s\n", to)
		return
	}
	c := command.Color(a.w)
	var b strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&b, "%s (%s)\n", c.Bold(title(s)), command.Printable(where(s.Origin.String(), s.Path)))
		fmt.Fprintf(&b, "  %s\n", sealOf(s))
	}
	b.WriteString(command.Sprintf("\nShared until %s at %s. Others open:\n\n  %s\n\n", state.Until.Local().Format("15:04"), state.Network, c.Bold(to)))
	if mayDrawQR(c, command.IsTerminal(a.w)) {
		if code := drawQR(to, c); code != "" {
			b.WriteString(code + "\n")
		}
	}
	b.WriteString(command.Sprintf("On this computer: %s\nPress Ctrl-C here to stop, or \"Stop sharing\" there.\n", own))
	a.printf(a.w, "%s", b.String())
	a.printf(a.remarks, "samizdat: note: everybody in this network can open the archive and can see that this computer shares it. Nothing is encrypted: whoever runs the network can see who reads which page. Nothing else of this computer is served.\n")
}

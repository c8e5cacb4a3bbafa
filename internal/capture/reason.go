package capture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"samizdat/internal/browser"
	"samizdat/internal/fetch"
	"samizdat/internal/readable"
	"samizdat/internal/ytdlp"
)

// Reason says in a few words why something could not be had, without the address, which stands beside it. Readers see it, so
// nothing of the editor's machine is in it: no path, and no proxy.
func Reason(err error) string {
	if errors.Is(err, fetch.ErrProxy) {
		return noConnection
	}
	if path, link := (*fs.PathError)(nil), (*os.LinkError)(nil); errors.As(err, &path) || errors.As(err, &link) {
		if errors.Is(err, syscall.ENOSPC) {
			return "the disk is full"
		}
		return "a file could not be written"
	}
	for _, known := range []error{errLongText, fetch.ErrPrivate, fetch.ErrRobots, fetch.ErrTooLarge, fetch.ErrTooMuch, fetch.ErrSlow, ErrTime, fetch.ErrRedirects, fetch.ErrNotWeb, readable.ErrNoText, browser.ErrSlow, browser.ErrBroken, ytdlp.ErrNone, ytdlp.ErrUnwanted, errKind, errDamaged, errNotPlayed} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if status := (*fetch.StatusError)(nil); errors.Is(err, fetch.ErrNoRobots) && errors.As(err, &status) {
		return fetch.ErrNoRobots.Error() + ": " + status.Error()
	}
	var (
		status      *fetch.StatusError
		record      *fetch.RecordError
		dns         *net.DNSError
		authority   x509.UnknownAuthorityError
		name        x509.HostnameError
		invalid     x509.CertificateInvalidError
		certificate *tls.CertificateVerificationError
		network     *net.OpError
	)
	switch {
	case errors.Is(err, ErrNotPage), errors.Is(err, errActs):
		return plain(err)
	case errors.As(err, &status):
		return status.Error()
	case errors.As(err, &record):
		return record.Error()
	case errors.Is(err, context.Canceled):
		return "it was stopped"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	case errors.As(err, &dns):
		return "the name of the server is not known"
	case errors.As(err, &authority), errors.As(err, &name), errors.As(err, &invalid), errors.As(err, &certificate):
		return "the server's certificate is not to be trusted: " + plainCertificate(err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		return "the connection was lost"
	case noHTTP(err):
		return "the server does not speak HTTP as it should"
	case !errors.As(err, &network) && !errors.Is(err, os.ErrDeadlineExceeded): // those of connections tell of addresses of ours
		return plain(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the server refuses the connection"
	case errors.Is(err, os.ErrDeadlineExceeded), network != nil && network.Timeout():
		return "the server did not answer in time"
	}
	return noConnection
}

const noConnection = "there was no connection to the server"

// noHTTP reports whether net/http could not make sense of what a server said. Its errors have no types, and hold the server's words.
func noHTTP(err error) bool {
	text := err.Error()
	return strings.Contains(text, "net/http: HTTP/1.x transport connection broken") || strings.Contains(text, "malformed HTTP") ||
		strings.Contains(text, "net/http: server response headers exceeded") || strings.Contains(text, "server gave HTTP response to HTTPS client")
}

// plain is an error without the address of the web that it may begin with.
func plain(err error) string {
	text := err.Error()
	if rest := text; strings.HasPrefix(rest, "http") {
		if _, after, found := strings.Cut(rest, ": "); found {
			text = after
		}
	}
	return oneLine(text)
}

// plainCertificate is what is wrong with a certificate.
func plainCertificate(err error) string {
	var (
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &name):
		return "it is that of another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired, or the clock of this machine is wrong"
	}
	return "nobody whom this machine trusts has signed it"
}

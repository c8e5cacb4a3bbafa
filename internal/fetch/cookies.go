package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrExpired means that all cookies of a file are of no use any more.
var ErrExpired = errors.New("all cookies in it have expired")

// Cookies reads a file of cookies as curl and the browsers' add-ons write it (Netscape's format: domain, whether
// subdomains too, path, whether https only, time of expiry, name, value, between tabs). As curl does, it takes lines without a path and
// lines without a value, and leaves out what has expired at now; if that is all, the error is [ErrExpired]. The jar takes nothing that servers set.
func Cookies(r io.Reader, now time.Time) (http.CookieJar, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	taken, expired := 0, 0
	err = eachCookie(r, func(of *url.URL, k *http.Cookie) {
		if !k.Expires.IsZero() && !k.Expires.After(now) {
			expired++
			return
		}
		taken++
		k.Expires = time.Time{} // a capture is short
		jar.SetCookies(of, []*http.Cookie{k})
	})
	if err == nil && taken == 0 && expired > 0 {
		err = ErrExpired
	}
	if err != nil {
		return nil, err
	}
	return closed{jar}, nil
}

// CookieList returns the cookies of such a file, whatever their sites and times.
func CookieList(r io.Reader) (all []*http.Cookie, err error) {
	err = eachCookie(r, func(_ *url.URL, k *http.Cookie) { all = append(all, k) })
	return all, err
}

// eachCookie reads a file of cookies; of is an address that each belongs to.
func eachCookie(r io.Reader, take func(of *url.URL, k *http.Cookie)) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimPrefix(strings.TrimRight(lines.Text(), "\r"), "#HttpOnly_")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) > 2 && (f[2] == "TRUE" || f[2] == "FALSE") { // old files have no path (curl, lib/cookie.c)
			f = slices.Insert(f, 2, "/")
		}
		if len(f) == 6 { // an empty value
			f = append(f, "")
		}
		if len(f) != 7 {
			return fmt.Errorf("line %d: %d fields, want 7 between tabs", n, len(f))
		}
		seconds, _, _ := strings.Cut(strings.TrimSpace(f[4]), ".") // some add-ons write parts of seconds
		expires, err := strconv.ParseInt(seconds, 10, 64)
		if err != nil {
			return fmt.Errorf("line %d: %q is no time of expiry in seconds since 1970", n, f[4])
		}
		scheme := "http"
		if f[3] == "TRUE" {
			scheme = "https"
		}
		domain := strings.TrimPrefix(f[0], ".")
		k := &http.Cookie{Name: f[5], Value: f[6], Path: f[2], Secure: scheme == "https", Quoted: false}
		if f[1] == "TRUE" {
			k.Domain = domain
		}
		if expires > 0 { // 0, in some files -1, is until the browser is closed
			k.Expires = time.Unix(expires, 0)
		}
		take(&url.URL{Scheme: scheme, Host: domain, Path: "/"}, k)
	}
	return lines.Err()
}

type closed struct{ http.CookieJar }

func (closed) SetCookies(*url.URL, []*http.Cookie) {}

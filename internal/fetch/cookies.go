package fetch

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Cookies reads a file of cookies as curl and the browsers' add-ons write it (Netscape's format: domain, whether
// subdomains too, path, whether https only, time of expiry, name, value, between tabs). The jar takes nothing that servers set.
func Cookies(r io.Reader) (http.CookieJar, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	err = eachCookie(r, func(of *url.URL, k *http.Cookie) { jar.SetCookies(of, []*http.Cookie{k}) })
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
		if len(f) != 7 {
			return fmt.Errorf("line %d: %d fields, want 7 between tabs", n, len(f))
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
		take(&url.URL{Scheme: scheme, Host: domain, Path: "/"}, k)
	}
	return lines.Err()
}

type closed struct{ http.CookieJar }

func (closed) SetCookies(*url.URL, []*http.Cookie) {}

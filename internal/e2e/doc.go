// Package e2e drives the built programs (../../bin) in a real Chromium. It is a module of its own, so that the browser
// driver is no dependency of what ships; make e2e builds the programs and runs it. A machine without Chromium skips
// the tests by name; with CI=true they fail instead.
package e2e

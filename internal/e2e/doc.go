// Package e2e drives the built programs (../../bin) in a real Chromium and lets other people's programs judge the pages:
// axe-core, the validator of the W3C (vnu), lynx, pdftotext, kiwix-serve. It is a module of its own, so that the browser
// driver is no dependency of what ships; make e2e builds the programs and runs it.
//
// A judge that a machine does not have is named and its tests are skipped; with CI=true they fail instead. axe-core and
// vnu come by npm ci --ignore-scripts in this folder.
//
// What is judged, and what no machine here can judge, is written in ../../docs/accessibility.md.
package e2e

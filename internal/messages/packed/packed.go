// Package packed holds the words of the pages that are made when an archive is packed, in catalogues like those of package
// messages. The reader only hands these pages out, and a copy of it is passed on by Bluetooth: so it does not carry them.
package packed

import (
	"embed"

	"samizdat/internal/messages"
)

//go:embed *.json.gz
var files embed.FS

// For returns the printer for the language tag lang, as [messages.For] does, with the words of packed pages too.
func For(lang string) *messages.Printer { return messages.For(lang).With(files) }

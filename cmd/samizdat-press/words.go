package main

import _ "embed"

// cli holds what only the press says, in the other languages, by its English text; see [messages.Printer.Saying]. Help at
// length stays English, as in the reader.
//
//go:embed cli.json.gz
var cli []byte

package dossier

// The manifests as they are written. Load turns them into a [Dossier]; docs/dossier.md explains every field.
// Texts keep their place, so that what is wrong with one can be said where it stands.

// manifest is dossier.yaml.
type manifest struct {
	At              mark
	Format          text             `yaml:"format"`
	Name            text             `yaml:"name"`
	Title           text             `yaml:"title"`
	Description     text             `yaml:"description"`
	LongDescription text             `yaml:"long_description"`
	Lang            text             `yaml:"lang"`
	UI              []text           `yaml:"ui"`
	Creator         text             `yaml:"creator"`
	Publisher       text             `yaml:"publisher"`
	License         text             `yaml:"license"`
	Rights          text             `yaml:"rights"`
	Source          text             `yaml:"source"`
	Tags            []text           `yaml:"tags"`
	EditorNote      text             `yaml:"editor_note"`
	Illustration    text             `yaml:"illustration"`
	SourceDocument  *sourceFields    `yaml:"source_document"`
	Edition         text             `yaml:"edition"`
	Editions        []editionFields  `yaml:"editions"`
	Introduction    text             `yaml:"introduction"`
	Closing         text             `yaml:"closing"`
	Sections        []sectionFields  `yaml:"sections"`
	Timeline        []timelineFields `yaml:"timeline"`
}

// sourceFields is source_document of the manifest.
type sourceFields struct {
	At     mark
	File   text `yaml:"file"`
	Type   text `yaml:"type"`
	SHA256 text `yaml:"sha256"`
	Note   text `yaml:"note"`
}

// editionFields is one of editions.
type editionFields struct {
	At     mark
	Number text `yaml:"number"`
	Date   text `yaml:"date"`
	Note   text `yaml:"note"`
}

// sectionFields is one of sections.
type sectionFields struct {
	At    mark
	ID    text   `yaml:"id"`
	Title text   `yaml:"title"`
	Lead  text   `yaml:"lead"`
	Items []text `yaml:"items"`
}

// timelineFields is one of timeline.
type timelineFields struct {
	At      mark
	Date    text `yaml:"date"`
	Written text `yaml:"written"`
	From    text `yaml:"from"`
	In      text `yaml:"in"`
	Text    text `yaml:"text"`
	Earlier text `yaml:"earlier"`
}

// textFields is the front matter of the introduction, the closing words and the note on rights.
type textFields struct {
	At    mark
	Title text `yaml:"title"`
	Lang  text `yaml:"lang"`
}

// itemFields is an item's file, or the front matter of its Markdown file.
type itemFields struct {
	At            mark
	ID            text           `yaml:"id"`
	Kind          text           `yaml:"kind"`
	Title         text           `yaml:"title"`
	Author        text           `yaml:"author"`
	Publisher     text           `yaml:"publisher"`
	URL           text           `yaml:"url"`
	FinalURL      text           `yaml:"final_url"`
	Lang          text           `yaml:"lang"`
	Date          text           `yaml:"date"`
	DateFrom      text           `yaml:"date_from"`
	DateWritten   text           `yaml:"date_written"`
	Status        text           `yaml:"status"`
	Note          text           `yaml:"note"`
	EditorNote    text           `yaml:"editor_note"`
	TranslationOf text           `yaml:"translation_of"`
	Body          text           `yaml:"body"`
	Media         []mediaFields  `yaml:"media"`
	Evidence      text           `yaml:"evidence"`
	Capture       *captureFields `yaml:"capture"`
}

// mediaFields is one of an item's media.
type mediaFields struct {
	At     mark
	File   text `yaml:"file"`
	Type   text `yaml:"type"`
	Title  text `yaml:"title"`
	Role   text `yaml:"role"`
	Lang   text `yaml:"lang"`
	SHA256 text `yaml:"sha256"`
	Size   text `yaml:"size"`
	From   text `yaml:"from"`
	When   text `yaml:"at"`
	With   text `yaml:"with"`
}

// captureFields is an item's capture.
type captureFields struct {
	At          mark
	FinalURL    text            `yaml:"final_url"`
	Redirects   []text          `yaml:"redirects"`
	CapturedAt  text            `yaml:"captured_at"`
	By          text            `yaml:"by"`
	Method      text            `yaml:"method"`
	Tool        text            `yaml:"tool"`
	Imported    *importFields   `yaml:"imported"`
	Robots      text            `yaml:"robots"`
	Cookies     text            `yaml:"cookies"`
	HTTPStatus  text            `yaml:"http_status"`
	ContentType text            `yaml:"content_type"`
	ServerIP    text            `yaml:"server_ip"`
	TLSSHA256   text            `yaml:"tls_sha256"`
	RecordID    text            `yaml:"record_id"`
	Digests     []pair          `yaml:"digests"`
	Text        text            `yaml:"text"`
	Snapshot    text            `yaml:"snapshot"`
	Files       text            `yaml:"files"`
	Screenshot  text            `yaml:"screenshot"`
	Video       text            `yaml:"video"`
	Evidence    text            `yaml:"evidence"`
	Fetched     text            `yaml:"fetched"`
	Missing     []missingFields `yaml:"missing"`
	Stripped    []text          `yaml:"stripped"`
	ArchivedAt  text            `yaml:"archived_at"`
}

// importFields is how a capture came here that another tool made.
type importFields struct {
	At       mark
	From     text   `yaml:"from"`
	When     text   `yaml:"at"`
	With     text   `yaml:"with"`
	Findings []text `yaml:"findings"`
}

// missingFields is one of a capture's missing pieces.
type missingFields struct {
	At     mark
	URL    text `yaml:"url"`
	Reason text `yaml:"reason"`
}

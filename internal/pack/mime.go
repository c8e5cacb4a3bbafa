package pack

import (
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// types gives media types by lower-case extension. It is a table of our own because the operating system's differ from
// machine to machine, and the archive must not. Text types carry no charset: zimcheck compares "text/html" as a whole.
var types = map[string]string{
	".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
	".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
	".json": "application/json", ".map": "application/json", ".jsonld": "application/ld+json",
	".webmanifest": "application/manifest+json", ".geojson": "application/geo+json",
	".xml": "text/xml", ".xsl": "text/xml", ".rss": "application/rss+xml", ".atom": "application/atom+xml", ".opf": "application/oebps-package+xml",
	".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".tsv": "text/tab-separated-values",
	".vtt": "text/vtt", ".srt": "application/x-subrip", ".ics": "text/calendar",

	".svg": "image/svg+xml", ".png": "image/png", ".apng": "image/apng", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
	".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif", ".heic": "image/heic", ".jxl": "image/jxl",
	".bmp": "image/bmp", ".ico": "image/vnd.microsoft.icon", ".tif": "image/tiff", ".tiff": "image/tiff",

	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/quicktime",
	".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".3gp": "video/3gpp", ".ts": "video/mp2t", ".m3u8": "application/vnd.apple.mpegurl",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".oga": "audio/ogg",
	".opus": "audio/ogg", ".wav": "audio/wav", ".flac": "audio/flac", ".weba": "audio/webm", ".mid": "audio/midi",

	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".eot": "application/vnd.ms-fontobject",

	".pdf": "application/pdf", ".epub": "application/epub+zip", ".djvu": "image/vnd.djvu", ".rtf": "application/rtf",
	".odt": "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
	".doc": "application/msword", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".ppt": "application/vnd.ms-powerpoint", ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".zip": "application/zip", ".gz": "application/gzip", ".tgz": "application/gzip", ".xz": "application/x-xz", ".zst": "application/zstd",
	".bz2": "application/x-bzip2", ".7z": "application/x-7z-compressed", ".tar": "application/x-tar",
	".warc": "application/warc", ".wacz": "application/wacz+zip", ".zim": "application/octet-stream",
}

// htmlType is the type of what readers take for articles.
const htmlType = "text/html"

// sniffBytes is how much of a file its type is told from; [http.DetectContentType] looks at no more.
const sniffBytes = 512

// typeByName returns the media type that the extension of name says, or "".
func typeByName(name string) string {
	return types[strings.ToLower(path.Ext(name))]
}

// typeByContent returns the media type that the first bytes of a file look like, without parameters.
func typeByContent(head []byte) string {
	t, _, _ := strings.Cut(http.DetectContentType(head[:min(len(head), sniffBytes)]), ";")
	return t
}

// withCharset says of plain text that it is UTF-8 if it is: without the word browsers guess, and Cyrillic breaks. Pages,
// styles and scripts say it themselves.
func withCharset(mimeType string, text []byte) string {
	if mimeType == "text/plain" && utf8.Valid(text) {
		return "text/plain;charset=utf-8"
	}
	return mimeType
}

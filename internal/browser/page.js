// The document as it stands, as HTML. What HTML alone would not say is put into a copy: styles that scripts made, what
// hangs in shadow trees, pictures that were drawn, frames written by the page itself. It runs in a world of its own, where the page's scripts have changed nothing.
(most) => {
	let drawn = 4 << 20
	const css = sheet => {
		try {
			return [...sheet.cssRules].map(r => r.cssText).join("\n")
		} catch {
			return "" // of another site; it stands there as a link
		}
	}
	const style = (doc, text, media) => {
		const s = doc.createElement("style")
		s.textContent = text
		if (media) s.setAttribute("media", media)
		return s
	}
	const children = (from, to, doc) => {
		for (const c of from.childNodes) {
			const k = copy(c, doc)
			if (k) to.appendChild(k)
		}
	}
	const copy = (n, doc) => {
		if (n.nodeType === Node.TEXT_NODE) return doc.createTextNode(n.data)
		if (n.nodeType !== Node.ELEMENT_NODE) return null
		if (n.localName === "script" || n.localName === "template") return null
		if (n instanceof HTMLSlotElement) {
			const span = doc.createElement("span")
			const given = n.assignedNodes()
			for (const c of given.length ? given : n.childNodes) {
				const k = copy(c, doc)
				if (k) span.appendChild(k)
			}
			return span
		}
		if (n instanceof HTMLStyleElement && n.sheet) return style(doc, css(n.sheet) || n.textContent, n.getAttribute("media"))
		if (n instanceof HTMLLinkElement && n.sheet && n.href.startsWith("blob:")) return style(doc, css(n.sheet), n.getAttribute("media"))
		if (n instanceof HTMLCanvasElement) {
			const i = doc.createElement("img")
			try {
				const url = n.toDataURL("image/png")
				if (url.length < drawn && url.length > 100) {
					drawn -= url.length
					i.setAttribute("src", url)
				}
			} catch {} // with pictures of another site in it
			for (const a of ["class", "id", "style"]) if (n.hasAttribute(a)) i.setAttribute(a, n.getAttribute(a))
			i.setAttribute("width", n.width)
			i.setAttribute("height", n.height)
			i.setAttribute("alt", n.textContent.trim())
			return i
		}
		const k = n.cloneNode(false)
		const root = n.attachInternals ? n.shadowRoot : null
		if (root) {
			for (const s of root.adoptedStyleSheets) k.appendChild(style(doc, css(s), ""))
			children(root, k, doc)
			return k
		}
		if (n instanceof HTMLInputElement || n instanceof HTMLTextAreaElement) return k
		children(n, k, doc)
		return k
	}
	const doc = document.implementation.createHTMLDocument("")
	const html = copy(document.documentElement, doc)
	const head = html.querySelector("head") || html
	for (const s of document.adoptedStyleSheets) head.appendChild(style(doc, css(s), ""))
	for (const m of html.querySelectorAll("meta[charset]")) m.remove()
	const text = "<!DOCTYPE html>" + html.outerHTML
	return text.length > most ? "" : text
}

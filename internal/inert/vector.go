package inert

import "strings"

// The closed lists for drawings (SVG 2). What is missing is missing on purpose: script, foreignObject, links, feImage,
// what fetches; and style, title and desc, in which a parser of HTML goes on by other rules than one of XML. So every tag inside of a drawing
// is one whose content is read in the same way by all, in whichever namespace they take it to be, and none ends the drawing.

// vectors are the elements, as they are written in XML.
var vectors = set(`svg g defs symbol use image path rect circle ellipse line polyline polygon text tspan textPath switch marker
	linearGradient radialGradient stop pattern clipPath mask filter animate animateTransform animateMotion set
	feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
	feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight
	feSpecularLighting feSpotLight feTile feTurbulence`)

// vectorAttributes are those that only describe, as they are written in XML. href and style are dealt with one by one.
var vectorAttributes = set(`id class lang role tabindex xml:space xml:lang xmlns xmlns:xlink version baseProfile
	x y z x1 x2 y1 y2 cx cy r rx ry dx dy fx fy fr d points width height viewBox preserveAspectRatio pathLength transform transform-origin
	patternTransform patternUnits patternContentUnits gradientTransform gradientUnits spreadMethod offset clipPathUnits maskUnits
	maskContentUnits mask-type filterUnits primitiveUnits markerWidth markerHeight markerUnits orient refX refY
	textLength lengthAdjust rotate startOffset method spacing side requiredFeatures requiredExtensions systemLanguage
	attributeName attributeType begin dur end min max restart repeatCount repeatDur calcMode values keyTimes keySplines from to by
	additive accumulate path keyPoints
	in in2 result type tableValues slope intercept amplitude exponent operator k1 k2 k3 k4 order kernelMatrix divisor bias
	targetX targetY edgeMode kernelUnitLength preserveAlpha surfaceScale diffuseConstant specularConstant specularExponent
	limitingConeAngle pointsAtX pointsAtY pointsAtZ azimuth elevation scale xChannelSelector yChannelSelector stdDeviation radius mode
	baseFrequency numOctaves seed stitchTiles
	alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation color-interpolation-filters color-rendering
	direction display dominant-baseline enable-background fill fill-opacity fill-rule filter flood-color flood-opacity font font-family
	font-size font-size-adjust font-stretch font-style font-variant font-weight glyph-orientation-horizontal glyph-orientation-vertical
	image-rendering isolation kerning letter-spacing lighting-color marker marker-end marker-mid marker-start mask mix-blend-mode opacity overflow
	paint-order pointer-events shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap
	stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering text-orientation unicode-bidi
	vector-effect visibility white-space word-spacing writing-mode`)

// Vector reports whether a drawing may have the element. Names are as XML has them.
func Vector(name string) bool { return vectors[name] }

// VectorAttribute reports whether elements of drawings may have the attribute, which only describes as long as there is no address
// in its value. References, style and what begins with aria- are not among them.
func VectorAttribute(name string) bool { return vectorAttributes[name] }

// Animates reports whether an animation may change the attribute.
func Animates(name string) bool {
	switch name {
	case "id", "class", "lang", "role", "tabindex", "xmlns", "xmlns:xlink":
		return false
	}
	return vectorAttributes[name]
}

// VectorLink reports whether an element of a drawing refers to a part of the same drawing with href.
func VectorLink(name string) bool {
	switch name {
	case "use", "textPath", "linearGradient", "radialGradient", "pattern", "filter", "animate", "animateTransform", "animateMotion", "set":
		return true
	}
	return false
}

// Animation reports whether an element of a drawing changes another.
func Animation(name string) bool {
	return name == "set" || strings.HasPrefix(name, "animate")
}

// lower has the names of a list as a tokenizer of HTML gives them, with the ones of XML.
func lower(names map[string]bool) map[string]string {
	m := map[string]string{}
	for name := range names {
		m[strings.ToLower(name)] = name
	}
	return m
}

var lowerVectors, lowerVectorAttributes = lower(vectors), lower(vectorAttributes)

// vectorTag checks a start tag of a drawing.
func (p *pageReader) vectorTag(at int, raw []byte, name string, attrs []attribute) {
	written := lowerVectors[name]
	if written == "" {
		p.fault(at, "<"+clipName(name)+"> in a drawing is not allowed", "take the drawing out, or show it as a file with <img>")
		return
	}
	for _, a := range attrs {
		where := at + place(raw, a.name)
		by := "<" + name + " " + clipName(a.name) + ">"
		switch key := lowerVectorAttributes[a.name]; {
		case strings.HasPrefix(a.name, "on"):
			p.fault(where, by+" is an event handler", "take the attribute out")
		case strings.HasPrefix(a.name, "aria-"), strings.HasPrefix(a.name, "data-"):
		case a.name == "style":
			p.style([]byte(a.value), -1-where)
		case a.name == "href", a.name == "xlink:href":
			switch {
			case written == "image":
				p.refer(where, a.value, by)
			case !VectorLink(written) || !strings.HasPrefix(a.value, "#"):
				p.fault(where, by+" leads out of the page, to "+clip(a.value), "take the attribute out")
			}
		case key == "attributeName" && !Animates(strings.TrimSpace(a.value)):
			p.fault(where, by+" changes "+clip(a.value), "take the animation out")
		case key == "":
			p.fault(where, by+" is not allowed", "take the attribute out")
		case strings.ContainsAny(a.value, `(\`): // it may hold an address, as CSS does
			p.style([]byte(a.value), -1-where)
		}
	}
}

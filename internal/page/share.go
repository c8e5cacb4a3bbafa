package page

import (
	"strconv"
	"time"

	"samizdat/internal/markup"
)

// ShareView is the page on which the person at the machine opens the archive to a network. The server answers it; no
// archive holds it.
type ShareView struct {
	Start, Stop string      // where the two forms post to
	Hidden      [][2]string // names and values that go with both forms

	Problem string // what was wrong with the last attempt, in words
	Note    string // what else is to be known, in words

	// Off: what there is to choose from.
	Networks []Choice // empty: the machine is in no network
	Minutes  int      // suggested
	Min, Max int      // minutes
	Network  string   // chosen before
	WiFiName string   // typed before; the password is not shown again

	// On, if URL is not empty.
	URL      string
	Until    time.Time // in the time zone of the machine
	Visitors int
	Gone     bool   // the machine has lost the address
	Code     string // reference to the picture of a QR code of URL
	WiFiCode string // reference to that of the Wi-Fi; empty if there is none

	Get  string      // where visitors take copies; empty for none
	Quit markup.Node // the button that ends the program, or nil
}

// Choice is one of several values in a form.
type Choice struct{ Value, Text string }

// Share returns the page. Off it has a form, on what to show to visitors, and the button that ends it.
func Share(site Site, v ShareView) []byte {
	ui := site.ui()
	if v.URL != "" {
		title := ui.Text("share.on", "time", ui.Clock(v.Until))
		return site.frame(title, "wrap", Heading(title), v.notes(site), v.codes(site), markup.Lines(
			para("", markup.Text(ui.Text("share.visitors", "n", v.Visitors))),
			markup.El(
				"form", markup.A("method", "post"), markup.A("action", v.Stop), hidden(v.Hidden),
				markup.El("button", markup.A("type", "submit"), markup.Text(ui.Text("share.stop"))),
			),
			section("", "who", ui.Text("share.who"), whoSees(site)),
			section("", "trouble", ui.Text("share.trouble"), markup.El("ul", markup.Text("\n"), markup.Lines(
				li(markup.Text(ui.Text("share.trouble.internet"))), li(markup.Text(ui.Text("share.trouble.firewall"))),
				li(markup.Text(ui.Text("share.trouble.guests"))),
			))),
			v.ways(site),
		))
	}
	title := ui.Text("share.title")
	form := para("", markup.Text(ui.Text("share.none")))
	if len(v.Networks) > 0 {
		form = v.form(site)
	}
	return site.frame(title, "wrap leaf", Column(
		Heading(title), Lead(ui.Text("share.off")), v.notes(site), form, v.ways(site),
		section("", "samizdat", ui.Text("share.help.samizdat"), markup.Lines(
			para("", markup.Text(ui.Text("share.help.samizdat.text"))), Command("samizdat extract --zim FILE.zim"),
		)),
		v.Quit,
	), Who(site))
}

func (v ShareView) notes(site Site) markup.Node {
	ui := site.ui()
	var nodes []markup.Node
	if v.Problem != "" {
		nodes = append(nodes, markup.El("div", markup.A("class", "box"), markup.A("role", "alert"), para("", markup.El("strong", markup.Text(v.Problem)))))
	}
	if v.Note != "" {
		nodes = append(nodes, para("", markup.Text(v.Note)))
	}
	if v.Gone {
		nodes = append(nodes, markup.El("div", markup.A("class", "box"), markup.A("role", "alert"), para("", markup.El("strong", markup.Text(ui.Text("share.gone"))))))
	}
	if nodes == nil {
		return nil
	}
	return markup.Lines(nodes...)
}

// ways leads to the page of copies.
func (v ShareView) ways(site Site) markup.Node {
	if v.Get == "" {
		return nil
	}
	return para("", anchor(v.Get, markup.Text(site.ui().Text("get.title"))))
}

// hidden are fields of a form that nobody sees.
func hidden(pairs [][2]string) markup.Node {
	var nodes []markup.Node
	for _, pair := range pairs {
		nodes = append(nodes, markup.El(
			"input", markup.A("type", "hidden"), markup.A("name", pair[0]), markup.A("value", pair[1]),
		))
	}
	return markup.Frag(nodes...)
}

// form is what begins sharing. It can be sent only with the box ticked that says what will happen.
func (v ShareView) form(site Site) markup.Node {
	ui := site.ui()
	field := func(id, key string, input markup.Node) markup.Node {
		return div("field", markup.El("label", markup.A("for", id), markup.Text(ui.Text(key))), input)
	}
	var networks []markup.Node
	for _, n := range v.Networks {
		networks = append(networks, markup.El(
			"option", markup.A("value", n.Value), markup.If(n.Value == v.Network, markup.Flag("selected")), markup.Text(n.Text),
		))
	}
	return markup.El(
		"form", markup.A("method", "post"), markup.A("action", v.Start), markup.Text("\n"), markup.Lines(
			hidden(v.Hidden),
			field("network", "share.network", markup.El(
				"select", markup.A("id", "network"), markup.A("name", "network"), markup.A("dir", "ltr"), markup.Group(parts(networks)...),
			)),
			field("minutes", "share.minutes", markup.El(
				"input", markup.A("id", "minutes"), markup.A("name", "minutes"), markup.A("type", "number"),
				markup.A("min", strconv.Itoa(v.Min)), markup.A("max", strconv.Itoa(v.Max)), markup.A("value", strconv.Itoa(v.Minutes)),
			)),
			markup.El(
				"fieldset", markup.El("legend", markup.Text(ui.Text("share.wifi"))),
				field("ssid", "share.wifi.name", markup.El(
					"input", markup.A("id", "ssid"), markup.A("name", "ssid"), markup.A("autocomplete", "off"), markup.A("maxlength", "32"),
					markup.A("spellcheck", "false"), markup.A("dir", "auto"), markup.A("value", v.WiFiName), describedBy("wifi-hint"),
				)),
				field("password", "share.wifi.password", markup.El(
					"input", markup.A("id", "password"), markup.A("name", "password"), markup.A("autocomplete", "off"), markup.A("maxlength", "64"),
					markup.A("spellcheck", "false"), markup.A("dir", "ltr"), describedBy("wifi-hint"),
				)),
				markup.El("p", markup.A("class", "hint"), markup.A("id", "wifi-hint"), markup.Text(ui.Text("share.wifi.hint"))),
			),
			div("tick", markup.El(
				"input", markup.A("id", "agreed"), markup.A("name", "agreed"), markup.A("type", "checkbox"), markup.A("value", "yes"), markup.Flag("required"),
			), markup.Text(" "), markup.El("label", markup.A("for", "agreed"), markup.Text(ui.Text("share.agree")))),
			para("", markup.El("button", markup.A("type", "submit"), markup.Text(ui.Text("share.start")))),
		),
	)
}

func describedBy(id string) markup.Part { return markup.A("aria-describedby", id) }

func parts(nodes []markup.Node) []markup.Part {
	var list []markup.Part
	for _, n := range nodes {
		list = append(list, n)
	}
	return list
}

// codes are the two steps for a visitor: joining the network, and opening the address.
func (v ShareView) codes(site Site) markup.Node {
	ui := site.ui()
	code := func(src, what string) markup.Node {
		return markup.El(
			"img", markup.A("class", "qr"), markup.A("src", src), markup.A("alt", ui.Text("share.qr", "text", what)),
			markup.A("width", "208"), markup.A("height", "208"),
		)
	}
	step := func(n int, id, key string, nodes ...markup.Node) markup.Node {
		title := ui.Number(int64(n)) + ". " + ui.Text(key)
		return section("", id, title, markup.Lines(nodes...))
	}
	var join []markup.Node
	if v.WiFiCode != "" {
		join = []markup.Node{code(v.WiFiCode, "Wi-Fi"), para("m", markup.El("bdi", markup.Text(v.WiFiName)))}
	}
	return div(
		"pair", markup.Text("\n"), markup.Lines(
			step(1, "join", "share.step.1", join...),
			step(2, "open", "share.step.2", code(v.Code, v.URL), para("", Address(v.URL))),
		),
	)
}

func whoSees(site Site) markup.Node {
	var nodes []markup.Node
	for _, key := range []string{"share.who.1", "share.who.2", "share.who.3"} {
		nodes = append(nodes, li(markup.Text(site.ui().Text(key))))
	}
	return markup.El("ul", markup.Text("\n"), markup.Lines(nodes...))
}

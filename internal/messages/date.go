package messages

import (
	"strconv"
	"strings"
	"time"
)

// Date writes an ISO 8601 date in words: "2022" as 2022, "2022-01" as January 2022, "2022-01-02" as 2 January 2022,
// "01-06" as 6 January, a moment such as "2022-01-02T15:04:05Z" as its day, hour and minute in UTC. Anything else is
// returned as it is.
func (p *Printer) Date(iso string) string {
	if t, err := time.Parse(time.RFC3339, iso); err == nil {
		t = t.UTC()
		return p.Text("date.moment", "date", p.Date(t.Format(time.DateOnly)), "time", p.digits(t.Format("15:04")))
	}
	if t, err := time.Parse(time.DateOnly, iso); err == nil {
		return p.Text("date.day", "d", p.day(t), "month", p.month("month.", t), "y", p.year(iso))
	}
	if t, err := time.Parse("2006-01", iso); err == nil {
		return p.Text("date.month", "month", p.month("month.alone.", t), "y", p.year(iso))
	}
	if t, err := time.Parse("2006-01-02", "2000-"+iso); err == nil { // a leap year, so that 29 February is a day
		return p.Text("date.yearless", "d", p.day(t), "month", p.month("month.", t))
	}
	if _, err := time.Parse("2006", iso); err == nil {
		return p.Text("date.year", "y", p.year(iso))
	}
	return iso
}

// year returns the year of iso without group marks.
func (p *Printer) year(iso string) string {
	y, _, _ := strings.Cut(iso, "-")
	return p.digits(y)
}

// day returns the day of the month: 1 is 1er in French.
func (p *Printer) day(t time.Time) string { return p.Text("date.d", "n", t.Day()) }

// month returns the month. The keys "month." are for months with a day, "month.alone." for those without: января and
// январь in Russian.
func (p *Printer) month(keys string, t time.Time) string {
	return p.Text(keys + strconv.Itoa(int(t.Month())))
}

// Clock returns the time of day of t, hours and minutes, in the digits of the language.
func (p *Printer) Clock(t time.Time) string { return p.digits(t.Format("15:04")) }

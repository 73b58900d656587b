package desired

import (
	"regexp"
	"sort"
	"time"

	"go.yaml.in/yaml/v4"
)

// defaultZone is the time zone of dates in a file without timezone. Korea has had no other offset
// since 1988 (tz database).
var defaultZone = time.FixedZone("Asia/Seoul", 9*60*60)

var (
	zonePattern  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	untilPattern = regexp.MustCompile(`^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])` +
		`(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$`)
	otherYearPattern = regexp.MustCompile(`^[013-9][0-9]{3}-[0-9]{2}-[0-9]{2}`)
)

// readTimezone reads the time zone of the dates in the same file.
func (l *loader) readTimezone(node *yaml.Node) {
	name, ok := l.text(node, "timezone")
	if !ok {
		return
	}
	isZone := zonePattern.MatchString(name.text) && name.text != "Local"
	if !isZone {
		l.report(name.at, "%q is not a time zone (want a name such as Asia/Seoul or UTC)", name.text)
		return
	}
	zone, err := time.LoadLocation(name.text)
	if err != nil {
		l.report(name.at, "unknown time zone %q (want a name such as Asia/Seoul or UTC)", name.text)
		return
	}
	l.zones[l.file] = zone
}

// zoneHere returns the time zone of the dates in the file.
func (l *loader) zoneHere() *time.Location {
	zone := l.zones[l.file]
	if zone == nil {
		return defaultZone
	}
	return zone
}

// readUntil reads when a rule ends: at the end of a day, or at a time with an offset.
func (l *loader) readUntil(node *yaml.Node) time.Time {
	text, ok := l.text(node, "until")
	if !ok {
		return time.Time{}
	}
	if !untilPattern.MatchString(text.text) {
		l.report(text.at, "%q is not a date or a time%s (want 2026-12-31, or 2026-12-31T18:00+09:00)",
			text.text, yearHint(text.text))
		return time.Time{}
	}
	until, err := parseUntil(text.text, l.zoneHere())
	if err != nil {
		l.report(text.at, "%q is not a day of the calendar", text.text)
	}
	return until
}

// yearHint explains why a date of another year is refused: it is a slip, or stands for no end.
func yearHint(text string) string {
	if !otherYearPattern.MatchString(text) {
		return ""
	}
	return " of the years 2000 to 2999; without until, a rule does not end"
}

// parseUntil returns the end of a day in the zone, or a moment. text fits untilPattern.
func parseUntil(text string, zone *time.Location) (time.Time, error) {
	if len(text) == len(time.DateOnly) {
		return endOfDay(text, zone)
	}
	until, err := time.Parse("2006-01-02T15:04Z07:00", text)
	if err == nil {
		return until, nil
	}
	return time.Parse(time.RFC3339, text)
}

// endOfDay returns the first moment after a day. It searches, because a change of the clock may skip
// midnight, or bring it twice: of such a time [time.Date] returns one that may be within the day.
func endOfDay(day string, zone *time.Location) (time.Time, error) {
	noon, err := time.ParseInLocation("2006-01-02 15", day+" 12", zone)
	if err != nil {
		return time.Time{}, err
	}
	minutes := sort.Search(2*24*60, func(minutes int) bool {
		at := noon.Add(time.Duration(minutes) * time.Minute)
		return at.Format(time.DateOnly) > day
	})
	return noon.Add(time.Duration(minutes) * time.Minute), nil
}

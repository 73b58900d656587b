package term

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// looksLikeAnother reports whether a name as a whole looks like another one: it is decomposed Unicode,
// or a word of it looks Latin.
func looksLikeAnother(name string) bool { return looksLatin(name) || !norm.NFC.IsNormalString(name) }

// looksLatin reports whether a word of the text looks Latin and is not: it mixes Latin letters with
// those of a script that resembles Latin, or consists of letters that look Latin.
func looksLatin(text string) bool {
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }
	for word := range strings.FieldsFuncSeq(text, isSeparator) {
		isResembling := strings.ContainsFunc(word, func(r rune) bool { return unicode.In(r, resemblingScripts...) })
		isLatin := strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
		if isResembling && (isLatin || strings.Trim(word, latinTwins) == "") {
			return true
		}
	}
	return false
}

var resemblingScripts = []*unicode.RangeTable{
	unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Lisu,
}

// latinTwins are the Cyrillic and Greek letters that look like a Latin one.
const latinTwins = "аԁеһіјӏорԛѕсԝхуѵАВЕЅІЈКМНОРСТУХԌԚԜ" + "ονυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"

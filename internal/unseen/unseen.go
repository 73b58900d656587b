// Package unseen tells which characters nobody sees.
package unseen

import "unicode"

// tables hold also what Unicode counts among letters, marks and symbols.
var tables = []*unicode.RangeTable{
	unicode.Cf,
	unicode.Zl,
	unicode.Zp,
	unicode.Variation_Selector,
	unicode.Other_Default_Ignorable_Code_Point,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}},   // a Braille pattern without dots
	{R32: []unicode.Range32{{Lo: 0x1d159, Hi: 0x1d159, Stride: 1}}}, // a note of music without a head
}

// Is reports whether a character has no width, changes the direction of text, or is shown as nothing. It
// is false for blanks and control characters.
func Is(r rune) bool { return unicode.In(r, tables...) }

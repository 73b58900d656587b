// Package meant finds the known word that a misspelt one was probably meant to be, for errors.
package meant

import (
	"slices"
	"strings"
)

// Longer words and lists are not compared, because each word of an input may be wrong.
const (
	maxLength = 100
	maxKnown  = 10_000
)

// mostOffered is how many words a hint offers. If more are equally near, it offers none.
const mostOffered = 3

// Hint returns "did you mean X?" with the known words that are nearest to word, or "" if none is near.
func Hint(word string, known ...string) string {
	near := Nearest(word, known...)
	if len(near) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(near, " or ") + "?"
}

// Want returns Hint, or "want A, B, C" with all known words if none is near.
func Want(word string, known ...string) string {
	if hint := Hint(word, known...); hint != "" {
		return hint
	}
	return "want " + strings.Join(known, ", ")
}

// Bracketed returns Hint as " (did you mean X?)", to follow a text, or "".
func Bracketed(word string, known ...string) string {
	hint := Hint(word, known...)
	if hint == "" {
		return ""
	}
	return " (" + hint + ")"
}

// Nearest returns the known words with the smallest distance to word, if at most a third of the
// characters differ. Case does not count. It returns nil if more than three are equally near.
func Nearest(word string, known ...string) []string {
	if len(word) > maxLength || len(known) > maxKnown || strings.TrimSpace(word) == "" {
		return nil
	}
	misspelt := []rune(strings.ToLower(strings.TrimSpace(word)))
	var near []string
	least := maxLength
	for _, candidate := range known {
		if candidate == word || len(candidate) > maxLength || slices.Contains(near, candidate) {
			continue
		}
		away, isNear := compare(misspelt, []rune(strings.ToLower(candidate)))
		if !isNear || away > least {
			continue
		}
		if away < least {
			near = nil
		}
		least = away
		near = append(near, candidate)
	}
	if len(near) > mostOffered {
		return nil
	}
	return near
}

// compare returns the distance of two words, and whether at most a third of the characters differ.
func compare(word, known []rune) (away int, isNear bool) {
	shorter := min(len(word), len(known))
	longer := max(len(word), len(known))
	most := max(1, longer/3)
	if longer-shorter > most {
		return longer, false
	}
	away = distance(word, known)
	return away, away <= most && away < longer
}

// distance returns how many characters must be inserted, removed, replaced, or swapped with the next
// one, to make right of left.
func distance(left, right []rune) int {
	// table[i][j] is the distance of the first i characters of left and the first j of right.
	table := make([][]int, len(left)+1)
	for i := range table {
		table[i] = make([]int, len(right)+1)
		table[i][0] = i
	}
	for j := range table[0] {
		table[0][j] = j
	}
	for i := 1; i <= len(left); i++ {
		for j := 1; j <= len(right); j++ {
			replaced := table[i-1][j-1]
			if left[i-1] != right[j-1] {
				replaced++
			}
			least := min(replaced, table[i-1][j]+1, table[i][j-1]+1)
			swapped := i > 1 && j > 1 && left[i-1] == right[j-2] && left[i-2] == right[j-1]
			if swapped {
				least = min(least, table[i-2][j-2]+1)
			}
			table[i][j] = least
		}
	}
	return table[len(left)][len(right)]
}

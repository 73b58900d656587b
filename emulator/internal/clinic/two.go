package clinic

import "slices"

// frequent are the mistakes that are tried two at a time, too.
var frequent = []string{
	"method-in-lower-case", "wrong-method", "scheme-and-host-in-string", "missing-leading-slash", "missing-base-path", "base-path-twice",
	"trailing-slash", "missing-query", "seconds-in-string", "missing-space", "line-break-after-method", "crlf", "literal-backslash-n",
	"missing-line-breaks", "missing-lines", "trailing-newline", "leading-newline", "echo-n", "echo-e", "lines-in-another-order",
	"secret-key-with-white-space", "secret-key-in-quotes", "secret-key-base64-decoded",
}

// slipsOfEach is how many candidates of a mistake are tried together with others.
const slipsOfEach = 10

// slip is a candidate that differs from what is right in one part.
type slip struct {
	mistake
	candidate
	part part
}

// findTwo tries two frequent mistakes at once, and adds both to the findings at index at.
func (x *examination) findTwo(at int) bool {
	all := x.slips()
	for i, first := range all {
		for _, second := range all[i+1:] {
			if x.hasher.work > maxWork {
				return false
			}
			if first.part == second.part {
				continue
			}
			both := first.candidate
			both.parts[second.part] = second.parts[second.part]
			if x.matches(&both) {
				x.Signed = string(both.appendTo(nil))
				x.report(at, first.mistake, first.candidate)
				x.report(at+1, second.mistake, second.candidate)
				return true
			}
		}
	}
	return false
}

// slips returns the first candidates of the frequent mistakes.
func (x *examination) slips() []slip {
	var all []slip
	for _, m := range mistakes {
		if slices.Contains(frequent, m.name) {
			all = append(all, x.slipsOf(m)...)
		}
	}
	return all
}

func (x *examination) slipsOf(m mistake) []slip {
	var all []slip
	count := 0
	for c := range m.tries(x) {
		if count == slipsOfEach {
			break
		}
		count++
		changed, isOne := x.changedPart(c)
		if isOne {
			all = append(all, slip{m, c, changed})
		}
	}
	return all
}

// changedPart returns the part in which a candidate differs from what is right. It finds none in a
// candidate that is not made of the parts.
func (x *examination) changedPart(c candidate) (part, bool) {
	if c.text != "" || c.sum != nil {
		return 0, false
	}
	for changed := range numParts {
		if c.parts[changed] != x.right[changed] {
			return changed, true
		}
	}
	return 0, false
}

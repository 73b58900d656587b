package docs_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// translated are the pages that are there in Korean, too.
var translated = []string{
	"README.md",
	"docs/getting-started.md",
	"docs/concepts.md",
	"docs/access-as-code.md",
	"docs/names.md",
	"docs/configuration.md",
	"docs/migration.md",
	"docs/troubleshooting.md",
}

// korean returns the path of a page in Korean.
func korean(page string) string {
	if page == "README.md" {
		return "README.ko.md"
	}
	return "docs/ko/" + filepath.Base(page)
}

// A page in Korean has the headings, paragraphs, code blocks, table rows and list items of the page in
// English, in the same order, and each section mentions the same code. Comments in code are translated.
func TestTranslationsAreUpToDate(t *testing.T) {
	for _, page := range translated {
		for _, difference := range behind(page, read(t, page), korean(page), read(t, korean(page))) {
			t.Error(difference)
		}
	}
}

// Each page in docs/ko is a translation.
func TestTranslationsHaveAnOriginal(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs/ko/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if !slices.Contains(translated, "docs/"+filepath.Base(page)) {
			t.Errorf("%s: the list of translated pages lacks it", page)
		}
	}
}

// part is a piece of a page that both languages have.
type part struct {
	kind string
	text string // what must be the same in both languages
	line int
}

// section is a heading and what follows it.
type section struct {
	parts []part
	code  map[string]int // code in the text, and its first line
}

// behind says how a translation differs from its page: the sections that only one of them has, and the
// first difference of each kind in the others.
func behind(page, text, translation, translatedText string) []string {
	want := sections(text)
	got := sections(translatedText)
	var differences []string
	for len(want) > 0 || len(got) > 0 {
		if len(got) == 0 || len(want) > 1 && !alike(want[0], got[0]) && alike(want[1], got[0]) {
			differences = append(differences, fmt.Sprintf("%s lacks the section of %s:%d", translation, page, want[0].line()))
			want = want[1:]
			continue
		}
		if len(want) == 0 || len(got) > 1 && !alike(want[0], got[0]) && alike(want[0], got[1]) {
			differences = append(differences, fmt.Sprintf("%s:%d: %s has no such section", translation, got[0].line(), page))
			got = got[1:]
			continue
		}
		differences = append(differences, behindInSection(page, want[0], translation, got[0])...)
		want = want[1:]
		got = got[1:]
	}
	return differences
}

// alike reports whether two sections do not differ.
func alike(want, got section) bool { return len(behindInSection("", want, "", got)) == 0 }

func (s section) line() int { return s.parts[0].line }

func behindInSection(page string, want section, translation string, got section) []string {
	var differences []string
	end := part{kind: "the end of the section"}
	for i := range max(len(want.parts), len(got.parts)) {
		wanted := partAt(want.parts, i, end)
		found := partAt(got.parts, i, end)
		if wanted.kind == found.kind && wanted.text == found.text {
			continue
		}
		differences = append(differences, fmt.Sprintf("%s:%d: want %s, as %s:%d has it, not %s",
			translation, found.line, wanted, page, wanted.line, found))
		break
	}
	for _, code := range missing(want.code, got.code) {
		differences = append(differences, fmt.Sprintf("%s:%d: the section lacks `%s` of %s:%d",
			translation, got.line(), code, page, want.code[code]))
	}
	for _, code := range missing(got.code, want.code) {
		differences = append(differences, fmt.Sprintf("%s:%d: `%s` is not in the section of %s:%d",
			translation, got.code[code], code, page, want.line()))
	}
	return differences
}

// partAt returns part i, or the end with the line of the last part.
func partAt(parts []part, i int, end part) part {
	if i < len(parts) {
		return parts[i]
	}
	end.line = parts[len(parts)-1].line
	return end
}

func (p part) String() string {
	if p.text == "" {
		return p.kind
	}
	return p.kind + " " + p.text
}

// missing returns the code that is in want and not in got, in order.
func missing(want, got map[string]int) []string {
	var codes []string
	for code := range want {
		if _, ok := got[code]; !ok {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

var (
	heading    = regexp.MustCompile(`^#+ `)
	listItem   = regexp.MustCompile(`^\s*(-|\d+\.) `)
	inlineCode = regexp.MustCompile("`([^`]+)`")
	comment    = regexp.MustCompile(`(^|\s+)#.*$`)
)

// commented are the languages whose comments begin with #.
var commented = []string{"sh", "yaml", "ini"}

// sections reads a page. The first section is what stands before the first heading, with a part of its
// own, so that every section has one.
func sections(text string) []section {
	all := []section{{parts: []part{{kind: "the beginning", line: 1}}, code: map[string]int{}}}
	language := ""
	inBlock := false
	inText := false // the line before is a part of a paragraph or of a list item
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\n")
		current := &all[len(all)-1]
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		if fence {
			inBlock = !inBlock
			inText = false
			language, _, _ = strings.Cut(info, " ")
			current.parts = append(current.parts, part{"```", info, number})
			continue
		}
		if inBlock {
			if slices.Contains(commented, language) {
				line = comment.ReplaceAllString(line, "")
			}
			current.parts = append(current.parts, part{"the line", fmt.Sprintf("%q", strings.TrimSpace(line)), number})
			continue
		}
		isHeading := heading.MatchString(line)
		isRow := strings.HasPrefix(line, "|")
		isItem := listItem.MatchString(line)
		isText := strings.TrimSpace(line) != "" && !isHeading && !isRow
		if isText && !isItem && !inText {
			current.parts = append(current.parts, part{"a paragraph", "", number})
		}
		inText = isText
		if isHeading {
			level := strings.Index(line, " ")
			all = append(all, section{code: map[string]int{}})
			current = &all[len(all)-1]
			current.parts = []part{{"a heading", line[:level], number}}
		}
		if isRow {
			current.parts = append(current.parts, part{"a table row", "", number})
		}
		if isItem {
			current.parts = append(current.parts, part{"a list item", "", number})
		}
		for _, found := range inlineCode.FindAllStringSubmatch(line, -1) {
			if _, ok := current.code[found[1]]; !ok {
				current.code[found[1]] = number
			}
		}
	}
	return all
}

// The comparison says what differs, and where.
func TestTranslationsThatAreBehind(t *testing.T) {
	const page = "# Install\n\nRun `make`.\n\n```sh\nmake build # builds it\n```\n\n- one\n- two\n\n## Use\n\n| a | b |\n"
	tests := map[string]struct {
		translation string
		want        []string
	}{
		"up to date": {"# 설치\n\n`make`.\n\n```sh\nmake build # 빌드\n```\n\n- 하나\n- 둘\n\n## 사용\n\n| 가 | 나 |\n", nil},
		"another command": {
			"# 설치\n\n`make`.\n\n```sh\nmake all # 빌드\n```\n\n- 하나\n- 둘\n\n## 사용\n\n| 가 | 나 |\n",
			[]string{"ko.md:6: want the line \"make build\", as en.md:6 has it, not the line \"make all\""},
		},
		"an item less": {
			"# 설치\n\n`make`.\n\n```sh\nmake build\n```\n\n- 하나\n\n## 사용\n\n| 가 | 나 |\n",
			[]string{"ko.md:9: want a list item, as en.md:10 has it, not the end of the section"},
		},
		"a paragraph more": {
			"# 설치\n\n`make`.\n\n더 있습니다.\n\n```sh\nmake build\n```\n\n- 하나\n- 둘\n\n## 사용\n\n| 가 | 나 |\n",
			[]string{"ko.md:5: want ``` sh, as en.md:5 has it, not a paragraph"},
		},
		"a paragraph of more lines": {
			"# 설치\n\n`make`를\n실행합니다.\n\n```sh\nmake build\n```\n\n- 하나\n  입니다\n- 둘\n\n## 사용\n\n| 가 | 나 |\n", nil,
		},
		"other code in the text": {
			"# 설치\n\n`go`.\n\n```sh\nmake build\n```\n\n- 하나\n- 둘\n\n## 사용\n\n| 가 | 나 |\n",
			[]string{
				"ko.md:1: the section lacks `make` of en.md:3",
				"ko.md:3: `go` is not in the section of en.md:1",
			},
		},
		"no first section": {
			"## 사용\n\n| 가 | 나 |\n",
			[]string{"ko.md lacks the section of en.md:1"},
		},
		"a section less": {
			"# 설치\n\n`make`.\n\n```sh\nmake build\n```\n\n- 하나\n- 둘\n",
			[]string{"ko.md lacks the section of en.md:12"},
		},
		"a section more": {
			"# 설치\n\n`make`.\n\n```sh\nmake build\n```\n\n- 하나\n- 둘\n\n## 사용\n\n| 가 | 나 |\n\n## 더\n",
			[]string{"ko.md:16: en.md has no such section"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := behind("en.md", page, "ko.md", test.translation); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

package clinic

import (
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// emptyValues are what languages print for a variable without a value, and what stands for one in
// samples.
var emptyValues = []string{
	"undefined", "null", "None", "nil", "NaN", "NULL", "Null", "Undefined", "none", "<nil>", "(null)",
	"(nil)", "<null>", "<None>", "<undefined>", "[object Object]", "[object Promise]", "%!s(<nil>)",
	"%!s(MISSING)", "<no value>", "Optional(nil)", "{}", "[]", "{0}", "{1}", "{2}", "%s", "%d", "%v", "$1",
	"$2", "?", "...", "true", "false", "0", "", "Nil", "<class 'NoneType'>", "Invalid Date", "[object Undefined]",
	"[object Null]", "string", "TODO", "CHANGEME", "CHANGE_ME", "REPLACE_ME", "REPLACEME", "xxx", "XXX", "*",
	"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "00000000-0000-0000-0000-000000000000", "N/A", "example", "test",
}

// commonTemplates are how the usual tools and languages write a variable, with NAME for its name.
var commonTemplates = []string{
	"{{NAME}}", "{{ NAME }}", "{NAME}", "${NAME}", "$NAME", ":NAME", "<NAME>", "NAME", "%NAME%", "__NAME__",
}

// rareTemplates are of Insomnia, Bruno, the HTTP files of editors, Karate, Windows, Go, Python,
// frameworks and GitHub Actions.
var rareTemplates = []string{
	"<<NAME>>", "[NAME]", "[[NAME]]", "#{NAME}", "${ NAME }", "@NAME", "$(NAME)", "%(NAME)s", "@{NAME}", "@@NAME@@",
	"{{.Values.NAME}}", "{{ .Values.NAME }}", "{% NAME %}", "<your-NAME>", "INSERT_NAME_HERE",
	"{{$guid}}", "{{$randomUUID}}",
	"{{$NAME}}", "{{{NAME}}}", "{{_.NAME}}", "{{ _.NAME }}", "{{.NAME}}", "{{ .NAME }}", "{{vars.NAME}}",
	"{{env.NAME}}", "{{process.env.NAME}}", "{{$env.NAME}}", "{{environment.NAME}}", "${{ NAME }}",
	"${{ env.NAME }}", "${{ secrets.NAME }}", "${{ vars.NAME }}", "${env.NAME}", "${var.NAME}",
	"${process.env.NAME}", "{{$processEnv NAME}}", "{{$dotenv NAME}}", "$env:NAME", "<%= NAME %>", "((NAME))",
	"{{NAME", "<your NAME>", "YOUR_NAME", "your-NAME", "your_NAME",
}

// The names that people give to the variables, in words. The first four are tried in every template.
var (
	clusterNames = []string{
		"cluster uuid", "cluster id", "uuid", "id", "cluster", "cluster name", "nks cluster",
		"nks cluster uuid", "nks cluster id", "k8s cluster uuid", "cluster no", "cluster instance no",
		"name", "x", "my cluster", "my cluster uuid", "your cluster uuid", "nks uuid", "nks id", "target cluster",
		"prod cluster id", "prod cluster uuid", "cluster uid", "k8s cluster id", "clusters",
	}
	entryNames = []string{
		"entry uuid", "entry id", "access entry uuid", "access entry id", "entry", "access entry", "uuid",
		"id", "x", "access entries", "my entry",
	}
	// Of both in one path.
	pairNames = [][2]string{
		{"cluster uuid", "entry uuid"}, {"cluster id", "entry id"}, {"cluster uuid", "access entry uuid"},
		{"cluster id", "access entry id"}, {"uuid", "entry uuid"}, {"id", "entry id"}, {"cluster", "entry"},
		{"cluster", "access entry"}, {"uuid", "uuid"}, {"id", "id"}, {"cluster uuid", "uuid"},
		{"cluster id", "id"},
	}
	baseNames = []string{
		"base url", "host", "url", "api url", "base uri", "base path", "base", "server", "endpoint",
		"gateway", "api gateway", "ncloud api gw", "api", "x", "api host", "nks base url", "nks url",
	}
	pathNames = []string{
		"path", "url", "uri", "request url", "request uri", "request path", "target", "endpoint",
		"resource", "x", "uri path", "full path",
	}
	timestampNames = []string{
		"timestamp", "time stamp", "time", "now", "ts", "date", "epoch", "millis", "current timestamp",
		"unix time", "unix timestamp", "x ncp apigw timestamp", "t", "x", "timestamp ms",
	}
	accessKeyNames = []string{
		"access key", "access key id", "ncloud access key", "ncp access key", "access", "key", "api key",
		"ncloud access key id", "iam access key", "x ncp iam access key", "ak", "x",
		"your access key", "my access key",
	}
	secretKeyNames = []string{
		"secret key", "secret", "secret access key", "ncloud secret key", "ncloud secret access key",
		"ncp secret key", "sk", "x", "your secret key", "my secret key", "key", "secret key id",
	}
	methodNames = []string{"method", "http method", "request method", "verb", "m", "x", "http verb"}
	textNames   = []string{"string to sign", "message", "payload", "body", "text", "data", "x"}
)

// samplePaths are the paths in samples of the provider's guide.
var samplePaths = []string{"/photos/puppy.jpg?query1=&query2", "/photos/puppy.jpg"}

// spellings returns a name of words as people spell names of variables.
func spellings(words string) []string {
	fields := strings.Fields(words)
	if len(fields) == 0 {
		return []string{words}
	}
	var camel, acronym string
	for i, field := range fields {
		title := strings.ToUpper(field[:1]) + field[1:]
		upper := title
		if slices.Contains([]string{"uuid", "id", "url", "uri", "api", "gw"}, field) {
			upper = strings.ToUpper(field)
		}
		if i == 0 {
			title = field
			upper = field
		}
		camel += title
		acronym += upper
	}
	snake := strings.Join(fields, "_")
	return distinctTexts([]string{
		camel, snake, strings.ToUpper(snake), acronym, strings.Join(fields, "-"), strings.Join(fields, ""),
		strings.ToUpper(acronym[:1]) + acronym[1:], strings.Join(fields, "."), words,
	})
}

func distinctTexts(texts []string) []string {
	seen := map[string]bool{}
	var list []string
	for _, text := range texts {
		if !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
	}
	return list
}

func fill(template, name string) string { return strings.Replace(template, "NAME", name, 1) }

// variables returns the names in templates: all names and spellings in the common templates, and the
// usual spellings of the first names in the rare ones.
func variables(names []string) []string {
	var all []string
	for _, words := range names {
		for _, name := range spellings(words) {
			for _, template := range commonTemplates {
				all = append(all, fill(template, name))
			}
		}
	}
	for i, words := range names[:min(6, len(names))] {
		usual := spellings(words)
		if i >= 2 {
			usual = usual[:min(len(usual), 3)]
		}
		for _, name := range usual {
			for _, template := range rareTemplates {
				all = append(all, fill(template, name))
			}
		}
	}
	return distinctTexts(all)
}

// unfilled returns a function that replaces a whole part by empty values and variables.
func unfilled(names []string) func(*examination, string) iter.Seq[string] {
	values := sync.OnceValue(func() []string { return append(slices.Clone(emptyValues), variables(names)...) })
	return func(*examination, string) iter.Seq[string] { return slices.Values(values()) }
}

// unfilledPath are the values that stand for the parts of a path.
type unfilledPath struct{ clusters, entries, bases, paths []string }

var unfilledPathValues = sync.OnceValue(func() unfilledPath {
	return unfilledPath{variables(clusterNames), variables(entryNames), variables(baseNames), variables(pathNames)}
})

// pairs are the values for both UUIDs in one path.
var pairs = sync.OnceValue(func() [][2]string {
	var all [][2]string
	add := func(template string, cluster, entry string) {
		all = append(all, [2]string{fill(template, cluster), fill(template, entry)})
	}
	for i, names := range pairNames {
		clusters := spellings(names[0])
		entries := spellings(names[1])
		for j, cluster := range clusters {
			// A name of one word has fewer spellings.
			entry := entries[min(j, len(entries)-1)]
			for _, template := range commonTemplates {
				add(template, cluster, entry)
			}
			for _, template := range rareTemplates {
				if i < 2 && j < 2 {
					add(template, cluster, entry)
				}
			}
		}
	}
	for _, value := range emptyValues {
		all = append(all, [2]string{value, value})
	}
	return all
})

// How many of the names are tried together.
const (
	basesTogether    = 7
	clustersTogether = 6
	pairsTogether    = 5
)

// urlVariables are variables in one style that stand for the parts of a URL.
type urlVariables struct {
	cluster, entry string
	bases          []string
}

// inOneStyle returns variables for names of clusters and entries, as one file spells all its variables.
func inOneStyle(names [][2]string) []urlVariables {
	var all []urlVariables
	add := func(template string, spelling int) {
		name := func(words string) string {
			spelled := spellings(words)
			return fill(template, spelled[min(spelling, len(spelled)-1)])
		}
		for _, both := range names {
			inStyle := urlVariables{cluster: name(both[0]), entry: name(both[1])}
			for _, base := range baseNames[:basesTogether] {
				inStyle.bases = append(inStyle.bases, name(base))
			}
			all = append(all, inStyle)
		}
	}
	for _, value := range emptyValues {
		all = append(all, urlVariables{value, value, []string{value}})
	}
	for _, template := range commonTemplates {
		for spelling := range 5 {
			add(template, spelling)
		}
	}
	for _, template := range rareTemplates {
		add(template, 0)
		add(template, 1)
	}
	return all
}

// For paths with one UUID, and with both.
var (
	variablesOfLists = sync.OnceValue(func() []urlVariables {
		var names [][2]string
		for _, cluster := range clusterNames[:clustersTogether] {
			names = append(names, [2]string{cluster, cluster})
		}
		return inOneStyle(names)
	})
	variablesOfEntries = sync.OnceValue(func() []urlVariables { return inOneStyle(pairNames[:pairsTogether]) })
)

// unfilledURLs returns a path with variables in place of its UUIDs, and of its base URL: with a variable
// for that, without it, and after the URL of the emulator and of the first gateway, as Postman and others
// keep a URL. rest is the path without its base, and places are those of the UUIDs in it.
func unfilledURLs(x *examination, rest string, places [][]int, yield func(string) bool) bool {
	inStyles := variablesOfLists()
	if len(places) > 1 {
		inStyles = variablesOfEntries()
	}
	known := []string{"", "http://" + x.request.Host + x.base(x.right[pathPart])}
	for _, g := range x.gateways[:min(1, len(x.gateways))] {
		known = append(known, "https://"+g.hosts[0]+g.base)
	}
	for i := range inStyles {
		path := filledIn(rest, places, inStyles[i].cluster, inStyles[i].entry)
		for _, bases := range [][]string{inStyles[i].bases, known} {
			for _, base := range bases {
				if !yield(base + path) {
					return false
				}
			}
		}
	}
	return true
}

// filledIn returns a path with values in place of its UUIDs.
func filledIn(path string, places [][]int, cluster, entry string) string {
	if len(places) > 1 {
		path = path[:places[1][4]] + entry + path[places[1][5]:]
	}
	return path[:places[0][4]] + cluster + path[places[0][5]:]
}

// afterName matches what follows the name of a collection in a path.
var afterName = regexp.MustCompile("/(clusters|access-entries)/([^/]+)")

// unfilledPaths returns paths with a variable in place of a UUID, of both, of the base URL, or of all.
func unfilledPaths(x *examination, right string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, path := range samplePaths {
			if !yield(path) {
				return
			}
		}
		places := afterName.FindAllStringSubmatchIndex(right, 2)
		values := unfilledPathValues()
		for _, place := range places {
			from, to := place[4], place[5]
			names := values.clusters
			if right[place[2]:place[3]] == "access-entries" {
				names = values.entries
			}
			if !eachValue(names, func(value string) bool { return yield(right[:from] + value + right[to:]) }) {
				return
			}
		}
		if len(places) == 2 && !x.bothUnfilled(right, places, yield) {
			return
		}
		rest := strings.TrimPrefix(right, x.base(right))
		inRest := afterName.FindAllStringSubmatchIndex(rest, 2)
		if len(inRest) > 0 && !unfilledURLs(x, rest, inRest, yield) {
			return
		}
		_ = eachValue(values.bases, func(value string) bool { return yield(value + rest) }) &&
			eachValue(values.bases, func(value string) bool { return yield(value + right) }) &&
			eachValue(values.paths, yield) &&
			eachValue(nil, func(value string) bool { return yield(right + value) })
	}
}

func (x *examination) bothUnfilled(right string, places [][]int, yield func(string) bool) bool {
	before := right[:places[0][4]]
	between := right[places[0][5]:places[1][4]]
	after := right[places[1][5]:]
	for _, pair := range pairs() {
		if !yield(before + pair[0] + between + pair[1] + after) {
			return false
		}
	}
	return true
}

// eachValue yields empty values, variables, and the variables with escapes.
func eachValue(filled []string, yield func(string) bool) bool {
	for _, value := range emptyValues {
		if !yield(value) {
			return false
		}
	}
	for i, value := range filled {
		if !yield(value) {
			return false
		}
		escaped := url.PathEscape(value)
		if i < 60 && escaped != value && !yield(escaped) {
			return false
		}
	}
	return true
}

// unfilledQueries returns queries with a variable in place of a value, and queries that are one.
func unfilledQueries(_ *examination, right string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, value := range emptyValues {
			if !yield(value) || !yield("?"+value) {
				return
			}
		}
		for _, place := range token.FindAllStringIndex(right, maxTokens) {
			rest := right[place[1]:]
			name, value, _ := strings.Cut(right[strings.LastIndexAny(right[:place[0]], "?&")+1:], "=")
			value, _, _ = strings.Cut(value, "&")
			if value != right[place[0]:place[1]] || name == "" || len(name) > 50 {
				continue // the name of a parameter, or no usual one
			}
			before := right[:place[0]]
			if !eachValue(variables([]string{name}), func(value string) bool { return yield(before + value + rest) }) {
				return
			}
		}
	}
}

// unfilledTexts are strings to sign that are one variable.
var unfilledTexts = sync.OnceValue(func() []string {
	return append(slices.Clone(emptyValues), variables(textNames)...)
})

// unfilledLayouts are strings with more than one variable, and strings that are one.
func unfilledLayouts(x *examination) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		try := func(texts ...string) bool {
			for _, text := range texts {
				if !yield(x.signing(text, text)) {
					return false
				}
			}
			return true
		}
		_ = try(unfilledTexts()...) && x.emptyParts(yield, try) && x.variableParts(try)
	}
}

// emptyParts tries strings in which several parts have the same empty value.
func (x *examination) emptyParts(yield func(candidate) bool, try func(...string) bool) bool {
	verb := x.right[methodPart]
	target := x.right[pathPart] + x.right[queryPart]
	lastLines := "\n" + x.right[timestampPart] + "\n" + x.right[accessKeyPart]
	for _, value := range emptyValues {
		two := "\n" + value + "\n" + value
		if !try(verb+" "+target+two, value+" "+value+lastLines, value+" "+value+two, verb+" "+value+two) {
			return false
		}
		text := verb + " " + target + "\n" + x.right[timestampPart] + "\n" + value
		withoutKeys := x.signing(text, text)
		withoutKeys.parts[secretPart] = value
		if !yield(withoutKeys) {
			return false
		}
	}
	return true
}

// variableParts tries strings in which several parts are variables in the same template.
func (x *examination) variableParts(try func(...string) bool) bool {
	verb := x.right[methodPart]
	target := x.right[pathPart] + x.right[queryPart]
	for i, template := range append(slices.Clone(commonTemplates), rareTemplates...) {
		styles := 4
		if i >= len(commonTemplates) {
			styles = 1
		}
		for style := range styles {
			name := func(words string) string {
				all := spellings(words)
				return fill(template, all[min(style, len(all)-1)])
			}
			end := "\n" + name("timestamp") + "\n" + name("access key")
			if !try(verb + " " + target + end) {
				return false
			}
			for _, path := range []string{name("path"), name("url"), name("uri")} {
				if !try(verb+" "+path+end, name("method")+" "+path+end) {
					return false
				}
			}
		}
	}
	return true
}

// unfilledForm matches a value that looks like a variable.
var unfilledForm = regexp.MustCompile(`\{\{|\}\}|\$\{|#\{|^@\{|^\{.*\}$|^<.*>$|^\[.*\]$|^__.*__$|` +
	`^%[A-Za-z_]+%$|^%[sdv]$|^\$[A-Za-z_({]|^:[A-Za-z]|` +
	`(?i:^(your|my|replace|insert)[-_ ]|^(NCLOUD|NCP)_|^(TODO|CHANGE_?ME|REPLACE_?ME)$)`)

var emptyWords = []string{"undefined", "null", "none", "nil", "nan", "(null)", "(nil)"}

// isUnfilled reports whether a value of a header is a variable, or what a language prints for one
// without a value.
func isUnfilled(value string) bool {
	if len(value) > maxHeader {
		return false
	}
	return slices.Contains(emptyWords, strings.ToLower(value)) || unfilledForm.MatchString(value)
}

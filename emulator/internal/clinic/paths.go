package clinic

import (
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// gateway is where the service is reached, or an emulator of it.
type gateway struct {
	hosts []string // also that of the general gateway, which users of other tools set
	base  string   // the path of its base URL
}

// newGateways returns the gateways of base URLs such as https://nks.apigw.ntruss.com/vnks/v2.
func newGateways(baseURLs []string) []gateway {
	var gateways []gateway
	for _, text := range baseURLs {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		general := strings.TrimPrefix(u.Host, "nks.")
		hosts := []string{u.Host, "ncloud." + general, "fin-ncloud." + general, general}
		gateways = append(gateways, gateway{hosts, strings.TrimSuffix(u.Path, "/")})
	}
	return gateways
}

// bases returns the base paths of the gateways, each once.
func (x *examination) bases() []string {
	var bases []string
	for _, g := range x.gateways {
		if !slices.Contains(bases, g.base) {
			bases = append(bases, g.base)
		}
	}
	return bases
}

// base returns the base path of a path, "" if it has none.
func (x *examination) base(path string) string {
	for _, base := range x.bases() {
		if path == base || strings.HasPrefix(path, base+"/") {
			return base
		}
	}
	return ""
}

// withHosts returns a path after the host of this request and those of all gateways, with and without
// a scheme, and with the base path of the gateway in place of its own or before it.
func withHosts(x *examination, right string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, g := range x.gateways {
			if !yield("https://" + g.hosts[0] + right) { // the most likely ones
				return
			}
		}
		for _, path := range x.urls(right) {
			if !yield(path) {
				return
			}
		}
	}
}

// urls returns a path after the hosts of this request and of all gateways.
func (x *examination) urls(right string) []string {
	rest := strings.TrimPrefix(right, x.base(right))
	var urls []string
	add := func(host string, paths ...string) {
		for _, before := range []string{"", "https://", "http://", "//", "/"} {
			urls = append(urls, before+host+":443"+right)
			for _, path := range paths {
				urls = append(urls, before+host+path)
			}
		}
	}
	sent := url.URL{Host: x.request.Host}
	add(sent.Host, right, rest, "/"+right, x.base(right)+right)
	for _, name := range []string{
		sent.Hostname(), "localhost", "127.0.0.1", "localhost:" + sent.Port(), "127.0.0.1:" + sent.Port(),
	} {
		add(name, right)
	}
	for _, g := range x.gateways {
		for _, host := range g.hosts {
			add(host, right, g.base+rest, rest, g.base+right, "/"+right, right+"/", right+"?")
		}
		urls = append(urls, "HTTPS://"+strings.ToUpper(g.hosts[0])+right)
	}
	return distinctTexts(urls)
}

// withoutBase returns a path without its base path, or without the first part of it.
func withoutBase(x *examination, right string) iter.Seq[string] {
	base := x.base(right)
	rest := strings.TrimPrefix(right, base)
	paths := []string{rest, strings.TrimPrefix(rest, "/")}
	if cut := strings.LastIndexByte(base, '/'); cut > 0 {
		paths = append(paths, base[cut:]+rest, base[:cut]+rest, base[cut+1:]+rest)
	}
	return slices.Values(paths)
}

// withOtherBases returns a path with every base path. A path without one gets them in front.
func withOtherBases(x *examination, right string) iter.Seq[string] {
	rest := strings.TrimPrefix(right, x.base(right))
	var paths []string
	for _, base := range x.bases() {
		paths = append(paths, base+rest)
	}
	for _, base := range []string{
		"/nks/v1", "/vnks/v1", "/vnks/v3", "/vnks/kr-v2", "/vnks/fkr-v2", "/nks/fkr-v2", "/vnks", "/nks", "/v2",
		"/api/v2", "/api",
	} {
		paths = append(paths, base+rest)
	}
	return slices.Values(paths)
}

// withTwoBases returns a path with a base path in front of its own, and one that was sent with two
// without the first or the second.
func withTwoBases(x *examination, right string) iter.Seq[string] {
	base := x.base(right)
	rest := strings.TrimPrefix(right, base)
	var paths []string
	for _, other := range x.bases() {
		paths = append(paths, other+right, base+other+rest)
	}
	if second := x.base(rest); base != "" && second != "" {
		paths = append(paths, rest, base+strings.TrimPrefix(rest, second))
	}
	paths = append(paths, base+"/"+strings.TrimPrefix(right, "/"), right+rest)
	for _, other := range x.bases() {
		paths = append(paths, other+"/"+right)
	}
	return slices.Values(paths)
}

// withTwoSlashes returns a path with a double slash where a base URL that ends in a slash leaves one, or
// everywhere.
func withTwoSlashes(x *examination, right string) iter.Seq[string] {
	paths := []string{"/" + right, strings.ReplaceAll(right, "/", "//")}
	for i, char := range right {
		if char == '/' && i > 0 {
			paths = append(paths, right[:i]+"/"+right[i:])
		}
	}
	return slices.Values(paths[:min(len(paths), 100)])
}

// otherPaths returns the paths above a path, and those with other names of its collections.
func otherPaths(_ *examination, right string) iter.Seq[string] {
	paths := []string{"/"}
	for above := right; len(paths) < 20; {
		cut := strings.LastIndexByte(above, '/')
		if cut <= 0 {
			break
		}
		above = above[:cut]
		paths = append(paths, above, above+"/")
	}
	for _, name := range []string{
		"access-entry", "accessEntries", "accessEntry", "access_entries", "accessentries", "AccessEntries", "entries",
		"access", "access-entires",
	} {
		paths = append(paths, strings.Replace(right, "access-entries", name, 1))
	}
	for _, name := range []string{"cluster", "Clusters"} {
		paths = append(paths, strings.Replace(right, "/clusters", "/"+name, 1))
	}
	withoutDashes := each("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", func(s string) string {
		return strings.ReplaceAll(s, "-", "")
	})
	inOtherOrder := replace("([0-9a-f-]{36})(/[^/]+/)([0-9a-f-]{36})", "$3$2$1")
	return slices.Values(append(paths, withoutDashes(right), inOtherOrder(right), strings.ReplaceAll(right, "/", `\`)))
}

// maxParameters is how many parameters are tried in every order.
const maxParameters = 5

// inOtherOrders returns a query with its parameters in every order.
func inOtherOrders(_ *examination, right string) iter.Seq[string] {
	return func(yield func(string) bool) {
		parameters := strings.Split(strings.TrimPrefix(right, "?"), "&")
		if len(parameters) < 2 {
			return
		}
		if len(parameters) > maxParameters {
			_ = yield(sorted(right)) && yield(replace("^[?]([^&]*)&(.*)", "?$2&$1")(right)) &&
				yield(replace("^[?](.*)&([^&]*)", "?$2&$1")(right))
			return
		}
		for _, order := range orders(parameters...) {
			isWhole := len(order) == len(parameters)
			if isWhole && !yield("?"+strings.Join(order, "&")) {
				return
			}
		}
	}
}

// withFewerParameters returns a query without some of its parameters.
func withFewerParameters(_ *examination, right string) iter.Seq[string] {
	return func(yield func(string) bool) {
		parameters := strings.Split(strings.TrimPrefix(right, "?"), "&")
		if len(parameters) < 2 || len(parameters) > maxParameters {
			return
		}
		for _, kept := range choices(parameters) {
			if !yield("?" + strings.Join(kept, "&")) {
				return
			}
		}
	}
}

// addedParameters are what other tools and versions of the API send in a query.
func addedParameters(_ *examination, right string) iter.Seq[string] {
	separator := "?"
	if right != "" {
		separator = "&"
	}
	var queries []string
	for _, added := range []string{
		"responseFormatType=json", "responseFormatType=JSON", "responseFormatType=xml",
		"regionCode=KR", "regionCode=FKR", "regionCode=SGN", "regionCode=JPN", "regionCode=KRS", "region_code=KR", "regionNo=1", "pageNo=0&pageSize=10", "",
	} {
		queries = append(queries, right+separator+added)
	}
	return slices.Values(queries)
}

const tokens = "[^/?&=]+" // between the separators of a path or a query

func plusUnescaped(s string) string { return unescaped(strings.ReplaceAll(s, "+", " ")) }

func queryEscaped(s string) string { return url.QueryEscape(plusUnescaped(s)) }

func spaceEscaped(s string) string { return strings.ReplaceAll(queryEscaped(s), "+", "%20") }

// asJavaScript escapes as encodeURIComponent does.
func asJavaScript(s string) string {
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(spaceEscaped(s))
}

// escapes are the ways in which libraries escape a path or a query.
var escapes = []func(string) string{
	each(tokens, func(s string) string { return url.PathEscape(unescaped(s)) }),
	each(tokens, queryEscaped),
	each(tokens, spaceEscaped),
	each(tokens, asJavaScript),
	each("%..", strings.ToLower), each("%..", strings.ToUpper), url.QueryEscape,
	func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") },
	strings.NewReplacer("-", "%2D", ".", "%2E", "_", "%5F", "~", "%7E").Replace,
	func(s string) string { return each("%..", strings.ToLower)(url.QueryEscape(s)) },
	strings.NewReplacer("/", "%2F", "-", "%2D").Replace,
}

var queryEscapes = append(slices.Clone(escapes), unescaped, plusUnescaped, replace("%", "%25"),
	replace("[+]", "%20"), replace("%20", "+"), replace("&", "&amp;"), replace("&", ";"), replace("&", ","),
	func(s string) string { return "?" + url.QueryEscape(strings.TrimPrefix(s, "?")) })

func sorted(query string) string {
	parameters := strings.Split(strings.TrimPrefix(query, "?"), "&")
	slices.Sort(parameters)
	return "?" + strings.Join(parameters, "&")
}

// Bounds on what partlyEscaped tries: it tries every choice of that many.
const (
	maxCharacters = 5 // different characters, or escapes
	maxTokens     = 8 // values between separators
)

var escapeSequence = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// partlyEscaped returns a text with some of its escapes undone, escaped again or in the other case,
// with some of its characters escaped, and with one of its values escaped or unescaped. The characters
// in separators stay as they are, except alone.
func partlyEscaped(separators string) func(*examination, string) iter.Seq[string] {
	return func(_ *examination, right string) iter.Seq[string] {
		return func(yield func(string) bool) {
			seen := map[string]bool{right: true}
			try := func(text string) bool {
				if seen[text] {
					return true
				}
				seen[text] = true
				return yield(text)
			}
			_ = eachToken(right, try) && someEscapes(right, try) && someCharacters(right, separators, try)
		}
	}
}

var token = regexp.MustCompile(tokens)

// eachToken edits one value.
func eachToken(text string, try func(string) bool) bool {
	places := token.FindAllStringIndex(text, maxTokens)
	for _, place := range places {
		value := text[place[0]:place[1]]
		for _, edited := range []string{
			unescaped(value), plusUnescaped(value), url.PathEscape(unescaped(value)), queryEscaped(value), spaceEscaped(value),
			asJavaScript(value), url.PathEscape(value), url.QueryEscape(value), unescaped(unescaped(value)),
			escapeSequence.ReplaceAllStringFunc(value, strings.ToLower), strings.ToLower(value), strings.ToUpper(value),
		} {
			if !try(text[:place[0]] + edited + text[place[1]:]) {
				return false
			}
		}
	}
	return true
}

// someEscapes undoes some of the escapes, escapes them again, or writes them in the other case.
func someEscapes(text string, try func(string) bool) bool {
	sequences := distinct(escapeSequence.FindAllString(text, -1))
	escapedAgain := func(s string) string { return "%25" + s[1:] }
	changes := []func(string) string{unescaped, escapedAgain, strings.ToLower, strings.ToUpper}
	for _, chosen := range choices(sequences) {
		for _, edit := range changes {
			var replacements []string
			for _, sequence := range chosen {
				replacements = append(replacements, sequence, edit(sequence))
			}
			if !try(strings.NewReplacer(replacements...).Replace(text)) {
				return false
			}
		}
	}
	return true
}

// someCharacters escapes some of the characters.
func someCharacters(text, separators string, try func(string) bool) bool {
	for _, chosen := range choices(escapable(text, separators)) {
		for _, edit := range []func(string) string{strings.ToUpper, strings.ToLower} {
			var replacements []string
			for _, character := range chosen {
				replacements = append(replacements, character, edit(percent(character)))
			}
			if !try(strings.NewReplacer(replacements...).Replace(text)) {
				return false
			}
		}
	}
	for _, separator := range separators {
		if !try(strings.ReplaceAll(text, string(separator), percent(string(separator)))) {
			return false
		}
	}
	return true
}

// escapable returns the first different characters that some library escapes.
func escapable(text, separators string) []string {
	var characters []string
	for _, r := range text {
		if r == '%' || strings.ContainsRune(separators, r) {
			continue
		}
		if strings.ContainsRune("-._~", r) || url.QueryEscape(string(r)) != string(r) {
			characters = append(characters, string(r))
		}
	}
	return distinct(characters)
}

// percent escapes every byte of a text.
func percent(text string) string {
	const digits = "0123456789ABCDEF"
	var escaped strings.Builder
	for i := range len(text) {
		escaped.Write([]byte{'%', digits[text[i]>>4], digits[text[i]&15]})
	}
	return escaped.String()
}

// distinct returns the first different texts.
func distinct(texts []string) []string {
	var list []string
	for _, text := range texts {
		if !slices.Contains(list, text) && len(list) < maxCharacters {
			list = append(list, text)
		}
	}
	return list
}

// choices returns every choice of some of the texts.
func choices(texts []string) [][]string {
	var all [][]string
	for bits := 1; bits < 1<<len(texts); bits++ {
		var chosen []string
		for i, text := range texts {
			if bits&(1<<i) != 0 {
				chosen = append(chosen, text)
			}
		}
		all = append(all, chosen)
	}
	return all
}

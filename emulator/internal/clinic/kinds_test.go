package clinic

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	clusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	entryUUID   = "2b141960-0000-0000-0000-246e9659184c"
	listPath    = "/vnks/v2/clusters/" + clusterUUID + "/access-entries"
)

// signsText makes the client sign a text in which the names of the parts stand for them.
func signsText(format string) func(*client) {
	return func(c *client) {
		c.message = func(method, target, timestamp, accessKey string) string {
			return strings.NewReplacer("METHOD", method, "TARGET", target, "TIME", timestamp, "KEY", accessKey, "BODY", c.body).Replace(format)
		}
	}
}

// sendsAndSigns makes the client send one target and sign another.
func sendsAndSigns(sent, signed string) func(*client) {
	return func(c *client) {
		c.target = sent
		c.signs(func(_, target, _, _ *string) { *target = signed })
	}
}

func expectMistake(t *testing.T, name, want string, mistake func(*client)) {
	t.Helper()
	client := newClient()
	mistake(client)
	d := diagnosed(t, client.request(t))
	if got := strings.Join(d.mistakes(), " "); got != want {
		t.Errorf("%s: got %s: %s", name, got, d.Summary())
	}
	if d.Signed == "" && want != "nothing-signed" {
		t.Errorf("%s: the signed string is missing", name)
	}
}

func TestSomethingElseIsSigned(t *testing.T) {
	const body = `{ "type": "USER", "entry": "nrn:PUB:IAM::1:SubAccount/1" }`
	sum := sha256.Sum256([]byte(body))
	sum5 := md5.Sum([]byte(body))
	for _, c := range []struct{ signed, want string }{
		{"BODY", "body-signed"},
		{"BODY\n", "body-signed"},
		{`{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/1"}`, "body-signed"},
		{"{\n  \"type\": \"USER\",\n  \"entry\": \"nrn:PUB:IAM::1:SubAccount/1\"\n}", "body-signed"},
		{hex.EncodeToString(sum[:]), "body-signed"},
		{base64.StdEncoding.EncodeToString(sum[:]), "body-signed"},
		{hex.EncodeToString(sum5[:]), "body-signed"},
		{"TIMEBODY", "body-signed"},
		{"TIME.BODY", "body-signed"},
		{"BODYTIME", "body-signed"},
		{"TARGETBODY", "body-signed"},
		{"METHOD TARGET\nTIME\nKEY\n" + hex.EncodeToString(sum[:]), "body-in-string"},
		{"METHOD TARGET\nTIME\nKEY" + base64.StdEncoding.EncodeToString(sum[:]), "body-in-string"},
		{`METHOD TARGET` + "\nTIME\nKEY\n" + `{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/1"}`, "body-in-string"},
		{"", "nothing-signed"},
		{"undefined", "variable-not-filled-in"},
		{"[object Object]", "variable-not-filled-in"},
		{"{{stringToSign}}", "variable-not-filled-in"},
		{"TIME", "layout-of-another-api"},
		{"TARGET", "missing-method"},
	} {
		if c.signed == "TARGET" {
			c.want = "layout-of-another-api"
		}
		expectMistake(t, c.signed, c.want, func(client *client) {
			client.body = body
			signsText(c.signed)(client)
		})
	}
	expectMistake(t, "no body", "nothing-signed", func(client *client) {
		client.method = "GET"
		signsText("")(client)
	})
}

func TestVariablesOfAWholeURL(t *testing.T) {
	rest := strings.TrimPrefix(listPath, "/vnks/v2")
	for _, path := range []string{
		"{{baseUrl}}" + strings.Replace(rest, clusterUUID, "{{clusterUuid}}", 1),
		"${BASE_URL}" + strings.Replace(rest, clusterUUID, "${CLUSTER_UUID}", 1),
		"undefined" + strings.Replace(rest, clusterUUID, "undefined", 1),
		strings.Replace(rest, clusterUUID, ":clusterUuid", 1),
		"https://nks.apigw.ntruss.com/vnks/v2" + strings.Replace(rest, clusterUUID, "{{cluster_uuid}}", 1),
		"http://localhost:8080/vnks/v2" + strings.Replace(rest, clusterUUID, "<cluster-uuid>", 1),
	} {
		expectMistake(t, path, "variable-not-filled-in", sendsAndSigns(listPath, path))
	}
	entry := listPath + "/" + entryUUID
	signed := "{{base_url}}" + strings.NewReplacer(clusterUUID, "{{cluster_uuid}}", entryUUID, "{{entry_uuid}}").Replace(strings.TrimPrefix(entry, "/vnks/v2"))
	expectMistake(t, signed, "variable-not-filled-in", sendsAndSigns(entry, signed))
}

// Two frequent mistakes at once are both named.
func TestTwoMistakes(t *testing.T) {
	rest := strings.TrimPrefix(listPath, "/vnks/v2")
	for _, c := range []struct{ signed, want string }{
		{"METHOD " + rest + "\nTIME\nKEY\n", "missing-base-path trailing-newline"},
		{"METHOD " + rest + `\nTIME\nKEY`, "missing-base-path literal-backslash-n"},
		{"post " + rest + "\nTIME\nKEY", "method-in-lower-case missing-base-path"},
		{"METHOD https://nks.apigw.ntruss.com" + listPath + "\nTIME\nKEY\n", "scheme-and-host-in-string trailing-newline"},
		{"METHOD TARGET\n1767268800\nKEY\n", "seconds-in-string trailing-newline"},
	} {
		expectMistake(t, c.signed, c.want, signsText(c.signed))
	}
	expectMistake(t, "a line break in the secret key, too", "trailing-newline secret-key-with-white-space", func(c *client) {
		signsText("METHOD TARGET\nTIME\nKEY\n")(c)
		c.secretKey += "\n"
	})
}

// The parts of the string, in other forms than the right ones.
func TestOtherForms(t *testing.T) {
	const query = "/vnks/v2/clusters?name=a%20b&x=%2fy&z=1"
	for _, c := range []struct{ signed, want string }{
		{"METHOD TARGET\nTIME.0\nKEY", "timestamps-differ"},
		{"METHOD TARGET\n\"TIME\"\nKEY", "timestamps-differ"},
		{"METHOD TARGET\n2026-01-01T12:00:00Z\nKEY", "timestamps-differ"},
		{"METHOD TARGET\n2026-01-01T21:00:00+09:00\nKEY", "timestamps-differ"},
		{"METHOD TARGET\nThu, 01 Jan 2026 12:00:00 GMT\nKEY", "timestamps-differ"},
		{"METHOD TARGET\n1767268800.123\nKEY", "timestamps-differ"},
		{"METHOD TARGET HTTP/1.1\nTIME\nKEY", "extra-text"},
		{"METHOD TARGET\nx-ncp-apigw-timestamp:TIME\nx-ncp-iam-access-key:KEY", "extra-text"},
		{"METHOD, ,TARGET,\n,TIME,\n,KEY", "extra-text"},
		{"['METHOD', 'TARGET', 'TIME', 'KEY']", "extra-text"},
		{"\"METHOD TARGET\nTIME\nKEY\"", "string-in-quotes"},
		{"'METHOD TARGET\nTIME\nKEY'", "string-in-quotes"},
		{`"METHOD TARGET\nTIME\nKEY"`, "string-in-quotes"},
		{`b'METHOD TARGET\nTIME\nKEY'`, "string-in-quotes"},
		{`$'METHOD TARGET\nTIME\nKEY'`, "dollar-quotes"},
		{"$METHOD TARGET\nTIME\nKEY", "dollar-quotes"},
		{`METHOD TARGET\nTIME\nKEY` + "\n", "literal-backslash-n"},
		{`METHOD TARGET\\nTIME\\nKEY`, "literal-backslash-n"},
		{"METHOD TARGET%0ATIME%0AKEY", "missing-line-breaks"},
		{"METHOD TARGET/nTIME/nKEY", "missing-line-breaks"},
		{"METHOD TARGET<br>TIME<br>KEY", "missing-line-breaks"},
		{"TARGET METHOD\nTIME\nKEY", "lines-in-another-order"},
		{"METHOD TARGET\nTIME\nKEY\x00", "trailing-space"},
		{"METHOD TARGET \nTIME\nKEY", "trailing-space"},
		{"\n    METHOD TARGET\n    TIME\n    KEY\n    ", "indented-lines"},
		{"\nMETHOD TARGET\nTIME\nKEY\n", "leading-newline"},
		{"\n", "nothing-signed"},
		{" ", "nothing-signed"},
	} {
		expectMistake(t, c.signed, c.want, signsText(c.signed))
	}
	for path, want := range map[string]string{
		"/vnks/v2//clusters/" + clusterUUID + "/access-entries": "double-slash",
		"/" + listPath:                     "double-slash",
		"/vnks/v2/" + listPath:             "base-path-twice",
		"/vnks/v2/clusters":                "another-path",
		"/vnks/v2/clusters/" + clusterUUID: "another-path",
		"/":                                "another-path",
		"/vnks/v2/clusters/" + clusterUUID + "/access-entry":       "another-path",
		"/vnks/v2/cluster/" + clusterUUID + "/access-entries":      "another-path",
		"/vnks/fkr-v2/clusters/" + clusterUUID + "/access-entries": "wrong-base-path",
		"http://127.0.0.1:8080" + listPath:                         "scheme-and-host-in-string",
		listPath + "?responseFormatType=json":                      "query-not-sent",
		listPath + "?regionCode=KR":                                "query-not-sent",
		strings.ReplaceAll(listPath, "/", "%2f"):                   "path-escaped",
	} {
		expectMistake(t, path, want, sendsAndSigns(listPath, path))
	}
	expectMistake(t, "the list for an entry", "another-path", sendsAndSigns(listPath+"/"+entryUUID, listPath))
	for signed, want := range map[string]string{
		"/vnks/v2/clusters?z=1&name=a%20b&x=%2fy":         "query-order",
		"/vnks/v2/clusters?name=a%20b&z=1":                "missing-query",
		"/vnks/v2/clusters?name=&x=&z=":                   "missing-query",
		"/vnks/v2/clusters?name=a%20b;x=%2fy;z=1":         "query-escaped",
		"/vnks/v2/clusters?name=a%20b&amp;x=%2fy&amp;z=1": "query-escaped",
	} {
		expectMistake(t, signed, want, sendsAndSigns(query, signed))
	}
	expectMistake(t, "Post", "method-in-lower-case", signsText("Post TARGET\nTIME\nKEY"))
	for _, secret := range []string{
		hex.EncodeToString([]byte(alice.SecretKey)), alice.SecretKey + "&", alice.AccessKey + ":" + alice.SecretKey, "AWS4" + alice.SecretKey,
		"Bearer " + alice.SecretKey, fmt.Sprintf("%x", sha256.Sum256([]byte(alice.SecretKey))), fmt.Sprintf("%x", md5.Sum([]byte(alice.SecretKey))),
	} {
		expectMistake(t, secret, "secret-key-changed", func(c *client) { c.secretKey = secret })
	}
	const body = `{"type": "USER", "entry": "nrn:PUB:IAM::1:SubAccount/1"}`
	for _, c := range []struct{ signed, want string }{
		{`{"entry":"nrn:PUB:IAM::1:SubAccount/1","type":"USER"}`, "body-signed"},
		{base64.StdEncoding.EncodeToString([]byte(body)), "body-signed"},
		{"METHOD TARGET?BODY\nTIME\nKEY", "body-in-string"},
		{"METHOD TARGET\nBODY\nTIME\nKEY", "body-in-string"},
		{"BODY\nMETHOD TARGET\nTIME\nKEY", "body-in-string"},
		{"METHOD TARGET\nTIME\nKEY{}", "body-in-string"},
	} {
		expectMistake(t, c.signed, c.want, func(client *client) {
			client.body = body
			signsText(c.signed)(client)
		})
	}
	expectMistake(t, "an API key", "extra-text", func(c *client) {
		signsText("METHOD TARGET\nTIME\nold-api-key\nKEY")(c)
		headers := c.headers
		c.headers = func(timestamp, accessKey, signature string) [][2]string {
			return append(headers(timestamp, accessKey, signature), [2]string{"x-ncp-apigw-api-key", "old-api-key"})
		}
	})
	const compact = `{"type":"USER","entry":"a, \"b\": c"}`
	expectMistake(t, "the body as Python writes it", "body-signed", func(client *client) {
		client.body = compact
		signsText(`{"type": "USER", "entry": "a, \"b\": c"}`)(client)
	})
}

func TestVariablesThatWereNotFilledIn(t *testing.T) {
	for _, variable := range []string{
		"{{clusterUuid}}", "{{ clusterUuid }}", "{{cluster_uuid}}", "{{CLUSTER_UUID}}", "{{clusterId}}", "{{cluster-id}}", "{{clusterUUID}}",
		"{uuid}", "{clusterUuid}", ":uuid", ":clusterUuid", "${clusterUuid}", "${CLUSTER_ID}", "$CLUSTER_UUID", "%CLUSTER_UUID%",
		"<cluster-uuid>", "<<clusterUuid>>", "[uuid]", "#{cluster_id}", "{{_.clusterUuid}}", "{{ _.cluster_uuid }}",
		"{{process.env.CLUSTER_UUID}}", "${{ secrets.CLUSTER_UUID }}", "@clusterUuid", "%(cluster_uuid)s", "$env:CLUSTER_UUID",
		"%7BclusterUuid%7D", "%7B%7BclusterUuid%7D%7D", "clusterUuid", "undefined", "null", "None", "nil", "<nil>", "%s", "{0}",
		"__CLUSTER_UUID__", "__x__", "{{x}}", "${x}", "<x>", "%x%", ":x",
		"{{my_cluster}}", "<your-cluster-uuid>", "{{.ClusterUUID}}", "{{.Values.cluster}}", "[[clusterUuid]]", "{{prod_cluster_id}}",
		"{{NKS_UUID}}", "%(cluster)s", "<class 'NoneType'>", "CHANGEME", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
		"[object Object]", "NaN", "{{uuid}}", "{{id}}", "{cluster}", "{{nksClusterUuid}}", "{{$clusterUuid}}", "",
	} {
		expectMistake(t, variable, "variable-not-filled-in", sendsAndSigns(listPath, strings.Replace(listPath, clusterUUID, variable, 1)))
	}
	entry := listPath + "/" + entryUUID
	for _, variable := range []string{"{{entryUuid}}", "{entryUuid}", ":entryUuid", "{{access_entry_id}}", "undefined", "None", "${ENTRY_UUID}"} {
		expectMistake(t, variable, "variable-not-filled-in", sendsAndSigns(entry, listPath+"/"+variable))
	}
	for _, pair := range [][2]string{
		{"{uuid}", "{entryUuid}"}, {"{{clusterUuid}}", "{{entryUuid}}"}, {":clusterId", ":entryId"}, {"${CLUSTER_UUID}", "${ENTRY_UUID}"},
		{"{{ cluster_id }}", "{{ access_entry_id }}"}, {"undefined", "undefined"}, {"<cluster-uuid>", "<entry-uuid>"},
	} {
		signed := strings.NewReplacer(clusterUUID, pair[0], entryUUID, pair[1]).Replace(entry)
		expectMistake(t, signed, "variable-not-filled-in", sendsAndSigns(entry, signed))
	}
	rest := strings.TrimPrefix(listPath, "/vnks/v2")
	for _, path := range []string{
		"{{baseUrl}}" + rest, "{{base_url}}" + rest, "{{host}}" + listPath, "${BASE_URL}" + rest, "undefined" + rest, "undefined" + listPath,
		"{{url}}", "{{path}}", "undefined", "None", "/photos/puppy.jpg?query1=&query2", listPath + "undefined", "{{ _.baseUrl }}" + rest,
	} {
		want := "variable-not-filled-in"
		expectMistake(t, path, want, sendsAndSigns(listPath, path))
	}
	for _, text := range []string{
		"METHOD TARGET\n{{timestamp}}\nKEY", "METHOD TARGET\n{{$timestamp}}\nKEY", "METHOD TARGET\n${timestamp}\nKEY", "METHOD TARGET\nundefined\nKEY",
		"METHOD TARGET\nNone\nKEY", "METHOD TARGET\n{timestamp}\nKEY", "METHOD TARGET\n\nKEY",
		"METHOD TARGET\nTIME\n{{accessKey}}", "METHOD TARGET\nTIME\n{accessKey}", "METHOD TARGET\nTIME\n$NCLOUD_ACCESS_KEY",
		"METHOD TARGET\nTIME\nundefined", "METHOD TARGET\nTIME\nnull", "METHOD TARGET\nTIME\n{{ access_key }}",
		"METHOD TARGET\n{{timestamp}}\n{{accessKey}}", "METHOD TARGET\n{timestamp}\n{accessKey}", "METHOD TARGET\nundefined\nundefined",
		"{{method}} {{path}}\n{{timestamp}}\n{{accessKey}}", "METHOD {{url}}\n{{timestamp}}\n{{accessKey}}", "undefined undefined\nTIME\nKEY",
		"{{method}} TARGET\nTIME\nKEY", "undefined TARGET\nTIME\nKEY", "${METHOD} TARGET\nTIME\nKEY",
	} {
		want := "variable-not-filled-in"
		if text == "METHOD TARGET\n\nKEY" {
			want = "missing-lines"
		}
		text := text
		expectMistake(t, text, want, func(c *client) {
			c.message = func(method, target, timestamp, accessKey string) string {
				// The names in capitals are replaced where they are no part of a variable.
				lines := strings.Replace(text, "METHOD ", method+" ", 1)
				lines = strings.Replace(lines, " TARGET", " "+target, 1)
				lines = strings.Replace(lines, "\nTIME", "\n"+timestamp, 1)
				if head, ok := strings.CutSuffix(lines, "\nKEY"); ok {
					lines = head + "\n" + accessKey
				}
				return lines
			}
		})
	}
	for _, key := range []string{"{{secretKey}}", "undefined", "null", "${NCLOUD_SECRET_KEY}", "{secret_key}", "<secret-key>", "$SECRET_KEY", "YOUR_SECRET_KEY", "${SK}", "%SK%", "__SK__", "{{x}}"} {
		expectMistake(t, key, "variable-not-filled-in", func(c *client) { c.secretKey = key })
	}
	expectMistake(t, "query", "variable-not-filled-in", sendsAndSigns("/vnks/v2/clusters?pageNo=7&x=1", "/vnks/v2/clusters?pageNo={{pageNo}}&x=1"))
	expectMistake(t, "query", "variable-not-filled-in", sendsAndSigns("/vnks/v2/clusters?pageNo=7&x=1", "/vnks/v2/clusters?pageNo=7&x=undefined"))
	expectMistake(t, "query", "variable-not-filled-in", sendsAndSigns("/vnks/v2/clusters?a=1", "/vnks/v2/clusters?undefined"))
}

func TestVariablesInHeaders(t *testing.T) {
	for _, variable := range []string{"{{timestamp}}", "{{$timestamp}}", "${ts}", "undefined", "null", "None", "{timestamp}", "%d"} {
		expectMistake2(t, variable, "variable-not-filled-in", func(c *client) { c.timestamp = func() string { return variable } })
	}
	for _, variable := range []string{"{{accessKey}}", "undefined", "$NCLOUD_ACCESS_KEY", "<access key>", "None", "YOUR_ACCESS_KEY",
		"NCLOUD_ACCESS_KEY", "__AK__"} {
		expectMistake2(t, variable, "variable-not-filled-in", func(c *client) { c.accessKey, c.secretKey = variable, "nobody's" })
	}
	for _, variable := range []string{"{{signature}}", "undefined", "[object Promise]"} {
		expectMistake2(t, variable, "variable-not-filled-in", func(c *client) { c.encode = func([]byte) string { return variable } })
	}
}

// expectMistake2 is expectMistake for mistakes in headers, where the string may not be found.
func expectMistake2(t *testing.T, name, want string, mistake func(*client)) {
	t.Helper()
	client := newClient()
	mistake(client)
	d := diagnosed(t, client.request(t))
	if got := strings.Join(d.mistakes(), " "); got != want {
		t.Errorf("%s: got %s: %s", name, got, d.Summary())
	}
}

func TestHostsOfAllGateways(t *testing.T) {
	for _, prefix := range []string{
		"nks.apigw.ntruss.com", "https://nks.apigw.ntruss.com", "https://nks.apigw.fin-ntruss.com", "https://nks.apigw.gov-ntruss.com",
		"http://nks.apigw.gov-ntruss.com", "https://ncloud.apigw.ntruss.com", "https://ncloud.apigw.gov-ntruss.com",
		"https://fin-ncloud.apigw.fin-ntruss.com", "https://ncloud.apigw.fin-ntruss.com", "ncloud.apigw.gov-ntruss.com",
		"//nks.apigw.ntruss.com", "https://nks.apigw.ntruss.com:443", "http://localhost:8080", "localhost",
	} {
		expectMistake(t, prefix, "scheme-and-host-in-string", sendsAndSigns(listPath, prefix+listPath))
	}
	rest := strings.TrimPrefix(listPath, "/vnks/v2")
	for _, url := range []string{
		"https://nks.apigw.fin-ntruss.com/nks/v2" + rest, "nks.apigw.ntruss.com/vnks/sgn-v2" + rest,
		"https://ncloud.apigw.gov-ntruss.com/vnks/krs-v2" + rest, "https://nks.apigw.ntruss.com" + rest,
		"https://nks.apigw.ntruss.com/vnks/v2" + listPath, "https://nks.apigw.ntruss.com/" + listPath, "HTTPS://NKS.APIGW.NTRUSS.COM" + listPath,
		"https://nks.apigw.ntruss.com" + listPath + "/",
	} {
		expectMistake(t, url, "scheme-and-host-in-string", sendsAndSigns(listPath, url))
	}
}

func TestBasePathTwice(t *testing.T) {
	rest := strings.TrimPrefix(listPath, "/vnks/v2")
	for _, c := range [][2]string{
		{listPath, "/vnks/v2" + listPath}, {listPath, "/nks/v2" + listPath}, {listPath, "/vnks/v2/vnks/sgn-v2" + rest},
		{"/vnks/v2" + listPath, listPath}, {"/nks/v2/vnks/v2" + rest, listPath}, {"/nks/v2" + listPath, "/nks/v2" + rest},
	} {
		expectMistake(t, c[1], "base-path-twice", sendsAndSigns(c[0], c[1]))
	}
	for _, base := range []string{"/nks/v2", "/vnks/sgn-v2", "/vnks/jpn-v2", "/vnks/krs-v2", "/vnks/v3"} {
		expectMistake(t, base, "wrong-base-path", sendsAndSigns(listPath, base+rest))
		expectMistake(t, base, "wrong-base-path", sendsAndSigns("/vnks/sgn-v2"+rest, "/vnks/v2"+rest))
	}
	for _, path := range []string{rest, rest[1:], "/v2" + rest, "/vnks" + rest, "v2" + rest} {
		expectMistake(t, path, "missing-base-path", sendsAndSigns(listPath, path))
	}
}

func TestLayoutsOfOtherAPIs(t *testing.T) {
	for _, text := range []string{
		"TIME.METHOD.TARGET", "TIMEMETHODTARGET", "METHODTARGETTIME", "TIME\nMETHOD\nTARGET", "METHOD:TARGET:TIME:KEY", "METHOD|TARGET|TIME|KEY",
		"KEY.TIME.METHOD.TARGET", "METHOD,TARGET,TIME", "TIME METHOD TARGET KEY", "KEYTIME", "TIME.KEY", "KEY\nTIME", "METHOD\nTARGET\nTIME",
		"METHOD&TARGET&TIME&KEY", "TIME_METHOD_TARGET", "TIME-METHOD-TARGET-KEY",
	} {
		expectMistake(t, text, "layout-of-another-api", signsText(text))
	}
	expectMistake(t, "without the query", "layout-of-another-api", func(c *client) {
		c.target = listPath + "?a=1"
		c.message = func(method, _, timestamp, _ string) string { return timestamp + "." + method + "." + listPath }
	})
	expectMistake(t, "with the query", "layout-of-another-api", func(c *client) {
		c.target = listPath + "?a=1"
		signsText("TIME.METHOD.TARGET")(c)
	})
	expectMistake(t, "with the body", "layout-of-another-api", func(c *client) {
		c.body = "{}"
		signsText("TIMEMETHODTARGETBODY")(c)
	})
}

func TestEchoOfShells(t *testing.T) {
	for _, lines := range []string{"METHOD TARGET\nTIME\nKEY", `METHOD TARGET\nTIME\nKEY`, "METHOD TARGET$\nTIME$\nKEY", `METHOD TARGET$\nTIME$\nKEY`} {
		for _, end := range []string{"", "\n", `\n`} {
			for options, want := range map[string]string{"-n ": "echo-n", "-e ": "echo-e", "-n -e ": "echo-n", "-ne ": "echo-n", "-en ": "echo-n", "-e -n ": "echo-n"} {
				expectMistake(t, options+lines+end, want, signsText(options+lines+end))
			}
		}
	}
	for _, lines := range []string{"METHOD TARGET$\nTIME$\nKEY", `METHOD TARGET$\nTIME$\nKEY`, "METHOD TARGET$\nTIME$\nKEY\n"} {
		expectMistake(t, lines, "dollar-quotes", signsText(lines))
	}
}

func TestEscapesInPart(t *testing.T) {
	const clusters = "/vnks/v2/clusters/"
	for _, c := range []struct{ sent, signed, want string }{
		{clusters + "a%20b%2Fc", clusters + "a%20b/c", "path-escaped"},
		{clusters + "a%20b%2Fc", clusters + "a b%2Fc", "path-escaped"},
		{clusters + "a b%2Fc", clusters + "a%20b%2Fc", "path-escaped"},
		{clusters + "nrn:PUB:IAM::1:Role%2Fx", clusters + "nrn%3APUB%3AIAM%3A%3A1%3ARole/x", "unknown"},
		{clusters + "nrn:PUB:IAM::1:Role%2Fx", clusters + "nrn:PUB:IAM::1:Role/x", "path-unescaped"},
		{clusters + "nrn%3APUB%3AIAM%3A%3A1%3ARole%2Fx", clusters + "nrn:PUB:IAM::1:Role%2Fx", "path-escaped"},
		{clusters + "nrn%3APUB%2Fx(1)", clusters + "nrn%3APUB%2Fx%281%29", "path-escaped"},
		{clusters + "nrn%3APUB%2Fx(1)", clusters + "nrn:PUB/x(1)", "path-unescaped"},
		{clusters + "a%3Ab%2Fc%2Cd", clusters + "a%3ab%2Fc%2Cd", "path-escaped"},
		{clusters + "a%3Ab%2Fc%2Cd", clusters + "a%3ab%2fc%2Cd", "path-escaped"},
		{clusters + "a%3Ab%2Fc", clusters + "a%253Ab%2Fc", "path-escaped"},
		{clusters + "a%3Ab/c%3Ad", clusters + "a:b/c%3Ad", "path-escaped"},
		{clusters + "a%3Ab/c%3Ad", clusters + "a%3Ab/c:d", "path-escaped"},
		{clusters + "가/%EB%82%98", clusters + "%EA%B0%80/%EB%82%98", "path-escaped"},

		{clusters + "?q=a%2Fb%3Ac&r=d%2Fe", clusters + "?q=a/b%3Ac&r=d/e", "query-escaped"},
		{clusters + "?q=a%2Fb%3Ac&r=d%2Fe", clusters + "?q=a/b:c&r=d%2Fe", "query-escaped"},
		{clusters + "?q=a%2Fb&r=d%2Fe", clusters + "?q=a%2Fb&r=d/e", "query-escaped"},
		{clusters + "?q=a/b:c", clusters + "?q=a%2Fb:c", "query-escaped"},
		{clusters + "?q=a/b:c", clusters + "?q=a/b%3Ac", "query-escaped"},
		{clusters + "?q=a+b&r=c%2Bd", clusters + "?q=a%20b&r=c%2Bd", "query-escaped"},
		{clusters + "?q=a%20b+c", clusters + "?q=a+b+c", "query-escaped"},
		{clusters + "?q=*a(b)", clusters + "?q=%2Aa(b)", "query-escaped"},
		{clusters + "?q=[1]&r=2", clusters + "?q=%5B1%5D&r=2", "query-escaped"},
		{clusters + "?q=%5B1%5D&r=a%2Cb", clusters + "?q=[1]&r=a%2Cb", "query-escaped"},
	} {
		if c.want == "unknown" {
			continue // two mistakes
		}
		client := newClient()
		sendsAndSigns(c.sent, c.signed)(client)
		client.target = strings.ReplaceAll(client.target, " ", "%20") // which Go's server takes
		if strings.Contains(c.sent, " ") {
			continue
		}
		d := diagnosed(t, client.request(t))
		if got := strings.Join(d.mistakes(), " "); got != c.want {
			t.Errorf("%s sent, %s signed: got %s", c.sent, c.signed, got)
		}
	}
}

// A timestamp that came before is made once and used again. It is no matter of the clock.
func TestTimestampsMadeOnce(t *testing.T) {
	sent := func(at time.Duration) *client {
		c := newClient()
		c.now = noon.Add(at)
		return c
	}
	diagnose := func(clinic *Clinic, c *client, now time.Time) Diagnosis {
		r := c.request(t)
		d := clinic.Diagnose(r, verifierAt(now).Verify(r), now)
		clinic.See(r, now)
		checkNoSecret(t, d)
		return d
	}
	expect := func(d Diagnosis, want, words string) {
		t.Helper()
		if got := strings.Join(d.mistakes(), " "); got != want || !strings.Contains(d.Summary(), words) {
			t.Errorf("got %s: %s, want %s: %s", got, d.Summary(), want, words)
		}
	}
	const day = 24 * time.Hour
	expect(diagnose(New(keys, baseURLs), sent(-7*365*day), noon), "old-timestamp", "Make a new timestamp for each request, and for each retry.")
	expect(diagnose(New(keys, baseURLs), sent(-20*time.Minute), noon), "old-timestamp", "It may have been made once, when the program started")

	// Seen when it was right, or refused before.
	clinic := New(keys, baseURLs)
	clinic.See(sent(0).request(t), noon)
	expect(diagnose(clinic, sent(0), noon.Add(20*time.Minute)), "timestamp-used-again", "The same timestamp came 20m0s ago already")
	clinic = New(keys, baseURLs)
	expect(diagnose(clinic, sent(-9*time.Hour), noon), "timestamp-in-local-time", "")
	expect(diagnose(clinic, sent(-9*time.Hour), noon.Add(2*time.Second)), "timestamp-used-again", "")
	expect(diagnose(clinic, sent(9*time.Hour), noon), "timestamp-in-local-time", "")
	expect(diagnose(clinic, sent(6*time.Minute), noon), "clock-skew", "")

	// Another request had the right time just now, so it is not the clock, nor the time zone.
	clinic = New(keys, baseURLs)
	clinic.See(sent(time.Second).request(t), noon.Add(time.Second))
	expect(diagnose(clinic, sent(-2*time.Hour), noon.Add(2*time.Second)), "old-timestamp", "so the clock is right")

	// Requests at once may have the same timestamp.
	clinic = New(keys, baseURLs)
	clinic.See(sent(-20*time.Minute).request(t), noon)
	expect(diagnose(clinic, sent(-20*time.Minute), noon), "old-timestamp", "")
}

// The clinic remembers the last timestamps only, whatever it is sent.
func TestHistoryIsBounded(t *testing.T) {
	var h history
	for i := range 3 * maxHistory {
		h.add(fmt.Sprint("key", i), fmt.Sprint(noon.UnixMilli()+int64(i)), noon)
	}
	h.add("key", strings.Repeat("1", 1000), noon)
	h.add(strings.Repeat("k", 1000), "1", noon)
	h.add("key", "", noon)
	if len(h.seen) != maxHistory || len(h.order) != maxHistory || len(h.right) > maxHistory {
		t.Errorf("%d, %d and %d are remembered", len(h.seen), len(h.order), len(h.right))
	}
	last := 3*maxHistory - 1
	if _, ok := h.first(fmt.Sprint("key", last), fmt.Sprint(noon.UnixMilli()+int64(last))); !ok {
		t.Error("the last one is not remembered")
	}
	if _, ok := h.first("key0", fmt.Sprint(noon.UnixMilli())); ok {
		t.Error("the first one is still remembered")
	}
}

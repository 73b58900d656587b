package jsonlimit_test

import (
	"strings"
	"testing"

	"github.com/nks-access/nks-access/internal/jsonlimit"
)

func TestCheck(t *testing.T) {
	limit := jsonlimit.Limit{Objects: 3, Values: 8}
	for data, want := range map[string]string{
		``:                                 "",
		`{"a":[1,2],"b":{"c":"{[,,,\"{"}}`: "",
		`[{},{},{}]`:                       "",
		`[{},{},{},{}]`:                    "it holds 4 JSON objects; the limit is 3",
		`[1,2,3,4,5,6,7]`:                  "",
		`[1,2,3,4,5,6,7,8]`:                "it holds 9 JSON values; the limit is 8",
		`{"a":"\\",b:{},c:{},d:{}}`:        "it holds 4 JSON objects; the limit is 3",
		`"` + strings.Repeat(",", 100):     "",
		`"\`:                               "",
		strings.Repeat("[", 100):           "it holds 101 JSON values; the limit is 8",
	} {
		got := ""
		if err := limit.Check([]byte(data)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.40s: %q, want %q", data, got, want)
		}
	}
}

#!/bin/sh
# Known answers, computed with openssl alone: ./vectors.sh > vectors.tsv
# Columns: method, target (path and query as sent), timestamp, access key, secret key, signature.
set -eu

vector() {
	signature=$(printf '%s %s\n%s\n%s' "$1" "$2" "$3" "$4" | openssl dgst -sha256 -hmac "$5" -binary | openssl base64)
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$signature"
}

cluster=/vnks/v2/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000
entry=$cluster/access-entries/2222c420-02bd-4feb-9c3d-190f5baf2222
key=EXAMPLEACCESSKEY0001
secret=ExampleSecretKeyOfTheContract0123456789a

vector GET    "$cluster/access-entries"         1767225600000 "$key" "$secret"
vector POST   "$cluster/access-entries"         1767225600000 "$key" "$secret"
vector GET    "$entry"                          1767225600001 "$key" "$secret"
vector PUT    "$entry"                          1767225600002 "$key" "$secret"
vector DELETE "$entry"                          1767225600003 "$key" "$secret"
vector GET    /                                 1767225600000 "$key" "$secret"
vector GET    '/?'                              1767225600000 "$key" "$secret"
vector GET    '/vnks/v2/clusters?a=1&a=2&b='    1767225600000 "$key" "$secret"
vector GET    '/vnks/v2/clusters?b=2&a=1'       1767225600000 "$key" "$secret"
vector GET    '/a%2Fb/c%20d+e'                  1767225600000 "$key" "$secret"
vector GET    '/%EC%82%AC%EC%9A%A9%EC%9E%90?q=%EA%B0%80' 1767225600000 "$key" "$secret"
vector GET    '//double//slash/'                1767225600000 "$key" "$secret"
vector GET    "/~user/a:b;c=d,e@f!\$&'()*"      1767225600000 "$key" "$secret"
vector GET    /                                 0             k      s
vector GET    /                                 1767225600000 "$key" 'a secret with spaces and "quotes" 열쇠'

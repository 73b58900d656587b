#!/bin/sh
# Known answers of the signature, computed with openssl alone: sh signature-vectors.sh > signature-vectors.json
set -eu

escape() { printf '%s' "$1" | sed 's/["\\]/\\&/g'; }

# vector NAME METHOD TARGET [TIMESTAMP [ACCESS-KEY SECRET-KEY]]
vector() {
	name=$1 method=$2 target=$3 timestamp=${4:-1767225600000}
	access=${5:-EXAMPLEACCESSKEY0001} secret=${6:-ExampleSecretKeyOfTheContract0123456789a}
	signature=$(printf '%s %s\n%s\n%s' "$method" "$target" "$timestamp" "$access" |
		openssl dgst -sha256 -hmac "$secret" -binary | openssl base64)
	cat <<-END
		  $end{
		    "name": "$name",
		    "method": "$method",
		    "target": "$(escape "$target")",
		    "timestamp": "$timestamp",
		    "accessKey": "$access",
		    "secretKey": "$(escape "$secret")",
		    "stringToSign": "$(escape "$method $target")\n$timestamp\n$access",
		    "signature": "$signature"
	END
	end='}, ' # of this vector, which the next one writes with a comma
}

cluster=/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000
entries=$cluster/access-entries
entry=$entries/2222c420-02bd-4feb-9c3d-190f5baf2222

cat <<'END'
{
"description": "Known answers of API Gateway signature v2, made by signature-vectors.sh; docs/signature.md says how to use them.",
"vectors": [
END
end=

# The first is the worked example of the contract.
vector listAccessEntries GET "/vnks/v2$entries"
vector createAccessEntry POST "/vnks/v2$entries"
vector getAccessEntry GET "/vnks/v2$entry" 1767225600001
vector updateAccessEntry PUT "/vnks/v2$entry" 1767225600002
vector deleteAccessEntry DELETE "/vnks/v2$entry" 1767225600003
vector listClusters GET /vnks/v2/clusters
vector getCluster GET "/vnks/v2$cluster"
vector 'region Singapore' GET "/vnks/sgn-v2$entries"
vector 'region Japan' GET "/vnks/jpn-v2$entries"
vector 'financial environment' GET "/nks/v2$entries"
vector 'southern region of the government environment' GET "/vnks/krs-v2$entries"

vector 'method HEAD' HEAD /vnks/v2/clusters
vector 'method PATCH' PATCH /vnks/v2/clusters
vector 'method OPTIONS' OPTIONS /vnks/v2/clusters

vector 'an empty path, which is sent as a slash' GET /
vector 'an empty path with a query' GET '/?a=1'
vector 'a slash at the end' GET /vnks/v2/clusters/
vector 'slashes in a row' GET //vnks//v2///clusters//
vector 'dots for segments' GET /vnks/./v2/../v2/clusters/..
vector 'escaped dots for segments' GET /vnks/%2e/v2/%2E%2E/clusters
vector 'dots in and before names' GET /.vnks/v2./clus...ters
vector 'an escaped slash' GET /vnks/v2/clusters/a%2Fb
vector 'an escaped slash, in lower case' GET /vnks/v2/clusters/a%2fb
vector 'an escaped space and a plus' GET '/vnks/v2/clusters/a%20b+c?d%20e=f+g'
vector 'an escaped percent sign' GET '/vnks/v2/clusters/100%25?a=%2525'
vector 'escapes that nobody needs' GET '/%76nks/v2/%7Euser?%61=%31'
vector 'escaped Hangul' GET '/vnks/v2/clusters/%EC%82%AC%EC%9A%A9%EC%9E%90?q=%EA%B0%80'
vector 'escaped Hangul, in lower case' GET '/vnks/v2/clusters/%ec%82%ac%ec%9a%a9%ec%9e%90?q=%ea%b0%80'
vector 'bare marks in the path' GET "/vnks/v2/clusters/a-b_c.d~e;f,g:h@i!j\$k&l'm(n)o*p=q"
vector 'bare marks in the query' GET '/vnks/v2/clusters?a-b_c.d~e;f,g:h@i!j$k(l)m*n/o?p'
vector 'an apostrophe in the query' GET "/vnks/v2/clusters?name='demo'"

vector 'a question mark and no query' GET '/vnks/v2/clusters?'
vector 'an empty path, a question mark and no query' GET '/?'
vector 'a parameter without a value' GET '/vnks/v2/clusters?a&b='
vector 'parameters out of order' GET '/vnks/v2/clusters?b=2&a=1&C=3&B=4'
vector 'parameters repeated' GET '/vnks/v2/clusters?a=2&a=1&a=2&b=&a'
vector 'ampersands and equals signs in a row' GET '/vnks/v2/clusters?&a==1&&b=2&'
vector 'a target of two thousand characters and more' GET "/vnks/v2/clusters?a=$(printf '%02000d' 1)"

vector 'a timestamp of one digit, and the shortest keys' GET / 0 k s
vector 'a timestamp of nine digits' GET /vnks/v2/clusters 123456789
vector 'a signature with pluses and slashes' HEAD /vnks/v2/clusters 1767225600028
vector 'a secret key with spaces and quotes' GET /vnks/v2/clusters 1767225600000 EXAMPLEACCESSKEY0001 "a \"secret\" 'key' \\ of \$HOME \`and\` %s more"
vector 'a secret key that is not ASCII' GET /vnks/v2/clusters 1767225600000 EXAMPLEACCESSKEY0001 '비밀 열쇠 🔑 é'
vector 'a secret key like an option' GET /vnks/v2/clusters 1767225600000 EXAMPLEACCESSKEY0001 -binary
vector 'a secret key of 64 bytes, the block of SHA-256' GET /vnks/v2/clusters 1767225600000 EXAMPLEACCESSKEY0001 "$(printf '%064d' 7)"
vector 'a secret key of 65 bytes, which HMAC hashes' GET /vnks/v2/clusters 1767225600000 EXAMPLEACCESSKEY0001 "$(printf '%065d' 7)"

printf '  }\n]\n}\n'

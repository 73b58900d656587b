#!/bin/sh
# Tests sign.sh and base-url.sh with vectors, and create-and-get.sh against an emulator. Needs jq, and bin/nks-access of
# "make build".
set -eu
cd "$(dirname "$0")"
. ./sign.sh
. ./base-url.sh
fail() { echo "$*" >&2; exit 1; }

checked=0
# check NAME METHOD TARGET TIMESTAMP ACCESS-KEY SECRET-KEY SIGNATURE
check() {
	got=$(signature "$2" "$3" "$4" "$5" "$6")
	[ "$got" = "$7" ] || fail "$1: the signature is $got, and must be $7"
	checked=$((checked + 1))
}
checks=$(jq --raw-output '.vectors[] |
	"check " + ([.name, .method, .target, .timestamp, .accessKey, .secretKey, .signature] | @sh)' ../../api/signature-vectors.json)
eval "$checks"
[ "$checked" -ge 40 ] || fail "only $checked vectors"
(IFS=0123456789 && eval "$checks") # as a script may have it that sources sign.sh
echo "$checked vectors"

checked=0
# check_base_url GATEWAY REGION BASE-URL
check_base_url() {
	got=$(base_url "$1" "$2")
	[ "$got" = "$3" ] || fail "the base URL of $1 and region '$2' is $got, and must be $3"
	checked=$((checked + 1))
}
# check_refused GATEWAY REGION VARIABLE
check_refused() {
	! got=$(base_url "$1" "$2" 2>&1) || fail "$1 with region '$2' is not refused"
	case $got in
	*password*) fail "shows a password: $got" ;;
	"$3 "*) checked=$((checked + 1)) ;;
	*) fail "the error must begin with $3: $got" ;;
	esac
}
eval "$(jq --raw-output '(.baseUrls[] | "check_base_url " + ([.gateway, .region, .baseUrl] | @sh)),
	(.refused[] | "check_refused " + ([.gateway, .region, .names] | @sh))' ../base-urls.json)"
[ "$checked" -ge 20 ] || fail "only $checked base URLs"
echo "$checked base URLs"

work=$(mktemp -d)
../../bin/nks-access emulator --listen 127.0.0.1:0 --quiet >"$work/emulator" &
emulator=$!
trap 'kill $emulator 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
	! grep -q ^unset "$work/emulator" || break
	sleep 0.1
done
environment=$(grep -E '^(export|unset) ' "$work/emulator")
eval "$environment"

principal=nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
./create-and-get.sh $principal >"$work/printed"
cat "$work/printed"
grep -q '"accessEntry":.*"scope":"Cluster","type":"NKSViewPolicy"' "$work/printed"
../../bin/nks-access list

# refuses STATUS WORDS COMMAND...: the command fails, says the words, and changes nothing.
refuses() {
	status=$1 words=$2
	shift 2
	before=$(../../bin/nks-access list -o json)
	"$@" >"$work/printed" 2>&1 && fail "$words: not refused" || got=$?
	[ "$got" = "$status" ] || fail "$words: exit code $got"
	grep -q "$words" "$work/printed" || fail "not in the output: $words. It is: $(cat "$work/printed")"
	[ "$before" = "$(../../bin/nks-access list -o json)" ] || fail "$words: the entries have changed"
}
other=nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
refuses 1 'has an entry already. Nothing was changed' ./create-and-get.sh $principal
refuses 1 '"message":"Authentication Failed"' env NCLOUD_SECRET_KEY=wrong ./create-and-get.sh $other
refuses 2 'neither https nor on this machine' env NCLOUD_API_GW=http://example.com ./create-and-get.sh $other
refuses 1 'NCLOUD_API_GW must be such as' env NCLOUD_API_GW=ncloud ./create-and-get.sh $other
refuses 2 'no such characters' ./create-and-get.sh "$other\""
refuses 2 'usage: create-and-get.sh NRN' ./create-and-get.sh
for name in NCLOUD_API_GW NCLOUD_ACCESS_KEY NCLOUD_SECRET_KEY NKS_CLUSTER; do
	refuses 2 "not set: $name" env $name= ./create-and-get.sh $other
done
./create-and-get.sh $other | grep -q Role

kill "$emulator"
wait "$emulator"

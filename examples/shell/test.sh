#!/bin/sh
# Tests sign.sh with the vectors, and create-and-get.sh against an emulator. Needs jq, and bin/nks-access of "make build".
set -eu
cd "$(dirname "$0")"
. ./sign.sh
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

work=$(mktemp -d)
../../bin/nks-access emulator --listen 127.0.0.1:0 >"$work/emulator" &
emulator=$!
trap 'kill $emulator 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
	! grep -q ^unset "$work/emulator" || break
	sleep 0.1
done
environment=$(grep -E '^(export|unset) ' "$work/emulator")
eval "$environment"

principal=nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
./create-and-get.sh $principal >"$work/answers"
cat "$work/answers"
grep -q '"accessEntry":.*"scope":"Cluster","type":"NKSViewPolicy"' "$work/answers"
../../bin/nks-access list

! NCLOUD_SECRET_KEY=wrong ./create-and-get.sh $principal >"$work/answers" 2>&1 || fail 'a wrong key was taken'
grep -q '"message":"Authentication Failed"' "$work/answers"

! NCLOUD_API_GW=http://example.com ./create-and-get.sh $principal >"$work/answers" 2>&1 || fail 'signed for plain HTTP'
grep -q 'neither https nor this machine' "$work/answers"

kill "$emulator"
wait "$emulator"

#!/usr/bin/env bash
# Tests check.sh with changed contracts.
#
#	OASDIFF=… test.sh CONTRACT
set -euo pipefail
contract=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# try OUTCOME RELEASED-VERSION VERSION CHANGE WORDS changes the contract with sed. check.sh must then pass or fail with WORDS.
try() {
	local outcome=$1 was=$2 is=$3 change=$4 words=$5 got=pass
	sed "s/^  version: .*/  version: $was/" "$contract" >"$work/released.yaml"
	sed "s/^  version: .*/  version: $is/" "$contract" | sed "$change" >"$work/contract.yaml"
	"$(dirname "$0")/check.sh" "$work/released.yaml" "$work/contract.yaml" >"$work/said" 2>&1 || got=fail
	[ "$got" = "$outcome" ] && grep -q "$words" "$work/said" && return
	echo "$was to $is with $change: $got"
	cat "$work/said"
	exit 1
}

no_change=''
remove_operation='/^    delete:/,/^components:/{/^components:/!d}'
require_field='/^    UpdateAccessEntryRequest:/a\      required: [groups]'
narrow_enum='s/enum: \[USER, ROLE\]/enum: [USER]/'
remove_response_field='/^        username:/,/^        groups:/{/^        groups:/!d}'
add_response_field='/^    ChangeResult:/,/^      properties:/s/^      properties:/&\n        requestId: {type: string}/'

for change in "$remove_operation" "$require_field" "$narrow_enum" "$remove_response_field"; do
	try fail 0.1.0 0.1.1 "$change" 'does not announce'
	try pass 0.1.0 0.2.0 "$change" 'in API'
done
try fail 1.0.0 1.1.0 "$narrow_enum" 'does not announce'
try pass 1.0.0 2.0.0 "$narrow_enum" 'in API'
try pass 0.9.0 1.0.0 "$narrow_enum" 'in API'
try pass 0.1.0 0.1.0 "$add_response_field" 'No breaking changes'
try pass 0.1.0 0.1.0 "$no_change" 'No'
try fail 0.2.0 0.1.9 "$no_change" 'goes back'
try fail 0.10.0 0.9.0 "$no_change" 'goes back'
try fail 0.1.0 next "$no_change" 'no info.version'
echo 'ok'

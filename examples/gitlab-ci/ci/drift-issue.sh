#!/usr/bin/env bash
# Looks for drift, and keeps one issue about it: opens it, updates it, closes it.
set -euo pipefail
. ci/api.sh
label=access-drift
report=$(mktemp)
code=0
nks-access plan --check -o markdown >"$report" || code=$?
if [ "$code" -ne 0 ] && [ "$code" -ne 10 ]; then
	exit "$code" # the clusters could not be read, so nobody knows
fi
issue=$(api "$project/issues?labels=$label&state=opened&per_page=1" | jq -r '.[0].iid // empty')
if [ "$code" -eq 0 ]; then
	if [ -n "$issue" ]; then
		api --request PUT "$project/issues/$issue" --data '{"state_event": "close"}' >/dev/null
	fi
	exit 0
fi
body=$(jq -n --arg labels "$label" --rawfile text "$report" \
	'{title: "Access differs from access.yaml", labels: $labels, description: $text}')
if [ -n "$issue" ]; then
	api --request PUT "$project/issues/$issue" --data @- <<<"$body" >/dev/null
else
	api --request POST "$project/issues" --data @- <<<"$body" >/dev/null
fi

#!/usr/bin/env bash
# Looks for drift, and keeps one issue about it: opens it, updates it, closes it.
# It needs nks-access with its key, gh, and GH_TOKEN.
set -euo pipefail
label=access-drift
report=$(mktemp)
code=0
nks-access plan --check -o markdown >"$report" || code=$?
if [ "$code" -ne 0 ] && [ "$code" -ne 10 ]; then
	exit "$code" # the clusters could not be read, so nobody knows
fi
issue=$(gh issue list --label "$label" --state open --limit 1 --json number --jq '.[0].number // empty')
if [ "$code" -eq 0 ]; then
	if [ -n "$issue" ]; then
		gh issue close "$issue" --comment 'The clusters are as access.yaml says.'
	fi
	exit 0
fi
if [ -n "$issue" ]; then
	gh issue edit "$issue" --body-file "$report"
else
	gh label create "$label" --force --description 'Clusters differ from access.yaml'
	gh issue create --title 'Access differs from access.yaml' --label "$label" --body-file "$report"
fi

#!/usr/bin/env bash
# Writes a file as a note on the merge request, or updates the note of an earlier pipeline: ci/note.sh FILE
set -euo pipefail
. ci/api.sh
mark='<!-- nks-access plan -->'
notes=$project/merge_requests/$CI_MERGE_REQUEST_IID/notes
body=$(jq -n --arg mark "$mark" --rawfile text "$1" '{body: ($mark + "\n" + $text)}')
note=$(api "$notes?per_page=100&sort=asc" | jq -r --arg mark "$mark" 'map(select(.body | startswith($mark)))[0].id // empty')
if [ -n "$note" ]; then
	api --request PUT "$notes/$note" --data @- <<<"$body" >/dev/null
else
	api --request POST "$notes" --data @- <<<"$body" >/dev/null
fi

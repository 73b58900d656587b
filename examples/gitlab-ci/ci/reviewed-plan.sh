#!/usr/bin/env bash
# Gets the plan of the merge request that became this commit: ci/reviewed-plan.sh FILE
set -euo pipefail
. ci/api.sh
iid=$(api "$project/repository/commits/$CI_COMMIT_SHA/merge_requests" | jq -r 'map(select(.state == "merged"))[0].iid // empty')
if [ -z "$iid" ]; then
	echo "No merge request was merged as $CI_COMMIT_SHA, so nobody has reviewed a plan." >&2
	exit 1
fi
api --output "$1" "$project/jobs/artifacts/refs%2Fmerge-requests%2F$iid%2Fhead/raw/plan.json?job=plan"

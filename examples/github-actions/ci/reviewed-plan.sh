#!/usr/bin/env bash
# Gets the plan of the pull request that became this commit: ci/reviewed-plan.sh FILE
# It needs gh, GH_TOKEN, and the variables of GitHub Actions.
set -euo pipefail
head=$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" --jq 'map(select(.merged_at != null))[0].head.sha // empty')
if [ -z "$head" ]; then
	echo "No pull request was merged as $GITHUB_SHA, so nobody has reviewed a plan." >&2
	exit 1
fi
run=$(gh run list --repo "$GITHUB_REPOSITORY" --workflow access.yml --event pull_request --commit "$head" --status success \
	--limit 1 --json databaseId --jq '.[0].databaseId // empty')
if [ -z "$run" ]; then
	echo "There is no plan of $head. Open a pull request with the same change." >&2
	exit 1
fi
folder=$(mktemp -d)
gh run download "$run" --repo "$GITHUB_REPOSITORY" --name plan --dir "$folder"
mv "$folder/plan.json" "$1"

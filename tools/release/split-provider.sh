#!/usr/bin/env bash
# Writes terraform-provider-nks into a git repository of its own, as the Terraform registry wants it: commits it there and tags the
# commit. It pushes nothing.
#
#	tools/release/split-provider.sh v0.1.0 ../terraform-provider-nks
#
# The first argument is a tag of this repository, whose module Go can download. The second is a clone of the provider's repository,
# or a folder that does not exist yet. It changes that folder only after the provider has been built. Needs Linux.
set -euo pipefail
stop() {
	echo "split-provider.sh: $*" >&2
	exit 1
}
[ $# = 2 ] || stop 'want a tag and a folder'
tag=$1 folder=$2
[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || stop "the tag must be such as v0.1.0, not $tag"
folder=$(realpath -m "$folder")
cd "$(dirname "$0")/../.."
commit=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}") || stop "there is no tag $tag in $PWD"

module=github.com/nks-access/nks-access
provider=github.com/nks-access/terraform-provider-nks

if [ -e "$folder" ]; then
	[ -e "$folder/.git" ] || stop "$folder is not a git repository"
	[ -z "$(git -C "$folder" status --porcelain)" ] || stop "$folder has changes that are not committed"
	[ -z "$(git -C "$folder" tag --list "$tag")" ] || stop "$folder has the tag $tag already"
fi

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
git archive "$tag" LICENSE | tar -x -C "$new"
git archive "$tag" terraform-provider-nks | tar -x -C "$new" --strip-components 1
git archive "$tag" tools/release/provider | tar -x -C "$new" --strip-components 3
(
	cd "$new"
	find . -name '*.go' -exec sed -i "s,$module/terraform-provider-nks,$provider,g" {} +
	gofmt -w .
	go mod edit -module "$provider" -dropreplace "$module" -require "$module@$tag"
	go mod tidy
	CGO_ENABLED=0 go build -trimpath -o /dev/null .
)

[ -e "$folder" ] || git init --quiet --initial-branch main "$folder"
cd "$folder"
git ls-files -z | xargs --null --no-run-if-empty rm --force # a file that is gone from nks-access goes here, too
cp --recursive "$new/." .
git add --all
git commit --quiet --message "Release $tag" --message "From $module, commit $commit."
git tag --annotate --message "$tag" "$tag"

echo "$folder has the commit and the tag $tag. To publish them:
  git -C $folder push origin main $tag"

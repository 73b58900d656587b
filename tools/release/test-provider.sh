#!/usr/bin/env bash
# Splits the provider out of a clone, as for a release, builds and signs the result, and lets Terraform install it.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; GNUPGHOME=$work/gnupg gpgconf --kill all; rm -rf "$work"' EXIT
GOBIN=$work go install github.com/goreleaser/goreleaser/v2@v2.16.0

git clone --quiet --no-tags . "$work/nks-access"
cd "$work/nks-access"
git tag v1.2.3

# A module proxy has the tag, as the public one has it after the release. The rest comes from what Go has downloaded before. The
# module cache is a new one, because this v1.2.3 must not stay.
versions=$work/proxy/github.com/nks-access/nks-access/@v
mkdir -p "$versions"
publish() {
	echo "$1" >>"$versions/list"
	echo "{\"Version\":\"$1\"}" >"$versions/$1.info"
	git show "$1:go.mod" >"$versions/$1.mod"
	nested=$(git ls-tree -r --name-only "$1" | sed -n 's,/go\.mod$,,p' | sed 's,^,:!,')
	# shellcheck disable=SC2086 # a word for each folder
	git archive --format zip --prefix "github.com/nks-access/nks-access@$1/" --output "$versions/$1.zip" "$1" . $nested
}
publish v1.2.3
GOPROXY=file://$work/proxy,file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)
export GOPROXY GONOSUMDB=github.com/nks-access/nks-access
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com

not() { ! "$@"; } # "!" alone does not end the script
split() { GOMODCACHE=$work/modules tools/release/split-provider.sh "$@"; }
refuses() {
	words=$1
	shift
	not split "$@" 2>"$work/error"
	grep --quiet --fixed-strings "$words" "$work/error" || { cat "$work/error"; exit 1; }
}

folder=$work/out/terraform-provider-nks
refuses 'there is no tag v9.9.9' v9.9.9 "$folder"
refuses 'the tag must be such as v0.1.0, not 1.2.3' 1.2.3 "$folder"
refuses 'is not a git repository' v1.2.3 "$work"
[ ! -e "$folder" ]

split v1.2.3 "$folder"
refuses 'has the tag v1.2.3 already' v1.2.3 "$folder"
(
	cd "$folder"
	[ "$(git describe)" = v1.2.3 ]
	[ -z "$(git status --porcelain)" ]
	[ "$(go list -m)" = github.com/nks-access/terraform-provider-nks ]
	not grep --quiet replace go.mod
	grep --quiet '^github.com/nks-access/nks-access v1.2.3 h1:' go.sum
	not grep --recursive --quiet 'nks-access/nks-access/terraform-provider-nks' --include '*.go' .
	[ -z "$(gofmt -l .)" ]
	not grep '](\.\./' README.md # links into what is not there
	cmp LICENSE "$work/nks-access/LICENSE"
)

echo 'The next release is a commit on top. A file that is gone is removed.'
git rm --quiet --force terraform-provider-nks/house_test.go
git commit --quiet --message 'Remove a test'
git tag v1.2.4
publish v1.2.4
touch "$folder/stray"
refuses 'has changes that are not committed' v1.2.4 "$folder"
rm "$folder/stray"
split v1.2.4 "$folder"
cd "$folder"
[ "$(git log --format=%s)" = $'Release v1.2.4\nRelease v1.2.3' ]
[ ! -e house_test.go ]

echo 'Archives, checksums and signature are what the registry wants.'
export GNUPGHOME=$work/gnupg
mkdir --mode 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'nks-access test <test@example.com>' rsa2048 sign never
GPG_FINGERPRINT=$(gpg --list-secret-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }')
export GPG_FINGERPRINT
"$work/goreleaser" check --quiet
git remote add origin "$folder" # GoReleaser must know one
sed "s/goos: .*/goos: [$(go env GOOS)]/; s/goarch: .*/goarch: [$(go env GOARCH)]/" .goreleaser.yaml >"$work/this-machine.yaml"
build() { GOMODCACHE=$work/modules "$work/goreleaser" release --snapshot --clean --config "$work/this-machine.yaml" "$@"; }
build
name=terraform-provider-nks_1.2.4
cp terraform-registry-manifest.json "dist/${name}_manifest.json" # what a release uploads under this name
(
	cd dist
	sha256sum --check --strict "${name}_SHA256SUMS"
	grep --quiet "${name}_manifest.json" "${name}_SHA256SUMS"
	gpg --quiet --verify "${name}_SHA256SUMS.sig" "${name}_SHA256SUMS"
	[ "$(unzip -Z1 "$name"_*.zip | sort)" = $'LICENSE\nterraform-provider-nks_v1.2.4' ]
)
(unset GPG_FINGERPRINT && build --skip sign)
[ ! -e "dist/${name}_SHA256SUMS.sig" ]

echo 'Terraform installs the archive and starts the provider.'
mirror=$work/mirror/registry.terraform.io/nks-access/nks
mkdir -p "$mirror" "$work/configuration"
cp dist/"$name"_*.zip "$mirror"
cat >"$work/terraform.rc" <<END
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
END
cp examples/provider/provider.tf examples/resources/nks_access_entry/resource.tf "$work/configuration"
cd "$work/configuration"
export TF_CLI_CONFIG_FILE=$work/terraform.rc CHECKPOINT_DISABLE=1
terraform init -no-color
terraform validate -no-color
[[ $(terraform version) = *'nks-access/nks v1.2.4'* ]]

#!/usr/bin/env bash
# Builds a release twice, in clones with different paths and settings, compares them, and checks what is in the archives.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

release() {
	git clone --quiet --no-tags . "$1"
	git -C "$1" tag v1.2.3
	make --no-print-directory -C "$1" dist
}
(umask 022 && TZ=Asia/Seoul release "$work/one")
(umask 077 && TZ=UTC GOFLAGS=-buildvcs=false release "$work/in/another/folder") >/dev/null
cmp "$work/one/dist/SHA256SUMS" "$work/in/another/folder/dist/SHA256SUMS"

cd "$work/one/dist"
sha256sum --check --quiet SHA256SUMS
[ "$(wc -l <SHA256SUMS)" = 6 ]

name=nks-access_1.2.3_linux_$(go env GOARCH)
tar -xzf "$name.tar.gz"
cd "$name"
commit=$(git -C "$work/one" rev-parse HEAD)
committed=$(TZ=UTC git -C "$work/one" log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
./nks-access version
./nks-access version | grep --quiet --fixed-strings "nks-access v1.2.3 ($commit, $committed) go"
{ ldd nks-access 2>&1 || true; } | grep --quiet 'not a dynamic executable'
for shell in bash zsh fish powershell; do
	./nks-access completion $shell | cmp - completions/nks-access.$shell
done
bash -c '. completions/nks-access.bash && complete -p nks-access'
cmp LICENSE "$work/one/LICENSE"
[ "$(stat -c %a nks-access README.md CHANGELOG.md | paste -sd ' ')" = '755 644 644' ]

# The zip archives contain the same files.
unzip -tq ../nks-access_1.2.3_windows_amd64.zip
diff <(tar -tzf "../$name.tar.gz" | cut -d/ -f2-) <(unzip -Z1 ../nks-access_1.2.3_windows_amd64.zip | cut -d/ -f2- | sed 's/\.exe$//')

# Without git, the version is given at build time.
mkdir "$work/export"
git -C "$work/one" archive HEAD | tar -xC "$work/export"
cd "$work/export"
make --no-print-directory build GOFLAGS='-ldflags=-X=github.com/nks-access/nks-access/cmd/nks-access/cli.version=v1.2.3'
bin/nks-access version | grep --quiet '^nks-access v1\.2\.3 go'

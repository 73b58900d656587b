#!/bin/sh
# Installs nks-access in one pinned version into a folder: sh ci/install-nks-access.sh FOLDER
set -eu
version=0.1.0
# The line of nks-access_VERSION_linux_amd64.tar.gz in the SHA256SUMS of the release.
sha256=${NKS_ACCESS_SHA256:-0000000000000000000000000000000000000000000000000000000000000000}
releases=${NKS_ACCESS_RELEASES:-https://github.com/nks-access/nks-access/releases/download} # or a mirror

case $sha256 in
*[!0]*) ;;
*)
	echo "$0: set version and sha256 to those of a release" >&2
	exit 1
	;;
esac
name=nks-access_${version}_linux_amd64
mkdir -p "$1"
curl --fail --silent --show-error --location --output "$1/$name.tar.gz" "$releases/v$version/$name.tar.gz"
echo "$sha256  $1/$name.tar.gz" | sha256sum -c - >/dev/null
tar -xzf "$1/$name.tar.gz" -C "$1" --strip-components=1 "$name/nks-access"
rm "$1/$name.tar.gz"
"$1/nks-access" version

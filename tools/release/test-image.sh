#!/usr/bin/env bash
# Builds the image with buildah, which needs no daemon, and runs the emulator in the file system and as the user of the image.
set -euo pipefail

work=$(mktemp -d)
emulator=
trap 'kill $emulator 2>/dev/null || true; rm -rf "$work"' EXIT

builder="buildah --storage-driver vfs --root $work/images --runroot $work/run"
make --no-print-directory image BUILDER="$builder"
container=$($builder from --pull-never nks-access)
[ "$($builder inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}}' "$container")" = '65532:65532 [/nks-access]' ]
root=$($builder mount "$container")
grep --quiet 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt"

chroot --userspec 65532:65532 "$root" /nks-access emulator --listen 0.0.0.0:0 >"$work/printed" &
emulator=$!
for _ in $(seq 100); do
	grep --quiet NKS_CLUSTER "$work/printed" && break
	sleep 0.1
done
[ "$(stat -c %u /proc/$emulator)" = 65532 ]
cat "$work/printed"
grep '^export ' "$work/printed" >"$work/env"
. "$work/env"
bin/image/nks-access clusters
kill "$emulator" # as docker stop does
wait "$emulator"

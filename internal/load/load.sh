#!/bin/sh
# How fast the emulator is over HTTP, with every signature and request checked. Needs wrk.
#
#   internal/load/load.sh [SECONDS]
#
# It prints requests a second for get and create, the time from start to the first answer, and the memory after all of it.
set -eu
seconds=${1:-10}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
go build -trimpath -ldflags '-s -w' -o "$work/nks-access" ./cmd/nks-access
trap 'kill "$emulator" 2>/dev/null || true; rm -rf "$work"' EXIT

now() { date +%s%N; }
start=$(now)
"$work/nks-access" emulator --listen 127.0.0.1:0 --quiet >"$work/out" &
emulator=$!
until url=$(sed -n 's/^export NCLOUD_API_GW=//p' "$work/out") && [ -n "$url" ] && curl -fsS -o /dev/null "$url/healthz" 2>/dev/null; do
	[ $(($(now) - start)) -lt 10000000000 ] || { echo 'the emulator does not start'; exit 1; }
done
echo "start to first answer: at most $((($(now) - start) / 1000000)) ms"
eval "$(grep -E '^(export|unset) ' "$work/out")"

# run NAME METHOD PATH [wrk options]: the rate of one request, signed once: a signature holds for five minutes.
run() {
	name=$1 method=$2 target=$NCLOUD_API_GW/vnks/v2$3
	shift 3
	"$work/nks-access" sign "$method" "$target" >"$work/headers"
	while IFS= read -r header; do
		set -- "$@" --header "$header"
	done <"$work/headers"
	wrk --threads 1 --connections 32 --duration "${seconds}s" "$@" "$target" >"$work/wrk"
	grep -q 'Non-2xx' "$work/wrk" && { cat "$work/wrk"; exit 1; }
	awk -v name="$name" '/Requests\/sec/ { rate = $2 } / requests in / { n = $1 } END { printf "%s: %d requests/s (%d requests)\n", name, rate, n }' "$work/wrk"
}
run 'get cluster' GET "/clusters/$NKS_CLUSTER"
run 'list entries' GET "/clusters/$NKS_CLUSTER/access-entries"
echo "memory: $(ps -o rss= -p "$emulator") KiB"
run 'create entry' POST "/clusters/$NKS_CLUSTER/access-entries" --header 'Content-Type: application/json' --script internal/load/create.lua
echo "memory, with those entries: $(ps -o rss= -p "$emulator") KiB"

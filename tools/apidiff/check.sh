#!/bin/sh
# Fails if a contract has breaking changes since the released one and its version does not announce them. See CONTRIBUTING.md.
#
#	OASDIFF=… check.sh RELEASED CONTRACT
set -eu
released=$1 contract=$2

version() { sed -n 's/^  version: \([0-9]*\.[0-9]*\.[0-9]*\)$/\1/p' "$1"; }
# Versions of a series are compatible. The series of 1.2.3 is 1, and that of 0.2.3 is 0.2.
series() { echo "$1" | sed -E 's/^(0\.[0-9]+|[1-9][0-9]*)\..*/\1/'; }
# oasdiff ignores the removal of optional response fields, but nearly all fields of these responses are optional.
breaks() {
	echo 'response-optional-property-removed err' | $OASDIFF breaking --severity-levels /dev/stdin "$@" "$released" "$contract"
}

was=$(version "$released") is=$(version "$contract")
: "${was:?$released has no info.version like 1.2.3}" "${is:?$contract has no info.version like 1.2.3}"
printf '%s\n' "$was" "$is" | sort -V -C || { echo "the version goes back from $was to $is"; exit 1; }

if [ "$(series "$was")" = "$(series "$is")" ]; then
	breaks --fail-on WARN || { echo "version $is does not announce breaks since $was: see CONTRIBUTING.md"; exit 1; }
else
	echo "version $is announces these breaks since $was:"
	breaks
fi

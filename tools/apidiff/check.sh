#!/bin/sh
# Fails when a contract breaks what the released one promises and its version does not say so. CONTRIBUTING.md has the rule.
#
#	OASDIFF=… check.sh RELEASED CONTRACT
set -eu
released=$1 contract=$2

version() { sed -n 's/^  version: \([0-9]*\.[0-9]*\.[0-9]*\)$/\1/p' "$1"; }
# Versions of one series do not break each other: 1 of 1.2.3, 0.2 of 0.2.3.
series() { echo "$1" | sed -E 's/^(0\.[0-9]+|[1-9][0-9]*)\..*/\1/'; }
# To oasdiff the loss of an optional field is none, but in these responses nearly every field is optional.
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

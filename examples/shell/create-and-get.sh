#!/bin/sh
# Creates an access entry and reads it back, with curl and openssl alone.
set -eu
usage='usage: create-and-get.sh NRN

Creates the entry of a sub account or a role on the cluster NKS_CLUSTER, with NKSViewPolicy for the whole cluster, and shows it.
The entry stays. If the principal has an entry already, nothing is changed. It needs these environment variables:

  NCLOUD_API_GW      the emulator, or https://ncloud.apigw.ntruss.com for the real service
  NCLOUD_ACCESS_KEY  the access key
  NCLOUD_SECRET_KEY  the secret key
  NKS_CLUSTER        the UUID of the cluster
  NCLOUD_REGION      optional: the region, such as SGN
'
# stop STATUS MESSAGE
stop() {
	echo "create-and-get.sh: $2" >&2
	exit "$1"
}
for name in NCLOUD_API_GW NCLOUD_ACCESS_KEY NCLOUD_SECRET_KEY NKS_CLUSTER; do
	eval "value=\${$name:-}"
	[ "$value" ] || { echo "$usage" >&2; stop 2 "not set: $name"; }
done
[ $# = 1 ] || { echo "$usage" >&2; exit 2; }
principal=$1
case $principal in
*[!-A-Za-z0-9_:./=]*) stop 2 "an NRN has no such characters: $principal" ;;
*:Role/*) kind=ROLE ;;
*) kind=USER ;;
esac

. "$(dirname "$0")/sign.sh"
. "$(dirname "$0")/base-url.sh"
base_url=$(base_url "$NCLOUD_API_GW" "${NCLOUD_REGION:-}")
# The signature does not cover the body, so anyone on the path could change it.
case $base_url in
https://* | http://127.0.0.1:* | http://localhost:*) ;;
*) stop 2 'NCLOUD_API_GW is neither https nor on this machine' ;;
esac
server=$(echo "$base_url" | sed 's,^\([a-z]*://[^/]*\).*,\1,')
entries=${base_url#"$server"}/clusters/$NKS_CLUSTER/access-entries

# call METHOD TARGET [BODY]: sends a signed request and prints the response. curl sends the target as it was signed.
call() {
	response=$(sign "$1" "$2" | curl --silent --show-error --fail-with-body --max-time 30 --path-as-is --header @- \
		--request "$1" --header 'Content-Type: application/json' ${3:+--data "$3"} "$server$2") || stop 1 "$response"
	printf '%s\n' "$response"
}

list=$(call GET "$entries")
# JSON may write / as \/.
if printf '%s\n' "$list" | sed 's,\\/,/,g' | grep -qF "\"$principal\""; then
	stop 1 "$principal has an entry already. Nothing was changed."
fi
call POST "$entries" '{"type":"'"$kind"'","entry":"'"$principal"'","policies":[{"type":"NKSViewPolicy","scope":"cluster"}]}'

# The response has the UUID of the cluster. That of the entry is in the list. (With jq this is a line. Without it, it depends on
# the order of fields that the docs' example and the emulator have.)
list=$(call GET "$entries")
uuid=$(printf '%s\n' "$list" | sed 's/"clusterUuid"/\
&/g' |
	grep -F "\"$principal\"" | sed 's/.*"uuid":"\([^"]*\)".*/\1/')
call GET "$entries/$uuid"

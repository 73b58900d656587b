#!/bin/sh
# Creates an access entry and reads it back, with curl and openssl alone.
#
#   nks-access emulator            # in another terminal; paste the export lines it prints here
#   ./create-and-get.sh nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
set -eu
. "$(dirname "$0")/sign.sh"
: "${NCLOUD_API_GW:?the address of the emulator, or https://nks.apigw.ntruss.com}"
: "${NCLOUD_ACCESS_KEY:?}" "${NCLOUD_SECRET_KEY:?}" "${NKS_CLUSTER:?the UUID of the cluster}"
principal=${1:?usage: create-and-get.sh NRN-OF-A-SUB-ACCOUNT}
# The signature does not cover the body, which anybody on the way could then change.
case $NCLOUD_API_GW in
*@*) echo 'NCLOUD_API_GW has a user name' >&2; exit 2 ;;
https://* | http://127.0.0.1:* | http://localhost:*) ;;
*) echo 'NCLOUD_API_GW is neither https nor this machine' >&2; exit 2 ;;
esac
case $principal in
*[!-A-Za-z0-9_:./=]*) echo "an NRN has no such characters: $principal" >&2; exit 2 ;;
esac

# call METHOD TARGET [BODY]: a signed request, whose target curl sends as it was signed
call() {
	sign "$1" "$2" | curl --silent --show-error --fail-with-body --max-time 30 --path-as-is --header @- \
		--request "$1" --header 'Content-Type: application/json' ${3:+--data "$3"} "$NCLOUD_API_GW$2"
}

entries=/vnks/v2/clusters/$NKS_CLUSTER/access-entries
call POST "$entries" '{"type":"USER","entry":"'"$principal"'","policies":[{"type":"NKSViewPolicy","scope":"cluster"}]}'

# The answer holds the UUID of the cluster. The entry's is in the list. (With jq this is a line; it goes by the order of fields
# that the docs' example and the emulator have.)
uuid=$(call GET "$entries" | sed 's/"clusterUuid"/\
&/g' |
	grep -F "\"$principal\"" | sed 's/.*"uuid":"\([^"]*\)".*/\1/')
call GET "$entries/$uuid"

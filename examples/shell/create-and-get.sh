#!/bin/sh
# Creates an access entry and reads it back, with curl and openssl alone.
#
#   nks-access emulator            # in another terminal; paste the export lines it prints here
#   ./create-and-get.sh nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
set -eu
: "${NCLOUD_API_GW:?the address of the emulator, or https://nks.apigw.ntruss.com}"
: "${NCLOUD_ACCESS_KEY:?}" "${NCLOUD_SECRET_KEY:?}" "${NKS_CLUSTER:?the UUID of the cluster}"
principal=${1:?usage: create-and-get.sh NRN-OF-A-SUB-ACCOUNT}

# call METHOD PATH [BODY]: a signed request
call() {
	timestamp=$(date +%s)000
	signature=$(printf '%s %s\n%s\n%s' "$1" "$2" "$timestamp" "$NCLOUD_ACCESS_KEY" |
		openssl dgst -sha256 -hmac "$NCLOUD_SECRET_KEY" -binary | openssl base64)
	curl --silent --show-error --fail-with-body --max-time 30 --request "$1" "$NCLOUD_API_GW$2" \
		--header "x-ncp-apigw-timestamp: $timestamp" \
		--header "x-ncp-iam-access-key: $NCLOUD_ACCESS_KEY" \
		--header "x-ncp-apigw-signature-v2: $signature" \
		--header 'Content-Type: application/json' ${3:+--data "$3"}
}

entries=/vnks/v2/clusters/$NKS_CLUSTER/access-entries
call POST "$entries" '{"type":"USER","entry":"'"$principal"'","policies":[{"type":"NKSViewPolicy","scope":"cluster"}]}'

# The answer holds the UUID of the cluster. The entry's is in the list. (With jq this is a line; it goes by the order of fields
# that the docs' example and the emulator have.)
uuid=$(call GET "$entries" | sed 's/"clusterUuid"/\
&/g' |
	grep -F "\"$principal\"" | sed 's/.*"uuid":"\([^"]*\)".*/\1/')
call GET "$entries/$uuid"

# The signature of the API Gateway, with openssl and what every POSIX system has. Source it; docs/signature.md explains it.
#
#   sign GET /vnks/v2/clusters | curl --header @- --path-as-is https://nks.apigw.ntruss.com/vnks/v2/clusters

# sign METHOD TARGET: the three headers, for a request that is sent at once, with the key pair of the environment
sign() (
	timestamp=$(date +%s)000
	signature=$(signature "$1" "$2" "$timestamp" "$NCLOUD_ACCESS_KEY" "$NCLOUD_SECRET_KEY")
	printf '%s: %s\n' x-ncp-apigw-timestamp "$timestamp" \
		x-ncp-iam-access-key "$NCLOUD_ACCESS_KEY" x-ncp-apigw-signature-v2 "$signature"
)

# signature METHOD TARGET TIMESTAMP ACCESS-KEY SECRET-KEY
signature() { printf '%s %s\n%s\n%s' "$1" "$2" "$3" "$4" | hmac_sha256 "$5" | openssl base64; }

# hmac_sha256 KEY: the HMAC of stdin, as RFC 2104 has it. "openssl dgst -sha256 -hmac KEY -binary" would do, but all users of
# the machine can read the command lines of programs. Functions, and printf where it is built into the shell, have none.
hmac_sha256() (
	unset IFS # as whoever sources this may have set it
	key=$1
	set -- $(printf '%s' "$key" | od -A n -v -t u1)
	[ $# -le 64 ] || set -- $(printf '%s' "$key" | openssl dgst -sha256 -binary | od -A n -v -t u1)
	while [ $# -lt 64 ]; do set -- "$@" 0; done
	inner= outer=
	for byte; do
		inner="$inner $((byte ^ 0x36))" outer="$outer $((byte ^ 0x5c))"
	done
	inner=$(printf '\\%03o' $inner) outer=$(printf '\\%03o' $outer)
	{
		printf "$outer"
		{ printf "$inner"; cat; } | openssl dgst -sha256 -binary
	} | openssl dgst -sha256 -binary
)

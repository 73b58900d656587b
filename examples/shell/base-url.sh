# The base URL of NKS, as nks-access derives it from NCLOUD_API_GW and NCLOUD_REGION. Source it.

# base_url GATEWAY REGION: prints the base URL. The region may be empty. Fails with an error that names the variable.
base_url() (
	gateway=${1%/}
	region=$(printf '%s' "$2" | tr a-z A-Z)
	case $gateway in
	*[@?#]*) refuse_gateway ;;
	https://[!/]* | http://[!/]*) ;;
	*) refuse_gateway ;;
	esac

	host=${gateway#*://} host=${host%%/*}
	case ${region:-"of $host"} in
	KR) path=/vnks/v2 ;;
	SGN) path=/vnks/sgn-v2 ;;
	JPN) path=/vnks/jpn-v2 ;;
	KRS) path=/vnks/krs-v2 ;;
	FKR | of\ *.fin-ntruss.com) path=/nks/v2 ;;
	of\ *) path=/vnks/v2 ;;
	*) refuse "NCLOUD_REGION must be one of KR, SGN, JPN, KRS, FKR, not $2" ;;
	esac

	case $gateway in
	https://ncloud.*) gateway=https://nks.${gateway#https://ncloud.} ;;
	https://fin-ncloud.*) gateway=https://nks.${gateway#https://fin-ncloud.} ;;
	esac

	last=${gateway##*/}
	case $last in
	v[0-9]*) version=$last ;;
	[a-z]*-v[0-9]*) version=${last##*-} ;;
	*) echo "$gateway$path"; exit ;;
	esac
	[ "$version" = v2 ] || refuse "NCLOUD_API_GW ends in $version, but this program uses version 2 of the API"
	case $region:$gateway in
	:* | *"$path") echo "$gateway" ;;
	*) refuse "NCLOUD_REGION is $2, but NCLOUD_API_GW is the base URL of another region" ;;
	esac
)

refuse_gateway() {
	refuse 'NCLOUD_API_GW must be such as https://ncloud.apigw.ntruss.com, without user name, query and fragment'
}

refuse() {
	echo "$1" >&2
	exit 1
}

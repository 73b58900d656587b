# Calls the API of GitLab: . ci/api.sh; api URL CURL-ARGUMENTS... It needs curl and GITLAB_TOKEN. The token is in no argument, and a
# redirect to another host does not get it.
project=$CI_API_V4_URL/projects/$CI_PROJECT_ID
api() {
	curl --fail-with-body --silent --show-error --location --header @<(printf 'Authorization: Bearer %s\n' "$GITLAB_TOKEN") \
		--header 'Content-Type: application/json' "$@"
}

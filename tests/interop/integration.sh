#!/usr/bin/env bash
# Signs in and reads the API client that signed in, with curl, as any product would.
# Reads DATACENTER_URL, CLIENT_ID and CLIENT_SECRET; prints how it went as one line of JSON.
set -euo pipefail

body=$(mktemp)
trap 'rm -f "$body"' EXIT
call() { # prints the status and Retry-After, and leaves the body in $body
    curl --silent --show-error --max-time 30 --output "$body" \
        --write-out '%{http_code} %header{retry-after}\n' "$@"
}

token_statuses=() status= token= api_status=null outcome='no token'

for attempt in 1 2 3; do
    answer=$(call --user "$CLIENT_ID:$CLIENT_SECRET" --data grant_type=client_credentials \
        "$DATACENTER_URL/api/2/idp/token")
    read -r status retry_after <<<"$answer"
    token_statuses+=("$status")
    [[ $status == 50? || $status == 429 ]] && [ "$attempt" -lt 3 ] || break
    [[ $retry_after =~ ^[0-9]+$ ]] || retry_after=1
    sleep "$retry_after"
done

if [ "$status" = 200 ]; then
    token=$(sed 's/.*"access_token": *"\([^"]*\)".*/\1/' "$body")
    answer=$(call --header "Authorization: Bearer $token" "$DATACENTER_URL/api/2/clients/$CLIENT_ID")
    read -r api_status _ <<<"$answer"
    outcome='call refused'
    if [ "$api_status" = 200 ]; then outcome='signed in'; fi
fi

printf '{"token_statuses": [%s], "api_status": %s, "outcome": "%s"}\n' \
    "$(IFS=,; echo "${token_statuses[*]}")" "$api_status" "$outcome"

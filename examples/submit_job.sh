#!/usr/bin/env bash
# Submits one job with curl alone, waits for its first run and prints what came of it.
#
#     API_BASE=http://localhost:8000 API_TOKEN=... bash examples/submit_job.sh [DEFINITION.json]
#
# Ends with 0 when the run succeeded, 1 when it did not, 2 when there was none.
set -euo pipefail

base=${API_BASE:-http://localhost:8000}
base=${base%/}

die() {
  printf '%s\n' "$1" >&2
  exit 2
}

[ -n "${API_TOKEN:-}" ] || die "API_TOKEN is not set. \`hydra up\` keeps its admin token in a file and prints where: export API_TOKEN=\$(cat ~/.local/share/hydra-jobs/admin_token)"

hello='{
  "name": "test-echo",
  "user": "rich",
  "executor": { "type": "shell", "script": "echo '"'hello world'"'", "shell": "bash" },
  "completion": { "stdout_contains": ["hello"] },
  "timeout": 10
}'

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# ask METHOD PATH [curl's own arguments]: the body of a 2xx answer; every other ends the script with the answer's sentence.
# The token comes from a file descriptor: what stands among the arguments, every user of the machine can read.
ask() {
  local method=$1 path=$2 status
  shift 2
  status=$(curl -s --noproxy localhost,127.0.0.1,::1 --max-time 30 -o "$answer" -w '%{http_code}' -X "$method" \
    -H @<(printf 'x-api-key: %s\n' "$API_TOKEN") "$@" "$base$path") ||
    die "No hydra-jobs server answers at $base. Start one with \`npm start\`, or set API_BASE."
  case $status in
    2*) cat "$answer" ;;
    401) die "The server at $base does not know this API_TOKEN." ;;
    *) die "Refused with $status: $(field detail "$(cat "$answer")")" ;;
  esac
}

# field NAME JSON: the first text of that name, without quotes. Enough for the ids, states and sentences of this API; for
# more take jq.
field() {
  local text="\"$1\": ?\"(([^\"\\]|\\\\.)*)\""
  [[ $2 =~ $text ]] || return 0
  printf '%s\n' "${BASH_REMATCH[1]//\\\"/\"}"
}

if [ $# -gt 0 ]; then
  definition=$(cat -- "$1" 2>/dev/null) || die "The file $1 cannot be read."
else
  definition=$hello
fi
job=$(ask POST /jobs/ -H 'content-type: application/json' --data-binary "$definition") || exit
id=$(field _id "$job")
name=$(field name "$job")
echo "submitted $name as $id"

# A cron job, one that begins later and one that is paused have no run now.
if [ "$(field mode "$job")" = cron ] || [ -n "$(field start_at "$job")" ] || [[ $job =~ \"enabled\":\ ?false ]]; then
  planned=$(field next_run_at "$job")
  echo "its next run is ${planned:+planned for }${planned:-not planned}"
  exit 0
fi

run=''
for ((tries = 0; ; tries += 1)); do
  run=$(ask GET "/jobs/$id/runs?order=asc&limit=1") || exit
  status=$(field status "$run")
  case $status in success | failed | timed_out | cancelled) break ;; esac
  [ "$tries" -lt 600 ] || die "$name is still ${status:-without a run} after 120 s. It goes on without us."
  sleep 0.2
done

echo "$name: $status ($(field completion_reason "$run"))"
ask GET "/runs/$(field _id "$run")/log" | sed 's/^/    | /'
[ "$status" = success ]

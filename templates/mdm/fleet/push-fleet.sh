#!/usr/bin/env bash
# Sends the labels and profiles of this folder to Fleet, one at a time, and records each step in
# state/pushed.jsonl, so that it can be stopped and started again at any moment.
# Runs in bash 3.2 (macOS) and later; needs curl and jq 1.6 or later.
set +ax -u -o pipefail # a trace would print the token, and -a would export it
umask 077
export LC_ALL=C

usage() {
    cat <<'USAGE'
usage: push-fleet.sh [--dry-run] [--adopt] [--undo | --retire] [FOLDER]

  (no option)  create what is missing in Fleet and update what has changed
  --dry-run    only print what would be done: no write request, no change in state/
  --adopt      take over profiles of the same name that are already in Fleet
  --undo       delete everything that this folder created, newest first
  --retire     delete what retire.jsonl names
  FOLDER       the folder of the export [default: where this script is]

environment:
  FLEET_URL        https://fleet.example.com
  FLEET_API_TOKEN  token of an API-only user with the role Maintainer [default: asked for]
  FLEET_TEAM       number of the team (fleet) [default: hosts that are in no team]
  FLEET_PAUSE      seconds before the first new attempt, doubled each time [default: 2]
  MAILMUSTER_FLEET_PACE
                   requests a second, from 1 to 10000: Fleet names no limit [default: 5]

exit codes: 0 all done; 1 some objects failed; 2 unusable folder, address or token; 3 interrupted
USAGE
}

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "error: $1"
    if [ $# -gt 1 ]; then warn "  hint: $2"; fi
    [ -z "$locked" ] || summary >&2
    exit 2
}

mode=push dry='' adopt='' folder='' locked=''
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=yes ;;
    --adopt) adopt=yes ;;
    --undo | --retire) [ "$mode" = push ] || die "--undo and --retire exclude each other"; mode=${1#--} ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; die "unknown option $1" ;;
    *) [ -z "$folder" ] || die "more than one folder: $folder and $1"; folder=$1 ;;
    esac
    shift
done
[ -n "$folder" ] || folder=$(dirname "$0")
cd "$folder" 2>/dev/null || die "cannot open the folder $folder"
for program in curl jq; do
    command -v $program >/dev/null || die "$program is missing" "install $program"
done

# The token stays out of the environment of curl and jq, and out of every command line.
unset token # which would stay in the environment if it was there before
token=${FLEET_API_TOKEN-} pace=${MAILMUSTER_FLEET_PACE-5} pause=${FLEET_PAUSE-2} team=${FLEET_TEAM-} url=${FLEET_URL-}
unset FLEET_API_TOKEN
journal=state/pushed.jsonl
tab=$(printf '\t')
created=0 updated=0 adopted=0 unchanged=0 deleted=0 failed=0
group=20
code='' answer='' remote='' objects='' locked='' scratch='' curl=''
id='' kind='' platform='' file='' sha='' state='' number='' name='' labels='' word=''

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# ---- the folder -------------------------------------------------------------------------------

check_folder() {
    [ -f export.json ] || die "no export.json in $PWD: the export is incomplete" "run mailmuster export again"
    jq -e '.format == 1 and .mdm == "fleet"' export.json >/dev/null 2>&1 ||
        die "export.json is not of an export for Fleet in format 1"
    local shape stated
    shape=$(jq -r .shape export.json)
    if [ "$mode" = retire ]; then
        [ "$shape" = retire ] || die "this export retires nobody" "run mailmuster export fleet --retire LIST"
        objects=retire.jsonl
    else
        [ "$shape" != retire ] || die "this export only retires people" "use --retire"
        objects=objects.jsonl
        stated=$(jq -r '.objects_sha256' export.json)
        [ "$(sha256 objects.jsonl 2>/dev/null | cut -c1-64)" = "$stated" ] ||
            die "objects.jsonl is not the one that was exported" "run mailmuster export again"
    fi
    # What goes into a path or a request is checked here, once.
    jq -es --arg mode "$mode" 'all(.[];
        (.id | test("\\A[0-9a-z]{1,64}\\z")) and (.name | type == "string" and length > 0)
        and (.kind == "labels" or .kind == "configuration_profiles")
        and (.platform | test("\\A[a-z]{1,16}\\z"))
        and ([.name, .labels // {} | .. | strings] | all(test("[[:cntrl:]]") | not))
        and ($mode == "retire" or ((.sha256 | test("\\A[0-9a-f]{64}\\z"))
            and (.file | test("\\A(profiles|labels)/[A-Za-z0-9@_+-][A-Za-z0-9@._+-]*\\z")))))' \
        "$objects" >/dev/null 2>&1 || die "$objects has a line that this script does not understand"
    [ -z "$(find profiles labels -type l 2>/dev/null)" ] ||
        die "profiles/ or labels/ has a symbolic link, which may lead out of the folder" "run mailmuster export again"
    [ "$mode" != push ] || jq -r '"\(.sha256)  \(.file)"' objects.jsonl | sha256 -c >/dev/null 2>&1 ||
        die "a file of the export is missing or was changed" "run mailmuster export again"
}

check_target() {
    url=${url%/}
    case $url in
    https://*) ;;
    http://127.0.0.1:* | http://localhost:*) ;;
    '') die "FLEET_URL is not set" "for example FLEET_URL=https://fleet.example.com" ;;
    *) die "FLEET_URL does not begin with https://: $url" ;;
    esac
    case $url in *[!A-Za-z0-9:/._~-]*) die "FLEET_URL has a character that no address has: $url" ;; esac
    case $team in *[!0-9]*) die "FLEET_TEAM is not a number: $team" ;; esac
    case $pause in *[!0-9.]* | '') die "FLEET_PAUSE is not a number of seconds: $pause" ;; esac
    case $pace in 10000) ;; *[!0-9]* | '' | 0* | ?????*) die "MAILMUSTER_FLEET_PACE is not a number from 1 to 10000: $pace" ;; esac
    [ "$pace" -ge $group ] || group=$pace
    if [ -z "$token" ] && [ -t 0 ]; then
        printf 'Fleet API token (not shown): ' >&2
        IFS= read -rs token
        printf '\n' >&2
    fi
    [ -n "$token" ] || die "FLEET_API_TOKEN is not set"
    case $token in *[!A-Za-z0-9._~+/=-]*) die "the token has a character that no token has" ;; esac
    # The journal's numbers mean something on one server and in one team only.
    if [ -f state/target ] && [ "$(cat state/target)" != "$url ${team:-0}" ]; then
        die "this folder was sent to $(cat state/target), not to $url ${team:-0} (address, team)" \
            "use a copy of the folder without state/"
    fi
}

await_orphan() { # the curl of a run that was killed
    local seconds=0
    while [ -n "$1" ] && [ $seconds -lt 130 ]; do
        case $(ps -o comm= -p "$1" 2>/dev/null) in *curl) ;; *) return ;; esac
        [ $seconds -gt 0 ] || warn "waiting for the last requests of a run that was killed"
        sleep 1
        seconds=$((seconds + 1))
    done
}

# Nobody else may write the same journal. A lock whose process has ended is removed.
lock() {
    mkdir -p state || die "cannot write in $PWD"
    if ! mkdir state/lock 2>/dev/null; then
        local other
        other=$(cat state/lock/pid 2>/dev/null)
        if [ -n "$other" ] && kill -0 "$other" 2>/dev/null; then
            die "another push-fleet.sh (process $other) works with this folder"
        fi
        await_orphan "$(cat state/lock/curl 2>/dev/null)"
        rm -rf state/lock
        mkdir state/lock 2>/dev/null || die "cannot lock state/"
    fi
    printf '%s\n' $$ >state/lock/pid
    locked=yes
    # A line that a kill cut off ends here, so that it does not swallow the next one.
    if [ -s $journal ] && [ -n "$(tail -c 1 $journal)" ]; then printf '\n' >>$journal; fi
}

finish() {
    [ -z "$scratch" ] || rm -rf "$scratch"
    [ -z "$locked" ] || rm -rf state/lock
}
interrupted() {
    [ -z "$curl" ] || kill "$curl" 2>/dev/null
    warn "interrupted: start the same command again to go on"
    summary >&2
    exit 3
}
trap finish EXIT
trap interrupted INT TERM HUP

# ---- requests ---------------------------------------------------------------------------------

# A block of curl's config: METHOD PATH FILE-FOR-THE-ANSWER [config line...]. The config goes through a pipe:
# neither the token nor an address appears in the process list.
block() {
    printf 'header = "Authorization: Bearer %s"\nrequest = "%s"\nurl = "%s/api/v1/fleet/%s"\n' "$token" "$1" "$url" "$2"
    printf 'output = "%s"\nwrite-out = "%%{http_code}\\n"\nmax-time = 120\nconnect-timeout = 20\n' "$3"
    shift 3
    [ $# -eq 0 ] || printf '%s\n' "$@"
}

# At most $pace requests a second: a clock runs beside COUNT requests, and the next ones wait for its end.
clock=''
start_clock() { # COUNT
    local time
    [ -z "$clock" ] || wait "$clock"
    printf -v time '%d.%06d' $(($1 / pace)) $(($1 % pace * 1000000 / pace))
    sleep "$time" >/dev/null 2>&1 3<&- &
    clock=$!
}

# request METHOD PATH [config line...]: sets `code` (000 without an answer); the body is in `answer`.
request() {
    local method=$1 path=$2
    shift 2
    answer=$scratch/answer
    rm -f "$answer"
    start_clock 1
    block "$method" "$path" "$answer" "dump-header = \"$scratch/head\"" "$@" |
        curl -q --silent --config - >"$scratch/codes" 2>/dev/null &
    await_curl $!
    code=''
    read -r code <"$scratch/codes"
    judge_code
}

# A kill of this script does not end its curl, which may still create things: the next run waits for it.
await_curl() {
    curl=$1
    [ -z "$locked" ] || printf '%s\n' "$curl" >state/lock/curl
    wait "$curl"
    curl=''
}

judge_code() {
    [ -n "$code" ] || code=000
    [ -f "$answer" ] || : >"$answer"
    case $code in
    401) die "Fleet refuses the token (401)" "is it complete, and is its user still there?" ;;
    402) die "Fleet answers 402: labels, teams and variables need Fleet Premium" ;;
    403) die "the token's user may not do this (403)" "give it the role Maintainer or Admin" ;;
    esac
}

wait_for() { # ATTEMPT: as long as Fleet asks for, else longer each time
    local after
    after=$(sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([0-9][0-9]*\).*/\1/p' "$scratch/head" 2>/dev/null | head -n 1)
    if [ "$code" = 429 ] && [ -n "$after" ] && [ "$after" -le 300 ]; then
        sleep "$after"
    else
        sleep "$(jq -n --argjson n "$1" --argjson pause "$pause" '[$pause * pow(2; $n - 1), 60] | min')"
    fi
}

# Like request, again after 429, 5xx or a lost connection. Only for what may safely be sent twice.
persist() {
    local attempt=1
    while :; do
        request "$@"
        case $code in 000 | 429 | 5??) ;; *) return ;; esac
        [ $attempt -lt 6 ] || return
        wait_for $attempt
        attempt=$((attempt + 1))
    done
}

why() { # Fleet's own words
    jq -r '[.errors[]?.reason, .message] | map(select(. != null and . != "")) | first // empty' \
        "$answer" 2>/dev/null | tr '\n\r' '  ' | cut -c1-300
}

unlisted() {
    [ "$code" != 000 ] || die "no answer from $url" "is the address right, and its certificate valid?"
    die "cannot list Fleet's $1: answer $code $(why)"
}

# What is in Fleet now: kind, name, number; one per line.
list_remote() {
    local page=0
    : >"$scratch/remote"
    while :; do
        persist GET "configuration_profiles?per_page=100&page=$page${team:+&team_id=$team}"
        [ "$code" = 200 ] || unlisted profiles
        jq -r '.profiles[]? | ["configuration_profiles", .name, .profile_uuid] | @tsv' "$answer" >>"$scratch/remote"
        [ "$(jq -r '.meta.has_next_results // false' "$answer")" = true ] || break
        page=$((page + 1))
    done
    persist GET labels/summary
    [ "$code" = 200 ] || unlisted labels
    jq -r '.labels[]? | ["labels", .name, (.id | tostring)] | @tsv' "$answer" >>"$scratch/remote"
}

find_remote() { # sets `remote`; names are as jq's @tsv writes them
    remote=$(K=$kind N=$name awk -F '\t' '$1 == ENVIRON["K"] && $2 == ENVIRON["N"] { print $3; exit }' "$scratch/remote")
}

# ---- the journal ------------------------------------------------------------------------------

now='' now_at=''
record() { # REST, about the object in hand
    if [ "$now_at" != $SECONDS ]; then
        now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        now_at=$SECONDS
    fi
    printf '{"at":"%s","id":"%s","kind":"%s","platform":"%s",%s}\n' \
        "$now" "$id" "$kind" "$platform" "$1" >>$journal || die "cannot write $journal"
}

# What Fleet calls a profile (a letter and a UUID) and a label (a number).
is_number='^([a-z][0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9]{1,18})$'
done_with() { # WORD NUMBER SHA256
    [[ $2 =~ $is_number ]] || die "Fleet answered with a number that cannot be one: $2"
    record "\"remote_id\":\"$2\",\"sha256\":\"$3\",\"done\":\"$1\""
}

# The lines of the journal that can be this script's. What is deleted, and by which path, comes from them: anything
# else that is JSON is reported and left out. What is not JSON was cut off by a kill.
read_journal() { # JOURNAL
    local strange
    jq -cR 'def string(form): type == "string" and test("\\A(" + form + ")\\z");
        fromjson? | . as $line
        | if type == "object" and (.id | string("[0-9a-z]{1,64}")) and (.platform | string("[a-z]{1,16}"))
            and (.kind == "labels" or .kind == "configuration_profiles")
            and (.done == null or (.done | string("created|updated|adopted|deleted")))
            and (.intent == null or (.intent | string("create|update|delete")))
            and (.sha256 == null or (.sha256 | string("[0-9a-f]{64}")))
            and (.name == null or (.name | string("[^[:cntrl:]]+")))
            and (if .remote_id == null then .done == null or .done == "deleted"
                 elif .kind == "labels" then .remote_id | string("[0-9]{1,18}")
                 else .remote_id | string("[a-z][0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}") end)
          then $line else "strange" end' "$1" >"$scratch/journal" || die "cannot read $journal"
    strange=$(grep -c '^"strange"$' "$scratch/journal")
    [ "$strange" = 0 ] || warn "ignored: lines of $journal that this script cannot have written: $strange"
}

# Joins the objects with what the journal says of them. One line for each: id, kind, platform, file,
# sha256, state (new | same | changed | begun | deleted), number, name, labels as curl's options.
# `mine` is the line on which the object was created, if it was by this journal. With `left` instead: kind, number and
# id of what the journal has and the objects have not.
plan() { # OBJECTS MODE
    jq -r -s --rawfile log "$scratch/journal" --arg mode "$2" '
        def slot: "\(.kind) \(.platform) \(.id)";
        def option: "form-string = \"\(gsub("\\\\"; "\\\\") | gsub("\""; "\\\""))\"";
        [$log | split("\n")[] | fromjson? | objects | select(has("id"))] as $log
        | (reduce ($log | to_entries[]) as {key: $at, value: $line} ({};
            .[$line | slot] |= (. // ($line | {id, kind, platform, name: "-"})
                | if $line.done == "deleted" then .mine = null | .last = null | .intent = null | .gone = true
                  elif $line.done then .last = $line | .intent = null
                  else .intent = $line.intent | .name = ($line.name // .name)
                    | if $line.intent == "create" then .mine = $at else . end end))) as $known
        | (reduce .[] as $object ({}; .[$object | slot] = true)) as $wanted
        | if $mode == "left" then $known | to_entries[] | select($wanted[.key] | not) | .value
            | select(.last != null) | [.kind, .last.remote_id, .id]
          else
          if $mode == "undo" then [$known[] | select(.mine != null)] | sort_by(-.mine) else . end
        | .[] | ($known[slot] // {}) as $past
        | [.id, .kind, .platform, .file // "-", .sha256 // "-",
           (if $past.intent then "begun" elif $past.gone and $mode == "retire" and $past.last == null then "deleted" elif $past.last == null then "new"
            elif $past.last.sha256 == .sha256 then "same" else "changed" end),
           ($past.last.remote_id // "-" | tostring), .name,
           ([(.labels // {}) | to_entries[] | .key as $field | .value[] | "\($field)=\(.)" | option] | join("\n"))]
          end
        | @tsv' "$1"
}

# ---- one object -------------------------------------------------------------------------------

intend() { record "\"intent\":\"$1\",\"name\":\"${name//\"/\\\"}\""; }

fail() {
    failed=$((failed + 1))
    warn "failed: $name: $1"
    if [ $# -gt 1 ]; then warn "  hint: $2"; fi
}

# The request of an ACTION (create, update, delete) on the object in hand, by COMMAND [ARGUMENT...] METHOD PATH ….
# A profile's labels replace those it had: without one, all hosts would get it.
ask() {
    local action=$1 path=$kind method=POST options=''
    shift
    [ "$action" = create ] || path=$kind/$number
    case $action:$kind in
    update:*) method=PATCH ;;
    delete:labels) method=DELETE path=labels/id/$number ;;
    delete:*) method=DELETE ;;
    esac
    case $action:$kind in
    delete:*) "$@" "$method" "$path" ;;
    *:labels) "$@" "$method" "$path" 'header = "Content-Type: application/json"' "data-binary = \"@$file\"" ;;
    *)
        printf -v options '%b' "$labels"
        [ -z "$team" ] || [ "$action" = update ] || options="form-string = \"team_id=$team\"
$options"
        "$@" "$method" "$path" "form = \"profile=@$file;type=application/x-apple-aspen-config\"" "$options"
        ;;
    esac
}

again() { ask "$1" request; }

# A process of jq for each object would double the time; it reads what these patterns do not.
uuid='"profile_uuid"[[:space:]]*:[[:space:]]*"([0-9A-Za-z-]+)"'
label='^[[:space:]]*\{[[:space:]]*"label"[[:space:]]*:[[:space:]]*\{([^{}]*,)?[[:space:]]*"id"[[:space:]]*:[[:space:]]*([0-9]+)'
number_in_answer() {
    local text=''
    IFS= read -r -d '' text <"$answer"
    if [[ $text =~ $uuid ]]; then
        number=${BASH_REMATCH[1]}
    elif [[ $text =~ $label ]]; then
        number=${BASH_REMATCH[2]}
    else
        number=$(jq -r '.profile_uuid // .label.id // empty' "$answer" 2>/dev/null)
    fi
}

# Whether the file in Fleet is byte for byte the one of this folder.
same_in_fleet() {
    [ "$kind" = configuration_profiles ] || return 1
    persist GET "configuration_profiles/$number?alt=media"
    [ "$code" = 200 ] && [ "$(sha256 "$answer" | cut -c1-64)" = "$sha" ]
}

# Each of the following three begins with the answer to a first request.

# After a lost connection or a 5xx nobody knows whether Fleet has created the object: look before
# sending again, so that it is never there twice. Neither is 409 an answer: curl repeats a request by
# itself when a connection ends that it has used before, and this object was not in Fleet at the start.
created() {
    local attempt=1
    while :; do
        case $code:$attempt in
        200:* | 201:*)
            number_in_answer
            done_with created "$number" "$sha"
            created=$((created + 1))
            return
            ;;
        *:6) break ;;
        409:* | 422:*)
            list_remote
            find_remote
            [ -n "$remote" ] || break
            take_over adopted
            return
            ;;
        400:1) ;; # its label may have been created in the meantime
        429:*) wait_for $attempt ;;
        000:* | 5??:*)
            wait_for $attempt
            list_remote
            find_remote
            if [ -n "$remote" ]; then take_over adopted; return; fi
            ;;
        *) break ;;
        esac
        attempt=$((attempt + 1))
        again create
    done
    case $code in
    409 | 422) fail "answer $code: $(why)" "the name or the identifier is taken: see --adopt, or delete the other one in Fleet" ;;
    400) fail "answer 400: $(why)" "labels that include and exclude at once need Fleet 4.85 or later" ;;
    *) fail "answer $code: $(why)" "run the same command again" ;;
    esac
}

# `remote` is this object in Fleet: nothing to send if it has the same bytes.
take_over() { # WORD: for the journal
    number=$remote word=$1
    if same_in_fleet; then
        changed
    else
        intend update
        again update
        updated
    fi
}

changed() {
    done_with "$word" "$number" "$sha"
    if [ "$word" = adopted ]; then adopted=$((adopted + 1)); else updated=$((updated + 1)); fi
}

updated() {
    local attempt=1
    while :; do
        case $code in 000 | 429 | 5??) ;; *) break ;; esac
        [ $attempt -lt 6 ] || break
        wait_for $attempt
        attempt=$((attempt + 1))
        again update
    done
    case $code in
    200 | 204) changed ;;
    404 | 405)
        # Fleet before 4.90 cannot replace a profile, and someone may have deleted it.
        ask delete persist
        case $code in 200 | 204 | 404) ;; *) fail "answer $code: $(why)"; return ;; esac
        record "\"remote_id\":\"$number\",\"sha256\":\"$sha\",\"done\":\"deleted\""
        intend create
        again create
        created
        ;;
    *) fail "answer $code: $(why)" "run the same command again" ;;
    esac
}

deleted() {
    case $code in 000 | 429 | 5??) ask delete persist ;; esac
    case $code in
    200 | 204 | 404)
        record "\"remote_id\":\"$number\",\"done\":\"deleted\""
        deleted=$((deleted + 1))
        ;;
    *) fail "answer $code: $(why)" "run the same command again" ;;
    esac
}

# ---- many objects -----------------------------------------------------------------------------

# Requests are sent in groups of at most $group, over one connection. Every intent of a group is in the journal first.
queue=()

enqueue() { # ACTION
    intend "$1"
    queue+=("$1" "$word" "$id" "$kind" "$platform" "$file" "$sha" "$number" "$name" "$labels")
    [ ${#queue[@]} -lt $((group * 10)) ] || flush
}

from_queue() { # POSITION: the object at it becomes the one in hand
    action=${queue[$1]} word=${queue[$1 + 1]} id=${queue[$1 + 2]} kind=${queue[$1 + 3]} platform=${queue[$1 + 4]}
    file=${queue[$1 + 5]} sha=${queue[$1 + 6]} number=${queue[$1 + 7]} name=${queue[$1 + 8]} labels=${queue[$1 + 9]}
}

queued() { # METHOD PATH [config line...]
    local method=$1 path=$2
    shift 2
    block "$method" "$path" "$scratch/answer.$at" "$@"
    printf 'next\n'
}

send_queue() {
    local at=0 action=''
    while [ $at -lt ${#queue[@]} ]; do
        from_queue $at
        ask "$action" queued
        at=$((at + 10))
    done
}

flush() {
    local at=0 action=''
    local -a codes
    [ ${#queue[@]} -gt 0 ] || return 0
    rm -f "$scratch"/answer.* "$scratch/head"
    start_clock $((${#queue[@]} / 10))
    send_queue | curl -q --silent --config - >"$scratch/codes" 2>/dev/null &
    await_curl $!
    codes=()
    while read -r code; do codes+=("$code"); done <"$scratch/codes"
    while [ $at -lt ${#queue[@]} ]; do
        from_queue $at
        code=${codes[at / 10]-000} answer=$scratch/answer.$at
        judge_code
        case $action in create) created ;; update) updated ;; delete) deleted ;; esac
        at=$((at + 10))
    done
    queue=()
}

push_one() {
    case $state in
    gone)
        say "no longer in Fleet: $name"
        [ "$kind" != labels ] || say "  the new label has only the hosts of the list: add those that were added in Fleet"
        ;;
    esac
    case $state in
    same) unchanged=$((unchanged + 1)); return ;;
    changed) word=updated; enqueue update; return ;;
    esac
    if [ "$remote" = - ]; then
        enqueue create
    elif [ "$state" = begun ]; then
        take_over adopted
    elif [ -n "$adopt" ]; then
        number=$remote word=updated
        enqueue update
    else
        fail "it is already in Fleet, and this folder did not create it" "--adopt takes it over"
    fi
}

# What was found by its name alone, and may be someone else's: a profile of an export holds mail accounts
# only, and the label of a person has a description of its own.
is_of_an_export() {
    local kinds
    case $kind in
    labels)
        persist GET "labels/$number"
        jq -e '.label.description | startswith("Devices that get the mail settings of ")' "$answer" >/dev/null 2>&1
        ;;
    *)
        persist GET "configuration_profiles/$number?alt=media"
        kinds=$(tr -d '\n\t' <"$answer" | grep -o '<key>PayloadType</key> *<string>[^<]*' | sed 's/.*>//' | sort -u | tr '\n' ' ')
        [ "$code $kinds" = "200 Configuration com.apple.mail.managed " ]
        ;;
    esac
}

delete_one() {
    if [ "$number" = - ] && [ "$remote" != - ]; then
        number=$remote
        if ! is_of_an_export; then
            fail "it is not of an export, or cannot be read; it was left alone"
            return
        fi
    fi
    if [ "$number" != - ]; then
        enqueue delete
    elif [ "$state" = new ]; then
        fail "not found: neither in Fleet nor in this folder's journal"
    else
        unchanged=$((unchanged + 1))
        [ "$state" != begun ] || record '"done":"deleted"'
    fi
}

would() { # for --dry-run
    case $mode:$state in
    push:gone) say "would create again, because it is no longer in Fleet: $name" ;;
    push:same) unchanged=$((unchanged + 1)) ;;
    push:new | push:begun)
        if [ "$remote" != - ]; then say "would update: $name"; else say "would create: $name"; fi
        ;;
    push:*) say "would update: $name" ;;
    *:deleted) unchanged=$((unchanged + 1)) ;;
    *)
        if [ "$number$remote" != -- ] || [ -z "$url" ]; then
            say "would delete: $name"
        elif [ "$state" = new ]; then
            say "not found: $name"
        else
            unchanged=$((unchanged + 1))
        fi
        ;;
    esac
}

# What is in Fleet for people who are not in this export any more.
report_left() {
    local left
    plan "$objects" left >"$scratch/left" || die "cannot read $objects"
    left=$(awk -F '\t' 'FILENAME == ARGV[1] { there[$1 FS $3] = 1; next }
        ($1 FS $2) in there && $3 != "shared" { n++; if (!($3 in seen)) { seen[$3] = 1; people++ } }
        END { if (n) print n " (people: " people ")" }' "$scratch/remote" "$scratch/left")
    [ -n "$left" ] || return 0
    warn "in Fleet, but no longer in this export: objects that this folder sent: $left"
    warn "  hint: \`mailmuster export fleet leavers.csv --retire\` makes a folder that deletes them"
}

summary() {
    say "created $created, updated $updated, adopted $adopted, unchanged $unchanged, deleted $deleted, failed $failed"
}

each() { # FUNCTION: calls it for every line of the plan
    local at=0 total
    total=$(wc -l <"$scratch/plan" | tr -d ' ')
    while IFS=$tab read -r id kind platform file sha state number name remote labels <&3; do
        "$1"
        at=$((at + 1))
        [ $((at % 100)) -ne 0 ] || warn "$at of $total"
    done 3<"$scratch/plan"
    [ -n "$dry" ] || flush
}

main() {
    local log=$journal
    case $mode in
    undo) objects=/dev/null ;;
    *) check_folder ;;
    esac
    if [ -z "$dry" ] || [ -n "$url" ]; then check_target; fi
    scratch=$(mktemp -d) || die "cannot make a temporary folder"
    [ -n "$dry" ] || lock
    [ -f $log ] || log=/dev/null
    read_journal "$log"
    plan "$objects" "$mode" >"$scratch/known" || die "cannot read $journal or $objects"
    : >"$scratch/remote"
    # without an address, a dry run compares with the journal only
    [ -z "$url" ] || list_remote
    # What the journal has and Fleet has not is new again, and a new label must be named again in its profiles.
    awk -F '\t' -v OFS='\t' -v push="$([ "$mode" = push ] && [ -n "$url" ] && echo yes)" '
        FILENAME == ARGV[1] { there[$1 FS $2] = $3; number[$1 FS $3] = 1; next }
        { name = $2 FS $8; $8 = $8 OFS (name in there ? there[name] : "-") }
        push && ($6 == "same" || $6 == "changed") && !(($2 FS $7) in number) { $6 = "gone"; $7 = "-"; if ($2 == "labels") again[$1] = 1 }
        push && $6 == "same" && ($1 in again) { $6 = "changed" }
        { print }' \
        "$scratch/remote" "$scratch/known" >"$scratch/plan"
    [ "$mode" != push ] || [ -z "$url" ] || report_left
    if [ -n "$dry" ]; then
        each would
        say "dry run: nothing was sent; $unchanged of $(wc -l <"$scratch/plan" | tr -d ' ') are as they should be"
        return 0
    fi
    printf '%s\n' "$url ${team:-0}" >state/target
    case $mode in
    push) each push_one ;;
    *) each delete_one ;;
    esac
    summary
    [ $failed -eq 0 ]
}

main || exit 1

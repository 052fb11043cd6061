#!/usr/bin/env bash
# Sends the configuration profiles of this folder to Jamf Pro, through the Classic API.
#
#   bash push-jamf.sh --dry-run   what would happen; sends nothing that changes Jamf
#   bash push-jamf.sh             creates or updates every profile; run it again after an interruption
#   bash push-jamf.sh --retire    deletes the profiles in retire.jsonl (export --retire)
#   bash push-jamf.sh --undo      deletes every profile that runs in this folder created
#   bash push-jamf.sh --undo-missing   the same, only for those that are not in objects.jsonl any more
#   --connections N               requests at a time, 1 to 5 [default: 5]
#
# JAMF_URL, JAMF_CLIENT_ID and JAMF_CLIENT_SECRET are read from the environment, or asked for.
# state/pushed.jsonl records what was sent, state/target where to. Keep them: --undo and later runs need them.
# Exit codes: 0 all done, 1 some profiles failed, 2 unusable input or credentials, 3 interrupted.
set +x -u # a trace would print the client secret
umask 077
export TZ=UTC0
# from here on in no environment of another program
url=${JAMF_URL-} client=${JAMF_CLIENT_ID-} secret=${JAMF_CLIENT_SECRET-}
unset JAMF_URL JAMF_CLIENT_ID JAMF_CLIENT_SECRET

say() { printf '%s\n' "$*" >&2; }
die() { local code=$1; shift; say "error: $1"; shift; if [ $# -gt 0 ]; then say "  hint: $*"; fi; exit "$code"; }

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  die 2 "bash $BASH_VERSION is too old: 4.4 or later is needed" "on a Mac: brew install bash, then run it with that bash"
fi

mode=push dry='' connections=5
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry=yes ;;
    --undo | --undo-missing | --retire) mode=${1#--} ;;
    --connections) connections=${2-}; shift ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
    *) die 2 "unknown option \`$1\`" "--help lists the options" ;;
  esac
  shift
done
[[ $connections =~ ^[1-5]$ ]] || die 2 "--connections takes a number from 1 to 5" "Jamf asks for no more than 5 connections"

missing=()
for program in curl jq; do command -v "$program" >/dev/null || missing+=("$program"); done
if command -v sha256sum >/dev/null; then checksum=(sha256sum)
elif command -v shasum >/dev/null; then checksum=(shasum -a 256)
else missing+=(sha256sum); fi
if [ ${#missing[@]} -gt 0 ]; then
  die 2 "missing: ${missing[*]}" "Debian: apt install curl jq coreutils; Mac: brew install curl jq coreutils"
fi
[ "$(curl -q -s -w '%{exitcode}' file:///dev/null 2>/dev/null)" = 0 ] || die 2 "this curl is too old: 7.75 or later is needed"
[ "$(jq -rn --arg x 1.6 '$ARGS.named.x' 2>/dev/null)" = 1.6 ] || die 2 "this jq is too old: 1.6 or later is needed"
cd -- "$(dirname -- "${BASH_SOURCE[0]}")" || exit 2

# --- the export

tmp=$(mktemp -d) || exit 2
lock=''
clean_up() { rm -rf -- "$tmp"; if [ -n "$lock" ]; then rm -rf -- "$lock"; fi; }
trap clean_up EXIT

[ -f export.json ] || die 2 "export.json is missing: the export is not complete" "run mailmuster export again"
read -r -d '' JQ_HEAD <<'JQ'
  if .format != 1 then "unusable format \(.format)"
  elif .mdm != "jamf" then "an export for \(.mdm), not for Jamf"
  else "ok \(.shape) \(.objects) \(.objects_sha256)" end
JQ
head=$(jq -r "$JQ_HEAD" export.json 2>/dev/null) || die 2 "export.json is damaged" "run mailmuster export again"
read -r verdict shape objects digest <<<"$head"
[ "$verdict" = ok ] || die 2 "export.json: $head"
case $mode in push | undo-missing) [ "$shape" != retire ] || die 2 "this export retires people" "run bash push-jamf.sh --retire" ;; esac
[ "$mode" != undo-missing ] || [ "$objects" -gt 0 ] || die 2 "this export has no objects, so everything would be missing" "--undo deletes everything"
[ "$mode" != retire ] || [ "$shape" = retire ] || die 2 "this export names nobody to retire" "mailmuster export jamf --retire LIST"

# Every line is checked before it is used in a path, a URL or the journal.
read -r -d '' JQ_LINES <<'JQ'
  def usable: (.id | type == "string" and test("^(shared|[0-9a-f]{32})$"))
    and (.kind == "osxconfigurationprofiles" or .kind == "mobiledeviceconfigurationprofiles")
    and (.name | type == "string" and length > 0)
    and ($retire or ((.file | type == "string" and test("^[a-z]+/[^/\\\\\"\\n]+\\.xml$")) and (.sha256 | type == "string" and test("^[0-9a-f]{64}$"))));
  if all(.[]; usable) then .[] | "\(.sha256)  \(.file)" else error("unusable line") end
JQ
lines=objects.jsonl retire=false
if [ "$mode" = retire ]; then lines=retire.jsonl retire=true; fi
if [ "$mode" != undo ]; then
  "${checksum[@]}" <objects.jsonl | grep -q "^$digest " || die 2 "objects.jsonl is not the one that export.json names" "run mailmuster export again"
  jq -rs --argjson retire "$retire" "$JQ_LINES" "$lines" >"$tmp/sums" 2>/dev/null || die 2 "$lines has an unusable line" "run mailmuster export again"
  if [ "$mode" = push ] || [ "$mode" = undo-missing ]; then
    [ "$(wc -l <"$tmp/sums")" -eq "$objects" ] || die 2 "objects.jsonl has another number of lines than export.json names"
    [ "$objects" -eq 0 ] || "${checksum[@]}" -c "$tmp/sums" >"$tmp/changed" 2>/dev/null ||
      die 2 "files were changed since the export: $(grep -v ': OK$' "$tmp/changed" | head -n 5 | tr '\n' ' ')" "run mailmuster export again"
  fi
elif [ ! -f objects.jsonl ]; then lines=/dev/null; fi

# --- credentials: never in an argument, an exported variable or a file

ask() { # name in the environment, prompt, read's flag for silence; sets `typed`
  if ! { : </dev/tty; } 2>/dev/null; then die 2 "$1 is not set" "export it, or run this in a terminal"; fi
  read -r ${3:+"$3"} -p "$2: " typed </dev/tty 2>/dev/tty || exit 2
  if [ -n "${3-}" ]; then say ''; fi
}
if [ -z "$url" ]; then ask JAMF_URL 'URL of Jamf Pro, e.g. https://example.jamfcloud.com'; url=$typed; fi
if [ -z "$client" ]; then ask JAMF_CLIENT_ID 'Client ID'; client=$typed; fi
if [ -z "$secret" ]; then ask JAMF_CLIENT_SECRET 'Client secret' -s; secret=$typed; fi
url=${url%/} typed=''
if [[ ! $url =~ ^https://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*)?$ && ! $url =~ ^http://(127\.0\.0\.1|localhost)(:[0-9]+)?$ ]]; then
  die 2 "JAMF_URL is not an https address: $url"
fi
# The journal's ids mean something on one server only: Jamf counts from 1.
target=''
if [ -f state/target ]; then
  target=$(cat state/target)
  [ "${target,,}" = "${url,,}" ] ||
    die 2 "this folder was sent to $target, not to $url" "for another server export into another folder, or use a copy of this one without state/"
fi

# --- requests

quote() { quoted=${1//\\/\\\\}; quoted=${quoted//\"/\\\"}; } # for curl's config
token='' renew_at=0 answer='' reason='' retry_after='' text=''

token_config() {
  printf 'silent\nurl = "%s/api/oauth/token"\nconnect-timeout = 20\nmax-time = 60\nwrite-out = "\\n%%{http_code}"\n' "$url"
  printf 'header = "Accept: application/json"\ndata = "grant_type=client_credentials"\n'
  quote "$client"; printf 'data-urlencode = "client_id=%s"\n' "$quoted"
  quote "$secret"; printf 'data-urlencode = "client_secret=%s"\n' "$quoted"
}

sign_in() {
  local try seconds status
  for try in 1 2 3 4 5 6; do
    answer=$(curl -q -K <(token_config)) && status=${answer##*$'\n'} || status=none
    case $status in
      200)
        { read -r token; read -r seconds; } < <(printf '%s' "${answer%$'\n'*}" | jq -r '.access_token, (.expires_in // 60 | floor)' 2>/dev/null)
        answer=''
        [[ $token =~ ^[A-Za-z0-9._~+/=-]+$ && $seconds =~ ^[0-9]+$ ]] || die 2 "Jamf's answer holds no token"
        renew_at=$((SECONDS + (seconds > 120 ? seconds - 60 : seconds / 2)))
        return ;;
      400 | 401 | 403) die 2 "Jamf refused the client ID or the client secret (HTTP $status)" "Settings, System, API roles and clients: is the client enabled?" ;;
      404) die 2 "$url is not Jamf Pro 10.49 or later: it has no /api/oauth/token" ;;
    esac
    if [ "$try" = 1 ]; then
      if [ "$status" = none ] || [ "$status" = 000 ]; then status='no connection'; else status="HTTP $status"; fi
      say "note: $url does not answer ($status); trying again for a minute or two"
    fi
    if [ "$try" -lt 6 ]; then pause $((1 << try)); fi
  done
  die 1 "$url does not answer" "run this again later; it goes on where it stopped"
}

pause() { sleep "$1" & wait $!; }

# Sends the requests that stdin describes, at most $connections at a time; prints a line for each. The progress meter
# of parallel requests cannot be switched off otherwise; every error is in a line.
transfer() { curl -q --parallel --parallel-max "$connections" -K /dev/stdin 2>/dev/null; }

request() { # slot, method, path, accepted type, body file
  if [ "$1" != 0 ] && [ "$1" != list ]; then printf 'next\n'; fi
  printf 'url = "%s/JSSResource/%s"\nrequest = "%s"\nheader = "Authorization: Bearer %s"\nheader = "Accept: %s"\n' "$url" "$3" "$2" "$token" "$4"
  printf 'connect-timeout = 20\nmax-time = 120\ngloboff\nwrite-out = "%s %%{http_code} %%{exitcode} %%{errormsg}\\n"\n' "$1"
  # the load balancer's cookie keeps a run at one node of Jamf Cloud: another may not have what was just written
  quote "$tmp/cookies"
  printf 'cookie = "%s"\n' "$quoted"
  if [ "$1" = list ]; then printf 'cookie-jar = "%s"\n' "$quoted"; fi
  quote "$tmp/$1"
  printf 'output = "%s.body"\ndump-header = "%s.head"\n' "$quoted" "$quoted"
  if [ -n "${5-}" ]; then
    quote "$5"
    printf 'header = "Content-Type: application/xml"\nheader = "Expect:"\ndata-binary = "@%s"\n' "$quoted"
  fi
}

# Reads the first part of a file into `text`, up to a NUL; without a process, which would cost more than all the rest.
beginning() { IFS= read -r -d '' -n 4000 text <"$1"; }

# Judges an answer (status, curl's exit code, its message, slot): sets `kind_of_answer` to ok, again, token or no.
judge_answer() {
  local name value
  reason="Jamf answered $1" retry_after=''
  if [ "$2" != 0 ]; then kind_of_answer=again reason="no answer: $3"; return; fi
  case $1 in
    2??) kind_of_answer=ok; return ;;
    401) kind_of_answer=token; return ;;
    408 | 429 | 5??) kind_of_answer=again ;;
    *) kind_of_answer=no ;;
  esac
  if [ -f "$tmp/$4.head" ]; then
    while IFS=: read -r name value; do
      value=${value//[^0-9]/}
      if [ "${name,,}" = retry-after ] && [ -n "$value" ] && [ "${#value}" -lt 5 ]; then retry_after=$value; fi
    done <"$tmp/$4.head"
  fi
  if [ -f "$tmp/$4.body" ]; then
    beginning "$tmp/$4.body"
    if [[ $text =~ \<p\>Error:\ ([^\<]*) ]]; then reason+=": ${BASH_REMATCH[1]//[[:cntrl:]]/ }"; fi
  fi
}

# Fetches one path as JSON into a file. Fails if Jamf refuses it.
fetch() {
  local try status code message
  for try in 1 2 3 4 5 6 7 8; do
    if ((SECONDS >= renew_at)); then sign_in; fi
    rm -f "$tmp/list.body" "$tmp/list.head"
    read -r _ status code message < <(request list GET "$1" application/json | transfer)
    judge_answer "${status:-000}" "${code:-1}" "${message-}" list
    case $kind_of_answer in
      ok) mv "$tmp/list.body" "$2" && jq -e . "$2" >/dev/null 2>&1 && return 0 ;;
      no) return 1 ;;
      token) renew_at=0; [ "$try" -lt 3 ] || die 2 "Jamf refuses its own token" "is the API client enabled?"; continue ;;
    esac
    if [ "$try" = 1 ]; then say "note: $url: $reason; trying again"; fi
    pause "${retry_after:-$((try < 6 ? 1 << (try - 1) : 60))}"
  done
  die 1 "$url: $reason" "run this again later; it goes on where it stopped"
}

fetch_list() {
  fetch "$1" "$tmp/$1.json" && return
  case $1 in osx*) set -- macOS ;; *) set -- iOS ;; esac
  die 2 "$reason for the list of $1 profiles" "the API role needs Read, Create, Update and Delete $1 Configuration Profiles"
}

# --- the plan: what each object needs, from the journal and what is in Jamf

read -r -d '' JQ_PLAN <<'JQ'
  # One level only: jq copies the whole object for an update two levels deep.
  def table(items; key; value): reduce items as $it ({}; .[$it | key] = ($it | value));
  def entry: reduce .[] as $line ({id: .[0].id, kind: .[0].kind};
    # every name that it may have in Jamf: the last update may not have arrived
    (if $line.name then .names = (.names // []) - [$line.name] + [$line.name] | .name = $line.name else . end)
    | if $line.intent then .pending = $line.intent
    elif $line.done == "deleted" then {id, kind, gone: true}
    elif $line.done == "refused" and .remote == null then {id, kind}
    elif $line.done == "refused" then .pending = null
    elif $line.done then . + {remote: ($line.remote_id | tostring), sha256: $line.sha256, pending: null}
      | if $line.done == "created" and .made != true then .made = true | .at = $line.n elif $line.done == "adopted" then .made = false else . end
    else . end);
  def known: [$journal / "\n" | to_entries[] | .key as $n | .value | fromjson? | objects | select((.id | strings) and (.kind | strings)) | .n = $n]
    | table(group_by(.kind, .id)[] | entry | select(has("pending") or has("remote") or .gone); "\(.kind) \(.id)"; .);
  def mine: select(has("pending") or has("remote"));
  def here($list): {name: table($list[] | .[] | arrays | .[]; .name; .id | tostring), id: table($list[] | .[] | arrays | .[]; .id | tostring; .name)};
  # without names (a profile that an older version adopted) the payload alone has to tell
  def row($what; $remote; $names): [$what, .id, .kind, (.name | tojson), .file // "", .sha256 // "", $remote // "", ($names // [] | tojson)] | join("\u001f");
  def row($what; $remote): row($what; $remote; []);
  {osxconfigurationprofiles: here($osx), mobiledeviceconfigurationprofiles: here($mobile)} as $in
  | known as $known
  # a journal of an older version does not name its server: at least one profile must be there
  | ([$known[] | mine | select(.remote and .names) | $in[.kind].id[.remote] as $name | select($name) | any(.names[]; . == $name)]) as $found
  | if $target == "" and $found != [] and any($found[]; .) == false then "elsewhere"
    elif $mode == "push" then ($objects[] | $known["\(.kind) \(.id)"] as $e | $in[.kind] as $jamf
      | if $e.remote and $jamf.id[$e.remote] then
          $jamf.id[$e.remote] as $name
          | if $e.sha256 == .sha256 and $e.pending == null and ($e.names == null or any($e.names[]; . == $name)) then row("skip"; $e.remote)
            else row("check"; $e.remote; $e.names) end
        elif $jamf.name[.name] then row(if $e.pending == "create" then "recover" else "adopt" end; $jamf.name[.name])
        else row("create"; null) end),
      (table($objects[]; "\(.kind) \(.id)"; true) as $listed
        | $known[] | select(.remote and $in[.kind].id[.remote] and ($listed["\(.kind) \(.id)"] | not)) | .name = (.name // .id) | row("absent"; .remote))
    elif $mode == "retire" then $objects[] | $known["\(.kind) \(.id)"] as $e | $in[.kind] as $jamf
      | if $e.remote and $jamf.id[$e.remote] then row("delete"; $e.remote; $e.names)
        elif $jamf.name[.name] then row("examine"; $jamf.name[.name])
        elif $e then row("gone"; null)
        else row("unknown"; null) end
    else table($objects[]; "\(.kind) \(.id)"; .name) as $names
      | [$known[] | mine | select($mode == "undo" or ($names["\(.kind) \(.id)"] | not)) | .name = (.name // $names["\(.kind) \(.id)"] // .id) | .pushed = (.made or (.remote == null and .pending == "create"))]
      | sort_by(-(.at // infinite))[] | $in[.kind] as $jamf
      | (if .remote then .remote else $jamf.name[.name] end) as $remote
      | if .pushed | not then row("leave"; $remote)
        elif $remote and $jamf.id[$remote] then row("delete"; $remote; .names)
        else row("gone"; $remote) end
    end
JQ

# --- comparing what Jamf stored with what was sent

read -r -d '' JQ_COMPARE <<'JQ'
  def swapped($old; $new): split($old) | join($new); # far faster than gsub
  def decoded: if contains("&") then swapped("&lt;"; "<") | swapped("&gt;"; ">") | swapped("&quot;"; "\"") | swapped("&#34;"; "\"")
    | swapped("&apos;"; "'") | swapped("&#39;"; "'") | swapped("&amp;"; "&") else . end;
  def encoded: swapped("&"; "&amp;") | swapped("<"; "&lt;") | swapped(">"; "&gt;");
  def trimmed: if startswith(" ") or endswith(" ") or contains("\n") or contains("\t") then gsub("^\\s+|\\s+$"; "") else . end;
  def pieces: split("<")[1:][] | split(">") | {tag: .[0], text: (.[1:] | join(">"))};
  def scalars: {string: 1, integer: 1, real: 1, date: 1, data: 1};
  # path -> value of each scalar and container in a property list
  def flat: reduce (split("<")[1:][] | select(startswith("/k") or startswith("/s") or startswith("/i") | not) | split(">")) as $p ({at: [], out: {}};
    ($p[0] | rtrimstr("/")) as $tag
    | if $tag == "key" then .at[-1].key = ($p[1:] | join(">") | decoded)
      elif $p[0] == "/dict" or $p[0] == "/array" then .at |= .[:-1]
      elif $tag == "dict" or $tag == "array" or $tag == "true" or $tag == "false" or scalars[$tag] then
        (.at[-1] | if . == null then "" elif .array then "\(.path)[\(.n)]" else "\(.path).\(.key // "")" end) as $path
        | .out[$path] = (if scalars[$tag] | not then $tag elif $p[0] == $tag then $p[1:] | join(">") | decoded | trimmed else "" end)
        | if .at != [] and .at[-1].array then .at[-1].n += 1 else . end
        | if $p[0] == "dict" or $p[0] == "array" then .at += [{path: $path, array: ($tag == "array"), n: 0, key: null}] else . end
      else . end) | .out;
  def between($open; $close): if contains($open) then split($open)[1] | split($close)[0] else "" end;
  def users: [between("<jss_users>"; "</jss_users>") | split("<name>")[1:][] | split("</name>")[0] | decoded];
  # Jamf owns these: it replaces them when it stores a profile
  def own: ["PayloadUUID", "PayloadIdentifier", "PayloadDisplayName", "PayloadDescription", "PayloadOrganization"];
  def metadata: (split(".") | last) as $key | ($key | startswith("Payload")) or $key == "";
  def difference($sent; $got): (own | map("." + .)) as $own
    | [($sent | to_entries[] | select(.key as $k | $own | index($k) | not) | $got[.key] as $g
        | if $g == null then "\(.key[1:]) is missing" elif $g == .value then empty
          elif ($g | decoded) == .value then {layer: .key[1:]} else "\(.key[1:]) is `\($g)`, sent was `\(.value)`" end),
       ($got | keys_unsorted[] | select(. as $k | ($sent | has($k) | not) and (metadata | not)) | "\(.[1:]) was not sent")];
  # the payload with Jamf's own top-level identifiers, without which devices see another profile
  def with_own($got): reduce pieces as $p ({depth: 0, key: "", out: ""};
    (if $p.tag == "dict" or $p.tag == "array" then .depth += 1 elif $p.tag == "/dict" or $p.tag == "/array" then .depth -= 1 else . end)
    | (if $p.tag == "key" then .key = $p.text else . end)
    | (if $p.tag == "string" and .depth == 1 and (.key == "PayloadUUID" or .key == "PayloadIdentifier") then $got["." + .key] | encoded else $p.text end) as $text
    | .out += "<" + $p.tag + ">" + $text) | .out;
  def update($sent; $got; $has_users): ($sent | between("<payloads>"; "</payloads>")) as $old
    | ($old | decoded | with_own($got) | encoded) as $new
    | ($sent | split("<payloads>")[0]) + "<payloads>" + $new + "</payloads>" + ($sent | split("</payloads>")[1])
    | sub("<redeploy_on_update>[^<]*<"; "<redeploy_on_update>All<")
    # a scope replaces the whole one: leave what an admin made of it, unless the person is not in it
    | if $has_users then split("<scope>")[0] + (split("</scope>")[1] // "") else . end;
  def of_payloads($key): to_entries[] | select(.key | startswith(".PayloadContent[") and endswith("]." + $key)) | .value;
  # one answer that cannot be read must not spoil the others
  $ask[] as $q | try (($ARGS.named["got\($q.slot)"] | fromjson? // {} | [.[]][0] // {}) as $got
  | (($got.general.payloads? // "") | flat) as $stored
  | ($ARGS.named["sent\($q.slot)"] // "") as $sent
  | ([$stored | of_payloads("PayloadType")]) as $types
  | ([$stored | of_payloads("PayloadIdentifier")]) as $has_ids
  # what a run in this folder wrote: its name, and mail payloads with the identifier of this person
  | (($q.names == [] or any($q.names[]; . == $got.general.name)) and $types != [] and all($types[]; . == "com.apple.mail.managed")
      and all($has_ids[]; test("\\.mail-account\\." + (if $q.id == "shared" then "[0-9a-f]{32}" else $q.id end) + "$"))) as $ours
  | if $stored[".PayloadUUID"] == null then [$q.slot, "unreadable", "its payload cannot be read", ""]
    elif ($q.step == "check" or $q.step == "delete" or $q.step == "recover") and ($ours | not) then [$q.slot, "another", ($got.general.name // "" | tostring), ""]
    elif $q.step == "delete" then [$q.slot, "same", "", ""]
    elif $q.step == "examine" then
      if $types != [] and all($types[]; . == "com.apple.mail.managed") then [$q.slot, "same", "", ""] else [$q.slot, "foreign", "", ""] end
    else ($sent | between("<payloads>"; "</payloads>") | decoded | flat) as $wanted
      | ([$got.scope.jss_users? // [] | .[] | .name]) as $has
      | (($sent | users) - $has) as $lacks
      | difference($wanted; $stored) as $all
      | ([$all[] | strings] + (if $got.general.name != $q.name then ["the name is `\($got.general.name)`"] else [] end)
          + [$lacks[] | "the scope lacks the user `\(.)`"]
          + (if ($sent | contains("<level>User</level>")) and ($got.general.level // "" | ascii_downcase) != "user" then ["the level is `\($got.general.level)`, sent was `User`"] else [] end)) as $differs
      | ([$all[] | objects | .layer]) as $layers
      | ([$wanted, $stored] | map([of_payloads("PayloadIdentifier")] | sort)) as $ids
      | if $q.step == "adopt" and $ids[0] != $ids[1] then [$q.slot, "foreign", "", ""]
        elif $differs != [] then [$q.slot, "differs", ($differs[:5] | join("; ")), update($sent; $stored; $lacks == [])]
        elif $layers != [] then [$q.slot, "layer", ($layers | join(", ")), ""]
        else [$q.slot, "same", "", ""] end
    end) catch [$q.slot, "unreadable", "its payload cannot be read", ""]
  | (.[:2] | map(tostring)) + [.[2] | gsub("[\\x00-\\x1f]"; " ")] + .[3:] | join("\u001f") + "\u001e"
JQ

# --- the journal

state=state/pushed.jsonl
journal='' # lines to be appended
note() { # index, intent or done, word, digest
  local now
  printf -v now '%(%Y-%m-%dT%H:%M:%SZ)T' -1
  if [ "$2" = intent ]; then journal+="{\"at\":\"$now\",\"id\":\"${id[$1]}\",\"kind\":\"${kind[$1]}\",\"name\":${name[$1]},\"intent\":\"$3\"}"$'\n'
  else journal+="{\"at\":\"$now\",\"id\":\"${id[$1]}\",\"kind\":\"${kind[$1]}\",\"name\":${name[$1]},\"remote_id\":\"${remote[$1]}\",\"sha256\":\"$4\",\"done\":\"$3\"}"$'\n'; fi
}
record() {
  if [ -z "$journal" ]; then return; fi
  printf '%s' "$journal" >>"$state" || die 2 "$state cannot be written"
  journal=''
}

# --- the work, a round of requests at a time

declare -a step=() origin=() id=() kind=() name=() file=() sha=() remote=() tries=() intended=() relisted=() names=()
declare -A count=()
layers=0 signed_in_again=0
label() { local text=${name[$1]}; text=${text#\"}; case ${kind[$1]} in osx*) text="${text%\"} (macOS)" ;; *) text="${text%\"} (iOS)" ;; esac; printf '%s' "$text"; }
tally() { count[$1]=$((${count[$1]:-0} + 1)); }
finish() { step[$1]=finished; tally "$2"; }
fail() { say "error: $(label "$1"): $2"; if [ -n "${3-}" ]; then say "  hint: $3"; fi; finish "$1" failed; }
FOREIGN="another profile in Jamf has this name; it is left alone"
ANOTHER="is not the profile that this folder created; it is left alone"

# The name was refused as a duplicate, though it was not in the list: an earlier request of ours arrived after all.
find_again() {
  local found reason=$reason
  fetch_list "${kind[$1]}"
  found=$(jq -r --argjson name "${name[$1]}" '[.[] | arrays | .[] | select(.name == $name) | .id][0] // empty' "$tmp/${kind[$1]}.json")
  if [ -z "$found" ] || [ -n "${relisted[$1]}" ]; then refused "$1"; return; fi
  relisted[$1]=yes remote[$1]=$found origin[$1]=recover step[$1]=look
  note "$1" "done" created ''
}

settle() { # index, slot: the answer to the request of an object
  local i=$1
  case $kind_of_answer:${step[i]}:$3 in
    ok:create:*)
      beginning "$tmp/$2.body"
      if [[ $text =~ \<id\>([0-9]+)\</id\> ]]; then
        remote[i]=${BASH_REMATCH[1]} step[i]=verify tries[i]=0
        note "$i" "done" created ''
      else again "$i" "Jamf's answer holds no id"; fi ;;
    ok:put:*) step[i]=verify tries[i]=0 ;;
    ok:delete:* | no:delete:404) note "$i" "done" deleted ''; finish "$i" deleted ;;
    ok:*) to_compare+=("$i:$2") ;;
    token:*) signed_in_again=$((signed_in_again + 1)) renew_at=0
      if ((signed_in_again > 60)); then record; die 2 "Jamf refuses its own tokens" "is the API client enabled?"; fi ;;
    again:*) again "$i" "$reason" ;;
    no:create:409) if [[ $reason == *[Dd]uplicate* || ${tries[i]} -gt 0 ]]; then find_again "$i"; else refused "$i"; fi ;;
    no:look:404 | no:put:404 | no:verify:404) # someone deleted it
      if [ -n "${relisted[i]}" ]; then fail "$i" "$reason"; else relisted[i]=yes origin[i]=create step[i]=create remote[i]='' intended[i]=''; fi ;;
    no:examine:404)
      if [ "${origin[i]}" = delete ]; then note "$i" "done" deleted ''; fi
      finish "$i" "already gone" ;;
    no:*:403) record; die 2 "$reason" "the API role lacks a privilege; README.md lists them" ;;
    no:*) refused "$i" ;;
  esac
}

refused() {
  local hint=''
  case $reason in
    *"update the database"*) hint="Jamf takes no value with & or < through this API" ;;
    *user*) hint="the user name must be one of Users in Jamf" ;;
  esac
  note "$1" "done" refused ''
  fail "$1" "$reason" "$hint"
}

again() {
  local wait=${retry_after:-$((1 << (tries[$1] < 6 ? tries[$1] : 6)))}
  tries[$1]=$((tries[$1] + 1))
  if ((tries[$1] > 8)); then gave_up=$((gave_up + 1)); fail "$1" "$2; given up after 8 tries"; return; fi
  if ((wait > rest)); then rest=$wait; fi
}

compare() { # the objects in to_compare: index:slot
  local entry i slot step_name verdict detail body args=() ask=''
  for entry in "${to_compare[@]}"; do
    i=${entry%:*} slot=${entry#*:}
    step_name=${step[i]}
    case $step_name in look | examine) step_name=${origin[i]} ;; esac
    ask+="{\"slot\":$slot,\"step\":\"$step_name\",\"id\":\"${id[i]}\",\"names\":${names[i]},\"name\":${name[i]}}"
    args+=(--rawfile "got$slot" "$tmp/$slot.body")
    if [ -n "${file[i]}" ]; then args+=(--rawfile "sent$slot" "${file[i]}"); fi
    at[slot]=$i
  done
  printf '%s' "$ask" >"$tmp/ask"
  while IFS=$'\x1f' read -r -d $'\x1e' slot verdict detail body; do
    i=${at[slot]} at[slot]=''
    compared "$i" "$verdict" "$detail" "$body"
  done < <(jq -njr "${args[@]}" --slurpfile ask "$tmp/ask" "$JQ_COMPARE")
  for i in "${at[@]}"; do if [ -n "$i" ]; then again "$i" "Jamf's answer cannot be read"; fi; done
}

compared() { # index, verdict, detail, body for an update
  local i=$1 word=updated
  case ${origin[i]} in create | recover) word=created ;; adopt) word=adopted ;; esac
  case ${step[i]}:$2 in
    examine:same) step[i]=delete tries[i]=0 ;;
    *:another) fail "$i" "number ${remote[i]} in Jamf, \`$3\`, $ANOTHER" "if it is yours, give it back its name and payload, or delete it in Jamf" ;;
    *:foreign) fail "$i" "$FOREIGN" "rename that profile in Jamf" ;;
    look:differs) step[i]=put tries[i]=0; printf '%s' "$4" >"$tmp/put.$i" ;;
    *:same | *:layer)
      if [ "$2" = layer ]; then layers=$((layers + 1)); say "note: $(label "$i"): Jamf escaped $3 once too often (its defect PI-827)"; fi
      note "$i" "done" "$word" "${sha[i]}"
      if [ "${step[i]}" = look ] && [ "$word" = updated ]; then word=unchanged; fi
      finish "$i" "$word" ;;
    *:unreadable) again "$i" "$3" ;;
    *) fail "$i" "Jamf stored something else: $3" ;;
  esac
}

describe_round() { # the requests of the batch, for transfer
  local slot i path
  for slot in "${!batch[@]}"; do
    i=${batch[slot]} path=${kind[i]}/id/${remote[i]}
    case ${step[i]} in
      create) request "$slot" POST "${kind[i]}/id/0" application/xml "${file[i]}" ;;
      put) request "$slot" PUT "$path" application/xml "$tmp/put.$i" ;;
      delete) request "$slot" DELETE "$path" application/xml ;;
      *) request "$slot" GET "$path" application/json ;;
    esac
  done
}

one_round() {
  local i word slot status code message to_compare=() at=()
  if ((SECONDS >= renew_at)); then sign_in; fi
  for i in "${batch[@]}"; do
    case ${step[i]} in create) word=create ;; put) word=update ;; delete) word=delete ;; *) continue ;; esac
    if [ "${intended[i]}" != "$word" ]; then note "$i" intent "$word"; intended[i]=$word; fi
  done
  record
  rm -f "$tmp"/*.body "$tmp"/*.head
  declare -A answered=()
  while read -r slot status code message; do
    i=${batch[slot]} answered[$slot]=yes
    judge_answer "$status" "$code" "$message" "$slot"
    settle "$i" "$slot" "$status"
  done < <(describe_round | transfer)
  for slot in "${!batch[@]}"; do
    if [ -z "${answered[$slot]-}" ]; then retry_after='' && again "${batch[slot]}" "curl ended early"; fi
  done
  if [ ${#to_compare[@]} -gt 0 ]; then retry_after=''; compare; fi
  record
}

work() { # indices of objects
  local all=("$@") next=0 batch left=() i rest gave_up
  while ((${#left[@]} > 0 || next < ${#all[@]})); do
    batch=("${left[@]}") left=() rest=0 gave_up=0
    while ((${#batch[@]} < 25 && next < ${#all[@]})); do batch+=("${all[next++]}"); done
    one_round
    for i in "${batch[@]}"; do if [ "${step[i]}" != finished ]; then left+=("$i"); fi; done
    if ((gave_up == ${#batch[@]})); then
      say "error: Jamf does not answer any more"
      count[failed]=$((count[failed] + ${#all[@]} - next))
      return
    fi
    if [ -t 2 ]; then printf '\r%s of %s ' "$((next - ${#left[@]}))" "${#all[@]}" >&2; fi
    if ((rest > 0)); then pause "$rest"; fi
  done
  if [ -t 2 ]; then printf '\r' >&2; fi
}

summary() {
  local word text=''
  for word in created updated adopted unchanged deleted "already gone" "left alone" "not found" failed; do
    if [ -n "${count[$word]-}" ]; then text+="${text:+, }${count[$word]} $word"; fi
  done
  printf 'Jamf: %s\n' "${text:-nothing to do}"
}

interrupted() {
  record; summary; say "interrupted: run this again, it goes on where it stopped"; exit 3
}

# --- the run

if [ -z "$dry" ]; then
  mkdir -p state || die 2 "the folder state/ cannot be made"
  if ! mkdir state/lock 2>/dev/null; then
    other=$(cat state/lock/pid 2>/dev/null)
    if [ -n "$other" ] && kill -0 "$other" 2>/dev/null; then die 2 "process $other is at work in this folder" "if that is something else, delete state/lock"; fi
  fi
  lock=state/lock; printf '%s\n' "$$" >state/lock/pid
  # a line that a kill cut off ends here
  if [ -s "$state" ] && [ -n "$(tail -c 1 "$state")" ]; then journal=$'\n'; record; fi
  trap interrupted INT TERM HUP
fi
sign_in
fetch_list osxconfigurationprofiles
fetch_list mobiledeviceconfigurationprofiles

past=/dev/null
if [ -f "$state" ]; then past=$state; fi
jq -rn --arg mode "$mode" --arg target "$target" --slurpfile objects "$lines" --rawfile journal "$past" --slurpfile osx "$tmp/osxconfigurationprofiles.json" \
  --slurpfile mobile "$tmp/mobiledeviceconfigurationprofiles.json" "$JQ_PLAN" >"$tmp/plan" || die 2 "the plan cannot be made" "is $state damaged?"
if [ "$(head -n 1 "$tmp/plan")" = elsewhere ]; then
  die 2 "$state is of another Jamf: the numbers in it are other profiles at $url" "for another server export into another folder, or use a copy of this one without state/"
fi
if [ -z "$dry" ] && [ -z "$target" ]; then printf '%s\n' "$url" >state/target || die 2 "state/target cannot be written"; fi

todo=() absent=()
while IFS=$'\x1f' read -r what one_id one_kind one_name one_file one_sha one_remote one_names; do
  i=${#step[@]}
  origin[i]=$what id[i]=$one_id kind[i]=$one_kind name[i]=$one_name file[i]=$one_file sha[i]=$one_sha remote[i]=$one_remote
  tries[i]=0 intended[i]='' relisted[i]='' names[i]=$one_names
  case $what in
    absent) step[i]=finished; absent+=("$(label "$i")"); continue ;;
    unknown) step[i]=finished; tally "not found"
      say "error: $(label "$i"): not found: it is not in Jamf, and this folder did not create it"
      say "  hint: is the address right, and is this the folder and the provider that it was sent with?"; continue ;;
    skip) step[i]=finished; tally unchanged; continue ;;
    gone) if [ -z "$dry" ] && [[ $mode = undo* ]]; then note "$i" "done" deleted ''; fi; step[i]=finished; tally "already gone"; continue ;;
    leave) step[i]=finished; tally "left alone"; say "note: $(label "$i") was there before the first run, so it is left"; continue ;;
    check | adopt) step[i]=look ;;
    recover) step[i]=look; if [ -z "$dry" ]; then note "$i" "done" created ''; fi ;;
    delete) step[i]=examine ;; # nothing is deleted by its number alone
    *) step[i]=$what ;;
  esac
  todo+=("$i")
done <"$tmp/plan"

# Jamf refuses a scope with a user that it does not know. Each body names its users on one line.
if [ "$mode" = push ] && [ "$shape" = per-person ] && fetch users "$tmp/users.json"; then
  cut -c 67- "$tmp/sums" | tr '\n' '\0' | xargs -0 grep -ho '<jss_users>.*</jss_users>' -- |
    jq -rR --slurpfile users "$tmp/users.json" 'def decoded: gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&amp;"; "&");
      split("<name>")[1:][] | split("</name>")[0] | decoded' | sort -u >"$tmp/wanted"
  jq -rn --rawfile wanted "$tmp/wanted" --slurpfile users "$tmp/users.json" \
    '($wanted / "\n" | map(select(. != ""))) - [$users[0].users[].name] | .[]' >"$tmp/unknown"
  unknown=$(wc -l <"$tmp/unknown")
  if ((unknown > 0)); then
    text=$(head -n 10 "$tmp/unknown" | tr '\n' ' ')
    if ((unknown > 10)); then text+="and $((unknown - 10)) more"; fi
    say "warning: Jamf does not know these users and will refuse their profiles: $text"
    say "  hint: add them to Users in Jamf, or correct the column directory_user of the list"
  fi
fi

name_absent() {
  local shown
  if [ ${#absent[@]} -eq 0 ]; then return; fi
  shown=$(printf '%s, ' "${absent[@]:0:10}")
  shown=${shown%, }
  if [ ${#absent[@]} -gt 10 ]; then shown+=" and $((${#absent[@]} - 10)) more"; fi
  say "note: still in Jamf, though not in this export any more (${#absent[@]}): $shown"
  say "  hint: bash push-jamf.sh --undo-missing --dry-run shows what of it runs in this folder created; without --dry-run it deletes that"
}

if [ -n "$dry" ]; then
  for i in "${todo[@]}"; do
    case ${origin[i]} in check) word=update ;; recover) word='check and keep' ;; examine) word=delete ;; *) word=${origin[i]} ;; esac
    printf 'would %s: %s\n' "$word" "$(label "$i")"
    tally "to $word"
  done
  text=''
  for word in "to create" "to update" "to adopt" "to check and keep" "to delete" unchanged "already gone" "left alone" "not found"; do
    if [ -n "${count[$word]-}" ]; then text+="${text:+, }${count[$word]} $word"; fi
  done
  printf 'Jamf, dry run, nothing was sent: %s\n' "${text:-nothing to do}"
  name_absent
  [ "${count["not found"]:-0}" -eq 0 ] || exit 1
  exit 0
fi

record
if [ ${#todo[@]} -gt 0 ]; then work "${todo[@]}"; fi
record
summary
name_absent
[ $((${count[failed]:-0} + ${count["not found"]:-0})) -eq 0 ] || exit 1

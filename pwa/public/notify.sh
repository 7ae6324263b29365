#!/bin/sh
# notify: sends a message through a Herald relay, also when the relay cannot be reached now. POSIX shell; needs curl or wget.
# Install: curl -fsS https://relay.example/notify.sh -o /usr/local/bin/notify && chmod +x /usr/local/bin/notify
set -u
umask 077

usage() {
  cat <<'HELP'
usage: notify [OPTIONS] NAME TEXT...       send TEXT, or the standard input (up to 256 KiB)
       notify [OPTIONS] run -- COMMAND...  run COMMAND and tell how it ended, with the end of its output
       notify [OPTIONS] beat KEY --every TIME [--grace TIME] [-- COMMAND...]
                                           tell that KEY lives, or run COMMAND and tell how it ended
       notify flush                        send what waits in the spool

  -t TITLE      title of the message
  -p PRIORITY   1 to 5
  -k KEY        messages with the same key are one card
  -d NAME       device, or group with -g, that gets it; NAME is left out then. Default: HERALD_TO
  -g            NAME is a group
  --now         do not keep the message if the relay cannot be reached; exit with 75
  -h            this help

HERALD_SERVER is the address of the relay, HERALD_TOKEN the token or HERALD_TOKEN_FILE a file that has it. They, HERALD_TO
and HERALD_SPOOL_MAX (the most messages that wait, 1000) may be in the environment, or as lines NAME=value in
~/.config/herald/notify or /etc/herald/notify.

What the relay cannot get waits in ~/.local/state/herald/spool. The next call or "notify flush" sends it.

Exit code: 0 sent or kept, 64 wrong options, 65 refused, 69 no curl and no wget, 73 the spool is full or cannot be written,
75 the relay cannot be reached (--now, flush), 77 the token is refused, 78 HERALD_SERVER is missing. With "run" and "beat",
that of COMMAND.
HELP
}

say() { printf 'notify: %s\n' "$*" >&2; }
fail() { code=$1; shift; say "$@"; exit "$code"; }

# Reads NAME=value from a file for the names that the environment does not set.
read_config() {
  [ -r "$1" ] || return 0
  while IFS='=' read -r name value || [ -n "$name" ]; do
    case $name in
      HERALD_SERVER) : "${HERALD_SERVER:=$value}" ;;
      HERALD_TOKEN) : "${HERALD_TOKEN:=$value}" ;;
      HERALD_TOKEN_FILE) : "${HERALD_TOKEN_FILE:=$value}" ;;
      HERALD_TO) : "${HERALD_TO:=$value}" ;;
      HERALD_SPOOL_MAX) : "${HERALD_SPOOL_MAX:=$value}" ;;
    esac
  done <"$1"
}

# Percent-encodes every byte of the standard input, so that no text needs quotes anywhere. The relay takes only UTF-8: any
# other byte becomes a question mark. "~" stands for the "%" of what is known to be right.
encode() {
  od -An -v -tx1 | tr -d ' \n' | sed -e 's/../%&/g' \
    -e 's/%\(c[2-9a-f]\)%\([89ab].\)/~\1~\2/g' -e 's/%\(d.\)%\([89ab].\)/~\1~\2/g' \
    -e 's/%e0%\([ab].\)%\([89ab].\)/~e0~\1~\2/g' -e 's/%ed%\([89].\)%\([89ab].\)/~ed~\1~\2/g' \
    -e 's/%\(e[1-9a-cef]\)%\([89ab].\)%\([89ab].\)/~\1~\2~\3/g' \
    -e 's/%f0%\([9ab].\)%\([89ab].\)%\([89ab].\)/~f0~\1~\2~\3/g' \
    -e 's/%\(f[1-3]\)%\([89ab].\)%\([89ab].\)%\([89ab].\)/~\1~\2~\3~\4/g' \
    -e 's/%f4%\(8.\)%\([89ab].\)%\([89ab].\)/~f4~\1~\2~\3/g' -e 's/%[89a-f]./%3f/g' -e 's/~/%/g'
}
encoded() { printf '%s' "$1" | encode; }

random_key() {
  bytes=$(od -An -v -tx1 -N16 /dev/urandom 2>/dev/null | tr -d ' \n')
  printf '%s' "${bytes:-$(date +%s)-$$}"
}

# Reads the first status of the answers in $work/head, and after redirects the last one.
status_in_head() { sed -n 's/.*HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' "$work/head" | tail -n 1; }

# Posts $work/body. The token is in a file, because everyone can see the arguments of a program.
# Prints the status of the answer, or nothing if none came. The answer is in $work/answer.
post() {
  : >"$work/answer"
  if [ "$tool" = curl ]; then
    status=$(curl -q -sS -o "$work/answer" -w '%{http_code}' --connect-timeout 10 --max-time 60 -H "@$work/headers" \
      -H "Idempotency-Key: $2" --data-binary "@$work/body" -- "$1" 2>"$work/error") || status=
    [ "$status" = 000 ] || printf '%s' "$status"
  elif wget --version >/dev/null 2>&1; then
    { sed 's/^/header = /' "$work/headers"; printf 'header = Idempotency-Key: %s\n' "$2"; } >"$work/wgetrc"
    wget --config="$work/wgetrc" -S -t 1 -T 30 --content-on-error --post-file="$work/body" -O "$work/answer" -- "$1" \
      2>"$work/head"
    status_in_head
  else
    # Without files for headers, as in busybox.
    wget -S --header "$(head -n 1 "$work/headers")" --header "Idempotency-Key: $2" --post-file "$work/body" \
      -O "$work/answer" "$1" 2>"$work/head"
    status_in_head
  fi
}

# Sends one message. $1 path, $2 key, $3 when it was made, $4 form, whose last field is the text below the title.
# Returns 0 if the relay has it, 75 if it cannot be reached now, otherwise the exit code for a refusal.
deliver() {
  form=$4
  now=$(date +%s)
  if [ $((now - $3)) -ge 60 ]; then
    case $form in *=) gap= ;; *) gap=%0A%0A ;; esac
    form=$form$gap$(encoded "$(late "$3" "$now")")
  fi
  printf '%s' "$form" >"$work/body"
  status=$(post "${HERALD_SERVER%/}$1" "$2")
  case $status in
    # 409: an earlier try has arrived, and only its answer was lost. The times in the text differ.
    2?? | 409)
      # Nothing has that name: the relay says what to do.
      hint=$(sed -n 's/.*"hint":"\([^"]*\)".*/\1/p' "$work/answer" | tr -d '\000-\037' | cut -c 1-300)
      [ -z "$hint" ] || say "$hint"
      return 0
      ;;
    401 | 403) code=77 ;;
    '' | 408 | 429 | 5??) return 75 ;;
    *) code=65 ;;
  esac
  say "the relay refuses the message ($status): $(tr -d '\000-\037' <"$work/answer" | cut -c 1-300)"
  return "$code"
}

# A time in seconds since 1970 in a shape; the second form is that of BSD.
time_of() { date -d "@$1" "+$2" 2>/dev/null || date -r "$1" "+$2"; }

# "sent 02:10, arrived 02:41", with the days if they differ.
late() {
  shape=%H:%M
  [ "$(time_of "$1" %F)" = "$(time_of "$2" %F)" ] || shape='%F %H:%M'
  printf 'sent %s, arrived %s' "$(time_of "$1" "$shape")" "$(time_of "$2" "$shape")"
}

# Keeps a message, whole or not at all.
keep() {
  mkdir -p "$spool" 2>/dev/null || fail 73 "cannot make $spool; the message is lost"
  count=0
  for file in "$spool"/*.message; do [ -e "$file" ] && count=$((count + 1)); done
  [ "$count" -lt "$HERALD_SPOOL_MAX" ] || fail 73 "$count messages wait in $spool already; the message is lost"
  name=$(date +%s)-$(printf '%010d' $$)-$2
  if ! printf '%s\n' "$1" "$2" "$3" "$4" >"$spool/$name.new" || ! mv "$spool/$name.new" "$spool/$name.message"; then
    rm -f "$spool/$name.new"
    fail 73 "cannot write to $spool; the message is lost"
  fi
}

# Sends what waits, oldest first. Returns 75 or 77 if the relay does not take it now, and 1 if another process does the same.
flush() {
  set -- "$spool"/*.message
  [ -e "$1" ] || return 0
  # A link is made and filled in one step.
  if ! ln -s $$ "$spool/lock" 2>/dev/null; then
    holder=$(readlink "$spool/lock")
    [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null || return 1
    rm -f "$spool/lock"
    ln -s $$ "$spool/lock" 2>/dev/null || return 1
  fi
  left=0
  for file; do
    { read -r path && read -r key && read -r made && read -r form; } <"$file" || form=
    if [ -z "$form" ]; then
      say "$file is damaged and stays as $file.refused"
      mv "$file" "$file.refused"
      continue
    fi
    deliver "$path" "$key" "$made" "$form"
    case $? in
      0) rm -f "$file" ;;
      75) left=75; break ;;
      # With another token it may pass, and those behind it too.
      77) left=77; break ;;
      *) mv "$file" "$file.refused" ;;
    esac
  done
  rm -f "$spool/lock"
  return "$left"
}

# Sends a message, or keeps it. $1 path, $2 form. Returns the exit code.
submit() {
  # Not "key" and "made", which flush changes.
  own_key=$(random_key)
  own_made=$(date +%s)
  if [ "$is_now" = 1 ]; then
    deliver "$1" "$own_key" "$own_made" "$2"
    result=$?
    [ "$result" != 75 ] || say "cannot reach $HERALD_SERVER; the message is not kept"
    return "$result"
  fi
  # Older messages go first, as long as the relay takes them.
  flush
  result=$?
  if [ "$result" -le 1 ]; then
    deliver "$1" "$own_key" "$own_made" "$2"
    result=$?
  fi
  [ "$result" = 75 ] || return "$result"
  keep "$1" "$own_key" "$own_made" "$2"
  say "cannot reach $HERALD_SERVER; the message waits in $spool"
  return 0
}

# The path of the target with an ending. A group has one of its own for messages.
path_of() { printf '/%s.%s' "$(encoded "$1")" "$2"; }

# The fields of a message. $1 title or nothing, $2 text. Without a title, the first line is the title.
form_of() {
  title=$1 body=$2
  if [ -z "$title" ]; then
    title=${body%%"$newline"*}
    case $body in *"$newline"*) body=${body#*"$newline"} ;; *) body= ;; esac
  fi
  printf 'wait=0&text=%s%s%s&desp=%s' "$(encoded "$title")" "${priority:+&priority=$(encoded "$priority")}" \
    "${alert:+&key=$(encoded "$alert")}" "$(encoded "$body")"
}

need_target() { [ -n "$target" ] || fail 64 "expected a device: -d NAME, or HERALD_TO"; }

# Runs a command, shows its output, and keeps the end of it. Sets ran to its exit code, and took to seconds.
run_command() {
  began=$(date +%s)
  { { "$@" 2>&1; echo $? >"$work/code"; } | tee "$work/output"; }
  ran=$(cat "$work/code")
  took=$(($(date +%s) - began))
  tail_of_output=$(tail -n 20 "$work/output" | cut -c 1-500 | tr -d '\000')
}

newline='
'
title='' priority='' alert='' target='' kind=send is_now=0 every='' grace=''
HERALD_SERVER=${HERALD_SERVER:-} HERALD_TOKEN=${HERALD_TOKEN:-} HERALD_TOKEN_FILE=${HERALD_TOKEN_FILE:-}
HERALD_TO=${HERALD_TO:-} HERALD_SPOOL_MAX=${HERALD_SPOOL_MAX:-}
home=${HOME:-/root}
read_config "${XDG_CONFIG_HOME:-$home/.config}/herald/notify"
read_config /etc/herald/notify
: "${HERALD_SPOOL_MAX:=1000}"
spool=${XDG_STATE_HOME:-$home/.local/state}/herald/spool

value_of() { [ $# -ge 2 ] || fail 64 "$1 expects a value; see notify -h"; }
command='' word=''
while [ $# -gt 0 ]; do
  case $1 in
    -t) value_of "$@"; title=$2; shift ;;
    -p) value_of "$@"; priority=$2; shift ;;
    -k) value_of "$@"; alert=$2; shift ;;
    -d) value_of "$@"; target=$2; shift ;;
    -g) kind=group ;;
    --every) value_of "$@"; every=$2; shift ;;
    --grace) value_of "$@"; grace=$2; shift ;;
    --now) is_now=1 ;;
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    -?*) fail 64 "unknown option $1; see notify -h" ;;
    *)
      case $command:$1 in
        :run | :flush) command=$1 ;;
        :beat) command=beat; value_of "$@"; word=$2; shift ;;
        run:*) fail 64 "expected -- before the command of run" ;;
        flush:*) fail 64 "flush takes no arguments" ;;
        beat:*) fail 64 "unknown argument $1; put -- before the command of beat" ;;
        *) break ;;
      esac
      ;;
  esac
  shift
done
case $priority in '' | [1-5]) ;; *) fail 64 "-p expects 1 to 5" ;; esac
case $HERALD_SPOOL_MAX in '' | *[!0-9]*) fail 64 "HERALD_SPOOL_MAX must be a number" ;; esac

[ -n "$HERALD_SERVER" ] || fail 78 "set HERALD_SERVER to the address of the relay"
if command -v curl >/dev/null 2>&1; then tool=curl
elif command -v wget >/dev/null 2>&1; then tool=wget
else fail 69 "needs curl or wget"; fi
if [ -z "$HERALD_TOKEN" ] && [ -n "$HERALD_TOKEN_FILE" ]; then
  [ -r "$HERALD_TOKEN_FILE" ] || fail 78 "cannot read HERALD_TOKEN_FILE $HERALD_TOKEN_FILE"
  read -r HERALD_TOKEN <"$HERALD_TOKEN_FILE" || [ -n "$HERALD_TOKEN" ]
fi

work=$(mktemp -d) || fail 73 "cannot make a temporary folder"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
printf 'Authorization: Bearer %s\n' "$HERALD_TOKEN" >"$work/headers"
printf 'Content-Type: application/x-www-form-urlencoded\n' >>"$work/headers"

case $command in
  flush)
    flush
    result=$?
    case $result in
      0) ;;
      1) say "another process sends what waits" && exit 0 ;;
      *) say "the rest waits in $spool" ;;
    esac
    exit "$result"
    ;;
  run)
    [ $# -gt 0 ] || fail 64 "expected a command after run --"
    : "${target:=$HERALD_TO}"
    need_target
    run_command "$@"
    if [ "$ran" = 0 ]; then how="ok after $took s" state=ok; else how="failed with exit code $ran after $took s" state=firing; fi
    : "${title:=$*}"
    form=$(form_of "$title: $how" "$tail_of_output")
    [ -z "$alert" ] || form="state=$state&$form"
    submit "$(path_of "$target" "$kind")" "$form"
    exit "$ran"
    ;;
  beat)
    [ -n "$every" ] || fail 64 "beat expects --every, such as --every 24h"
    : "${target:=$HERALD_TO}"
    need_target
    path=$(path_of "$target" beat)
    # Not "form", which deliver changes.
    sign="key=$(encoded "$word")&every=$(encoded "$every")${grace:+&grace=$(encoded "$grace")}"
    if [ $# -eq 0 ]; then
      submit "$path" "$sign&text="
      exit
    fi
    # A start that comes late says nothing, so it is not kept.
    deliver "$path" "$(random_key)" "$(date +%s)" "$sign&start=1" 2>/dev/null
    run_command "$@"
    submit "$path" "$sign&exit=$ran&text=$(encoded "$tail_of_output")"
    exit "$ran"
    ;;
esac

if [ -z "$target" ] && { [ $# -gt 1 ] || [ -z "$HERALD_TO" ]; }; then
  [ $# -gt 0 ] || { usage >&2; exit 64; }
  target=$1
  shift
fi
: "${target:=$HERALD_TO}"
if [ $# -gt 0 ]; then
  text=$*
elif [ -t 0 ]; then
  fail 64 "expected a text"
else
  text=$(head -c 262144 | tr -d '\000')
fi
[ -n "$title$text" ] || fail 64 "expected a text"
submit "$(path_of "$target" "$kind")" "$(form_of "$title" "$text")"

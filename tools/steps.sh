# Steps: each is shown with its time, its output goes to a log. And the messages of the entry.

say() { printf 'muster: %s\n' "$*" >&3; }

# fail CODE TEXT…: 2 is for what the user has to change, 1 for everything else.
fail() {
  code=$1
  shift
  say "$@"
  exit "$code"
}

# run COMMAND…: shows it with -v, quoted so that a person could run it again.
run() {
  if [ "$MUSTER_VERBOSE" -ge 1 ]; then
    printf '+' >&3
    for word in "$@"; do
      case $word in
        *[!A-Za-z0-9_./:=@%+,-]* | '') printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")" >&3 ;;
        *) printf ' %s' "$word" >&3 ;;
      esac
    done
    printf '\n' >&3
  fi
  "$@"
}

# locked NAME COMMAND…: one at a time among all that use the same cache, in a shell of its own.
locked() {
  locked_by "$muster_cache/locks/$1" "$@"
}

# locked_by FILE NAME COMMAND…: the same with a file of one's own to lock.
locked_by() {
  lock_file=$1 lock_name=$2
  shift 2
  [ -e "$lock_file" ] || : >>"$lock_file"
  (
    if ! flock -n 9; then
      say "another muster is at work on $lock_name; waiting for it"
      flock 9
    fi
    "$@"
  ) 9<"$lock_file"
}

# step LOCK TITLE FUNCTION…: runs a function that brings something, and sets step_failed (yes or empty). The function
# must look again whether there is anything to do: another muster may have done it while this one waited for the lock.
# A step is never called in a condition: there the shell would go on after a failed command of the function.
step() {
  begin_step "$@"
  shift 2
  perform "$@"
  if [ -z "$step_failed" ]; then
    end_step ✔
    return 0
  fi
  end_step ✘
  [ -s "$step_log" ] || return 0
  tail -n 15 -- "$step_log" | sed 's/^/    /' >&3
  say "the whole log: $step_log"
}

# attempt LOCK TITLE FUNCTION…: a step for which there is another way, so its failure is one short line.
attempt() {
  begin_step "$@"
  shift 2
  perform "$@"
  if [ -z "$step_failed" ]; then end_step ✔; else end_step "–" "not available"; fi
}

begin_step() {
  step_lock=$1 step_title=$2
  step_log=$muster_cache/logs/$step_lock.$$.log
  step_start=$(date +%s%3N)
  ! live || printf '  … %s' "$step_title" >&3
}

perform() {
  set +e
  if [ "$MUSTER_VERBOSE" -ge 2 ]; then
    (set -e && locked "$step_lock" "$@") >&3 2>&3
  else
    (set -e && locked "$step_lock" "$@") >"$step_log" 2>&1
  fi
  if [ $? -eq 0 ]; then step_failed=''; else step_failed=yes; fi
  set -e
}

end_step() {
  took=$(($(date +%s%3N) - step_start))
  ! live || printf '\r\033[K' >&3
  printf '  %s %-60s %5s.%s s%s\n' "$1" "$step_title" "$((took / 1000))" "$((took % 1000 / 100))" "${2:+  $2}" >&3
  [ "$1" = ✘ ] || rm -f -- "$step_log"
}

# live: whether a line can be written over.
live() { [ -t 3 ] && [ "$MUSTER_VERBOSE" -eq 0 ]; }

# fetch URL FILE: an official download, if its site answers within three seconds.
fetch() {
  if command -v curl >/dev/null 2>&1; then
    run curl -fsSL --proto =https --connect-timeout 3 --speed-limit 1000 --speed-time 20 -o "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    run wget -q --https-only --connect-timeout=3 --read-timeout=20 --tries=1 -O "$2" "$1"
  else
    return 1
  fi
}

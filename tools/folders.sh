# Where things are kept: what can be deleted at any time, and what must not be lost.

# What a service manager or cron starts may have no HOME; whoever it runs as has one.
[ -n "${HOME:-}" ] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
export HOME

# The XDG specification: relative paths are invalid and must be ignored.
xdg() { case $1 in /*) printf %s "$1" ;; *) printf %s "$HOME/$2" ;; esac; }

muster_cache=$(xdg "${XDG_CACHE_HOME:-}" .cache)/muster
muster_state=$(xdg "${XDG_STATE_HOME:-}" .local/state)/muster
passphrase_file=$muster_state/passphrase
temporary=''

check_folders() {
  [ -n "$HOME" ] || fail 2 "HOME is not set, and user $(id -u) has no home folder: set HOME"
  for folder in "$MUSTER_HOME" "$muster_cache" "$muster_state"; do check_path "$folder"; done
  [ -d "$muster_cache/locks" ] || make_folder "$muster_cache/locks" XDG_CACHE_HOME
  [ -d "$muster_cache/logs" ] || make_folder "$muster_cache/logs" XDG_CACHE_HOME
  [ -d "$muster_state/backend" ] || {
    (umask 077 && make_folder "$muster_state/backend" XDG_STATE_HOME)
    chmod 700 "$muster_state"
  }
  [ -s "$passphrase_file" ] || locked passphrase make_passphrase
}

# check_path FOLDER: refuses what some program on the way would read as something else: PATH and podman's mounts split
# at colons, the engine's address of its state is a URL, ssh's settings know quotes, escapes and variables.
check_path() {
  case $1 in
    *[':\"$%#?`'[:cntrl:]]*)
      fail 2 "the folder $(printf %s "$1" | LC_ALL=C tr '[:cntrl:]' '?') cannot be used: its path holds one of : \" \\ \$ % # ? \` or a control character; choose another one"
      ;;
  esac
}

# make_folder FOLDER VARIABLE: says which variable leads elsewhere when it cannot be made.
make_folder() {
  why=$(mkdir -p -- "$1" 2>&1) || fail 2 "${why#mkdir: }; set $2 to a folder that you may write to"
}

# ln fails where the file is there already, so a passphrase that something was encrypted with is never replaced.
make_passphrase() {
  [ ! -s "$passphrase_file" ] || return 0
  (umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$passphrase_file.$$")
  ln "$passphrase_file.$$" "$passphrase_file"
  rm -f "$passphrase_file.$$"
}

# hash_of FILE…: a short name for their contents.
hash_of() { cat -- "$@" | sha256sum | cut -c 1-12; }

# identity_of FILE: changes when a program on PATH is replaced, without running it.
identity_of() { stat -Lc '%n %i %s %Y' -- "$1"; }

# new_folder: an empty folder in the cache, gone at the end of the step; sets temporary. What a killed muster left
# behind a day ago goes as well.
new_folder() {
  find "$muster_cache" -maxdepth 1 -name 'new.*' -mtime +0 -exec rm -rf -- {} +
  temporary=$(mktemp -d "$muster_cache/new.XXXXXXXX")
  trap 'rm -rf -- "$temporary"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

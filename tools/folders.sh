# Where things are kept: what can be deleted at any time, and what must not be lost.

# The XDG specification: relative paths are invalid and must be ignored.
xdg() { case $1 in /*) printf %s "$1" ;; *) printf %s "$HOME/$2" ;; esac; }

: "${HOME:?muster: HOME is not set}"
muster_cache=$(xdg "${XDG_CACHE_HOME:-}" .cache)/muster
muster_state=$(xdg "${XDG_STATE_HOME:-}" .local/state)/muster
passphrase_file=$muster_state/passphrase
temporary=''

check_folders() {
  [ -d "$muster_cache/locks" ] || mkdir -p "$muster_cache/locks" "$muster_cache/logs"
  [ -d "$muster_state/backend" ] || (umask 077 && mkdir -p "$muster_state/backend" && chmod 700 "$muster_state")
  [ -s "$passphrase_file" ] || locked passphrase make_passphrase
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

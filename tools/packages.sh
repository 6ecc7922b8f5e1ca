# What comes from the system's own packages: looked for by command, installed with apt.

# The folders in which an ordinary user's PATH lacks the administrator's commands.
administrator_path=/usr/local/sbin:/usr/sbin:/sbin

has() { PATH=$PATH:$administrator_path command -v "$1" >/dev/null 2>&1; }

# check_system: whether anything can be brought here at all.
check_system() {
  processor=$(uname -m)
  case $(uname -s):$processor in
    Linux:x86_64) node_platform=linux-x64 engine_platform=linux-x64 ;;
    Linux:aarch64) node_platform=linux-arm64 engine_platform=linux-arm64 ;;
    *) fail 2 "this system ($(uname -s) on $processor) is not supported; use Linux on x86_64 or aarch64" ;;
  esac
  for tool in flock sha256sum stat awk tar; do
    has "$tool" || fail 2 "the command $tool is missing; install it (util-linux, coreutils, gawk, tar) and try again"
  done
}

# need_packages: asks for, and installs, what the command at hand lacks.
need_packages() {
  missing='' python=''
  node_here || has npm || want_python
  if [ "$needs" = cloud ]; then
    want_python # for the bundle that nodes configure themselves with
    want_cloud_of "$stack"
    want_artifacts
  fi
  if [ "$needs" != cli ]; then
    want_plugins_of "$stack"
    engine_here && plugins_here || want_builder
  fi
  [ -z "$missing" ] || install_packages
}

want_cloud_of() { read_needs_of "$1" && want_cloud; }

# read_needs_of STACK: what the stack's cloud needs on this machine, as a file in the cloud's own folder tells it:
# packages by want_cloud, plugins of the engine by cloud_plugins.
read_needs_of() {
  cloud_plugins=''
  want_cloud() { :; }
  cloud_needs=$MUSTER_HOME/components/clouds/$(cloud_of "$1")/needs.sh
  [ ! -f "$cloud_needs" ] || . "$cloud_needs"
}

# Maven fetches Hadoop's files: for commands that may do so, where the store lacks what the lock files name.
want_artifacts() {
  case $command in up | repair | test | bench) ;; *) return 0 ;; esac
  for lock in "$MUSTER_HOME"/artifacts/*-maven.lock.json; do
    name=${lock##*/}
    case $name in hadoop-*) ;; *) names_stores "$stack" || continue ;; esac
    [ -d "$muster_state/artifacts/${name%-maven.lock.json}-$(hash_of "$lock")" ] || want_command mvn maven
  done
}

# names_stores STACK: whether its clusters may read object stores, whose clients come from Maven, too.
names_stores() { grep -qs objectStores "$MUSTER_HOME/Pulumi.$1.yaml"; }

# What a part is built with that cannot be downloaded: Go, and the authorities that its downloads are checked by.
want_builder() {
  go_here >/dev/null || want_python
  ! has apt-get || [ -e /etc/ssl/certs/ca-certificates.crt ] || want ca-certificates
}

# want PACKAGE: notes a Debian package as missing.
want() { case " $missing " in *" $1 "*) ;; *) missing="${missing:+$missing }$1" ;; esac; }

want_command() { has "$1" || want "$2"; }

# A Python with pip; the system's own comes last, because a person's own, first on PATH, may well lack it. Asking Python
# takes longer than all other looks together, so a yes is remembered for this very binary.
want_python() {
  for python in python3 /usr/bin/python3; do
    found=$(command -v "$python") || continue
    [ "$(cat "$muster_cache/python" 2>/dev/null)" != "$(identity_of "$found")" ] || return 0
    if "$found" -c 'import sys, pip; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
      identity_of "$found" >"$muster_cache/python"
      return 0
    fi
  done
  python=/usr/bin/python3
  want python3
  want python3-pip
}

install_packages() {
  has apt-get || fail 2 "these commands are missing, and there is no apt here to install them with.
Install what your system calls these Debian packages, then try again:
  $missing"
  administrator=''
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || fail 2 "these Debian packages are missing: $missing
Installing them needs root, and there is no sudo here. Run as root: apt-get install --no-install-recommends $missing"
    administrator=sudo
  fi
  printf 'muster: installs with apt%s: %s\n' "${administrator:+ (by sudo)}" "$missing" >&3
  if [ -z "$assume_yes" ] && [ -z "${CI:-}" ] && [ -t 0 ] && [ -t 2 ]; then
    printf 'Go on? [Y/n] ' >&3
    read -r answer || answer=n
    case $answer in '' | [Yy]*) ;; *) fail 2 "nothing was installed" ;; esac
  fi
  [ -z "$administrator" ] || run sudo -v || fail 2 "sudo was refused; nothing was installed"
  step apt "system packages" apt_install
  [ -z "$step_failed" ] || fail 1 "apt could not install the packages"
}

apt_install() {
  run $administrator apt-get -o DPkg::Lock::Timeout=300 -q update || : # one source of several may be gone
  # shellcheck disable=SC2086 # a list of words
  run $administrator env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -q -y --no-install-recommends install $missing
}

# wheel_into FOLDER REQUIREMENTS: unpacks PyPI's packages, checked by their pinned hashes.
wheel_into() {
  [ -n "$python" ] || want_python
  run "$python" -m pip --disable-pip-version-check install --quiet --no-deps --no-cache-dir \
    --only-binary :all: --require-hashes --target "$1" -r "$2"
}

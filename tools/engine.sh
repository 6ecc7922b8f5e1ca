# The Pulumi engine and its language host for Node.js, in one folder: there the engine looks for the host first.

complete() { [ -x "$1/pulumi" ] && [ -x "$1/pulumi-language-nodejs" ]; }

# engine_here: sets engine_folder to an engine of the very version: official, built here before, or on PATH.
engine_here() {
  [ -z "${engine_folder:-}" ] || return 0
  engine_official=$muster_cache/engine-$engine_version
  engine_built=$engine_official-$(cd -- "$MUSTER_HOME/tools" &&
    hash_of engine/go.mod engine/go.sum language-host/go.mod language-host/go.sum)
  for engine_folder in "$engine_official" "$engine_built"; do
    ! complete "$engine_folder" || return 0
  done
  engine_on_path || { engine_folder='' && return 1; }
}

# Asking an engine for its version takes a while, so a yes is remembered for this very binary.
engine_on_path() {
  found=$(command -v pulumi) || return 1
  engine_folder=$(dirname -- "$(readlink -f -- "$found")")
  complete "$engine_folder" || return 1
  engine_stamp=$muster_cache/pulumi-on-path
  [ "$(cat "$engine_stamp" 2>/dev/null)" != "$engine_version $(identity_of "$found")" ] || return 0
  [ "$(PULUMI_SKIP_UPDATE_CHECK=1 pulumi version 2>/dev/null)" = "v$engine_version" ] || return 1
  printf '%s %s\n' "$engine_version" "$(identity_of "$found")" >"$engine_stamp"
}

need_engine() {
  ! engine_here || return 0
  attempt engine "Pulumi $engine_version (download)" bring_official_engine
  if [ -n "$step_failed" ]; then
    need_go
    step engine "Pulumi $engine_version (built from source, some minutes)" bring_built_engine
  fi
  engine_here || fail 1 "the Pulumi engine could not be brought"
}

bring_official_engine() {
  ! engine_here || return 0
  new_folder
  name=pulumi-v$engine_version-$engine_platform.tar.gz
  releases=https://github.com/pulumi/pulumi/releases/download/v$engine_version
  fetch "$releases/pulumi-$engine_version-checksums.txt" "$temporary/checksums.txt"
  fetch "https://get.pulumi.com/releases/sdk/$name" "$temporary/$name" || fetch "$releases/$name" "$temporary/$name"
  (cd -- "$temporary" && grep " $name\$" checksums.txt | sha256sum -c -)
  tar -xzf "$temporary/$name" -C "$temporary"
  complete "$temporary/pulumi"
  mv -- "$temporary/pulumi" "$engine_official"
}

bring_built_engine() {
  ! engine_here || return 0
  new_folder
  mkdir "$temporary/engine"
  version_variable=github.com/pulumi/pulumi/sdk/v3/go/common/version.Version
  go_build "$MUSTER_HOME/tools/language-host" github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs \
    "$temporary/engine/pulumi-language-nodejs" "$version_variable=v$language_host_version"
  go_build "$MUSTER_HOME/tools/engine" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
    "$temporary/engine/pulumi" "$version_variable=v$engine_version"
  mv -- "$temporary/engine" "$engine_built"
}

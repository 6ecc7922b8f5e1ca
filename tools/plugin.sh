# The engine's plugin for command resources, put where the engine looks first.

pulumi_home=$muster_cache/pulumi-home
plugin_folder=$pulumi_home/plugins/resource-command-v$command_plugin_version
plugin_binary=$plugin_folder/pulumi-resource-command
plugin_origin=$plugin_folder/origin # "official", or the hash of the sources it was built from

# plugin_here: the official plugin, or one built from the sources of this checkout.
plugin_here() {
  [ -x "$plugin_binary" ] || return 1
  origin=$(cat "$plugin_origin" 2>/dev/null) || return 1
  [ "$origin" = official ] || [ "$origin" = "$(plugin_hash)" ]
}

plugin_hash() {
  # shellcheck disable=SC2046 # names of this project's files, without spaces
  (cd -- "$MUSTER_HOME/tools/plugins/command" && hash_of $(find . -type f | LC_ALL=C sort))
}

need_command_plugin() {
  ! plugin_here || return 0
  attempt plugin "command plugin $command_plugin_version (download)" bring_official_plugin
  if [ -n "$step_failed" ]; then
    need_go
    step plugin "command plugin $command_plugin_version (built from source, about a minute)" bring_built_plugin
  fi
  plugin_here || fail 1 "the command plugin could not be brought"
}

bring_official_plugin() {
  ! plugin_here || return 0
  new_folder
  users_own=$HOME/.pulumi/plugins/resource-command-v$command_plugin_version/pulumi-resource-command
  if [ -x "$users_own" ]; then
    cp -- "$users_own" "$temporary/pulumi-resource-command"
    place_plugin "$temporary/pulumi-resource-command" official
    return 0
  fi
  name=pulumi-resource-command-v$command_plugin_version-$(printf %s "$engine_platform" | sed 's/x64/amd64/').tar.gz
  releases=https://github.com/pulumi/pulumi-command/releases/download/v$command_plugin_version
  fetch "$releases/pulumi-command_${command_plugin_version}_checksums.txt" "$temporary/checksums.txt"
  fetch "$releases/$name" "$temporary/$name"
  (cd -- "$temporary" && grep " $name\$" checksums.txt | sha256sum -c -)
  tar -xzf "$temporary/$name" -C "$temporary" pulumi-resource-command
  place_plugin "$temporary/pulumi-resource-command" official
}

bring_built_plugin() {
  ! plugin_here || return 0
  new_folder
  go_build "$MUSTER_HOME/tools/plugins/command" . "$temporary/pulumi-resource-command" "main.version=$command_plugin_version"
  place_plugin "$temporary/pulumi-resource-command" "$(plugin_hash)"
}

# place_plugin FILE ORIGIN: by renaming, so that an engine that is at work keeps the one it has.
place_plugin() {
  mkdir -p -- "$plugin_folder"
  rm -f -- "$plugin_origin"
  mv -- "$1" "$plugin_binary"
  printf '%s\n' "$2" >"$temporary/origin"
  mv -- "$temporary/origin" "$plugin_origin"
}

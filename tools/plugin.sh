# The engine's plugins, put where the engine looks first: for command resources, and those of the stack's cloud.

pulumi_home=$muster_cache/pulumi-home
plugins=command

# want_plugins_of STACK: those of its cloud; and for tests of plugins all there are.
want_plugins_of() {
  read_needs_of "$1"
  case $command:$tier in
    test: | test:all | test:plugin) plugins="$plugins openstack" ;;
    *) plugins="$plugins $cloud_plugins" ;;
  esac
}

plugins_here() {
  for plugin in $plugins; do
    plugin_here || return 1
  done
}

need_plugins() {
  for plugin in $plugins; do need_plugin; done
}

# All that follows is about the one plugin that $plugin names.

describe_plugin() {
  eval "plugin_version=\$${plugin}_plugin_version plugin_takes=\$${plugin}_plugin_takes"
  eval "plugin_changes=\${${plugin}_plugin_changes:-}"
  plugin_sources=$MUSTER_HOME/tools/plugins/$plugin
  plugin_program=pulumi-resource-$plugin
  plugin_folder=$pulumi_home/plugins/resource-$plugin-v$plugin_version
  plugin_origin=$plugin_folder/origin # "official", or the hash of the sources it was built from
  plugin_official=$muster_cache/plugin-$plugin-$plugin_version
}

plugin_hash() {
  # shellcheck disable=SC2046 # names of this project's files, without spaces
  (cd -- "$plugin_sources" && hash_of $(find . -type f | LC_ALL=C sort))
}

# plugin_here: the official plugin, or one built from the sources of this checkout.
plugin_here() {
  describe_plugin
  [ -x "$plugin_folder/$plugin_program" ] || return 1
  origin=$(cat "$plugin_origin" 2>/dev/null) || return 1
  [ "$origin" = official ] || [ "$origin" = "$(plugin_hash)" ]
}

need_plugin() {
  ! plugin_here || return 0
  plugin_built=$plugin_official-$(plugin_hash)
  if ! plugin_stored; then
    attempt "plugin-$plugin" "$plugin plugin $plugin_version (download)" bring_official_plugin
    if [ -n "$step_failed" ]; then
      need_go
      step "plugin-$plugin" "$plugin plugin $plugin_version (built from source, $plugin_takes)" bring_built_plugin
    fi
  fi
  ! plugin_stored || locked "plugin-$plugin" place_plugin
  plugin_here || fail 1 "the engine's plugin for $plugin resources could neither be downloaded nor built. What helps:
  a way to its download at github.com, e.g. by HTTPS_PROXY; or to the Go modules it is built from, e.g. by GOPROXY;
  or the official $plugin_program of version $plugin_version as $(users_own_plugin)
then try again"
}

# plugin_stored: sets stored to where the plugin was put when it was brought, maybe for another checkout.
plugin_stored() {
  for stored in "$plugin_official" "$plugin_built"; do
    [ ! -x "$stored/$plugin_program" ] || return 0
  done
  return 1
}

# place_plugin: by renaming, so that an engine that is at work keeps the one it has.
place_plugin() {
  ! plugin_here || return 0
  mkdir -p -- "$plugin_folder"
  ln -sfn -- "$stored/$plugin_program" "$plugin_folder/$plugin_program.new"
  rm -f -- "$plugin_origin"
  mv -T -- "$plugin_folder/$plugin_program.new" "$plugin_folder/$plugin_program"
  case $stored in "$plugin_official") origin=official ;; *) origin=${stored#"$plugin_official-"} ;; esac
  printf '%s\n' "$origin" >"$plugin_origin.new"
  mv -- "$plugin_origin.new" "$plugin_origin"
}

users_own_plugin() { printf %s "$HOME/.pulumi/plugins/resource-$plugin-v$plugin_version/$plugin_program"; }

bring_official_plugin() {
  [ ! -x "$plugin_official/$plugin_program" ] || return 0
  new_folder
  mkdir "$temporary/plugin"
  if [ -x "$(users_own_plugin)" ]; then
    cp -- "$(users_own_plugin)" "$temporary/plugin/$plugin_program"
  else
    name=$plugin_program-v$plugin_version-$(printf %s "$engine_platform" | sed 's/x64/amd64/').tar.gz
    releases=https://github.com/pulumi/pulumi-$plugin/releases/download/v$plugin_version
    fetch "$releases/pulumi-${plugin}_${plugin_version}_checksums.txt" "$temporary/checksums.txt"
    fetch "$releases/$name" "$temporary/$name"
    (cd -- "$temporary" && grep " $name\$" checksums.txt | sha256sum -c -)
    tar -xzf "$temporary/$name" -C "$temporary/plugin" "$plugin_program"
  fi
  mv -- "$temporary/plugin" "$plugin_official"
}

bring_built_plugin() {
  [ ! -x "$plugin_built/$plugin_program" ] || return 0
  new_folder
  built_from=$plugin_sources
  if [ -n "$plugin_changes" ]; then
    # shellcheck disable=SC2086 # a module, a file of it, a script
    set -- $plugin_changes
    go_change "$plugin_sources" "$1" "$2" "$plugin_sources/$3"
    built_from=$temporary/sources
  fi
  go_build "$built_from" . "$temporary/plugin/$plugin_program" "main.version=$plugin_version"
  # A bridged plugin reads its schema from beside itself, because to generate it takes longer than to start.
  [ ! -e "$plugin_sources/schema.go" ] || run "$temporary/plugin/$plugin_program" write-schema "$temporary/plugin/schema.json"
  mv -- "$temporary/plugin" "$plugin_built"
}

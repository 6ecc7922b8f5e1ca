# Packer and the plug-ins that the templates in images/ name, in one folder: for whoever bakes an image, and nobody else.

packer_complete() { [ -x "$1/packer" ] && [ -e "$1/complete" ]; }

# packer_set [public]: which plug-ins are meant. Those of Amazon and Google take as long to build as all others together,
# so they are a set of their own.
packer_set() {
  packer_name=packer-$packer_version packer_sources=$MUSTER_HOME/tools/packer
  packer_plugins="docker=$packer_docker_version openstack=$packer_openstack_version"
  if [ "${1-}" = public ]; then
    packer_name=packer-public-$packer_version packer_sources=$packer_sources/public
    packer_plugins="amazon=$packer_amazon_version googlecompute=$packer_googlecompute_version"
  fi
  for plugin in $packer_plugins; do packer_name=$packer_name-${plugin#*=}; done
}

# packer_here: sets packer_folder to the very version: official, or built here before.
packer_here() {
  packer_official=$muster_cache/$packer_name
  packer_built=$packer_official-$(cd -- "$packer_sources" && hash_of go.mod go.sum)
  for packer_folder in "$packer_official" "$packer_built"; do
    ! packer_complete "$packer_folder" || return 0
  done
  return 1
}

need_packer() {
  ! packer_here || return 0
  attempt packer "Packer $packer_version (download)" bring_official_packer
  if [ -n "$step_failed" ]; then
    need_go
    step packer "Packer $packer_version (built from source, some minutes)" bring_built_packer
  fi
  packer_here || fail 1 "Packer, which bakes images, could neither be downloaded nor built. What helps:
  a way to its downloads at releases.hashicorp.com and github.com, e.g. by HTTPS_PROXY;
  or to the Go modules it is built from, e.g. by GOPROXY
then try again"
}

bring_official_packer() {
  ! packer_here || return 0
  new_folder
  mkdir "$temporary/packer"
  platform=linux_$(printf %s "$engine_platform" | sed 's/^linux-//; s/x64/amd64/')
  want_python
  fetch_zip "https://releases.hashicorp.com/packer/$packer_version" "packer_$packer_version" "_$platform.zip"
  mv -- "$temporary/unpacked/packer" "$temporary/packer/packer"
  for plugin in $packer_plugins; do
    name=packer-plugin-${plugin%=*} version=${plugin#*=}
    fetch_zip "https://github.com/hashicorp/$name/releases/download/v$version" "${name}_v$version" "_x5.0_$platform.zip"
    mv -- "$temporary/unpacked/${name}_v${version}_x5.0_$platform" "$temporary/$name"
  done
  place_packer "$packer_official"
}

# fetch_zip FOLDER NAME ENDING: downloads an archive, checks it by the list beside it, unpacks it.
fetch_zip() {
  rm -rf -- "$temporary/unpacked"
  fetch "$1/$2_SHA256SUMS" "$temporary/SHA256SUMS"
  fetch "$1/$2$3" "$temporary/$2$3"
  (cd -- "$temporary" && grep " $2$3\$" SHA256SUMS | sha256sum -c -)
  run "$python" -m zipfile -e "$temporary/$2$3" "$temporary/unpacked"
}

bring_built_packer() {
  ! packer_here || return 0
  new_folder
  mkdir "$temporary/packer"
  # Of the two sets' one program the second is a copy.
  if (packer_set && packer_here); then
    cp -- "$(packer_set && packer_here && printf %s "$packer_folder")/packer" "$temporary/packer/packer"
  else
    (go_build "$MUSTER_HOME/tools/packer" github.com/hashicorp/packer "$temporary/packer/packer")
  fi
  for plugin in $packer_plugins; do
    module=github.com/hashicorp/packer-plugin-${plugin%=*}
    # What is released has nothing there; the modules' sources may say "dev".
    (go_build "$packer_sources" "$module" "$temporary/${module##*/}" "$module/version.VersionPrerelease=")
  done
  place_packer "$packer_built"
}

# place_packer FOLDER: lets Packer take its plug-ins in as it wants them, and puts all in place at once.
place_packer() {
  chmod 755 "$temporary/packer/packer"
  for plugin in $packer_plugins; do
    name=packer-plugin-${plugin%=*}
    chmod 755 "$temporary/$name"
    run env CHECKPOINT_DISABLE=1 PACKER_CONFIG_DIR="$temporary" PACKER_PLUGIN_PATH="$temporary/packer/plugins" \
      "$temporary/packer/packer" plugins install --path "$temporary/$name" "github.com/hashicorp/${plugin%=*}"
  done
  : >"$temporary/packer/complete"
  mv -- "$temporary/packer" "$1"
}

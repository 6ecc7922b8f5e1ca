# What the command line, the engine and plain `pulumi` run with.

# set_environment: exports it. A backend, passphrase or compile cache that the user has chosen stays.
set_environment() {
  export PATH="$MUSTER_HOME/bin:${engine_folder:+$engine_folder:}$PATH:$administrator_path"
  export PULUMI_HOME="$pulumi_home" PULUMI_SKIP_UPDATE_CHECK=1
  # MiB of the engine's own logs, which it writes at each of its commands; by itself it keeps ten times as much.
  export PULUMI_LOG_ROTATION_MAX_TOTAL_MB="${PULUMI_LOG_ROTATION_MAX_TOTAL_MB:-50}"
  # The engine and the program talk on the loopback; gRPC for Node.js would ask a proxy even for that.
  export no_grpc_proxy="${no_grpc_proxy:+$no_grpc_proxy,}127.0.0.1,localhost"
  # Half of a run without changes was Node compiling the same files: command line, program, every muster-local.
  NODE_COMPILE_CACHE=$(compile_cache)
  export NODE_COMPILE_CACHE
  export PULUMI_BACKEND_URL="${PULUMI_BACKEND_URL:-file://$muster_state/backend}"
  if [ -z "${PULUMI_CONFIG_PASSPHRASE+set}" ]; then
    export PULUMI_CONFIG_PASSPHRASE_FILE="${PULUMI_CONFIG_PASSPHRASE_FILE:-$passphrase_file}"
  fi
}

compile_cache() { printf '%s\n' "${NODE_COMPILE_CACHE:-$muster_cache/compiled}"; }

# print_environment: the same as lines for `eval "$(./muster env)"`.
print_environment() {
  printf 'export PATH=%s:"$PATH":%s\n' "$(quoted "$MUSTER_HOME/bin:$engine_folder:$(dirname -- "$MUSTER_NODE")")" "$administrator_path"
  for name in MUSTER_HOME MUSTER_NODE PULUMI_HOME PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_SKIP_UPDATE_CHECK \
    PULUMI_LOG_ROTATION_MAX_TOTAL_MB NODE_COMPILE_CACHE no_grpc_proxy; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || printf 'export %s=%s\n' "$name" "$(quoted "$value")"
  done
  vpn=$(vpn_files)
  [ -z "$vpn" ] || printf 'export MUSTER_VPN=%s\n' "$(quoted "$vpn")"
}

# vpn_files: the stack's files for `wg-quick`, one a cluster with a VPN, separated by colons; what is in them is secret.
vpn_files() {
  found=''
  for file in "$muster_state"/clusters/*/vpn/*.conf; do
    [ -f "$file" ] || continue
    id=${file%/vpn/*}
    id=${id##*/}
    # Of <project>.<stack>.<cluster>; stacks may have dots in their names, clusters have none.
    case ${id%.*} in *".$stack") found="${found:+$found:}$file" ;; esac
  done
  printf '%s' "$found"
}

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# What the entry has to know of the command line; all of it is passed on to the command line in cli/ as it is.

# read_arguments ARG…: sets command, stack, assume_yes, needs (cli, engine or cloud) and MUSTER_VERBOSE (0 to 3).
read_arguments() {
  command='' tier='' stack=${MUSTER_STACK:-dev} assume_yes='' needs=''
  MUSTER_VERBOSE=${MUSTER_VERBOSE:-0}
  while [ $# -gt 0 ]; do
    case $1 in
      --) break ;;
      -v | --verbose) MUSTER_VERBOSE=1 ;;
      -vv) MUSTER_VERBOSE=2 ;;
      -vvv) MUSTER_VERBOSE=3 ;;
      -y | --yes) assume_yes=yes ;;
      -h | --help | -V | --version) needs=cli ;;
      -s | --stack)
        stack=${2:-}
        [ $# -eq 1 ] || shift
        ;;
      --stack=*) stack=${1#--stack=} ;;
      -*) ;;
      *) if [ -z "$command" ]; then command=$1; elif [ -z "$tier" ]; then tier=$1; fi ;;
    esac
    shift
  done
  case $needs:$command:$tier in
    cli:*) ;;
    :env:* | :test:plugin) needs=engine ;;
    :test:check | :test:unit | :test:property | :test:component) needs=cli ;;
    :up:* | :preview:* | :down:* | :ssh:* | :run:* | :copy:* | :verify:* | :repair:* | :sweep:* | :test:*) needs=cloud ;;
    *) needs=cli ;;
  esac
  export MUSTER_VERBOSE
}

# clouds_of STACK: the kinds of cloud that a stack's config names, one a line; nothing if there is no such stack.
# The key's value is a word, or a mapping with `kind`.
clouds_of() {
  [ -f "$MUSTER_HOME/Pulumi.$1.yaml" ] || return 0
  awk '
    /^[ \t]*muster:cloud:/ {
      match($0, /^[ \t]*/); depth = RLENGTH; inside = 1
      value = $0; sub(/^[ \t]*muster:cloud:[ \t]*/, "", value)
      if (value ~ /^\{/) { if (match(value, /kind:[ \t"]*[a-z]+/)) { value = substr(value, RSTART, RLENGTH); sub(/^kind:[ \t"]*/, "", value) } }
      gsub(/["'\'']/, "", value); sub(/[ \t]*#.*/, "", value)
      if (value ~ /^[a-z]+$/) print value
      next
    }
    inside {
      match($0, /^[ \t]*/)
      if (RLENGTH <= depth && $0 !~ /^[ \t]*(#|$)/) { inside = 0; next }
      if ($1 == "kind:") { value = $2; gsub(/["'\'']/, "", value); print value }
    }' "$MUSTER_HOME/Pulumi.$1.yaml"
}

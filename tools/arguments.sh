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
    :image:build | :up:* | :preview:* | :down:* | :ssh:* | :run:* | :copy:* | :verify:* | :repair:* | :sweep:* | :test:* | :bench:*) needs=cloud ;;
    *) needs=cli ;;
  esac
  export MUSTER_VERBOSE
}

# cloud_of STACK: the cloud that a stack's config names, a word or a mapping with `name`; `local` where it names none,
# nothing where there is no such stack: the command line tells that better.
cloud_of() {
  [ -f "$MUSTER_HOME/Pulumi.$1.yaml" ] || return 0
  awk '
    /^[ \t]*muster:cloud:/ {
      match($0, /^[ \t]*/); depth = RLENGTH; inside = 1
      sub(/^[ \t]*muster:cloud:[ \t]*/, "")
    }
    inside && !/^[ \t]*(#|$)/ {
      match($0, /^[ \t]*/)
      if (!begun) begun = 1
      else if (RLENGTH <= depth) { inside = 0; next }
      gsub(/["'\''{},]/, " "); sub(/[ \t]#.*/, "")
      if (cloud == "" && NF == 1 && $1 ~ /^[a-z]+$/) cloud = $1
      for (i = 1; i < NF && cloud == ""; i++) if ($i == "name:") cloud = $(i + 1)
    }
    END { print cloud == "" ? "local" : cloud }' "$MUSTER_HOME/Pulumi.$1.yaml"
}

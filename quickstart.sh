#!/usr/bin/env bash
# The main job: a directory tree goes into an embedded durable store, the store restarts from disk, every byte comes back.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/eng/common.sh"

usage() {
  cat <<'TEXT'
usage: ./quickstart.sh [DIR]

  DIR                what to import (default: the folder of the .NET SDK)
  QUICKSTART_HOME    where the data goes (default: a temporary directory, removed at the end)
  QUICKSTART_SPOIL   a file below DIR of which one stored byte is changed, to see the comparison fail

exit 0 only if every byte came back; 1 on any mismatch or error; 2 on a usage error
TEXT
}

case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  --cluster) fail 2 "--cluster is not available yet: this version runs one engine inside the process" ;;
  -*) usage >&2; fail 2 "unknown argument '$1'" ;;
esac
[ $# -le 1 ] || { usage >&2; fail 2 "one directory at most"; }
[ $# -eq 0 ] || [ -d "$1" ] || fail 1 "'$1' is not a directory"
[ $# -eq 0 ] || { [ -r "$1" ] && [ -x "$1" ]; } || fail 1 "the directory '$1' cannot be read by $(id -un)"

need_dotnet
if [ $# -eq 1 ]; then
  source_dir=$(cd "$1" && pwd)
else
  source_dir=$(cd "$root" && dotnet --list-sdks | tail -n 1 | sed -E 's/^([^ ]+) \[(.*)\]$/\2\/\1/')
fi

if [ -n "${QUICKSTART_HOME:-}" ]; then
  mkdir -p "$QUICKSTART_HOME" || fail 1 "QUICKSTART_HOME '$QUICKSTART_HOME' cannot be created"
  data=$(cd "$QUICKSTART_HOME" && pwd)
else
  data=$(mktemp -d "${TMPDIR:-/tmp}/daos-quickstart.XXXXXX")
  cleanup+=("$data")
fi

# The sources may belong to another user: then a copy is built beside the data.
source_root=$root
if [ ! -w "$root" ]; then
  source_root=$data/source
  mkdir "$source_root"
  tar -C "$root" -c --exclude=./.git --exclude=bin --exclude=obj . | tar -x -C "$source_root"
fi

build() { # project folder
  (cd "$source_root" && dotnet build "$1" -c Release -v q </dev/null >"$data/build.log" 2>&1) ||
    { cat "$data/build.log" >&2; fail 1 "the build of $1 failed"; }
}

say "building"
build client/samples/Quickstart
build bench/Daos.Fabric.Bench
quickstart=$source_root/client/samples/Quickstart/bin/Release/net10.0/daos_quickstart
dfio=$source_root/bench/Daos.Fabric.Bench/bin/Release/net10.0/dfio

QUICKSTART_HOME="$data/system" "$quickstart" "$source_dir"

say ""
say "ten seconds of mixed puts and gets, every value verified"
"$dfio" --name=mix --ioengine=kv --directory="$data/mix" --rw=randrw --bs=64 --size=6400000 --iodepth=32 --verify=crc32c --time_based --runtime=10

cat <<'TEXT'

Next:
  ./test.sh                          build and run every test
  bench/peers/run.sh --list          what is measured against whom
  less ARCHITECTURE.md               the way of one update, from client to media and back
TEXT

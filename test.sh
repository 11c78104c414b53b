#!/usr/bin/env bash
# Builds, checks the format and runs every test; closes with "N passed, N failed, N skipped". See tests/README.md.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/eng/common.sh"

usage() {
  cat <<'TEXT'
usage: ./test.sh [--id ID[,ID...]] [--tier T0|T1] [--seed N] [--minutes M] [--project NAME] [--method NAME] [--no-build]

  --id ID[,ID]     only the tests that carry the trait Id=ID; prints one line "ID: key=value ..." each
  --tier T1        long-run sizes, in parts that sum up (default T0: every-commit sizes)
  --seed N         base seed of seeded tests: their first unit runs this seed (default: fixed in the tests)
  --minutes M      with --tier T1: time of this part (default and at most 60); the same command goes on where it ends
  --project NAME   only test projects whose name contains NAME
  --method NAME    only this test method (fully qualified, * at the ends), as a failure's replay line prints it
  --no-build       use what is built, skip the format check

exit 0: nothing failed, every project ran tests, and the skips are those of eng/expected-skips.txt
exit 1: something failed; exit 2: usage error
TEXT
}

build=1
run=()
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --no-build) build=0; shift ;;
    --id | --tier | --seed | --minutes | --project | --method)
      [ $# -ge 2 ] || { usage >&2; fail 2 "$1 needs a value"; }
      run+=("$1" "$2"); shift 2 ;;
    *) usage >&2; fail 2 "unknown argument '$1'" ;;
  esac
done

[ -w "$root" ] || fail 1 "'$root' cannot be written by $(id -un), and the build goes there; clone it to a folder of your own"
need_dotnet
need python3 python3
need git git
# Without these the test of a client behind a firewall skips, which eng/expected-skips.txt does not expect.
command -v ip >/dev/null 2>&1 || install_packages iproute2 || true
command -v nft >/dev/null 2>&1 || install_packages nftables || true
# Metadata on etcd is tested against real ones, whose members are changed with etcdctl; the tests skip with a reason without them.
{ command -v etcd && command -v etcdctl; } >/dev/null 2>&1 || install_packages etcd-server etcd-client ||
  say "the packages etcd-server and etcd-client are missing and could not be installed; tests of metadata on etcd skip"
# Tests over libfabric need it, and its headers and a compiler for the comparison of layouts; they skip with a reason without them.
[ -e /usr/include/rdma/fabric.h ] && command -v gcc >/dev/null 2>&1 || install_packages libfabric1 libfabric-dev gcc || true
cd "$root"
if [ "$build" = 1 ]; then
  locked=()
  [ "${CI:-}" = true ] && locked=(--locked-mode)
  dotnet restore Daos.Fabric.sln "${locked[@]}" -v q </dev/null || fail 1 "restore failed"
  dotnet build Daos.Fabric.sln -c Checked --no-restore -v q </dev/null || fail 1 "the build failed"
  dotnet format Daos.Fabric.sln --verify-no-changes --no-restore </dev/null ||
    fail 1 "the format check failed; run 'dotnet format' and commit the result"
fi
python3 eng/run_tests.py "${run[@]}" </dev/null

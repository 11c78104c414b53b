# Sourced by the scripts at the root: where the repository is, and how a missing program is installed.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONDONTWRITEBYTECODE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Temporary directories that a script adds here are removed when it ends.
cleanup=()
trap '[ ${#cleanup[@]} -eq 0 ] || rm -rf "${cleanup[@]}"' EXIT
# An unprivileged user may have no home directory that can be written to.
if [ ! -w "${HOME:-/nonexistent}" ]; then
  HOME=$(mktemp -d)
  export HOME
  cleanup+=("$HOME")
fi

say() { printf '%s\n' "$*" >&2; }

fail() { # exit code, sentence
  local code=$1
  shift
  say "$(basename "$0"): $*"
  exit "$code"
}

# need COMMAND PACKAGE: installs the Debian package when the command is missing and apt is at hand.
need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  install_packages "$2" && command -v "$1" >/dev/null 2>&1 && return 0
  fail 1 "'$1' is missing and could not be installed; install the package '$2' and run this again"
}

install_packages() {
  command -v apt-get >/dev/null 2>&1 || { say "apt-get is not available here"; return 1; }
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || { say "installing $* needs root (or sudo without a password)"; return 1; }
    as_root=(sudo -n)
  fi
  say "installing $*"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@" >/dev/null 2>&1 </dev/null ||
    { "${as_root[@]}" apt-get update -q >/dev/null 2>&1 </dev/null &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@" >/dev/null 2>&1 </dev/null; }
}

need_dotnet() {
  need dotnet dotnet-sdk-10.0
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail 1 "the .NET SDK that global.json asks for is missing; installed: $(dotnet --list-sdks | tr '\n' ' '); install the package dotnet-sdk-10.0"
}

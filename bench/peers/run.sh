#!/usr/bin/env bash
# Measures us and the peer in turn and prints medians; see bench/README.md. exit 0 only if no id is short.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../eng/common.sh"
need python3 python3
python3 "$root/bench/peers/main.py" "$@" </dev/null

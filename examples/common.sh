# Sourced by every run.sh: finds `raya`, and starts in the example's folder.
set -euo pipefail
examples="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$(dirname "${BASH_SOURCE[1]}")"
RAYA="${RAYA:-$examples/../target/release/raya}"
if [ ! -x "$RAYA" ]; then
    RAYA="$(command -v raya || true)"
fi
if [ -z "$RAYA" ]; then
    echo "no raya: build it with \`cargo xtask demo\`, or name it with RAYA=…" >&2
    exit 1
fi
# Modules come from this example alone, whatever the user has installed.
unset RAYA_MODULE_PATH
mkdir -p vendor out

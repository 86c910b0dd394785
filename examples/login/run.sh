#!/usr/bin/env bash
# Builds the three modules and bundles the app into one static executable; without zig, for glibc.
source "$(dirname "$0")/../common.sh"
targets=(--target x86_64-unknown-linux-gnu)
target=x86_64-unknown-linux-gnu
if python3 -m ziglang version >/dev/null 2>&1; then
    targets+=(--target x86_64-unknown-linux-musl)
    target=x86_64-unknown-linux-musl
fi
for module in users password session; do
    "$RAYA" module build "modules/$module" -o "vendor/$module-1.0.0.rmod" "${targets[@]}"
done
"$RAYA" bundle login.raya -o out/login --target "$target"
out/login

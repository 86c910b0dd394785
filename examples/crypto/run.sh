#!/usr/bin/env bash
# Builds the module, runs the app while developing, and as one executable. With `./run.sh musl`, which first builds OpenSSL
# for musl (minutes), the executable is fully static.
source "$(dirname "$0")/../common.sh"
target=x86_64-unknown-linux-gnu
"$RAYA" module build modules/crypto -o vendor/crypto-1.0.0.rmod
"$RAYA" run crypto.raya
if [ "${1:-}" = musl ]; then
    target=x86_64-unknown-linux-musl
    ./openssl-for-musl.sh
    "$RAYA" module build modules/crypto -o vendor/crypto-1.0.0.rmod \
        --target x86_64-unknown-linux-gnu --target x86_64-unknown-linux-musl
fi
"$RAYA" bundle crypto.raya -o out/crypto --target "$target"
out/crypto

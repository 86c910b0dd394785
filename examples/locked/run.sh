#!/usr/bin/env bash
# Publisher, root and release each have a key of their own; here all are made on the spot and thrown away.
source "$(dirname "$0")/../common.sh"
keys="$(mktemp -d)"
trap 'rm -rf "$keys"' EXIT
for key in publisher root release; do
    "$RAYA" key gen "$keys/$key" --no-password >/dev/null
done
public() { tail -n 1 "$keys/$1.pub"; }

# The publisher builds and signs.
for module in checksum greeting; do
    "$RAYA" module build "modules/$module" -o "vendor/$module-1.0.0.rmod" --target x86_64-unknown-linux-musl
    "$RAYA" module sign "vendor/$module-1.0.0.rmod" --key "$keys/publisher.key"
done

# The root says who may publish what.
cat >out/raya-trust.toml <<POLICY
schema = "raya.trust/1"
version = 1
expires = 2035-01-01T00:00:00Z
mode = "locked"

[root]
threshold = 1
keys = ["$(public root)"]

[[publisher]]
name = "examples"
threshold = 1
keys = ["$(public publisher)"]

[[allow]]
module = "checksum"
publisher = "examples"
versions = "1"

[[allow]]
module = "greeting"
publisher = "examples"
versions = "1"
# Rust's standard library, which comes with every Rust module, can do these things.
capabilities = ["clock", "environment", "executable-memory", "files-read", "files-write", "network", "processes", "randomness", "raw-syscalls", "terminal", "threads"]
constructors = true
POLICY
"$RAYA" trust sign out/raya-trust.toml --key "$keys/root.key"

# The app is bundled, signed, and checked.
"$RAYA" bundle --locked locked.raya -o out/locked --policy out/raya-trust.toml --root "$(public root)" \
    --sign "$keys/release.key"
"$RAYA" verify out/locked --key "$keys/release.pub"
out/locked

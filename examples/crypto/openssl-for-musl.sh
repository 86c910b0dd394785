#!/usr/bin/env bash
# Builds a static libcrypto for musl with zig from the sources in the crate `openssl-src`, and puts it and its headers where
# the module looks for them.
set -euo pipefail
cd "$(dirname "$0")"
out="$PWD/modules/crypto/libraries/x86_64-unknown-linux-musl"
headers="$PWD/modules/crypto/headers/x86_64-unknown-linux-musl"
[ -f "$out/libcrypto.a" ] && exit 0
work="$PWD/target/openssl"
mkdir -p "$work/src" "$out"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "openssl-for-musl"
version = "0.0.0"
edition = "2021"

[dependencies]
openssl-src = "300"

[workspace]
TOML
echo 'fn main() {}' >"$work/src/main.rs"
sources="$(cargo metadata --manifest-path "$work/Cargo.toml" --format-version 1 |
    python3 -c 'import json, os, sys
package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "openssl-src")
print(os.path.dirname(package["manifest_path"]) + "/openssl")')"
rm -rf "$work/build"
cp -r "$sources" "$work/build"
cd "$work/build"
export SOURCE_DATE_EPOCH=0
# The paths given are what OpenSSL would look for configuration in; none exists, so nothing outside decides how it works.
CC="python3 -m ziglang cc -target x86_64-linux-musl -fPIC -g0 -O2 -fno-sanitize=all" AR="python3 -m ziglang ar" \
    RANLIB="python3 -m ziglang ranlib" ./Configure linux-x86_64 no-shared no-tests no-apps no-engine no-dso no-module no-async \
    no-legacy no-docs --prefix=/nonexistent --openssldir=/nonexistent >configure.log
make -j"$(nproc)" build_generated libcrypto.a >make.log 2>&1 || { tail -20 make.log; exit 1; }
mkdir -p "$headers"
cp -r include/openssl "$headers/"
# Last: what is there was made whole.
cp libcrypto.a "$out/"

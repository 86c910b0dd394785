#!/usr/bin/env bash
# Builds the module, runs the app while developing, and as one executable.
source "$(dirname "$0")/../common.sh"
"$RAYA" module build modules/adder -o vendor/adder-1.0.0.rmod
"$RAYA" run hello.raya
"$RAYA" bundle hello.raya -o out/hello
out/hello

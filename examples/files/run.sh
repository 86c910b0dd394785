#!/usr/bin/env bash
# Builds the module, runs the app while developing, and as one executable.
source "$(dirname "$0")/../common.sh"
# The program is the specification's, letter by letter, and names these files.
trap 'rm -f /tmp/input.txt /tmp/output.txt' EXIT
"$RAYA" module build modules/fs -o vendor/fs-1.0.0.rmod
echo "hello from a file" >/tmp/input.txt
"$RAYA" run files.raya
"$RAYA" bundle files.raya -o out/files
rm -f /tmp/output.txt
out/files
cat /tmp/output.txt

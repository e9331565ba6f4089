#!/bin/sh
# keys.sh PROGRAM N: runs it (keys.c) with a store in a directory of its own, which is removed.
set -eu
directory=$(mktemp -d "${TMPDIR:-/tmp}/pingsieve-keys-XXXXXX")
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' INT TERM
"$1" "$2" "$directory/store"

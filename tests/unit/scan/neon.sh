#!/bin/sh
# neon.sh ROOT DIR: builds the scanner with the NEON kernel in DIR and runs its agreement test under qemu.
# Exit 77 (skipped) where the cross compiler or qemu is missing. PINGSIEVE_TEST_SCALE is a percentage as elsewhere.
set -eu
root=$1 dir=$2
cc=$(command -v aarch64-linux-gnu-gcc) && qemu=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || {
  echo "needs aarch64-linux-gnu-gcc and qemu-aarch64 (Debian: gcc-aarch64-linux-gnu, qemu-user)"
  exit 77
}
mkdir -p "$dir"
scan=$root/src/scan base=$root/src/base tests=$root/tests/unit/scan
$cc -std=c11 -D_GNU_SOURCE -O2 -static -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
  -I "$root/src" -I "$root/include" -o "$dir/agreement" \
  "$tests/test_agreement.c" "$tests/agree.c" "$tests/lines.c" \
  "$scan/gather.c" "$scan/paths.c" "$scan/portable.c" "$scan/scan.c" "$scan/scan_neon.c" "$scan/token.c" \
  "$base/error.c" "$base/utf8.c"
scale=${PINGSIEVE_TEST_SCALE:-100}
out=$(PINGSIEVE_TEST_SCALE=$(((scale + 19) / 20)) "$qemu" "$dir/agreement")
echo "$out"
[ "$out" = "neon portable agree" ]

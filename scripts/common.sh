# shellcheck shell=bash disable=SC2034
# What run, test, bench and soak share: packages of Debian 12 and builds with the presets. To be sourced.
# Everything here talks on stderr and leaves standard input alone: scripts/run passes both to pingsieve.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 2)
readonly top jobs

readonly packages_build=(build-essential cmake ninja-build pkg-config
  liblmdb-dev libxxhash-dev libjansson-dev zlib1g-dev libisal-dev)
readonly packages_test=(clang-14 libclang-rt-14-dev llvm-14 clang-format-14 clang-tidy-14 libcmocka-dev
  valgrind python3 shellcheck groff-base man-db bsdutils binutils procps gzip qemu-user
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross
  chromium fonts-dejavu-core python3-jsonschema)
readonly packages_bench=(g++ python3 libsimdjson-dev librocksdb-dev jq miller mawk util-linux)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# need_packages NAME...: installs what is missing if it may, else says what to type and ends.
need_packages() {
  command -v dpkg-query >/dev/null || {
    say "This is no Debian: please see to it yourself that these are there: $*"
    return
  }
  local package missing=() apt=(apt-get)
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if (($(id -u) != 0)); then
    sudo -n true 2>/dev/null ||
      die "Some packages are missing, and installing them needs root. Please type:
  sudo apt-get install --no-install-recommends ${missing[*]}"
    apt=(sudo -n DEBIAN_FRONTEND=noninteractive apt-get)
  fi
  say "Installing ${missing[*]} ..."
  local options=(-q -y -o DPkg::Lock::Timeout=300)
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" "${options[@]}" update </dev/null >&2 ||
    say "apt-get update failed; trying with the lists that are there"
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" "${options[@]}" install --no-install-recommends \
    "${missing[@]}" </dev/null >&2 || die "Installing failed: ${missing[*]}"
}

# quietly LOG COMMAND...: shows what the command said only when it fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" </dev/null >"$log" 2>&1 || {
    cat "$log" >&2
    return 1
  }
}

# build PRESET [-DNAME=VALUE...] [-- TARGET...]: configures and builds under build/PRESET.
build() {
  local preset=$1 options=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  (($#)) && shift
  local log=$top/build/$preset.log
  quietly "$log" cmake -S "$top" --preset "$preset" "${options[@]}" &&
    quietly "$log" cmake --build "$top/build/$preset" -j "$jobs" ${1:+--target "$@"}
}

# new_directory: the path of a fresh directory that is removed when the script ends.
declare -a to_remove=()
remove_directories() { ((${#to_remove[@]} == 0)) || rm -rf -- "${to_remove[@]}"; }
trap remove_directories EXIT
new_directory() {
  fresh=$(mktemp -d "${TMPDIR:-/tmp}/pingsieve.XXXXXXXX")
  to_remove+=("$fresh")
}

# shellcheck shell=bash disable=SC2034
# What run, test, bench and soak share: packages of Debian and builds with the presets. To be sourced.
# Everything here talks on stderr and leaves standard input alone: scripts/run passes both to pingsieve.

set -euo pipefail
unset CDPATH

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 2)
readonly top jobs

# make is for builds without the presets. The names are those of Debian 12 and 13 and Ubuntu 24.04; the tools of clang come in each one's own version.
readonly packages_build=(gcc libc6-dev cmake ninja-build make pkg-config
  liblmdb-dev libxxhash-dev libjansson-dev zlib1g-dev libisal-dev)
readonly packages_test=(g++ clang libclang-rt-dev llvm clang-format clang-tidy libcmocka-dev
  valgrind python3 jq shellcheck groff-base man-db bsdutils binutils procps gzip qemu-user
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross
  chromium fonts-dejavu-core python3-jsonschema spin)
readonly packages_bench=(g++ python3 libsimdjson-dev librocksdb-dev jq miller mawk util-linux)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# known_packages NAME...: sets `there` and `absent`, by what apt knows.
known_packages() {
  local package
  there=() absent=()
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then there+=("$package"); else absent+=("$package"); fi
  done
}

# ask_for_packages NAME...: says what a user who may not install has to type, and ends; unless apt has lists and does not know any of them.
# `madison` tells of what is in lists alone; `show` also of what is installed.
ask_for_packages() {
  local there=("$@") absent=() sudo="sudo " who=
  command -v sudo >/dev/null || sudo='' who=" as root"
  [[ -z $(apt-cache madison bash 2>/dev/null) ]] || known_packages "$@"
  if ((${#there[@]} == 0)); then
    say "This distribution does not have: ${absent[*]}"
    return
  fi
  die "Some packages are missing, and installing them needs root. Please type$who:
  ${sudo}apt-get update && ${sudo}apt-get install --no-install-recommends ${there[*]}"
}

# need_packages NAME...: installs what is missing if it may, else says what to type and ends. A package that this
# distribution does not have is told and left out: the build says what it lacks, and tests without their tool are skipped.
need_packages() {
  command -v dpkg-query >/dev/null || {
    [[ -e $top/build/packages.told ]] || say "This is no Debian: please see to it that you have what these packages of Debian have: $*"
    mkdir -p "$top/build" && : >"$top/build/packages.told"
    return
  }
  local package installed there=() missing=() absent=() apt=(apt-get) updated=true
  local options=(-q -y -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Acquire::http::Timeout=30)
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package} \n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    [[ $installed == *"ii $package "* ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if (($(id -u) != 0)); then
    if ! command -v sudo >/dev/null || ! sudo -n true </dev/null 2>/dev/null; then
      ask_for_packages "${missing[@]}"
      return
    fi
    apt=(sudo -n DEBIAN_FRONTEND=noninteractive apt-get)
  fi
  say "Installing packages: ${missing[*]} ..."
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" "${options[@]}" update </dev/null >&2 || {
    updated=false
    say "apt-get update failed; trying with the lists that are there"
  }
  known_packages "${missing[@]}"
  $updated || ((${#absent[@]} == 0)) || die "The lists of packages could not be fetched (is there a network?), and apt does not know: ${absent[*]}"
  ((${#absent[@]} == 0)) || say "This distribution does not have: ${absent[*]}"
  ((${#there[@]} == 0)) || DEBIAN_FRONTEND=noninteractive "${apt[@]}" "${options[@]}" install --no-install-recommends \
    "${there[@]}" </dev/null >&2 || die "Installing failed: ${there[*]}"
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

# steps WHAT: passes on what Ninja says and tells on stderr that it builds, and every ten seconds how far it is.
steps() {
  local line told=
  while IFS= read -r line; do
    printf '%s\n' "$line"
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    if [[ -z $told ]]; then
      say "Building $1 (${BASH_REMATCH[2]} steps) ..."
      told=$SECONDS
    elif ((SECONDS - told >= 10)); then
      say "  ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
      told=$SECONDS
    fi
  done
}

# build PRESET [-DNAME=VALUE...] [-- TARGET...]: configures and builds under build/PRESET, one of these at a time.
build() {
  local lock failed=0
  mkdir -p "$top/build"
  exec {lock}>>"$top/build/$1.lock"
  if command -v flock >/dev/null && ! flock -n "$lock"; then
    say "Waiting for another build of build/$1 ..."
    flock "$lock"
  fi
  build_alone "$@" || failed=$?
  exec {lock}>&-
  return "$failed"
}

build_alone() {
  local preset=$1 options=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  (($#)) && shift
  local log=$top/build/$preset.log
  [[ -e $top/build/$preset/build.ninja ]] || say "Configuring build/$preset ..."
  quietly "$log" cmake -S "$top" --preset "$preset" "${options[@]}" || return 1
  NINJA_STATUS='[%f/%t] ' cmake --build "$top/build/$preset" -j "$jobs" ${1:+--target "$@"} </dev/null 2>&1 |
    steps "build/$preset" >"$log" || {
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" >&2
    return 1
  }
}

# new_directory: the path of a fresh directory that is removed when the script ends.
declare -a to_remove=()
remove_directories() { ((${#to_remove[@]} == 0)) || rm -rf -- "${to_remove[@]}"; }
trap remove_directories EXIT
new_directory() {
  fresh=$(mktemp -d "${TMPDIR:-/tmp}/pingsieve.XXXXXXXX")
  to_remove+=("$fresh")
}

# files_in_memory: sets `files`, the directory of tests' files. It is in memory where there is room and TMPDIR does not say otherwise:
# the thousands of stores of the tests then need no disk to be synced. Users without rights run some of the tests.
files_in_memory() {
  files=${TMPDIR:-/tmp}
  if [[ -z ${TMPDIR:-} && -w /dev/shm && $(stat -f -c '%a*%S' /dev/shm) =~ ^([0-9]+)\*([0-9]+)$ ]] &&
    ((BASH_REMATCH[1] * BASH_REMATCH[2] >= 2 << 30)); then
    TMPDIR=/dev/shm new_directory
    files=$fresh
    chmod 1777 "$files"
  fi
}

# steady COMMAND...: without randomised addresses, where that is allowed: ThreadSanitizer of clang 14 does not know those of newer kernels.
steady() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

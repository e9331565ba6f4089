#!/usr/bin/env bash
# Runs golden stories of the command line.
#
#   run.sh --pingsieve PROGRAM [--documents DIR] [--bless] STORY...
#
# A story is a folder with `cmd`, a bash script that runs in a fresh empty directory with pingsieve in PATH, and what it
# must say: `stdout`, `stderr` (absent: nothing) and `exit` (absent: 0). Times, rates and the fresh directory's name are made equal first.
# --bless writes what was said; read the difference before committing it. A cmd that exits with 77 is skipped.
#
# For the cmd: $STORY is its folder, $DOCUMENTS where the completions are, ping makes pings (see below).
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bless=false program='' documents=''
stories=()
while (($#)); do
  case $1 in
  --bless) bless=true ;;
  --pingsieve) program=$(realpath "$2"); shift ;;
  --documents) documents=$2; shift ;;
  *) stories+=("$1") ;;
  esac
  shift
done
if [[ ! -x $program || ${#stories[@]} == 0 ]]; then
  echo "usage: run.sh --pingsieve PROGRAM [--documents DIR] [--bless] STORY..." >&2
  exit 2
fi

# What differs from run to run, or from machine to machine.
normalise() {
  sed -E \
    -e "s|$fresh|FRESH|g" \
    -e 's/seconds=[0-9.]+ mb_per_second=[0-9.]+/seconds=S mb_per_second=R/' \
    -e 's/("(seconds|mb_per_second|longest_commit_seconds)": )[0-9.e+-]+/\10/' \
    -e 's/("(threads|batches)": )[0-9]+/\1N/' \
    -e 's/("kernel": ")[a-z0-9]+/\1KERNEL/' \
    -e 's/^(pingsieve_(run_seconds|longest_commit_seconds|batches_total)) .*/\1 N/' \
    -e 's/ in [0-9.]+ s, [0-9.]+ [kMG]?B\/s/ in S, R/' \
    -e 's/\r$/<CR>/'
}

same() { # NAME: what was said against what must be said
  if [[ ! -e $story/$1 && ! -s $said/$1 ]]; then return 0; fi
  diff -u --label "expected $1" --label "said $1" <(cat "$story/$1" 2>/dev/null) "$said/$1"
}

run_story() {
  story=$here/$1
  fresh=$(mktemp -d "${TMPDIR:-/tmp}/pingsieve-story-XXXXXX")
  said=$fresh.said
  mkdir "$said" "$fresh.bin"
  ln -s "$program" "$fresh.bin/pingsieve"
  (
    cd "$fresh" || exit 99
    export PATH=$fresh.bin:$PATH STORY=$story DOCUMENTS=$documents BASH_ENV=$here/functions.sh
    export TERM=dumb LC_ALL=C.UTF-8 TZ=UTC
    unset PINGSIEVE_STORE PINGSIEVE_SIMD NO_COLOR
    exec timeout 250 bash "$story/cmd" # a story that hangs leaves nothing behind
  ) >"$said/stdout.raw" 2>"$said/stderr.raw" </dev/null
  local code=$? failed=0
  if ((code == 77)); then
    echo "$1: skipped"
    chmod -R u+rwx "$fresh"
    rm -rf "$fresh" "$said" "$fresh.bin"
    return 77
  fi
  normalise <"$said/stdout.raw" >"$said/stdout"
  normalise <"$said/stderr.raw" >"$said/stderr"
  echo "$code" >"$said/exit"
  if $bless; then
    for name in stdout stderr exit; do
      rm -f "$story/$name"
      [[ ! -s $said/$name || ($name == exit && $code == 0) ]] || cp "$said/$name" "$story/$name"
    done
  else
    same stdout || failed=1
    same stderr || failed=1
    [[ $code == $(cat "$story/exit" 2>/dev/null || echo 0) ]] || {
      echo "exit code $code, expected $(cat "$story/exit" 2>/dev/null || echo 0)"
      failed=1
    }
  fi
  chmod -R u+rwx "$fresh"
  rm -rf "$fresh" "$said" "$fresh.bin"
  return $failed
}

result=0
for name in "${stories[@]}"; do
  run_story "$name"
  case $? in
  0) ;;
  77) ((${#stories[@]} > 1)) || result=77 ;;
  *)
    echo "story $name failed"
    result=1
    ;;
  esac
done
exit "$result"

"""A volume that is mounted read-only where a store is read, while a filter writes to it elsewhere.

LMDB then has no table of readers, and the filter would reuse pages that are being read. So readers take turns with it: each reads the
store as any other would, copies are sound, the filter goes on, and readers that are killed hold nothing up.
"""
import json
import os
import shutil
import subprocess
import sys
import threading
import time

import harness
from harness import check

KEYS = 30000  # in the store when the readers begin: a copy takes longer than some commits


class Reader(harness.Program):
    """Sees `directory` read-only as `shown`."""

    def __init__(self, path, directory, shown):
        super().__init__(path)
        os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")  # leaks are looked for with ptrace(2), which such a namespace may forbid
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        mounts = 'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && shift 2 && exec "$@"'
        self.prefix = ["unshare", "--mount", *user, "sh", "-c", mounts, "sh", directory, shown]
        try:
            works = subprocess.run([*self.prefix, "true"], capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            works = False
        if not works:
            print("skipped: nothing can be mounted here (unshare --mount wants root or user namespaces)")
            sys.exit(harness.SKIP)

    def read(self, *arguments):
        return self.finish(self.start(arguments, subprocess.DEVNULL, subprocess.PIPE), " ".join(arguments))


class Writer:
    """A filter that commits every few pings, as fast as it can."""

    def __init__(self, program, store):
        self.process = program.start(["--quiet", "--no-accounts", "--store", store, "--batch-pings", 100, "--invalid", os.devnull],
                                     subprocess.PIPE, subprocess.DEVNULL)
        self.given, self.ended = 0, False
        self.thread = threading.Thread(target=self.feed)
        self.thread.start()

    def feed(self):
        try:
            while not self.ended:
                self.process.stdin.write(b"".join(b'{"id":"%d"}\n' % i for i in range(self.given, self.given + 100)))
                self.process.stdin.flush()
                self.given += 100
        except BrokenPipeError:
            pass

    def end(self):
        self.ended = True
        self.thread.join()
        self.process.stdin.close()
        err = self.process.stderr.read().decode(errors="replace")
        check(self.process.wait() == 0, f"the filter ended with {self.process.returncode}: {err}")


def keys_of(program, store):
    run = program.finish(program.start(["store", "info", "--store", store, "--json"], subprocess.DEVNULL, subprocess.PIPE), "store info")
    check(run.code == 0, run.err)
    return json.loads(run.out)["keys"]


def read_once(reader, program, shown, copy):
    for arguments in (["store", "copy", "--to", copy], ["store", "check"], ["store", "info", "--json"], ["report", "--json"]):
        run = reader.read(*arguments, "--store", shown)
        check(run.code == 0, f"{' '.join(arguments)}: {run.code}, {run.out[:200]!r}, {run.err!r}")
    program.check_store(copy, "it was copied from a read-only volume")
    check(keys_of(program, copy) >= KEYS, "the copy has lost documentIds")
    shutil.rmtree(copy)


def test(program, arguments, _, directory):
    paths = [os.path.join(directory, name) for name in ("volume", "shown")]
    for path in paths:
        os.mkdir(path)
    store, shown = (os.path.join(path, "store") for path in paths)
    reader = Reader(arguments.pingsieve, *paths)
    pings = harness.write_file(os.path.join(directory, "pings"), [b'{"id":"k%d","payload":"x"}\n' % i for i in range(KEYS)])
    program.sizes = harness.SMALL
    run = program.filter(store, pings, os.devnull, "--quiet", "--batch-pings", 100)
    check(run.code == 0, run.err)
    copy = os.path.join(directory, "copy")
    read_once(reader, program, shown, copy)
    writer = Writer(program, store)
    try:
        for _ in range(arguments.rounds):
            given = writer.given
            read_once(reader, program, shown, copy)
            killed = reader.start(["store", "check", "--store", shown], subprocess.DEVNULL, subprocess.DEVNULL)
            time.sleep(0.02)
            harness.kill(killed)
            killed.stderr.close()
            for _ in range(harness.HANG * 100):
                if writer.given > given:
                    break
                time.sleep(0.01)
            check(writer.given > given, "the filter does not go on")
    finally:
        writer.end()
    program.check_store(store, "it was read from a read-only volume")
    return f"{4 * arguments.rounds} commands read a store while {writer.given} pings were marked in it"


harness.run_test(test, harness.parse(__doc__, rounds=10), where=harness.in_memory())

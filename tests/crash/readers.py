"""Readers killed with kill -9 in the middle of their view, beside a live filter: the store must not grow by what it rewrites.

LMDB notes in lock.mdb which states are read; as long as a dead reader stands there, no page that is older than its state is used
again. The test looks at these slots itself (struct MDB_reader of mdb.c: 64 bytes that begin with the state and the process) to kill
a reader just when it has one, and then at the size of the file over many commits.
"""
import datetime
import mmap
import os
import shutil
import struct
import subprocess
import time

import harness
from harness import check

KEYS = 150000
COMMITS = 400
SLOT = 64
RESET = 2**64 - 1
PATIENCE = 1.3  # seconds after which a filter that commits has noticed that a reader is dead
ROOM = 1 << 20  # bytes by which 400 small commits may let the file grow
TRIES = 200
COMMANDS = {"check": ["store", "check"], "copy": ["store", "copy"], "report": ["report", "--json"], "info": ["store", "info"]}


class Slots:
    """The table of readers in lock.mdb, mapped."""

    def __init__(self, store):
        with open(os.path.join(store, "lock.mdb"), "rb") as f:
            self.map = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)

    def reading(self):
        """How many slots hold a state back."""
        n = 0
        for at in range(2 * SLOT, min(len(self.map), 64 * SLOT), SLOT):
            state, process = struct.unpack_from("<Qi", self.map, at)
            n += process > 0 and 0 < state < RESET and process < 2**22 + 1 and self.is_slot(at)
        return n

    def is_slot(self, at):
        return not any(self.map[at + 24:at + SLOT])  # the padding behind the three members


class Filter:
    """A filter that commits every ping by itself."""

    def __init__(self, program, store):
        self.process = program.start(["--store", store, "--batch-pings", 1, "--threads", 1, "--quiet"],
                                     subprocess.PIPE, subprocess.PIPE)
        self.store = store

    def feed(self, lines):
        for line in lines:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            check(self.process.stdout.readline() == line, "a ping did not leave")

    def size(self):
        return os.stat(os.path.join(self.store, "data.mdb")).st_size

    def end(self):
        self.process.stdin.close()
        err = self.process.stderr.read().decode(errors="replace")
        check(self.process.wait() == 0, f"the filter ended with {self.process.returncode}: {err}")


def kill_in_view(program, store, slots, command, directory):
    """Starts the command until it could be killed while it had a state; how many tries it took, 0 if it never worked."""
    for attempt in range(1, TRIES + 1):
        rest = ["--to", os.path.join(directory, f"copy-{attempt}")] if command == "copy" else []
        process = program.start([*COMMANDS[command], "--store", store, *rest], subprocess.DEVNULL, subprocess.DEVNULL)
        while process.poll() is None and not slots.reading():
            pass
        process.kill()
        process.communicate()
        if slots.reading():
            return attempt
    return 0


def grown(live, rng):
    """By how much the file grows over many commits, once a dead reader has been noticed."""
    time.sleep(PATIENCE)
    live.feed([harness.ping(harness.new_id(rng))])
    before = live.size()
    live.feed([harness.ping(harness.new_id(rng)) for _ in range(COMMITS)])
    return live.size() - before


def deleted_beside_a_dead_reader(program, store, directory, rng):
    """The filter, which clears the dead reader's slot, does not make files where the store was."""
    live = Filter(program, store)
    live.feed([harness.ping(harness.new_id(rng))])
    check(kill_in_view(program, store, Slots(store), "check", directory), "store check could never be killed in its view")
    shutil.rmtree(store)
    os.mkdir(store)
    time.sleep(PATIENCE)
    _, err = live.process.communicate(harness.ping(harness.new_id(rng)))
    check(live.process.returncode == 3 and b"deleted or moved away" in err, f"ended with {live.process.returncode}: {err.decode()}")
    check(not os.listdir(store), f"the filter made {os.listdir(store)} where the store was")


def test(program, arguments, rng, directory):
    store = os.path.join(directory, "store")
    today = datetime.date.today().isoformat()
    lines = [b'{"id":"%032x","meta":{"submissionDate":"%s"}}\n' % (rng.getrandbits(128), today.encode()) for _ in range(KEYS)]
    source = harness.write_file(os.path.join(directory, "in"), lines)
    run = program.filter(store, source, os.path.join(directory, "out"), "--quiet")
    check(run.code == 0, f"the first filter ended with {run.code}: {run.err}")
    live = Filter(program, store)
    live.feed([harness.ping(harness.new_id(rng))])
    slots = Slots(store)
    check(slots.reading() == 0, "the filter itself stands in the table of readers")
    grown(live, rng)
    control = grown(live, rng)
    told = []
    for command in COMMANDS:
        caught = kill_in_view(program, store, slots, command, directory)
        check(caught or command in ("info", "report"), f"store {command} could never be killed in its view")
        growth = grown(live, rng)
        check(growth <= control + ROOM, f"the store grew by {growth} bytes over {COMMITS} commits after {command} was killed, "
                                        f"without that by {control}")
        check(slots.reading() == 0, f"the slot of {command} is still there")
        told.append(f"{command} {growth >> 10} KiB" if caught else f"{command} not caught")
    live.end()
    program.check_store(store, "readers were killed")
    deleted_beside_a_dead_reader(program, store, directory, rng)
    return f"growth over {COMMITS} commits: {control >> 10} KiB, after kills of {', '.join(told)}"


harness.run_test(test, harness.parse(__doc__, rounds=1))

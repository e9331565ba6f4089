"""Programs that wait for their turn on a store: SIGTERM ends them while they wait, nothing is lost, and everybody gets a turn.

The test holds the turn itself, as a process would that does not give it up: an open file description lock on the first byte of the
data file (src/seen/turn.h).
"""
import datetime
import fcntl
import json
import os
import signal
import struct
import subprocess
import threading
import time

import harness
from harness import check

OFD_GETLK, OFD_SETLK = 36, 37  # fcntl.h; Python has no names for them
TERMINATED = 128 + signal.SIGTERM


class Turn:
    """The turn on a store, and the processes that wait for it."""

    def __init__(self, store):
        self.file = open(os.path.join(store, "data.mdb"), "rb+")

    def call(self, what, kind, first, n):
        lock = struct.pack("hhqqi4x", kind, os.SEEK_SET, first, n, 0)
        return struct.unpack_from("h", fcntl.fcntl(self.file, what, lock))[0]

    def take(self, place=0):
        while True:
            try:
                self.call(OFD_SETLK, fcntl.F_WRLCK, place, 1)
                return
            except BlockingIOError:
                time.sleep(0.001)

    def queue(self):
        """From the end of the queue to the turn."""
        for place in range(16, -1, -1):
            self.take(place)
            if place < 16:
                self.call(OFD_SETLK, fcntl.F_UNLCK, place + 1, 1)

    def give(self):
        self.call(OFD_SETLK, fcntl.F_UNLCK, 0, 1)

    def wait_for_waiter(self, process):
        while self.call(OFD_GETLK, fcntl.F_WRLCK, 1, 16) == fcntl.F_UNLCK:
            check(process.poll() is None, f"the program ended with {process.returncode} instead of waiting")
            time.sleep(0.005)


def end(process, what, want):
    """SIGTERM, and what it ended with."""
    process.send_signal(signal.SIGTERM)
    try:
        out, err = process.communicate(timeout=harness.HANG)
    except subprocess.TimeoutExpired:
        process.kill()
        raise harness.Failure(f"{what} waits on after SIGTERM") from None
    check(process.returncode == want, f"{what} ended with {process.returncode}: {err.decode()}")
    return out


def while_opening(program, turn, store, directory):
    """Every command that writes, started while another has the turn."""
    pings = harness.write_file(os.path.join(directory, "20180301.ndjson"), [b'{"id":"o"}\n'])
    turn.take()
    for arguments, want in (([], TERMINATED), (["store", "absorb"], TERMINATED),
                            (["backfill", "--out", os.path.join(directory, "clean"), pings], TERMINATED),
                            (["store", "expire"], -signal.SIGTERM),
                            (["store", "forget", "--day", "2018-03-01"], -signal.SIGTERM)):
        with open(pings, "rb") as stdin:
            process = program.start([*arguments, "--store", store], stdin, subprocess.PIPE)
        turn.wait_for_waiter(process)
        check(not end(process, f"{arguments or 'filter'} that opens", want), "something left")
    for arguments in (["store", "info"], ["store", "check"], ["report"]):  # readers do not wait
        run = program.finish(program.start([*arguments, "--store", store], subprocess.DEVNULL, subprocess.DEVNULL), arguments[-1])
        check(run.code == 0, f"{arguments} beside a writer ended with {run.code}: {run.err}")
    turn.give()


def in_a_batch(program, turn, store):
    """A filter that is open and has read a ping: it ends without it, and the same input lets it leave."""
    process = program.start(["--store", store], subprocess.PIPE, subprocess.PIPE)
    process.stdin.write(b'{"id":"1"}\n')
    process.stdin.flush()
    check(process.stdout.readline() == b'{"id":"1"}\n', "a ping did not leave")
    turn.take()
    process.stdin.write(b'{"id":"2"}\n')
    process.stdin.flush()
    turn.wait_for_waiter(process)
    check(not end(process, "a filter that waits", TERMINATED), "a ping left without the turn")
    turn.give()
    again = program.start(["--store", store, "--quiet"], subprocess.PIPE, subprocess.PIPE)
    out, _ = again.communicate(b'{"id":"1"}\n{"id":"2"}\n')
    check(again.returncode == 0 and out == b'{"id":"2"}\n', f"run again, {out!r} left")


def in_a_quiet_batch(program, turn, store):
    """A filter whose batch may be open for a minute, and whose input says nothing more: others need not wait for so long."""
    process = program.start(["--store", store, "--quiet", "--batch-ms", 60000, "--idle-ms", 60000], subprocess.PIPE, subprocess.PIPE)
    process.stdin.write(b'{"id":"quiet"}\n')
    process.stdin.flush()
    while turn.call(OFD_GETLK, fcntl.F_WRLCK, 0, 1) == fcntl.F_UNLCK:
        check(process.poll() is None, f"the filter ended with {process.returncode}")
        time.sleep(0.01)
    time.sleep(0.5)
    check(turn.call(OFD_GETLK, fcntl.F_WRLCK, 0, 1) != fcntl.F_UNLCK, "the filter's batch has ended though nobody waits")
    began = time.monotonic()
    run = program.finish(program.start(["store", "expire", "--store", store], subprocess.DEVNULL, subprocess.DEVNULL), "expire")
    check(run.code == 0, f"expire beside a quiet filter ended with {run.code}: {run.err}")
    check(time.monotonic() - began < 30, "expire waited for the end of the filter's minute")
    out, _ = process.communicate()
    check(process.returncode == 0 and out == b'{"id":"quiet"}\n', f"the filter ended with {process.returncode}, {out!r} left")


def turn_comes_before_a_signal(program, turn, store):
    """A filter that is asked to end while it waits, and then gets its turn, judges what it has read."""
    process = program.start(["--store", store, "--quiet"], subprocess.PIPE, subprocess.PIPE)
    process.stdin.write(b'{"id":"3"}\n')
    process.stdin.flush()
    check(process.stdout.readline() == b'{"id":"3"}\n', "a ping did not leave")
    turn.take()
    process.stdin.write(b'{"id":"4"}\n')
    process.stdin.flush()
    turn.wait_for_waiter(process)
    process.send_signal(signal.SIGTERM)
    turn.give()
    out = process.stdout.read()  # its input is open until it has ended: else its end may come before the signal
    process.stdin.close()
    process.wait(timeout=harness.HANG)
    check(process.returncode == TERMINATED and out == b'{"id":"4"}\n', f"ended with {process.returncode} and let {out!r} leave")


def beside_busy_filters(program, store, rng, directory):
    """Expire, again and again, beside two filters that commit every ping: counted in turns, it is never passed over."""
    lines = [harness.ping(harness.new_id(rng)) for _ in range(400)]
    source = harness.write_file(os.path.join(directory, "busy"), lines)
    filters = []
    for i in range(2):
        with open(source, "rb") as stdin, open(os.path.join(directory, f"busy.{i}"), "wb") as stdout:
            filters.append(program.start(["--store", store, "--batch-pings", 1, "--quiet"], stdin, stdout))
    done = 0
    while any(f.poll() is None for f in filters):
        run = program.finish(program.start(["store", "expire", "--store", store], subprocess.DEVNULL, subprocess.DEVNULL), "expire")
        check(run.code == 0, f"expire ended with {run.code}: {run.err}")
        done += 1
    for f in filters:
        check(program.finish(f, "a busy filter").code == 0, "a busy filter failed")
    left = b"".join(harness.read_file(os.path.join(directory, f"busy.{i}")) for i in range(2)).splitlines(keepends=True)
    check(sorted(left) == sorted(lines), "not every ping left once")
    return done


def while_telling(program, turn, store, directory):
    """A backfill that is through and waits to read what its summary tells: SIGTERM ends it, and the summary says that it is incomplete."""
    pings = harness.write_file(os.path.join(directory, "told.ndjson"), [b'{"id":"t"}\n'])
    fifo = os.path.join(directory, "fifo")
    os.mkfifo(fifo)
    process = program.start(["backfill", "--store", store, "--out", os.path.join(directory, "telling"), "--day-from", "nothing",
                             "--summary", fifo, pings], subprocess.DEVNULL, subprocess.PIPE)
    check(b"waiting for a reader" in process.stderr.readline(), "the backfill does not wait for a reader of its summary")
    turn.take()
    summary = subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE)
    turn.wait_for_waiter(process)
    end(process, "a backfill that tells", -signal.SIGTERM)
    told = json.loads(summary.communicate()[0])
    check(told["ending"] == "done" and told["incomplete"], f"the summary says {told['ending']}, {told['incomplete']}")
    turn.give()


def keep_busy(turn, over):
    """Has the turn nearly always, as a filter of a fast stream, and asks for it again in the queue."""
    while not over.is_set():
        turn.queue()
        time.sleep(0.1)
        turn.give()


def summary_beside_a_busy_filter(program, turn, store, directory):
    """A backfill needs many turns to tell of its files, of more than a second together: its summary has all of them."""
    files = 500
    for i in range(files):
        day = os.path.join(directory, "archive", str(datetime.date.today() - datetime.timedelta(i % 20)))
        os.makedirs(day, exist_ok=True)
        harness.write_file(os.path.join(day, f"{i}.ndjson"), [b'{"id":"f%d"}\n' % i])
    summary = os.path.join(directory, "summary.json")
    backfill = ["backfill", "--store", store, "--out", os.path.join(directory, "told"), "--summary", summary,
                os.path.join(directory, "archive")]
    over = threading.Event()
    busy = threading.Thread(target=keep_busy, args=(turn, over))
    busy.start()
    try:
        run = program.finish(program.start(backfill, subprocess.DEVNULL, subprocess.PIPE), "a backfill")
        check(run.code == 0 and "error" not in run.err, f"a backfill beside a busy filter ended with {run.code}: {run.err}")
    finally:
        over.set()
        busy.join()
    with open(summary, encoding="utf-8") as f:
        told = json.load(f)
    check(told["incomplete"] is None, f"the summary is incomplete: {told['incomplete']}")
    check(len(told["files"]) == files, f"{len(told['files'])} of {files} files are told of")
    check(sum(day["files"] for day in told["days"]) == files, f"the days have not all files: {told['days']}")


def test(program, arguments, rng, directory):
    store = os.path.join(directory, "store")
    run = program.finish(program.start(["--store", store, "--quiet"], subprocess.DEVNULL, subprocess.PIPE), "a filter")
    check(run.code == 0, f"no store was made: {run.err}")
    turn = Turn(store)
    while_opening(program, turn, store, directory)
    in_a_batch(program, turn, store)
    in_a_quiet_batch(program, turn, store)
    turn_comes_before_a_signal(program, turn, store)
    while_telling(program, turn, store, directory)
    summary_beside_a_busy_filter(program, turn, store, directory)
    done = beside_busy_filters(program, store, rng, directory)
    program.check_store(store, "programs that waited were ended")
    return f"waiting programs are ended; {done} times expire beside two busy filters"


harness.run_test(test, harness.parse(__doc__, rounds=1))

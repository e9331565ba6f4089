"""Containers on one volume: every command as process 1 of a PID namespace, beside a live filter that is process 1 of its own.

LMDB tells readers apart by process number and locks a byte of lock.mdb for each. The test holds the bytes of low numbers itself, as
readers in other containers would, and starts 200 readers at once, which are all process 1 and of which some are killed.
"""
import collections
import datetime
import fcntl
import gzip
import json
import os
import signal
import subprocess
import time

import harness
from harness import check

READERS = 200
KILLED = 40
TAKEN = 4  # numbers 1 to 4 are held


def numbers_hold(store, numbers):
    """Locks the bytes of these process numbers; close the file to let them go."""
    held = open(os.path.join(store, "lock.mdb"), "rb+")
    for number in numbers:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
    return held


def filter_start(program, store):
    return program.start(["--store", store, "--quiet"], subprocess.PIPE, subprocess.PIPE)


def feed(live, line, back=True):
    live.stdin.write(line)
    live.stdin.flush()
    if back:
        check(live.stdout.readline() == line, f"{line!r} did not leave")


def finish(live, want=0):
    live.stdin.close()
    err = live.stderr.read().decode(errors="replace")
    check(live.wait() == want, f"the filter ended with {live.returncode}: {err}")


def output_of(program, *arguments, stdin=subprocess.DEVNULL):
    run = program.finish(program.start(arguments, stdin, subprocess.PIPE), " ".join(map(str, arguments)))
    check(run.code == 0, f"{' '.join(map(str, arguments))} ended with {run.code}: {run.err}")
    return run.out.decode()


def line_of(number):
    return b'{"id":"%d","meta":{"submissionDate":"%s"}}\n' % (number, datetime.date.today().isoformat().encode())


def every_command(program, store, directory):
    """Each beside a live filter, which goes on after it and knows what it did."""
    today = datetime.date.today().isoformat()
    inputs = os.path.join(directory, "in", today)
    os.makedirs(inputs)
    with gzip.open(os.path.join(inputs, "a.gz"), "wb") as f:
        f.write(line_of(1) + line_of(2))
    live = filter_start(program, store)
    feed(live, line_of(1))
    path = lambda name: os.path.join(directory, name)
    for _ in range(harness.HANG * 10):  # until its batch is committed
        keys = json.loads(output_of(program, "store", "info", "--store", store, "--json"))["keys"]
        if keys:
            break
        time.sleep(0.1)
    check(keys == 1, f"info counts {keys} documentIds instead of one")
    output_of(program, "store", "check", "--store", store)
    output_of(program, "report", "--store", store, "--json")
    output_of(program, "report", "--store", store, "-o", path("page.html"))
    output_of(program, "store", "copy", "--store", store, "--to", path("copy"))
    program.finish(program.start(["profile", "--flagged", today, "--store", store, path("in")], subprocess.DEVNULL, subprocess.PIPE))
    output_of(program, "backfill", "--store", store, "--dry-run", path("in"))
    output_of(program, "backfill", "--store", store, "--out", path("clean"), path("in"))
    with gzip.open(os.path.join(path("clean"), "in", today, "a.gz")) as f:
        check(f.read() == line_of(2), "the backfill does not know what the filter has seen")
    feed(live, line_of(2), back=False)
    feed(live, line_of(3))
    with open(harness.write_file(path("absorbed"), [line_of(4)]), "rb") as stdin:
        output_of(program, "store", "absorb", "--store", store, "--quiet", stdin=stdin)
    feed(live, line_of(4), back=False)
    feed(live, line_of(5))
    output_of(program, "store", "expire", "--store", store)
    feed(live, line_of(5), back=False)
    output_of(program, "store", "forget", "--store", store, "--day", today)
    feed(live, line_of(5))
    finish(live)


def many_readers(program, store, rng):
    """Readers that are all process 1, a filter that commits meanwhile, and kill -9 for some of the readers."""
    commands = [["store", "info"], ["store", "check"], ["report", "--json"]]
    live = filter_start(program, store)
    readers = [program.start([*commands[i % len(commands)], "--store", store], subprocess.DEVNULL, subprocess.DEVNULL)
               for i in range(READERS)]
    for i, reader in enumerate(rng.sample(readers, KILLED)):
        feed(live, line_of(1000 + i))
        reader.kill()
    codes = collections.Counter()
    for reader in readers:
        run = program.finish(reader, "a reader")
        codes[run.code] += 1
        check(run.code in (0, -signal.SIGKILL), f"a reader ended with {run.code}: {run.err}")
    check(codes[0] >= READERS - KILLED, f"{codes[0]} of {READERS} readers came to their end")
    feed(live, line_of(2000))
    finish(live)


def child_of(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def has_ended(pid):
    """Gone, or waiting for the process that inherited it to take note."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def stand_in_parent(path, store):
    """A reader whose number is taken before it starts, so that it goes on in a child; it reads pings until its input ends."""
    plain = harness.Program(path)
    process = subprocess.Popen(["sh", "-c", 'kill -STOP $$; exec "$0" "$@"', plain.path, "profile", "--flagged",
                                datetime.date.today().isoformat(), "--store", store, "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.waitpid(process.pid, os.WUNTRACED)
    held = numbers_hold(store, [process.pid])
    process.send_signal(signal.SIGCONT)
    while process.poll() is None and not child_of(process):
        time.sleep(0.01)
    time.sleep(0.3)
    return process, held


def signals(path, store):
    """A signal to the process that was started reaches the one that reads, and neither outlives the other."""
    for number, want in ((signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)):
        process, held = stand_in_parent(path, store)
        children = child_of(process)
        check(len(children) == 1, f"the reader whose number is taken has {len(children)} children")
        process.send_signal(number)
        code = process.wait(timeout=harness.HANG)
        check(code == want, f"signal {number} ended it with {code}")
        for _ in range(harness.HANG * 10):
            if has_ended(children[0]):
                break
            time.sleep(0.1)
        check(has_ended(children[0]), "the child is still there")
        process.stdin.close()
        held.close()


def test(program, arguments, rng, directory):
    every_command(program, os.path.join(directory, "alone"), os.path.join(directory, "1"))
    store = os.path.join(directory, "store")
    output_of(program, "--store", store, "--quiet")
    held = numbers_hold(store, range(1, TAKEN + 1))
    every_command(program, store, os.path.join(directory, "2"))
    many_readers(program, store, rng)
    held.close()
    program.check_store(store, f"{KILLED} of {READERS} readers were killed")
    harness.Program(arguments.pingsieve).check_store(store, "it was used from containers")
    flagged(arguments.pingsieve, os.path.join(directory, "flagged"), directory)
    signals(arguments.pingsieve, os.path.join(directory, "flagged"))
    return f"every command in containers, {READERS} readers of which {KILLED} were killed, signals"


def flagged(path, store, directory):
    """A store with a flagged client, which profile --flagged finds."""
    day = datetime.date.today().isoformat()
    lines = [b'{"id":"%d","clientId":"b0fcc79d-9d63-48cc-a6c1-25dde12f7fb0","meta":{"submissionDate":"%s"}}\n' % (i, day.encode())
             for i in range(1100)]
    source = harness.write_file(os.path.join(directory, "flood"), lines)
    run = harness.Program(path).filter(store, source, os.path.join(directory, "flood.out"), "--quiet")
    check(run.code == 0, f"the filter of a flood ended with {run.code}: {run.err}")


arguments = harness.parse(__doc__, rounds=1)
arguments.containers = True
harness.run_test(test, arguments)

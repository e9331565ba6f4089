"""A store that is cut or written over by cp(1) while a program is in the middle of its map: exit code 3 and a sentence, never a signal.

cp cuts the file first, so that pages of LMDB's map are gone for a while; an access to one is a SIGBUS. The file that was put back is
then as it was put back: no program has written into it.
"""
import os
import shutil
import subprocess
import time

import harness
from harness import check

PINGS = 60000  # a store of some hundred pages
ROUNDS = 3  # of each command and way


def cut(store, kept):
    os.truncate(os.path.join(store, "data.mdb"), 8192)


def put_back(store, kept):
    """As cp does it: the same file, cut, then written."""
    shutil.copyfile(os.path.join(kept, "data.mdb"), os.path.join(store, "data.mdb"))


def ended(run, what):
    check(run.code in (0, 3), f"{what} ended with {run.code}: {run.err}")
    check(run.code == 0 or "written over, or cut" in run.err or "is damaged" in run.err, f"{what} says {run.err!r}")
    return run.code == 3


def in_a_batch(program, kept, directory, way):
    """A filter amid a batch, that then looks up every ping of the store: the file is cut for it."""
    store = os.path.join(directory, "store")
    shutil.copytree(kept, store)
    later = harness.write_file(os.path.join(directory, "later"), [b'{"id":"later"}\n'])
    check(program.filter(store, later, os.path.join(directory, "clean"), "--quiet").code == 0, "the store takes no ping")
    process = program.start(["--store", store, "--quiet", "--batch-ms", 60000, "--idle-ms", 60000], subprocess.PIPE, subprocess.PIPE)
    process.stdin.write(b'{"id":"first"}\n')
    process.stdin.flush()
    check(process.stdout.readline() == b'{"id":"first"}\n', "a ping did not leave")
    way(store, kept)
    out, err = process.communicate(b"".join(b'{"id":"%d"}\n' % i for i in range(PINGS)))
    run = harness.Run(process.returncode, err.decode(), out)
    check(ended(run, f"a filter amid a batch, {way.__name__}"), "a filter did not notice that its store was gone")
    if way is put_back:
        check(harness.read_file(os.path.join(store, "data.mdb")) == harness.read_file(os.path.join(kept, "data.mdb")),
              "a filter wrote into the store that was put back")
    shutil.rmtree(store)


def while_working(program, kept, directory, rng, arguments, way):
    store, out = os.path.join(directory, "store"), os.path.join(directory, "out")
    shutil.copytree(kept, store)
    with open(os.path.join(directory, "pings"), "rb") as stdin, open(os.devnull, "wb") as stdout:
        process = program.start([word.replace("@", out) for word in arguments] + ["--store", store], stdin, stdout)
    time.sleep(rng.uniform(0, 0.04))
    way(store, kept)
    noticed = ended(program.finish(process, f"{arguments}"), f"{arguments}, {way.__name__}")
    shutil.rmtree(store)
    shutil.rmtree(out, ignore_errors=True)
    return noticed


def test(program, arguments, rng, directory):
    pings = harness.write_file(os.path.join(directory, "pings"), [b'{"id":"%d"}\n' % i for i in range(PINGS)])
    kept = os.path.join(directory, "kept")
    run = program.filter(kept, pings, os.path.join(directory, "clean"), "--quiet")
    check(run.code == 0, run.err)
    noticed = 0
    for way in (cut, put_back):
        in_a_batch(program, kept, directory, way)
        for _ in range(arguments.rounds):
            for command in (["--quiet"], ["store", "check"], ["report"], ["store", "copy", "--to", "@"],
                            ["backfill", "--quiet", "--day-from", "nothing", "--out", "@", pings]):
                noticed += while_working(program, kept, directory, rng, command, way)
    return f"{noticed} programs ended with a sentence"


harness.run_test(test, harness.parse(__doc__, rounds=ROUNDS), where=harness.in_memory())

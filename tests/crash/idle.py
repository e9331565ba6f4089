"""A ping on an idle stream leaves without further input and without the input's end."""
import os
import select
import subprocess
import time

import harness
from harness import check

PATIENCE = 5  # seconds; bench/pipe measures how long it really takes


def read_line(pipe, patience):
    """The bytes that come within the time, up to the first newline."""
    line, until = b"", time.monotonic() + patience
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0, until - time.monotonic()))
        if not ready:
            return line
        piece = os.read(pipe.fileno(), 65536)
        if not piece:
            return line
        line += piece
    return line


def test(program, arguments, rng, directory):
    store = os.path.join(directory, "store")
    patience = PATIENCE * (10 if harness.scale() < 1 else 1)
    for threads in (1, 3):
        process = program.start(["--store", store, "--threads", threads, "--quiet"], subprocess.PIPE, subprocess.PIPE)
        for i in range(20):
            line = harness.ping(harness.new_id(rng), 5000, rng)
            cut = rng.randrange(1, len(line))  # a line in two deliveries is one line
            for piece in (line[:cut], line[cut:]):
                process.stdin.write(piece)
                process.stdin.flush()
            check(read_line(process.stdout, patience) == line, f"ping {i} did not leave within {patience} s")
            if i % 5 == 4:  # its copy is dropped, and the next ping is not held up by it
                process.stdin.write(line)
        run = program.finish(process)
        check(run.code == 0 and run.out == b"", f"exit code {run.code}, after the end came {run.out[:80]!r}: {run.err}")
    return "every ping left on its own"


harness.run_test(test, harness.parse(__doc__, rounds=1))

"""Memory does not grow with the stream, the store or the number of clients: a filter with a fixed allowance takes a stream of so many
pings, each of a client and an id of its own, that a hundred bytes kept of each would not fit.

The allowance is of private memory (RLIMIT_DATA), which neither the map of the store nor the file cache counts against.
"""
import os
import resource
import subprocess

import harness
from harness import check

KEPT = 100  # bytes of each ping that would be noticed
ALLOWANCE = 80 << 20


def write_stream(path, n):
    """Ids and clients that differ; nothing else matters."""
    with open(path, "wb") as f:
        for start in range(0, n, 10_000):
            f.write(b"".join(b'{"id":"%032x","clientId":"%08x-0000-4000-8000-000000000000"}\n' % (i * 0x9E3779B97F4A7C15, i)
                             for i in range(start, start + 10_000)))


def filtered(program, directory, source, allowance):
    with open(source, "rb") as stdin, open(os.devnull, "wb") as stdout:
        return program.finish(subprocess.Popen(
            [program.path, "--store", os.path.join(directory, f"store-{allowance}"), "--quiet", "--threads", "1"], stdin=stdin, stdout=stdout,
            stderr=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (allowance, allowance))))


def test(program, arguments, rng, directory):
    n = (ALLOWANCE // KEPT // 10_000 + 1) * 10_000 * arguments.rounds
    source = os.path.join(directory, "in")
    write_stream(source, n)
    run = filtered(program, directory, source, ALLOWANCE)
    check(run.code == 0, f"{n} pings of as many clients do not go through {ALLOWANCE >> 20} MiB: exit code {run.code}: {run.err}")
    run = filtered(program, directory, source, 4 << 20)
    check(harness.is_failure(run), f"the limit has no effect: with 4 MiB the exit code is {run.code}: {run.err}")
    return f"{n} pings of as many clients went through {ALLOWANCE >> 20} MiB"


harness.run_test(test, harness.parse(__doc__, rounds=1), where=harness.in_memory())

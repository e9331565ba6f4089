"""Memory does not grow with the stream, the store or the number of clients: a filter takes a stream, each ping of a client and an id of its
own, and then one that is four times as long. Were so much as some bytes of each ping kept, the second would need more.
"""
import os
import subprocess
import time

import harness
from harness import check

SHORT, LONG = 300_000, 1_200_000
KEPT = 24  # bytes of each ping that would be noticed
MOST = 100 << 20


def write_stream(path, n):
    """Ids and clients that differ; nothing else matters."""
    with open(path, "wb") as f:
        for start in range(0, n, 10_000):
            f.write(b"".join(b'{"id":"%032x","clientId":"%08x-0000-4000-8000-000000000000"}\n' % (i * 0x9E3779B97F4A7C15, i)
                             for i in range(start, start + 10_000)))


def peak(program, directory, n):
    """Anonymous memory that a filter of n pings had at most, as often as it was looked at."""
    source, most = os.path.join(directory, "in"), 0
    write_stream(source, n)
    with open(source, "rb") as stdin:
        process = program.start(["--store", os.path.join(directory, f"store-{n}"), "--quiet", "--threads", 1], stdin, subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, harness.anonymous_memory(process.pid))
        time.sleep(0.002)
    run = program.finish(process)
    check(run.code == 0, f"the filter ended with {run.code}: {run.err}")
    check(most, "its memory was never seen")
    return most


def test(program, _arguments, _rng, directory):
    short, long = peak(program, directory, SHORT), peak(program, directory, LONG)
    told = f"{short >> 20} MiB for {SHORT} pings of as many clients, {long >> 20} for {LONG}"
    check(long - short < KEPT * (LONG - SHORT), f"memory grows: {told}")
    check(long < MOST, f"more than {MOST >> 20} MiB: {told}")
    return told


harness.run_test(test, harness.parse(__doc__, rounds=1), where=harness.in_memory())

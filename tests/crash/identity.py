"""Byte identity: without duplicates, output and input are the same for every thread count and delivery size."""
import os
import subprocess
import threading

import harness
from harness import check


def shapes(rng, pings):
    """Named inputs of distinct pings and lines that pass as they are."""
    def distinct(n, size):
        return [harness.ping(harness.new_id(rng), size, rng) for _ in range(n)]

    plain = distinct(pings, 3000)
    yield "plain", b"".join(plain)
    yield "no last newline", b"".join(distinct(pings, 3000))[:-1]
    yield "CRLF", b"".join(line[:-1] + b"\r\n" for line in distinct(pings, 300))
    blank = distinct(pings, 300)
    for _ in range(pings // 3):
        blank.insert(rng.randrange(len(blank)), rng.choice([b"\n", b"  \n", b"\t\n", b"\r\n"]))
    yield "blank lines", b"".join(blank)
    yield "byte order mark", b"\xef\xbb\xbf" + b"".join(distinct(pings, 300))
    yield "no ids", b"".join(b'{"n":%d}\n' % i for i in range(pings))
    yield "long lines", b"".join(harness.ping(harness.new_id(rng), n, rng) for n in (10, 2 << 20, 10, 5 << 20, 300 << 10, 10))
    yield "one newline", b"\n"
    yield "empty", b""


def deliver(pipe, data, size, rng):
    """Writes data in pieces of so many bytes (0: random) and closes."""
    try:
        at = 0
        while at < len(data):
            piece = size or rng.choice([1, 7, 64, 4096, 70000, 1 << 20])
            pipe.write(data[at:at + piece])
            pipe.flush()
            at += piece
    except BrokenPipeError:
        pass  # the exit code tells
    finally:
        pipe.close()


def passes(program, store, data, threads, size, rng):
    process = program.start(["--store", store, "--threads", threads, "--quiet"], subprocess.PIPE, subprocess.PIPE)
    feeder = threading.Thread(target=deliver, args=(process.stdin, data, size, rng))
    feeder.start()
    out = process.stdout.read()
    feeder.join()
    err = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    return process.wait(), out, err


def test(program, arguments, rng, directory):
    runs = 0
    for name, data in shapes(rng, max(60, int(1500 * harness.scale()))):
        for threads in (1, 2, 3, 4):
            for size in (1, 3, 100, 4096, 1 << 16, 1 << 20, 0):
                if len(data) > 3000 * size > 0:  # tiny pieces get a piece of the input
                    part = data[:3000 * size]
                    part = part[:part.rfind(b"\n") + 1]
                else:
                    part = data
                store = os.path.join(directory, f"store.{runs}")
                code, out, err = passes(program, store, part, threads, size, rng)
                case = f"{name}, {threads} threads, pieces of {size or 'random'} bytes"
                check(code == 0, f"{case}: exit code {code}: {err}")
                whole = part + b"\n" * (part[-1:] not in (b"", b"\n"))  # a last line gets the newline that it lacks
                check(out == whole, f"{case}: the output differs ({len(part)} bytes in, {len(out)} out)")
                runs += 1
    return f"{runs} runs identical"


harness.run_test(test, harness.parse(__doc__, rounds=1))

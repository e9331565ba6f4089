"""Readers of the output that are slow, stand still, are killed or die, with the filter or alone: what no reader has taken comes again.

Judged by the union of what the readers have, as they would load it: whole lines, read from the pipe by this program. Every id must be
there at least once; in a run that nothing disturbs, exactly once.
"""
import os
import signal
import socket
import subprocess
import time

import harness
from harness import check

ENDINGS = ("reader dies", "both are killed", "filter is killed", "filter is stopped", "reader is slow", "reader rests", "reader stands still")


class Readers:
    """One store and one input; each run has a reader of its own."""

    def __init__(self, program, rng, directory, number, by_socket):
        self.program, self.rng, self.by_socket = program, rng, by_socket
        base = os.path.join(directory, str(number))
        os.mkdir(base)
        self.size = rng.choice([0, 300, 2000])
        lines, self.clean = harness.stream(rng, rng.choice([300, 3000]), duplicates=0.1, size=self.size)
        self.source = harness.write_file(os.path.join(base, "in"), lines)
        self.command = [program.path, "--store", os.path.join(base, "store"), "--batch-pings", str(rng.choice([20, 300, 65536])),
                        "--threads", str(rng.randint(1, 3)), "--quiet"]
        self.taken = []

    def start(self):
        # The read end must not be in the child: nobody would see that the reader is gone.
        here, there = (end.detach() for end in socket.socketpair()) if self.by_socket else os.pipe()
        with open(self.source, "rb") as stdin:
            process = subprocess.Popen(self.command, stdin=stdin, stdout=there, stderr=subprocess.PIPE)
        os.close(there)
        self.pipe = here
        return process, here

    def read(self, pipe, limit, pause=0.0):
        """Takes so many bytes, or all; the last line may be cut."""
        data = b""
        while len(data) < limit:
            piece = os.read(pipe, min(limit - len(data), 4096 if pause else 1 << 16))
            if not piece:
                break
            data += piece
            time.sleep(pause)
        return data

    def keep(self, data):
        """The lines that a loader has got."""
        self.taken += data.split(b"\n")[:-1]

    def end(self, process):
        os.close(self.pipe)
        err = process.stderr.read().decode()
        process.stderr.close()
        try:
            return process.wait(timeout=harness.HANG), err
        except subprocess.TimeoutExpired:
            process.kill()
            raise harness.Failure("a filter hangs") from None

    def disturbed(self, ending):
        """Whether something was left for the next run."""
        total = sum(map(len, self.clean))
        process, pipe = self.start()
        wanted = self.rng.randrange(total)
        data = self.read(pipe, wanted)
        time.sleep(self.rng.choice([0, 0.03, 0.1]))
        if len(data) < wanted:  # an earlier reader has had the rest
            code, err = self.end(process)
            check(code == 0, f"the reader has everything, exit code {code}: {err}")
        elif ending == "reader dies":
            code, err = self.end(process)
            check(code in (-signal.SIGPIPE, 128 + signal.SIGPIPE), f"the reader died with {len(data)} of {total} bytes, exit code {code}: {err}")
        elif ending == "both are killed":
            process.kill()
            process.wait()
            self.end(process)
        elif ending == "filter is killed":
            process.kill()
            process.wait()
            data += self.read(pipe, total)
            self.end(process)
        else:
            process.terminate()
            time.sleep(self.rng.choice([0, 0.05]))
            data += self.read(pipe, self.rng.randrange(total) + 1)
            code, err = self.end(process)
            check(code in (0, 128 + signal.SIGTERM, -signal.SIGTERM, -signal.SIGPIPE, 128 + signal.SIGPIPE), f"{ending}: exit code {code}: {err}")
        self.keep(data)

    def undisturbed(self, ending):
        """Everything arrives, once."""
        process, pipe = self.start()
        if ending == "reader rests":
            time.sleep(0.3)
        data = self.read(pipe, 1 << 30, 0.002 if ending == "reader is slow" else 0)
        code, err = self.end(process)
        check(code == 0, f"{ending}: exit code {code}: {err}")
        lines = data.split(b"\n")[:-1]
        check(len(set(lines)) == len(lines), f"{ending}: lines came twice in one run")
        self.taken += lines

    def beside(self):
        """The reader takes nothing, and another filter on the store goes on: the seconds that one ping of it takes."""
        process, pipe = self.start()
        data = self.read(pipe, 1)
        time.sleep(self.rng.choice([0, 0.2]))
        began = time.monotonic()
        run = subprocess.run([*self.command[:3], "--quiet"], input=harness.ping(harness.new_id(self.rng)), capture_output=True,
                             timeout=harness.HANG, check=False)
        took = time.monotonic() - began
        check(run.returncode == 0 and run.stdout, f"beside a reader that stands still: exit code {run.returncode}, {run.stdout}, {run.stderr}")
        self.keep(data + self.read(pipe, 1 << 30))
        code, err = self.end(process)
        check(code == 0, f"a reader went on, exit code {code}: {err}")
        return took

    def judge(self, what):
        self.undisturbed("the last run")
        missing = {line.rstrip(b"\n") for line in self.clean} - set(self.taken)
        check(not missing, f"{what}: {len(missing)} of {len(self.clean)} pings are with no reader, {' '.join(self.command[3:])}, {self.size}")
        process, pipe = self.start()
        again = self.read(pipe, 1 << 30)
        check(self.end(process)[0] == 0 and not again, f"{what}: {len(again)} bytes leave once more")
        return len(self.taken) - len(self.clean)


def test(program, arguments, rng, directory):
    repeats, slowest = {}, 0
    for number in range(arguments.rounds):
        ending = ENDINGS[number % len(ENDINGS)]
        # A full socket is still written to in the turn.
        one = Readers(program, rng, directory, number, ending not in ("filter is stopped", "reader stands still") and rng.random() < 0.3)
        for _ in range(rng.randint(1, 3)):
            if ending == ENDINGS[6]:
                slowest = max(slowest, one.beside())
                break
            if ending in ENDINGS[4:]:
                one.undisturbed(ending)
                break
            one.disturbed(ending)
        repeats[ending] = repeats.get(ending, 0) + one.judge(ending)
    return f"{arguments.rounds} rounds, nothing missing; a neighbour's slowest run {slowest * 1000:.0f} ms; repeats: {repeats}"


if __name__ == "__main__":
    args = harness.parse(__doc__, 120)
    harness.run_test(test, args, harness.BATCHES)

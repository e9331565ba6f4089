"""kill -9, signals and full disks while standard output is appended to (`>>`), then the same command again: every id is in the file,
in a line of its own.

The file is judged as its reader sees it: line by line, with a JSON parser that is not ours.
"""
import json
import os
import resource
import signal
import subprocess
import time

import harness
from harness import check


def documents(path):
    """How often each id stands in the file, and how many lines are no JSON text."""
    seen, broken = {}, 0
    for line in harness.read_file(path).split(b"\n"):
        try:
            document = json.loads(line)["documentId"] if line else None
        except ValueError:
            broken += 1
            continue
        if document:
            seen[document] = seen.get(document, 0) + 1
    return seen, broken


def limited(nbytes):
    """For the child: files may have so many bytes, as on a disk that fills up."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, nbytes))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    return limit


class Appended:
    """One store, one input that comes again and again, and one output that all runs append to."""

    def __init__(self, program, rng, directory, number):
        self.program, self.rng = program, rng
        base = os.path.join(directory, str(number))
        os.mkdir(base)
        self.out = os.path.join(base, "out")
        self.ids = [harness.new_id(rng) for _ in range(rng.choice([40, 300]))]
        lines = [b'{"documentId":"%s","pad":"%s"}\n' % (i.encode(), b"x" * rng.choice([0, 100, 5000])) for i in self.ids]
        if rng.random() < 0.5:
            lines[-1] = lines[-1][:-1]
        self.source = harness.write_file(os.path.join(base, "in"), lines)
        self.bytes = sum(map(len, lines))
        self.batch = rng.choice([1, 1, 7, 100])
        self.command = [program.path, "--store", os.path.join(base, "store"), "--batch-pings", str(self.batch), "--threads",
                        str(rng.randint(1, 3)), "--quiet"]

    def start(self, **options):
        with open(self.source, "rb") as stdin, open(self.out, "ab") as stdout:
            return subprocess.Popen(self.command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, **options)

    def end(self, process):
        """The exit code; its words are kept for the message of a failure."""
        self.said = process.communicate(timeout=harness.HANG)[1].decode()
        return process.returncode

    def killed(self, number):
        process = self.start()
        time.sleep(self.rng.random() * 0.05)
        process.send_signal(number)
        return self.end(process)

    def filled(self):
        """The file may not take all of it; some bytes of a line may."""
        size = os.path.getsize(self.out) if os.path.exists(self.out) else 0
        return self.end(self.start(preexec_fn=limited(size + self.rng.randrange(self.bytes))))

    def round(self):
        """Whether something came in between."""
        how = self.rng.randrange(3)
        code = self.filled() if how == 2 else self.killed((signal.SIGKILL, signal.SIGTERM)[how])
        check(code in (0, 3, 5, -signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM), f"exit code {code}: {self.said}")
        return code != 0

    def judge(self, rounds):
        code = self.end(self.start())
        check(code == 0, f"the last run ended with {code}: {self.said}")
        seen, broken = documents(self.out)
        missing = [i for i in self.ids if i not in seen]
        check(not missing, f"after {rounds} accidents {len(missing)} of {len(self.ids)} ids are in no line of the file, batches of {self.batch}")
        check(broken <= rounds, f"{broken} lines of the file are no JSON text after {rounds} accidents")
        repeats = sum(seen.values()) - len(seen)
        check(repeats <= rounds * self.batch, f"{repeats} repeats after {rounds} accidents, batches of {self.batch}")
        return broken, repeats


def test(program, arguments, rng, directory):
    accidents = broken = repeats = number = 0
    while accidents < arguments.rounds:
        one, rounds = Appended(program, rng, directory, number), 0
        for _ in range(8):
            rounds += one.round()
        found = one.judge(rounds)
        accidents, broken, repeats, number = accidents + rounds, broken + found[0], repeats + found[1], number + 1
    return f"{accidents} accidents in {number} files: {broken} torn lines, {repeats} repeats, nothing missing"


if __name__ == "__main__":
    args = harness.parse(__doc__, 400)
    harness.run_test(test, args, harness.SMALL)

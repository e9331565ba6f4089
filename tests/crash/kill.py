"""kill -9 at random instants, then again on the same input: nothing is lost, repeats stay within one batch, the store is whole."""
import os
import subprocess
import time

import harness
from harness import check


class Epoch:
    """One input and one store, worked on until an undisturbed run has finished it."""

    def __init__(self, program, rng, directory, number, size):
        self.program, self.rng = program, rng
        self.batch = rng.choice([20, 100, 300])
        lines, clean = harness.stream(rng, size, duplicates=0.1, size=rng.choice([0, 0, 2000]))
        self.progress = harness.Progress(clean, self.batch)
        self.base = os.path.join(directory, str(number))
        os.mkdir(self.base)
        self.store = os.path.join(self.base, "store")
        self.source = harness.write_file(os.path.join(self.base, "in"), lines)
        self.options = ["--store", self.store, "--batch-pings", self.batch, "--threads", rng.randint(1, 4), "--quiet"]

    def run_to_file(self, seconds):
        """Killed after so many seconds; all lines in the file have left."""
        target = os.path.join(self.base, "out")
        with open(self.source, "rb") as stdin, open(target, "wb") as stdout:
            process = self.program.start(self.options, stdin, stdout, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            killed = harness.kill(process)
        self.progress.take(harness.read_file(target))
        return process.returncode, killed

    def run_to_pipe(self, nbytes):
        """Killed when so many bytes have come out; the rest of the pipe has left as well."""
        with open(self.source, "rb") as stdin:
            process = self.program.start(self.options, stdin, subprocess.PIPE, stderr=subprocess.DEVNULL)
        output = process.stdout.read(nbytes)
        killed = harness.kill(process)
        output += process.stdout.read()
        process.stdout.close()
        self.progress.take(output)
        return process.returncode, killed

    def round(self, whole):
        """One run that is killed, or finishes first. whole: seconds that a whole run takes."""
        remaining = 1 - self.progress.begin / len(self.progress.clean)
        if self.rng.random() < 0.5:
            code, killed = self.run_to_file(self.rng.random() * whole * (0.1 + remaining))
        else:
            left = sum(map(len, self.progress.clean[self.progress.begin:]))
            code, killed = self.run_to_pipe(int(self.rng.random() * left * 1.05) + 1)
        check(killed or code == 0, f"a run that nobody disturbed ended with {code}")
        if os.path.exists(os.path.join(self.store, "data.mdb")):
            self.program.check_store(self.store, "kill -9")
        return killed

    def finish(self):
        """Undisturbed to the end, then once more: nothing new may leave."""
        for last in (False, True):
            target = os.path.join(self.base, "last")
            run = self.program.filter(self.store, self.source, target, *self.options[2:])
            check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
            output = harness.read_file(target)
            self.progress.take(output)
            check(self.progress.done(), "not every ping left in the undisturbed run")
            check(not last or output == b"", "pings left from a store that had them all")


def test(program, arguments, rng, directory):
    kills = epochs = repeats = 0
    whole, size = 0.3, 12000
    while kills < arguments.rounds:
        epoch = Epoch(program, rng, directory, epochs, size)
        while epoch.round(whole):
            kills += 1
        began = time.monotonic()
        epoch.finish()
        repeats += epoch.progress.repeats
        epochs += 1
        check(epochs < arguments.rounds * 3 + 10, "the runs end before they can be killed: the input is too small")
        whole = 0.05 + 0.5 * whole if time.monotonic() - began > whole else whole
    return f"{kills} kills over {epochs} stores, {repeats} pings left again"


harness.run_test(test, harness.parse(__doc__, rounds=120), harness.SMALL)

"""A power cut at any instant of a command: nothing is lost, nothing is torn, and the same command again does the rest.

The command runs once, undisturbed, and tests/fault/record.c writes down what it does to files. disk.py says what a cut at any instant
may have left of them; each such state is laid out and judged (powercut_scenes.py). First order.py asserts the order of the calls. The
states after each commit and at the end, with all the disk lost that was not synced, are always looked at: there an omitted sync shows.
The others are drawn at random, --rounds of them.
"""
import collections
import hashlib
import os
import sys

import disk
import harness
import order
from disk import Disk
from harness import check
from powercut_scenes import SCENES

HOWS = ("none", "names", "sizes", "bytes", "all", "torn", "torn", "torn")
Point = collections.namedtuple("Point", "number before strict how")  # before: a durable write that has not reached the disk


class Cuts:
    """The states of one recorded command."""

    def __init__(self, scene, before, records, rng):
        self.scene, self.before, self.records, self.rng = scene, before, records, rng
        self.looked_at, self.same, self.digests = 0, 0, set()

    def plan(self, rounds):
        """{number of calls made: [Point]}"""
        n = len(self.records)
        commits = [i + 1 for i, record in enumerate(self.records) if order.is_commit(record)]
        points = [Point(i, False, True, "none") for i in commits]
        points += [Point(n, False, strict, how) for strict in (True, False) for how in sorted(set(HOWS))]
        points += [Point(self.rng.randrange(n + 1), self.rng.random() < 0.5, self.rng.random() < 0.5, self.rng.choice(HOWS))
                   for _ in range(rounds)]
        by_number = collections.defaultdict(list)
        for point in points:
            by_number[point.number].append(point)
        return by_number

    def look(self, point, found):
        """Lays out one state and judges it."""
        left = found.left(point.how, self.rng)
        ended = point.number == len(self.records) and not point.before
        state = ended, hashlib.blake2b(repr(sorted(left.items())).encode()).digest()
        if state in self.digests:
            self.same += 1
            return
        self.digests.add(state)
        self.looked_at += 1
        disk.lay(self.scene.root, left)
        try:
            self.scene.check(ended)
        except harness.Failure as failure:
            last = self.records[point.number - 1] if point.number else None
            raise harness.Failure(f"{'strict' if point.strict else 'ordered'} file system, cut after call {point.number} of "
                                  f"{len(self.records)}{f' (kind {last.op}, {last.path})' if last else ''}, kept: {point.how}: "
                                  f"{failure}") from None

    def look_at_all(self, rounds):
        plan = self.plan(rounds)
        disks = {strict: Disk(self.scene.root, self.before, strict) for strict in (True, False)}
        for number in range(len(self.records) + 1):
            for before in (True, False):
                for strict, found in disks.items():
                    if number and before:
                        found.play(self.records[number - 1])
                    elif number:
                        found.settle(self.records[number - 1])
                    for point in plan[number]:
                        if (point.before, point.strict) == (before, strict):
                            self.look(point, found)
        return disks[True]


def test(program, arguments, rng, directory):
    scene = SCENES[kind](program, rng, directory)
    log = os.path.join(directory, "log")
    before = disk.snapshot(scene.root)
    scene.record({"LD_PRELOAD": arguments.record, "PINGSIEVE_RECORD": log, "PINGSIEVE_RECORD_ROOT": scene.root})
    after, records = disk.snapshot(scene.root), disk.read_log(log)
    check(records, "nothing was recorded")
    commits = order.check_order(scene.root, before, records)
    whole = Disk(scene.root, before, strict=True)
    for record in records:
        whole.play(record)
    whole.check_same(after)
    cuts = Cuts(scene, before, records, rng)
    cuts.look_at_all(arguments.rounds)
    return f"{cuts.looked_at} states of {len(records)} calls and {commits} commits ({cuts.same} more were the same)"


kind = sys.argv.pop(1)
harness.run_test(test, harness.parse(__doc__, rounds=40), where=harness.in_memory())

"""A generated archive with known truth: duplicates within a file, across files, across days and across the retention, in files of
every kind. Its backfill is exactly the expected tree, the same bytes whatever the threads; every figure told is the oracle's.
"""
import json
import os
import subprocess

import archive
import harness
import reports
from archive import Archive, Truth
from harness import check
from oracle import CLASSES, date

KEEP = 3


def counts_of(told):
    return {name: told[name] for name in CLASSES if told.get(name)}


def summary_of(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def check_summary(summary, truth, when):
    """Figures of every file, of every day and of all."""
    files = {file["output"]: counts_of(file) for file in summary["files"]}
    for name, counts in truth.files.items():
        check(files.get(name) == dict(counts), f"{when}: figures of {name}: {files.get(name)}, expected {dict(counts)}")
    check(len(files) == len(truth.files), f"{when}: {len(files)} files in the summary, expected {len(truth.files)}")
    days = {day["day"]: counts_of(day) for day in summary["days"]}
    expected = {None if day == archive.NO_DAY else date(day): dict(counts) for day, counts in truth.days.items()}
    check(days == expected, f"{when}: figures by day: {days}, expected {expected}")
    check(counts_of(summary["totals"]) == dict(truth.total()), f"{when}: figures of all: {counts_of(summary['totals'])}, expected {dict(truth.total())}")


class Scene:
    """Stores, trees and summaries of several runs over one archive."""

    def __init__(self, program, rng, directory, name, keep, **shape):
        self.program, self.base = program, os.path.join(directory, name)
        self.archive = Archive(rng, keep, **shape).write(os.path.join(self.base, "in"))
        self.truth = Truth(self.archive)

    def path(self, name):
        return os.path.join(self.base, name)

    def run(self, name, *options, code=0):
        """One run with the store and the tree of that name."""
        self.summary = self.path(f"{name}.summary")
        arguments = archive.command(self.path(f"{name}.store"), self.path(name), self.archive, "--summary", self.summary, *options)
        run = archive.run(self.program, arguments, name)
        check(run.code == code, f"{name} {options}: exit code {run.code}, expected {code}: {run.err}")
        return archive.tree_of(self.path(name))

    def whole(self, name, *options):
        tree = self.run(name, *options)
        archive.check_tree(tree, self.truth, name)
        check_summary(summary_of(self.summary), self.truth, name)
        report = reports.read(self.program, self.path(f"{name}.store"))
        reports.check_consistent(report, reports.keys(self.program, self.path(f"{name}.store")), name)
        reports.compare(report, self.truth.oracle, name)
        self.program.check_store(self.path(f"{name}.store"), name)
        return tree


def check_archive(scene):
    """It has what it is made for."""
    total, ids = scene.truth.total(), {ping.identity for file in scene.archive.files for ping in file.pings if ping.identity}
    check(all(total[which] for which in CLASSES), f"a class is missing: {dict(total)}")
    check(total["unique"] > len(ids), "no copy comes after the retention")


def threads_agree(scene):
    first = scene.whole("one", "--threads", 1)
    for name, options in (("two", ("--threads", 2)), ("eight", ("--threads", 8, "--batch-pings", 57))):
        archive.check_same(scene.whole(name, *options), first, f"{name} threads")
    return first


def dry_run(scene):
    """Counts what a run would do, and leaves nothing."""
    tree = scene.run("dry", "--dry-run")
    check_summary(summary_of(scene.summary), scene.truth, "a dry run")
    check(not tree and not os.path.exists(scene.path("dry")), "a dry run made outputs")
    check(not os.path.exists(os.path.join(scene.path("dry.store"), "data.mdb")), "a dry run made a store")


def skips_what_is_done(scene, first):
    """The same command again leaves everything as it is."""
    before = archive.state_of(scene.program, scene.path("one.store"))
    archive.check_same(scene.run("one", "--threads", 2), first, "the same command again")
    archive.check_state(archive.state_of(scene.program, scene.path("one.store")), before, "the same command again")


def by_list(scene, first):
    """The same files from a list, in any order and with NUL bytes, under the same names."""
    names = [os.path.join(scene.archive.directory, ".", file.name) for file in scene.archive.files]
    scene.archive.rng.shuffle(names)
    listed = harness.write_file(scene.path("list"), [os.fsencode(name) + b"\n" for name in names])
    arguments = archive.command(scene.path("list.store"), scene.path("listed"), scene.archive, "--files-from", listed)
    run = archive.run(scene.program, arguments[:-len(scene.archive.operands())], "--files-from")
    check(run.code == 0, f"--files-from: exit code {run.code}: {run.err}")
    archive.check_same(archive.tree_of(scene.path("listed")), first, "--files-from")


def again(scene):
    """A day redone is the same day."""
    first = scene.whole("again", "--threads", 2)
    before = archive.state_of(scene.program, scene.path("again.store"))
    day = sorted(scene.archive.operands())[len(scene.archive.operands()) // 2]
    for operands in ([day], scene.archive.operands()):
        options = archive.command(scene.path("again.store"), scene.path("again"), scene.archive, "--again")
        run = archive.run(scene.program, [*options[:-len(scene.archive.operands())], *operands], "--again")
        check(run.code == 0, f"--again of {len(operands)} days: exit code {run.code}: {run.err}")
        archive.check_same(archive.tree_of(scene.path("again")), first, f"--again of {len(operands)} days")
        archive.check_state(archive.state_of(scene.program, scene.path("again.store")), before, f"--again of {len(operands)} days")


def absorbed(scene):
    """The clean tree primes a live store: of the archive it then lets nothing pass that has an id."""
    store, program = scene.path("live"), scene.program
    clean = harness.write_file(scene.path("clean"), [content.removesuffix(b"\n") + b"\n" for _, content in scene.truth.tree.values()])
    with open(clean, "rb") as source:
        run = program.finish(program.start(["store", "absorb", "--store", store, "--keep", "0", "--quiet"], source, subprocess.PIPE), "absorb")
    check(run.code == 0, f"store absorb: exit code {run.code}: {run.err}")
    raw = harness.write_file(scene.path("raw"), [file.plain().removesuffix(b"\n") + b"\n" for file in scene.archive.files])
    run = program.filter(store, raw, scene.path("rest"), "--quiet", "--max-line", archive.MAX_LINE, "--summary", scene.path("rest.summary"))
    check(run.code == 0, f"a filter after absorb: exit code {run.code}: {run.err}")
    found, total = summary_of(scene.path("rest.summary")), scene.truth.total()
    check(found["unique"] == 0, f"{found['unique']} pings were new to a store that the tree was absorbed into")
    check(found["duplicate"] == total["unique"] + total["duplicate"], f"{found['duplicate']} duplicates of {dict(total)}")


def test(program, arguments, rng, directory):
    size = max(0.5, harness.scale())
    scene = Scene(program, rng, directory, "days", KEEP, pings=int(100 * size), big=int(2000 * size))
    check_archive(scene)
    first = threads_agree(scene)
    dry_run(scene)
    skips_what_is_done(scene, first)
    by_list(scene, first)
    forever = Scene(program, rng, directory, "forever", 0, days=4, pings=int(60 * size), loose=False)
    again(forever)
    absorbed(forever)
    return f"{sum(scene.truth.total().values())} lines in {len(first)} files: {dict(scene.truth.total())}"


harness.run_test(test, harness.parse(__doc__, rounds=1))

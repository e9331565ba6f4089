"""The n-th call of a kind fails in every other command than the bare filter: never a crash or a hang, one exit code of the manual,
a sentence that names what is wrong and calls nothing damaged; a command with exit code 0 says the same as an undisturbed one.

Commands that only read leave the store's file as it was. After those that write, the same command undisturbed does its work, and
the store is sound.
"""
import errno
import gzip
import os
import random
import re
import shutil
import subprocess
import sys

import harness
from harness import check

POINTS = 3  # of one command at full scale, drawn from the places in the program where the call is made
PLANS = {
    "malloc": ["ENOMEM"], "read": ["EIO", "EINTR"], "open": ["EMFILE", "EACCES", "EINTR"], "write": ["ENOSPC", "EINTR", "EAGAIN"],
    "sync": ["EIO", "EINVAL", "EINTR"], "rename": ["EIO", "EINVAL"], "look": ["EIO", "EACCES"], "poll": ["ENOMEM", "EINTR"], "list": ["EIO"],
    "map": ["ENOMEM"], "thread": ["EAGAIN"], "lock": ["ENOLCK", "EAGAIN", "EINTR"], "file": ["EIO", "EPERM", "EINTR"], "system": ["EMFILE"],
    "lmdb": ["EIO", "ENOMEM", "MDB_MAP_FULL", "MDB_CORRUPTED", "EAGAIN"], "buffer": ["ENOMEM"],
}
WORDS = {
    "ENOMEM": ["memory", "Cannot allocate", "thread"], "ENOSPC": ["No space", "no space"], "EAGAIN": ["Resource temporarily", "thread", "memory", "number", "another run", "another backfill"],
    "EACCES": ["ermission", os.strerror(errno.EIO)], "EPERM": ["ermi"], "MDB_MAP_FULL": ["address space"], "MDB_CORRUPTED": ["damaged"],
}
ANYWHERE = {"malloc", "buffer", "poll", "map", "thread", "system", "lmdb"}  # not only on files of the test's directory
SIZES = "log_keys=120,chunk_keys=64,map_bytes=1MiB,merge_us=300,read_bytes=4KiB"  # so that these few pings make runs and merges
KEPT = {"template", "whole", "days", "later", "list", "before.ndjson", "more.ndjson", "clients", "config.json", "report.json", "out", "count"}
TOLD = 40  # failures
ALL_KINDS = 500  # rounds from which on each command suffers all kinds of the test, and not one of them
DIFFERS = [  # from run to run
    (rb'"(made|seconds|mb_per_second|longest_commit_seconds|threads|batches|time|generated)": ?[^,\n}]+', rb'"\1":0'),
    (rb"[0-9.]+ s, [0-9.]+ [kMG]?B/s", b"S, R"),
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?", b"T"),
]
CLIENT = "b0fcc79d-9d63-48cc-a6c1-25dde12f%04d"


def equal_made(text):
    for pattern, instead in DIFFERS:
        text = re.sub(pattern, instead, text)
    return text


def pings(rng, n, first=0):
    """Small pings of two days, of a few clients, one of which floods; with histograms, fields and, here and there, nothing."""
    lines = []
    for i in range(first, first + n):
        client = "" if i % 17 == 3 else f'"clientId":"{CLIENT % (0 if i % 3 else i % 40)}",'
        day = "2017031%d" % (2 + (i % 5 == 0))
        lines.append((f'{{{client}"meta":{{"documentId":"00000000-0000-4000-8000-{i:012d}","submissionDate":"{day}",'
                      f'"docType":"{rng.choice(["main", "crash"])}","appUpdateChannel":"beta","geoCountry":"DE","geoCity":"c{i % 9}"}},'
                      f'"payload":{{"info":{{"sessionLength":{i % 7}}},"histograms":{{"H":{{"values":{{"0":{i % 5},"1":2}}}}}}}}}}\n').encode())
    return lines + lines[:n // 4] + [b"{no ping\n"]


class Scene:
    def __init__(self, program, fault, rng, directory):
        self.program, self.fault, self.directory = program, fault, directory
        self.before = harness.write_file(self.path("before.ndjson"), pings(rng, 300))
        self.more = harness.write_file(self.path("more.ndjson"), pings(rng, 200, 250))
        self.clients = harness.write_file(self.path("clients"), [(CLIENT % i + "\n").encode() for i in range(3)])
        self.config = harness.write_file(self.path("config.json"), [b'{"ping-flood": 20}\n'])
        run = program.filter(self.path("template"), self.before, self.path("out"), "--quiet", "--ping-flood", 20, "--invalid",
                             self.path("invalid"))
        check(run.code == 0, run.err)
        self.days, self.later = self.archive("days", ("20170312/a.gz", 0), ("20170312/b.ndjson", 60)), self.archive("later", ("20170314/c.gz", 90))
        self.list = harness.write_file(self.path("list"), [f"{place}\0".encode() for place in (self.days, self.later)])
        run = self.run(["backfill", "--store", self.path("template"), "--out", self.path("tree"), "--quiet", self.days])
        check(run.code == 0, f"the backfill of the template: {run.err}")
        os.rename(self.path("tree"), self.path("whole"))
        self.json = self.path("report.json")
        with open(self.json, "wb") as out:
            subprocess.run([program.path, "report", "--store", self.path("template"), "--json"], stdout=out, check=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def archive(self, name, *files):
        """A directory of files of pings, each from the n-th ping on."""
        for file, first in files:
            os.makedirs(os.path.dirname(self.path(f"{name}/{file}")), exist_ok=True)
            lines = pings(random.Random(first), 80, 1000 + first)
            harness.write_file(self.path(f"{name}/{file}"), [gzip.compress(b"".join(lines))] if file.endswith("gz") else lines)
        return self.path(name)

    def commands(self):
        """(writes to the store, arguments)"""
        store, out = ["--store", self.path("store")], self.path("page")
        who = ["--client", CLIENT % 0, "--temp-dir", self.directory]
        yield False, ["report", *store]
        yield False, ["report", *store, "--json", "--show-ids"]
        yield False, ["report", *store, "--output", out, "--format", "html"]
        yield False, ["report", *store, "--format", "csv", "--output", self.path("tables")]
        yield False, ["report", "--from-json", self.json, self.json, "--top", "3"]
        yield False, ["profile", *who, self.more]
        yield False, ["profile", *who, "--json", "--memory", "1MiB", self.before]
        yield False, ["profile", *who, "--output", out, "--format", "html", self.before]
        yield False, ["profile", "--client-file", self.clients, "--format", "csv", "--output", self.path("tables"), self.before]
        yield False, ["profile", "--flagged", "2017-03-12", *store, "--field", "geoCountry+geoCity", self.before]
        yield False, ["store", "info", *store]
        yield False, ["store", "info", *store, "--json"]
        yield False, ["store", "check", *store]
        yield True, ["store", "copy", *store, "--to", self.path("copied")]
        yield True, ["store", "absorb", *store, self.more]
        yield True, ["store", "forget", *store, "--day", "2017-03-12"]
        yield True, ["store", "expire", *store, "--keep", "1"]
        yield True, [*store, "--config", self.config, "--flags", self.path("flags"), "--flagged", self.path("flagged"), "--select",
                     "documentId,clientId", "-w", "docType=main", "--sample-id", "0-89", "--metrics", self.path("metrics"),
                     "--invalid", self.path("invalid"), self.more]
        yield True, [*store, "--one-per-client", "--duplicates", self.path("duplicates"), "--summary", self.path("summary"), self.more]
        yield True, [*store, "--duplicate-flood", "10", "--duplicate-flood-percent", "90", "--measurement-spike-ping", "1", "--shared-profile", "5",
                     "--shared-profile-percent", "5", "--flags", self.path("flags"), "--threads", "1", self.days + "/20170312/b.ndjson"]
        tree = ["--out", self.path("tree"), "--summary", self.path("summary")]
        yield True, ["backfill", *store, *tree, "--again", "--overwrite", self.days, self.later]
        yield True, ["backfill", *store, *tree, "--again", "--overwrite", "--files-from", self.list, "-0", "--flags", self.path("flags"), "--select",
                     "documentId,clientId", "-w", "docType=main", "--flagged", "drop", "--measure", "h=payload/histograms/*/values"]
        yield True, ["backfill", *store, *tree, "--threads", "1", self.days, self.later]
        yield False, ["backfill", *store, *tree, "--dry-run", self.later]

    def reset(self):
        for name in os.listdir(self.directory):
            if name in KEPT:
                continue
            path = self.path(name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        shutil.copytree(self.path("template"), self.path("store"))
        shutil.copytree(self.path("whole"), self.path("tree"))

    def run(self, arguments, spec=None):
        env = None
        if spec:
            env = {"LD_PRELOAD": self.fault, "PINGSIEVE_FAULT": spec, "PINGSIEVE_FAULT_PLACES": "1",
                   "PINGSIEVE_FAULT_COUNT": self.path("count")}
            if spec.split(":")[0] not in ANYWHERE:
                env["PINGSIEVE_FAULT_PATH"] = self.directory
        run = self.program.finish(self.program.start(arguments, subprocess.DEVNULL, subprocess.PIPE, env), f"{arguments} {spec}")
        return run

    def calls(self):
        return int(harness.read_file(self.path("count")) or b"0")


def words_of(what):
    """Words of which a sentence about the error has at least one."""
    if what in WORDS:
        return WORDS[what]
    return [os.strerror(getattr(errno, what))]


def suffer(scene, writes, arguments, spec, whole):
    scene.reset()
    store = harness.read_file(os.path.join(scene.path("store"), "data.mdb"))
    run = scene.run(arguments, spec)
    check(run.code in (0, 1, 2, 3, 4, 5), f"exit code {run.code}: {run.err}")
    check(not spec.startswith("malloc") or "is not complete" not in run.err, f"missing memory is told as a fault of the copy: {run.err}")
    if run.code == whole.code:
        check(equal_made(run.out) == equal_made(whole.out), f"exit code {run.code} and another output: {run.out[-300:]!r} {run.err}")
    else:
        check(harness.is_failure(run), f"exit code {run.code}, standard error {run.err!r}")
        check(run.err.lstrip().startswith("pingsieve"), f"standard error {run.err!r}")
    kind, _, what = spec.split(":")
    check("damaged" not in run.err or what == "MDB_CORRUPTED", f"nothing is damaged: {run.err!r}")
    if run.code != whole.code:
        check(any(word in run.err for word in words_of(what)), f"the sentence does not tell of {what}: {run.err!r}")
    if not writes:
        check(harness.read_file(os.path.join(scene.path("store"), "data.mdb")) == store, "the store's file has changed")
        return
    if arguments[:2] == ["store", "copy"]:
        made = os.listdir(scene.path("copied")) if os.path.isdir(scene.path("copied")) else []
        check(kind != "look" or not any(name.startswith(".copy-") for name in made), "what was copied lies about")
        shutil.rmtree(scene.path("copied"), ignore_errors=True)
    again = scene.run(arguments)
    check(again.code in (0, whole.code), f"afterwards exit code {again.code}: {again.err}")
    scene.program.check_store(scene.path("store"), spec)


def test(program, arguments, rng, directory):
    scene, suffered, failures = Scene(program, arguments.fault, rng, directory), 0, []
    most = max(2, POINTS * arguments.rounds // 100)
    for i, (writes, command) in enumerate(scene.commands()):
        specs = []
        for kind in kinds if arguments.rounds >= ALL_KINDS else [kinds[(i + arguments.seed) % len(kinds)]]:
            scene.reset()
            whole = scene.run(command, f"{kind}:0:EIO")
            check(whole.code in (0, 4), f"{command} ended with {whole.code}: {whole.err}")
            for n in range(1, scene.calls() + 1):
                specs += [(turn, rng.random(), f"{kind}:{n}:{what}") for turn, what in enumerate(rng.sample(PLANS[kind], len(PLANS[kind])))]
        for _, _, spec in sorted(specs)[:most]:  # each place once before any has its second error
            try:
                suffer(scene, writes, command, spec, whole)
            except harness.Failure as failure:
                failures.append(f"{spec} {' '.join(command)}: {failure}")
            suffered += 1
    check(suffered > len(kinds), f"only {suffered} calls failed: the test tests nothing")
    check(not failures, f"{len(failures)} of {suffered} failed:\n" + "\n".join(failures[:TOLD]))
    return f"{suffered} faults of {' and '.join(kinds)}"


if __name__ == "__main__":
    kinds = sys.argv.pop(1).split(",")
    harness.run_test(test, harness.parse(__doc__, rounds=100), SIZES)

"""The order of calls without which no power cut is survived, asserted on a record of them (disk.py).

  1. Nothing is committed before it is safe: when LMDB writes a meta page, the bytes of every other file are synced, the store's own as
     well, and so are the names that have come.
  2. A file gets the name under which others look for it after its bytes are synced.
  3. When the program ends with success, its last changes are synced.
These are cheap and deterministic; the states of powercut.py say what a broken one would cost.
"""
import os

import disk
from disk import DIRECTORY, File
from harness import check

PAGE = os.sysconf("SC_PAGE_SIZE")  # which LMDB takes for its own
ASIDE = ("lock.mdb", "backfill.lock")  # mean nothing after a cut


def is_commit(record):
    """LMDB writes a meta page: one of the first two of the store's file."""
    return record.op == disk.WRITE and os.path.basename(record.path) == "data.mdb" and record.at < 2 * PAGE


def is_aside(path):
    name = os.path.basename(path)
    return name in ASIDE or "/.new-" in path


class Order:
    """aside: names whose loss is stated, as that of the metrics."""

    def __init__(self, root, before, aside=()):
        self.disk, self.aside, self.commits = disk.Disk(root, before, strict=True), aside, 0

    def is_aside(self, path):
        return is_aside(path) or os.path.basename(path).startswith(self.aside)

    def unsafe_bytes(self, but=None):
        return [path for path, leads_to in self.disk.names.items()
                if leads_to is not DIRECTORY and leads_to is not but and leads_to.loose and not self.is_aside(path)]

    def unsafe_names(self):
        return [path for _, change in self.disk.loose for path, leads_to in change
                if leads_to is not None and self.disk.names.get(path) is leads_to and not self.is_aside(path)]

    def look(self, record):
        """Before the record is played."""
        if is_commit(record) and not is_aside(record.path):
            self.commits += 1
            unsafe = self.unsafe_bytes() + self.unsafe_names()
            check(not unsafe, f"commit {self.commits} is written before {unsafe[:1]} is synced")
            check(record.durable, f"commit {self.commits} is not written through")
        elif record.op in (disk.RENAME, disk.LINK):
            leads_to = self.disk.names[record.path] if record.op == disk.RENAME else self.disk.files[record.file]
            name = os.fsdecode(record.data) if record.op == disk.RENAME else record.path
            check(not isinstance(leads_to, File) or not leads_to.loose or self.is_aside(name),
                  f"{name} gets its name before its bytes are synced")

    def end(self):
        unsafe = self.unsafe_bytes() + self.unsafe_names()
        check(not unsafe, f"the program ends with success before {unsafe[:1]} is synced")


def check_order(root, before, records, aside=()):
    """How many commits there were."""
    order = Order(root, before, tuple(aside))
    for record in records:
        order.look(record)
        order.disk.play(record)
        order.disk.settle(record)
    order.end()
    return order.commits

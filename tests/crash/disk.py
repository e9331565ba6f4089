"""The changes that a program made to the files below a directory, as tests/fault/record.c wrote them down, and the files that a
power cut would have left.

A disk keeps what was synced. Of all else it may have kept anything: bytes by sectors, sizes, names, in any order. Two kinds of file
system are meant:
  ordered  names reach the disk in the order in which they were changed, as in a journal (ext4): a sync of a file also keeps every
           change of a name before that file got its present size (fsync: also before it got its present name).
  strict   what POSIX promises and no more: a name is kept by an fsync of its directory, a file's bytes by a sync of the file.
"""
import collections
import os
import shutil
import struct

from harness import check

WRITE, SIZE, CREATE, RENAME, LINK, UNLINK, MKDIR, RMDIR, FSYNC, FDATASYNC, SYNCFS = range(1, 12)
HEAD = struct.Struct("=IIIIQQ")
DIRECTORY = "directory"
SECTORS = (512, 4096)

Record = collections.namedtuple("Record", "op path data durable file at")


def read_log(path):
    with open(path, "rb") as f:
        log = f.read()
    at, records = 0, []
    while at < len(log):
        op, path_len, data_len, durable, file, offset = HEAD.unpack_from(log, at)
        at += HEAD.size
        name, data = log[at:at + path_len], log[at + path_len:at + path_len + data_len]
        at += path_len + data_len
        records.append(Record(op, os.fsdecode(name), data, bool(durable), file, offset))
    check(at == len(log), "the record of the program's calls is cut off")
    return records


def snapshot(root):
    """{path: (inode, bytes) or DIRECTORY} of all that lies below root."""
    found = {}
    for base, directories, names in os.walk(root):
        for name in directories:
            found[os.path.join(base, name)] = DIRECTORY
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as f:
                found[path] = os.stat(path).st_ino, f.read()
    return found


def apply(content, change):
    """A change is (offset, bytes), or (size, None)."""
    at, data = change
    if data is None:
        del content[at:]
    content.extend(bytes(max(0, at - len(content))))
    if data is not None:
        content[at:at + len(data)] = data


class File:
    """kept: what is surely on the disk; now: what the program sees; loose: the changes between them, in order."""

    def __init__(self, content=b""):
        self.kept, self.now, self.loose = bytearray(content), bytearray(content), []
        self.sized = self.named = 0  # so many changes of names had been made when it got its size, its name

    def change(self, change):
        apply(self.now, change)
        self.loose.append(change)

    def sync(self):
        for change in self.loose:
            apply(self.kept, change)
        self.loose = []

    def left(self, how, rng):
        """Its bytes after the cut. how: a choice of Disk.left()."""
        if how in ("all", "bytes"):
            return bytes(self.now)
        content = bytearray(self.kept)
        if how == "sizes":
            apply(content, (len(self.now), None))
        elif how == "torn" and self.loose:
            rng.choice([self.cut, self.some, self.sectors])(content, rng)
            if rng.random() < 0.3:
                content.extend(bytes(max(0, len(self.now) - len(content))))
        return bytes(content)

    def cut(self, content, rng):
        """The first changes, the last of them in part."""
        n, sector = rng.randrange(len(self.loose) + 1), rng.choice(SECTORS)
        for change in self.loose[:n]:
            apply(content, change)
        if n < len(self.loose) and self.loose[n][1] is not None:
            at, data = self.loose[n]
            apply(content, (at, data[:rng.randrange(len(data) + 1) // sector * sector]))

    def some(self, content, rng):
        for change in self.loose:
            if rng.random() < 0.5:
                apply(content, change)

    def sectors(self, content, rng):
        """Some sectors of some changes."""
        sector, share = rng.choice(SECTORS), rng.random()
        for at, data in self.loose:
            if data is None:
                if rng.random() < share:
                    apply(content, (at, None))
                continue
            while data:
                n = sector - at % sector
                if rng.random() < share:
                    apply(content, (at, data[:n]))
                at, data = at + n, data[n:]


class Disk:
    """names: {path: File or DIRECTORY} as the program sees them; kept: those surely on the disk; loose: [(number, change)] between
    them, a change being [(path, what it leads to or None)] that happen together."""

    def __init__(self, root, before, strict):
        self.root, self.strict = root, strict
        self.files, self.names = {}, {}
        for path, was in before.items():
            if was is not DIRECTORY:
                was = self.files.setdefault(was[0], File(was[1]))
            self.names[path] = was
        self.kept, self.loose, self.count = dict(self.names), [], 0

    def rename(self, *change):
        """One change of names."""
        self.count += 1
        self.loose.append((self.count, change))
        self.put(self.names, change)
        for _, leads_to in change:
            if isinstance(leads_to, File):
                leads_to.named = self.count

    @staticmethod
    def put(names, change):
        for path, leads_to in change:
            if leads_to is None:
                names.pop(path, None)
            else:
                names[path] = leads_to

    def keep(self, is_kept):
        """is_kept(number, change)"""
        still = []
        for number, change in self.loose:
            if is_kept(number, change):
                self.put(self.kept, change)
            else:
                still.append((number, change))
        self.loose = still

    def in_directory(self, path):
        return lambda _, change: any(os.path.dirname(name) == path for name, _ in change)

    def loose_names(self, path):
        """The changes in the directory that are not surely kept."""
        return [change for number, change in self.loose if self.in_directory(path)(number, change)]

    def sync_names(self, record):
        """Keeps the names that the sync of a file or directory brings to the disk."""
        if self.names.get(record.path) is DIRECTORY or record.path == self.root:
            inside = self.in_directory(record.path)
            last = max((number for number, change in self.loose if inside(number, change)), default=0)
            self.keep(inside if self.strict else lambda number, _: number <= last)
        elif not self.strict and record.file in self.files:
            file = self.files[record.file]
            last = max(file.sized, file.named if record.op == FSYNC else 0)
            self.keep(lambda number, _: number <= last)

    def play(self, record):
        """Does the changes of one call again."""
        op, path = record.op, record.path
        if op == CREATE:
            self.files[record.file] = file = File()
            if path:
                self.rename((path, file))
            file.sized = self.count
        elif op == RENAME:
            self.rename((path, None), (os.fsdecode(record.data), self.names[path]))
        elif op == LINK:
            self.rename((path, self.files[record.file]))
        elif op in (UNLINK, RMDIR):
            self.rename((path, None))
        elif op == MKDIR:
            self.rename((path, DIRECTORY))
        elif op == SYNCFS:
            self.keep(lambda *_: True)
            for file in self.files.values():
                file.sync()
        elif op in (FSYNC, FDATASYNC):
            if record.file in self.files:
                self.files[record.file].sync()
            self.sync_names(record)
        else:
            self.change(record)

    def change(self, record):
        file = self.files[record.file]
        before = len(file.now)
        file.change((record.at, record.data if record.op == WRITE else None))
        if len(file.now) != before:
            file.sized = self.count

    def settle(self, record):
        """A write that is durable was written before it was on the disk: two steps."""
        if record.durable:
            self.files[record.file].sync()
            self.sync_names(record)

    def check_same(self, found):
        """The record is complete: what it adds up to is what the program left."""
        check(set(found) == set(self.names), f"not recorded: {sorted(set(found) ^ set(self.names))[:5]}")
        for path, leads_to in self.names.items():
            check(os.path.basename(path) == "lock.mdb" or leads_to is DIRECTORY or found[path][1] == leads_to.now,
                  f"not every change of {path} was recorded")

    def left(self, how, rng):
        """{path: bytes or DIRECTORY} after a cut at this instant.
        all: everything; none: only what was synced; names, sizes, bytes: this besides; torn: any part of the rest."""
        names = dict(self.kept)
        loose = [change for _, change in self.loose]
        if how == "torn" and self.strict:
            loose = [change for change in loose if rng.random() < 0.5]
        elif how == "torn":
            loose = loose[:rng.randrange(len(loose) + 1)]
        for change in loose if how not in ("none", "bytes") else ():
            self.put(names, change)
        content = {id(file): file.left(how, rng) for file in names.values() if file is not DIRECTORY}
        return {path: DIRECTORY if leads_to is DIRECTORY else content[id(leads_to)] for path, leads_to in names.items()}


def lay(root, left):
    """Makes the files below root those that a cut has left. Files in a directory that is gone are gone, too."""
    shutil.rmtree(root, ignore_errors=True)
    os.mkdir(root)
    for path in sorted(left):
        if not os.path.isdir(os.path.dirname(path)):
            continue
        if left[path] is DIRECTORY:
            os.mkdir(path, 0o700)
        else:
            with open(path, "wb") as f:
                f.write(left[path])

"""A store of another user: every command refuses it, with the sentence that says whose it is and what to type; its owner goes on.

Needs root, to be two users. Files that root leaves in a store (lock.mdb, malformed pings) would be in its owner's way; an owner who
lets others write to the store wants them shared.
"""
import os
import shutil
import subprocess
import sys

import harness
from harness import check

NOBODY, OTHER = 65534, 12345  # the second one has no name


class Users:
    def __init__(self, program, directory):
        self.path = os.path.join(directory, "pingsieve")  # where everybody can run it
        shutil.copy(program.path, self.path)
        self.directory = directory

    def run(self, user, arguments, stdin=b""):
        return subprocess.run([self.path, *arguments], input=stdin, capture_output=True, user=user, group=user, extra_groups=[])

    def refused(self, user, store, arguments, owner, stdin=b""):
        run = self.run(user, [*arguments, "--store", store], stdin)
        err = run.stderr.decode()
        what = f"{' '.join(arguments)} as {user}"
        check(run.returncode == 3, f"{what} ended with {run.returncode}: {err}")
        check(f"({owner})" in err and f"({user})" in err, f"{what} does not say whose store it is: {err}")
        check("sudo -u" in err, f"{what} does not say what to type: {err}")
        check(not run.stdout, f"{what} let something leave")


def make_store(users, user, name):
    home = os.path.join(users.directory, name)
    os.mkdir(home)
    os.chown(home, user, user)
    store = os.path.join(home, "store")
    run = users.run(user, ["--store", store, "--quiet"], b'{"id":"a"}\nbroken\n')
    check(run.returncode == 0 and run.stdout == b'{"id":"a"}\n', f"the owner cannot make a store: {run.stderr.decode()}")
    return store


def refuse_all(users, store, owner, user):
    out = os.path.join(users.directory, f"out-{user}-{owner}")
    os.mkdir(out)
    os.chown(out, user, user)
    pings = harness.write_file(os.path.join(out, "20180301.ndjson"), [b'{"id":"b"}\n'])
    before = sorted((name, os.stat(os.path.join(store, name)).st_size) for name in os.listdir(store))
    for arguments in ([], ["report"], ["store", "info"], ["store", "check"], ["store", "expire"],
                      ["store", "forget", "--day", "2018-03-01"], ["store", "absorb"], ["store", "copy", "--to", os.path.join(out, "copy")],
                      ["profile", "--flagged", "2018-03-01", pings], ["backfill", "--out", os.path.join(out, "clean"), pings],
                      ["backfill", "--dry-run", pings]):
        users.refused(user, store, arguments, owner, b'{"id":"b"}\n')
    after = sorted((name, os.stat(os.path.join(store, name)).st_size) for name in os.listdir(store))
    check(before == after, "a refused command left something in the store")


def share(users, store):
    """The owner lets others write."""
    for name in os.listdir(store):
        os.chmod(os.path.join(store, name), 0o666)
    os.chmod(store, 0o777)
    run = users.run(OTHER, ["--store", store, "--quiet"], b'{"id":"a"}\n{"id":"c"}\n')
    check(run.returncode == 0 and run.stdout == b'{"id":"c"}\n', f"a store that its owner shares is refused: {run.stderr.decode()}")


def share_new(users):
    """Files that come into a shared store later are shared, too: malformed pings and the lock of backfills."""
    home = os.path.join(users.directory, "shared")
    store = os.path.join(home, "store")
    os.mkdir(home)
    os.chmod(home, 0o777)
    run = users.run(NOBODY, ["--store", store, "--keep", "0", "--quiet"], b'{"id":"a"}\n')
    check(run.returncode == 0, f"no store to share: {run.stderr.decode()}")
    os.chmod(store, 0o777)
    for name in os.listdir(store):
        os.chmod(os.path.join(store, name), 0o666)
    for day, user in enumerate((NOBODY, OTHER), 1):
        pings = harness.write_file(os.path.join(home, f"2018030{day}.ndjson"), [b'{"id":"b"}\n'])
        run = users.run(user, ["--store", store, "--quiet"], b"broken\n")
        check(run.returncode == 0, f"{user} cannot keep malformed pings in a shared store: {run.stderr.decode()}")
        run = users.run(user, ["backfill", "--quiet", "--store", store, "--out", os.path.join(home, f"out-{user}"), pings])
        check(run.returncode == 0, f"{user} cannot backfill into a shared store: {run.stderr.decode()}")
    check(open(os.path.join(store, "invalid.ndjson"), "rb").read() == b"broken\n" * 2, "malformed pings of two users are not both kept")


def share_late(users):
    """Malformed pings that came before the store was shared are their owner's, and the way out is told."""
    store = make_store(users, NOBODY, "late")
    os.chmod(os.path.dirname(store), 0o777)
    os.chmod(store, 0o777)
    for name in ("data.mdb", "lock.mdb"):
        os.chmod(os.path.join(store, name), 0o666)
    run = users.run(OTHER, ["--store", store, "--quiet"], b"broken\n")
    err = run.stderr.decode()
    check(run.returncode == 5 and "invalid.ndjson" in err and "chmod g+w" in err, f"another user's malformed ping: {run.returncode}, {err}")
    for name in ("invalid.ndjson", "invalid.ndjson.reasons"):
        os.chmod(os.path.join(store, name), 0o666)
    run = users.run(OTHER, ["--store", store, "--quiet"], b"broken\n")
    check(run.returncode == 0, f"malformed pings of a store that is shared by now: {run.stderr.decode()}")


def test(program, arguments, rng, directory):
    os.chmod(directory, 0o755)
    users = Users(program, directory)
    for owner, others in ((NOBODY, (0, OTHER)), (OTHER, (0, NOBODY)), (0, (NOBODY,))):
        store = make_store(users, owner, f"of-{owner}")
        for user in others:
            refuse_all(users, store, owner, user)
        run = users.run(owner, ["--store", store, "--quiet"], b'{"id":"a"}\n{"id":"b"}\n')
        check(run.returncode == 0 and run.stdout == b'{"id":"b"}\n', f"the owner cannot go on: {run.stderr.decode()}")
    share(users, os.path.join(directory, f"of-{NOBODY}", "store"))
    share_new(users)
    share_late(users)
    return "stores of three users"


if os.geteuid() != 0:
    print("skipped: only root can be two users")
    sys.exit(harness.SKIP)
harness.run_test(test, harness.parse(__doc__, rounds=1))

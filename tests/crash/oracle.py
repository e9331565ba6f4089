"""A random stream of pings, and what a naive oracle knows of it: every ping's class, and the accounts.

The oracle is a dictionary from identity to day, and the rules of time spelt out:
  A ping's day is its server-side submission day, without one today. The watermark is the newest day of a ping with an id so far, but
  never later than tomorrow. With a retention of K days, a ping older than watermark - K is late: it passes, unseen and unmarked.
  Keys of days before watermark - K are forgotten, exactly those, as soon as the watermark moves. A new key belongs to
  its ping's day, or to tomorrow if that is earlier; a duplicate refreshes nothing.
  In the accounts a ping belongs to its own day, or to tomorrow; a line without a day there (late, malformed in a file that is of no
  one day, no id and no date) to the watermark's, or to today when there is no watermark yet. A blank line is no ping.
"""
import collections
import datetime
import functools
import uuid

import harness

EPOCH = datetime.date(1970, 1, 1)
PINGS = ("unique", "duplicate", "malformed", "no_id", "late")
CLASSES = (*PINGS, "blank")
CANARY = "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0"
LIMIT = 1 << 40  # a larger count is implausible
CLIENTS = 60  # few enough for a report to list them all
TYPES, CHANNELS = ("main", "crash", None), ("beta", None)


def today():
    return (datetime.datetime.now(datetime.timezone.utc).date() - EPOCH).days


@functools.cache
def date(day):
    return (EPOCH + datetime.timedelta(days=day)).isoformat()


class Ping:
    """A line and what it says. which: its class if that does not depend on the store; dated: it tells its day."""

    def __init__(self, line, identity=None, day=None, which=None, dated=True, client=None, labels=("", ""), counts=()):
        self.line, self.identity, self.day, self.dated, self.which = line, identity, day, dated, which
        self.client, self.labels, self.counts = client, labels, counts

    def whole(self):
        """The line as it leaves: with the newline that the last one of an input may lack."""
        return self.line.removesuffix(b"\n") + b"\n"

    def measurements(self):
        return sum(n for n in self.counts if isinstance(n, int) and 0 <= n <= LIMIT)

    def implausible(self):
        return sum(not isinstance(n, int) or not 0 <= n <= LIMIT for n in self.counts)


class Oracle:
    """The keys and counts of a store after the pings that were judged."""

    def __init__(self, keep, now):
        self.keep, self.now = keep, now
        self.watermark = 0
        self.day_of = {}
        self.by_day = collections.defaultdict(list)
        self.rows = collections.defaultdict(collections.Counter)  # (day, type, channel) -> class or figure -> count
        self.clients = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))  # day -> client -> figure

    def bound(self):
        return self.watermark - self.keep if self.keep else 0

    def classify(self, key, day):
        newest = min(day, self.now + 1)
        if newest > self.watermark:
            self.watermark = newest
            for old in [d for d in self.by_day if d < self.bound()]:
                for forgotten in self.by_day.pop(old):
                    del self.day_of[forgotten]
        if day < self.bound():
            return "late"
        if key in self.day_of:
            return "duplicate"
        bucket = min(day, self.now + 1)
        self.day_of[key] = bucket
        self.by_day[bucket].append(key)
        return "unique"

    def judge(self, ping):
        """The ping's class; counts it."""
        which = ping.which or self.classify(ping.identity, ping.day)
        if which != "blank":
            self.count(ping, which)
        return which

    def account_day(self, ping, which):
        own = which in ("no_id", "malformed") and ping.dated and ping.day is not None and ping.day >= self.bound()
        if which in ("unique", "duplicate") or own:
            return min(ping.day, self.now + 1)
        return self.watermark or self.now

    def count(self, ping, which):
        day = self.account_day(ping, which)
        row = self.rows[(day, *ping.labels)]
        row[which] += 1
        row["pings"] += 1
        row["bytes_in"] += len(ping.line)
        row["bytes_out"] += len(ping.whole()) * (which not in ("duplicate", "malformed"))
        row["measurements"] += ping.measurements()
        row["implausible"] += ping.implausible()
        if ping.client and ping.client != CANARY:
            client = self.clients[day][ping.client]
            client["pings"] += 1
            client["duplicates"] += which == "duplicate"
            client["measurements"] += ping.measurements()


class Stream:
    """Pings of days that drift from `first` to `last` over n pings."""

    def __init__(self, rng, n, keep, first, last, now):
        self.rng, self.n, self.keep, self.now = rng, n, keep, now
        self.days = sorted(rng.randint(first, last) for _ in range(n))
        self.ids = []
        self.clients = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(CLIENTS)] + ["odd client", CANARY]

    def date(self, day):
        """A day in one of the forms that pings have, as a member of meta or of the ping itself."""
        if day is None:
            return "", ""
        day = min(day, 65535)
        text = date(day).replace("-", "")
        form = self.rng.random()
        if form < 0.7:
            return f',"submissionDate":"{text}"', ""
        if form < 0.85:
            return "", f',"submission_timestamp":"{text[:4]}-{text[4:6]}-{text[6:]}T23:59:59.999999Z"'
        return f',"Timestamp":{day * 86400 * 10**9 + self.rng.randrange(86400 * 10**9)}', ""

    def spelling(self, identity):
        """The same identity as different senders spell it."""
        form = self.rng.random()
        if form < 0.9 or identity.startswith("odd"):
            return identity
        if form < 0.93:
            return identity.upper()
        if form < 0.96:
            return "{" + identity + "}"
        at = self.rng.randrange(len(identity))
        return identity[:at] + f"\\u{ord(identity[at]):04x}" + identity[at + 1:]

    def identity(self):
        rng = self.rng
        form = rng.random()
        if not self.ids or form < 0.7:
            self.ids.append(harness.new_id(rng) if rng.random() < 0.98 else f"odd id {rng.randrange(10**9)}")
            return self.ids[-1]
        reach = 300 if form < 0.85 else 20000 if form < 0.95 else len(self.ids)
        return self.ids[-1 - rng.randrange(min(reach, len(self.ids)))]

    def day(self, i):
        rng, base, form = self.rng, self.days[i], self.rng.random()
        if form < 0.8:
            return base
        if form < 0.95 and self.keep:  # about the edge of the retention
            return max(0, base - self.keep + rng.randint(-2, 2))
        if form < 0.99:
            return max(0, base - rng.randrange(self.keep * 3 + 10))
        return base + rng.randint(0, 2)

    def sender(self):
        """(members that tell the client, its id or None): few send most."""
        if self.rng.random() < 0.05:
            return self.rng.choice(["", ',"clientId":null', ',"clientId":""']), None
        client = self.clients[int(len(self.clients) * self.rng.random() ** 3)]
        return f',"clientId":"{self.spelling(client)}"', client

    def labels(self):
        """(members that tell docType and channel, both)"""
        kind, channel = self.rng.choice(TYPES), self.rng.choice(CHANNELS)
        members = (f',"docType":"{kind}"' if kind else "") + (f',"normalized_channel":"{channel}"' if channel else "")
        return members, (kind or "", channel or "")

    def counts(self):
        """(members with a histogram, its counts): now and then one that cannot be."""
        rng = self.rng
        if rng.random() < 0.5:
            return "", ()
        counts = [rng.choice([0, 1, 7, 140, rng.randrange(10**6), LIMIT]) for _ in range(rng.randrange(4))]
        if rng.random() < 0.05:
            counts.append(rng.choice([-1, LIMIT + 1, 1.5, "7", 2**70]))
        values = ",".join(f'"{i}":' + (f'"{n}"' if isinstance(n, str) else str(n)) for i, n in enumerate(counts))
        return f',"payload":{{"histograms":{{"H":{{"values":{{{values}}},"sum":-1}}}}}}', tuple(counts)

    def ping(self, i):
        rng, form = self.rng, self.rng.random()
        if form < 0.005:
            return Ping(rng.choice([b"\n", b" \n", b"\t\r\n"]), which="blank")
        day = self.day(i)
        if i > self.n * 0.97 and rng.random() < 0.02:  # moves the watermark to today or tomorrow for good
            day = rng.choice([None, self.now, self.now + 1, self.now + 2, self.now + 27000])
        in_meta, in_ping = self.date(day)
        dated, day = day is not None, self.now if day is None else min(day, 65535)
        sent, client = self.sender()
        told, labels = self.labels()
        held, counts = self.counts()
        in_ping += sent + told + held
        facts = {"day": day, "dated": dated, "client": client, "labels": labels, "counts": counts}
        if form < 0.015:
            line = f'{{"meta":{{"documentId":{rng.choice(["null", "7", "[]", chr(34) * 2])}{in_meta}}}{in_ping}}}\n'
            return Ping(line.encode(), which="no_id", **facts)
        identity = self.identity()
        spelling = self.spelling(identity)
        if rng.random() < 0.8:
            line = f'{{"meta":{{"documentId":"{spelling}"{in_meta}}}{in_ping},"id":"not this"}}\n'
        else:
            line = f'{{"id":"other","document_id":"{spelling}","meta":{{"x":1{in_meta}}}{in_ping}}}\n'
        if form < 0.025:  # a copy cut short must not mark its identity
            return Ping(line[:rng.randrange(1, len(line) - 2)].encode() + b"\n", which="malformed")
        return Ping(line.encode(), identity, **facts)

"""Stand-ins for things that a reader of README.md has and a bare root has not: files of pings, a loader, a store with a story."""
import os

from root import write

PING = ('{{"meta":{{"documentId":"00000000-0000-4000-8000-{n:012d}","submissionDate":"20170313","docType":"main"}},"clientId":"c{client}",'
        '"header":{{"id":"h{n}","namespace":"{namespace}"}},"appVersion":"49.0","payload":{{"info":{{"reason":"daily"}}}}}}\n')
TAIL, MORE = 10, 5  # lines of pings.log that `tail` begins with, and those that come later; none of them is a duplicate
LOADED = "loaded.ndjson"

# The sixteen days of the post, as bench/gen makes them, day by day in files, and in a store of their own.
POST = """set -e
cc -O2 -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -o /usr/local/bin/postgen bench/gen/postgen.c bench/gen/arguments.c bench/gen/post.c bench/gen/text.c
mkdir -p landfill/20170312
postgen | awk '/"submissionDate":"20170312"/ { print > "landfill/20170312/pings.ndjson" } { print }' | build/release/pingsieve -q --store post > /dev/null
for day in 10 11; do
  postgen --normal 2000 --days 5 | awk -v day="201703$day" 'index($0, "\\"submissionDate\\":\\"" day "\\"")' | gzip -1 > "2017-03-$day.gz"
done
gzip -1 < landfill/20170312/pings.ndjson > 2017-03-12.gz
gzip -1 < pings.ndjson > yesterday.ndjson.gz
"""


def pings(first, count):
    return "".join(PING.format(n=n, client=n % 50, namespace="ab"[n % 2]) for n in range(first, first + count))


def put(root, tree):
    """Before anything is run."""
    write(os.path.join(tree, "pings.ndjson"), pings(1, 2000))
    write(os.path.join(tree, "pings.log"), pings(100_000, 300))
    write(os.path.join(tree, "more.log"), pings(200_000, MORE))
    write(root.path + "/usr/local/bin/loader", f"#!/bin/sh\nexec cat > {LOADED}\n", 0o755)

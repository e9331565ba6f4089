# Sourced by ./make and the story store_of_version_1: the pings of the stores that lie here.
# shellcheck shell=bash

# lines FROM TO DAY [TYPE]: pings with all that a store keeps something of. Client 1 floods, client 2 repeats one document and one
# session length; some have no client, no id, or are malformed.
lines() {
  awk -v from="$1" -v to="$2" -v day="$3" -v type="${4:-main}" 'BEGIN {
    for (n = from; n <= to; n++) {
      if (n % 97 == 0) { print "{\"broken\":" n; continue }
      who = n % 3 == 0 ? 1 : n % 5 == 0 ? 2 : n % 40 + 3
      id = who == 2 ? 5 : n
      printf "{\"meta\":{%s\"submissionDate\":\"%s\",\"docType\":\"%s\",\"appUpdateChannel\":\"%s\",\"geoCity\":\"City %d\"}",
        n % 89 ? sprintf("\"documentId\":\"doc-%06d\",", id) : "", day, n % 7 ? type : "crash", n % 2 ? "beta" : "release", n % 20
      if (n % 11) printf ",\"clientId\":\"00000000-0000-4000-8000-%012d\"", who
      printf ",\"payload\":{\"info\":{\"sessionLength\":%d},\"size\":%d}}\n", who == 2 ? 4711 : n, (n * n) % 1000003
    }
  }'
}

# all_lines: what went into the store `forever`, day by day.
all_lines() {
  lines 1 1400 20170302
  local day
  for day in 1 3 4 5 6 7; do lines "$((day * 2000))" "$((day * 2000 + 180))" "2017030$day"; done
}

# a few lines more, which are in none of them
more_lines() { lines 90000 90400 20170308 late; }

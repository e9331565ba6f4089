# Sourced by the report's stories.
# shellcheck shell=bash

# fleet [DAYS [SHARD]]: pings of forty clients from 2017-03-10 on, of which each sends one twice; on the third day a client
# floods with copies of three documents that hold 2 * 10^8 measurements each. Another SHARD has other clients.
fleet() {
  awk -v days="${1:-3}" -v shard="${2:-0}" '
    function ping(document, day, client, type, channel, count) {
      printf "{\"meta\":{\"documentId\":\"00000000-0000-4000-8%03d-%012d\",\"submissionDate\":\"201703%02d\",", shard, document, day
      printf "\"docType\":\"%s\",\"appUpdateChannel\":\"%s\"},", type, channel
      printf "\"clientId\":\"%08x-0000-4000-8000-%012d\",", (client * 40503 + shard * 77 + 4096) * 4099 % 4294967296, client
      printf "\"payload\":{\"histograms\":{\"H\":{\"values\":{\"0\":%d,\"1\":40}}}}}\n", count
    }
    BEGIN {
      for (day = 10; day < 10 + days; day++) {
        for (client = 0; client < 40; client++)
          for (k = 0; k < 5 + 40 / (client + 1); k++) {
            n = day * 10000 + client * 100 + k
            ping(n, day, client, client % 4 == 3 ? "crash" : "main", client % 5 == 4 ? "beta" : "release", 60 + client)
            if (k == 0) ping(n, day, client, client % 4 == 3 ? "crash" : "main", client % 5 == 4 ? "beta" : "release", 60 + client)
          }
        if (day == 12) for (k = 0; k < 1500; k++) ping(k % 3, day, 99, "main", "release", 200000000)
      }
    }'
}

# same_each_time: JSON and CSV but for what the clock says.
same_each_time() { sed -E 's/("made": )"[^"]+"/\1"T"/; s/("time": )[0-9]+/\1T/g; s/^([0-9-]{10}),[0-9]{10},/\1,T,/'; }

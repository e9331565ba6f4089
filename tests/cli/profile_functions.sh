# Sourced by the profile's stories.
# shellcheck shell=bash

FLOOD=b0fcc79d-6ac1-4f0e-9d0c-4a3e2c0d9b1f # sends copies of four documents, and four more
MANY=5e1f0a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b  # one id, many machines

# fleet: pings of twenty clients on 2017-03-11 and 12, five a day, and on the second day those of $FLOOD and $MANY.
fleet() {
  awk -v flood="$FLOOD" -v many="$MANY" '
    function ping(document, day, second, client, addon, length_, mhz, version, city, count, sum) {
      printf "{\"meta\":{\"documentId\":\"00000000-0000-4000-8000-%012d\",\"submissionDate\":\"201703%02d\",", document, day
      printf "\"Timestamp\":%d000000000,\"docType\":\"main\",\"geoCountry\":\"US\",\"geoCity\":\"%s\"},", 1489190400 + (day - 11) * 86400 + second, city
      printf "\"clientId\":\"%s\",\"environment\":{\"system\":{\"cpu\":{\"speedMHz\":%d},\"os\":{\"name\":\"Windows_NT\",\"version\":\"%s\"}},", client, mhz, version
      printf "\"settings\":{\"isDefaultBrowser\":%s},", length_ % 3 ? "true" : "false"
      printf "\"addons\":{\"activeAddons\":{\"a@b\":{\"name\":\"%s\",\"isSystem\":false},\"s@m\":{\"name\":\"Pocket\",\"isSystem\":true}}}},", addon
      printf "\"payload\":{\"info\":{\"sessionId\":\"s%d\",\"sessionLength\":%d,\"subsessionLength\":%d},", document, length_, length_ / 2
      printf "\"histograms\":{\"H\":{\"values\":{\"0\":%d,\"1\":4},\"sum\":%d}}}}\n", count, sum
    }
    BEGIN {
      for (day = 11; day <= 12; day++) {
        for (client = 0; client < 20; client++)
          for (k = 0; k < 5; k++) {
            n = day * 10000 + client * 10 + k
            ping(n, day, client * 600 + k, sprintf("c%02d", client), client % 4 ? "Adblock" : "Ghostery", 100 + n * 7919 % 3000, \
              2000 + client * 100, client % 3 ? "10.0.14393" : "6.1.7601", client % 2 ? "Springfield" : "Portland", 50 + client, 4)
          }
        if (day == 12) for (k = 0; k < 200; k++) {
          ping(99000 + (k < 196 ? k % 4 : k), day, 40000 + k * 10, flood, "Random Agent Spoofer", k < 196 ? 215 : 300 + k, 3504, \
            "5.1.2600", "Costa Mesa", 2000000, k % 4)
          if (k % 2 == 0) ping(98000 + k, day, 40000 + k, many, "Random Agent Spoofer", 60 + k * 37, 1500 + k * 11, "5.1.2600", "City " k, 80, 4)
        }
      }
    }'
}

# days: the fleet in files of a day each, one of them gzip.
days() {
  mkdir landfill
  fleet | grep '"20170311"' | gzip > landfill/20170311.gz
  fleet | grep '"20170312"' > landfill/20170312
}

# same_each_time: what a page says but for the clock.
same_each_time() { sed -E 's/("made": )"[^"]+"/\1"T"/'; }

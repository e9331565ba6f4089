# Sourced by bash before each story's cmd (BASH_ENV).
# shellcheck shell=bash

# ping N [DAY] [TYPE] [CHANNEL]: one small ping whose documentId is number N.
ping() {
  printf '{"meta":{"documentId":"00000000-0000-4000-8000-%012d","submissionDate":"%s","docType":"%s","appUpdateChannel":"%s"},"clientId":"c%d"}\n' \
    "$1" "${2:-20170312}" "${3:-main}" "${4:-beta}" $(($1 % 7))
}

# pings FROM TO [DAY]: pings FROM to TO.
pings() {
  local n
  for ((n = $1; n <= $2; n++)); do ping "$n" "${@:3}"; done
}

# sent CLIENT FROM TO [MORE [DAY]]: pings FROM to TO of one client ('' for none), with MORE fields; %d in them is the number.
sent() {
  client=$1 more=${4:-} awk -v from="$2" -v to="$3" -v day="${5:-20170312}" 'BEGIN {
    client = ENVIRON["client"]
    if (client != "") client = ",\"clientId\":\"" client "\""
    for (n = from; n <= to; n++) {
      fields = ENVIRON["more"]
      gsub(/%d/, n, fields)
      printf "{\"meta\":{\"documentId\":\"00000000-0000-4000-8000-%012d\",\"submissionDate\":\"%s\"}%s%s}\n", n, day, client, fields
    }
  }'
}

# times: what a flag's line says, but for the time.
times() { sed -E 's/"time":"[^"]+"/"time":"T"/'; }

# numbers: of each ping on stdin, its documentId's last digits.
numbers() { sed -nE 's/.*-0*([0-9]+)",.*/\1/p' | tr '\n' ' '; echo; }

# landfill: three days of files in ./in, plain and gzip: pings within a file, of another and of a day before come again.
landfill() {
  mkdir -p in/20170301 in/20170302
  { pings 1 3 20170301; ping 2 20170301; } | gzip > in/20170301/a.gz
  pings 3 5 20170301 > in/20170301/b
  pings 1 8 20170302 | gzip > in/20170302/c.gz
  pings 8 9 20170303 > in/2017-03-03.ndjson
}

# held DIR: the files below a directory and the numbers of their pings.
held() {
  find "$1" -type f -print0 | LC_ALL=C sort -z | while IFS= read -r -d '' file; do
    printf '%q ' "$file"
    [[ $(head -c2 "$file" | od -An -tx1) != " 1f 8b" ]] || printf '(gzip) '
    zcat -f "$file" | numbers
  done
}

# code COMMAND...: runs it and prints its exit code.
code() {
  "$@"
  echo "exit $?"
}

# terminated NUMBER [WHAT]: a child gets SIGTERM; prints its exit code, or first that it hangs.
terminated() {
  local i
  kill -TERM "$1"
  for ((i = 0; i < 400; i++)); do kill -0 "$1" 2> /dev/null || break; sleep 0.05; done
  kill -KILL "$1" 2> /dev/null && echo "hangs: ${*:2}"
  wait "$1"
  echo "exit $?"
}
unset BASH_ENV

/* A key, a tab and a JSON text a line: Hadoop Streaming's and Kafka's console tools' form
 * (org.apache.hadoop.streaming: stream.map.output.field.separator; kafka-console-consumer.sh
 * --property print.key=true). The key is everything before the first tab, may be empty, and is not
 * looked at; the whole line leaves. A line of blanks is one in any framing. */
#include "record/framing.h"

#include <stdbool.h>

enum scan_code framing_key_tab(const uint8_t *frame, size_t avail, size_t *before) {
  size_t at = 0;
  bool blank = true;
  while (at < avail && frame[at] != '\t' && frame[at] != '\n') {
    blank &= frame[at] == ' ' || frame[at] == '\r';
    at++;
  }
  *before = at;
  if (at == avail || frame[at] == '\n') return blank ? SCAN_BLANK : SCAN_NO_TEXT;
  *before = at + 1;
  return SCAN_OK;
}

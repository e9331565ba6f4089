#include "cli/metrics.h"

#include "cli/replace.h"
#include "cli/summary.h"
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

/* Appends a label value, escaped as the format wants: backslash, quote and newline. */
static int append_label_value(struct buffer *text, const char *value, struct ps_error *err) {
  int r = PS_OK;
  for (; *value && r == PS_OK; value++) {
    if (*value == '\n') r = buffer_append(text, "\\n", 2, err);
    else if (*value == '\\' || *value == '"') r = buffer_printf(text, err, "\\%c", *value);
    else r = buffer_append(text, value, 1, err);
  }
  return r;
}

static int append_head(struct buffer *text, const char *name, const char *help, const char *type,
                       struct ps_error *err) {
  return buffer_printf(text, err, "# HELP pingsieve_%s %s\n# TYPE pingsieve_%s %s\n", name, help,
                       name, type);
}

static int append_single(struct buffer *text, const char *name, const char *help, const char *type,
                         double value, struct ps_error *err) {
  int r = append_head(text, name, help, type, err);
  return r == PS_OK ? buffer_printf(text, err, "pingsieve_%s %.17g\n", name, value) : r;
}

/* Where in struct ps_label_figures a labelled family finds its value. */
struct family {
  const char *name, *help;
  size_t offset;
};

#define COUNT(class) offsetof(struct ps_label_figures, count) + sizeof(uint64_t) * (class)

static const struct family families[] = {
    {"unique_pings_total", "Pings whose documentId was new.", COUNT(PS_UNIQUE)},
    {"duplicate_pings_total", "Pings whose documentId had been seen.", COUNT(PS_DUPLICATE)},
    {"no_id_pings_total", "Pings without a documentId.", COUNT(PS_NO_ID)},
    {"late_pings_total", "Pings older than the retention.", COUNT(PS_LATE)},
    {"input_bytes_total", "Bytes of pings read.", offsetof(struct ps_label_figures, bytes_in)},
    {"output_bytes_total", "Bytes of pings written to the output.",
     offsetof(struct ps_label_figures, bytes_out)},
};

static int append_family(struct buffer *text, const struct family *family,
                         const struct ps_sieve_figures *f, struct ps_error *err) {
  int r = append_head(text, family->name, family->help, "counter", err);
  for (size_t i = 0; i < f->nlabels && r == PS_OK; i++) {
    const struct ps_label_figures *label = &f->labels[i];
    uint64_t value = *(const uint64_t *)(const void *)((const char *)label + family->offset);
    r = buffer_printf(text, err, "pingsieve_%s{docType=\"", family->name);
    if (r == PS_OK) r = append_label_value(text, label->type, err);
    if (r == PS_OK) r = buffer_append(text, "\",channel=\"", 11, err);
    if (r == PS_OK) r = append_label_value(text, label->channel, err);
    if (r == PS_OK) r = buffer_printf(text, err, "\"} %" PRIu64 "\n", value);
  }
  return r;
}

int metrics_format(struct buffer *text, const struct ps_sieve_figures *f, bool running,
                   struct ps_error *err) {
  const struct {
    const char *name, *help, *type;
    double value;
  } singles[] = {
      {"up", "Whether the filter is running.", "gauge", running},
      {"run_seconds", "Seconds since the run began.", "gauge", f->seconds},
      {"pings_total", "Pings read.", "counter", (double)summary_pings(f)},
      {"malformed_pings_total", "Lines that are no valid JSON.", "counter",
       (double)f->count[PS_MALFORMED]},
      {"malformed_pings_not_kept_total", "Malformed lines that --invalid-max had no room for.",
       "counter", (double)f->unkept},
      {"passed_twice_pings_total",
       "Pings in the output's pipe of which another filter let a copy pass.", "counter",
       (double)f->passed_twice},
      {"blank_lines_total", "Lines of whitespace.", "counter", (double)f->count[PS_BLANK]},
      {"flags_total", "Clients flagged, once a day and rule.", "counter", (double)f->flags},
      {"advisories_total", "Client ids that many machines seem to share, once a day.", "counter",
       (double)f->advisories},
      {"withheld_pings_total", "Pings of flagged clients kept from the output.", "counter",
       (double)f->withheld},
      {"withheld_bytes_total", "Their bytes.", "counter", (double)f->withheld_bytes},
      {"read_bytes_total", "Bytes taken from the input, compressed if it is.", "counter",
       (double)f->input_bytes},
      {"batches_total", "Batches committed.", "counter", (double)f->batches},
      {"longest_commit_seconds", "The longest commit of the run.", "gauge",
       (double)f->longest_commit_ns / 1e9},
      {"watermark_timestamp_seconds", "The newest submission day seen.", "gauge",
       f->watermark * 86400.0},
      {"internal_errors_total", "Lines on which a scanner kernel was wrong.", "counter",
       (double)f->internal_errors},
  };
  int r = PS_OK;
  for (size_t i = 0; i < sizeof singles / sizeof singles[0] && r == PS_OK; i++)
    r = append_single(text, singles[i].name, singles[i].help, singles[i].type, singles[i].value,
                      err);
  for (size_t i = 0; i < sizeof families / sizeof families[0] && r == PS_OK; i++)
    r = append_family(text, &families[i], f, err);
  return r;
}

int metrics_write(const char *path, const struct ps_sieve_figures *figures, bool running,
                  struct ps_error *err) {
  struct buffer text = BUFFER_INIT;
  int r = metrics_format(&text, figures, running, err);
  if (r == PS_OK) r = replace_file(path, text.data, text.len, REPLACE_FAIL, err);
  buffer_release(&text);
  return r;
}

/* Renderers of a profile (pingsieve/profile.h): each writes it through a writer; texts from outside
 * are escaped here, each format by its own escaper (escape.h).
 */
#ifndef REPORT_PROFILE_RENDER_H
#define REPORT_PROFILE_RENDER_H

#include "report/render.h"
#include <pingsieve/profile.h>

struct profile_render_options {
  bool show_ids; /* else client ids are shortened as in a report */
  struct render_text_options text;
};

int profile_render_text(const struct ps_profile *profile,
                        const struct profile_render_options *options, struct buffer *out,
                        struct ps_error *err);
int profile_render_json(const struct ps_profile *profile,
                        const struct profile_render_options *options, struct buffer *out,
                        struct ps_error *err);
int profile_render_html(const struct ps_profile *profile,
                        const struct profile_render_options *options, struct buffer *out,
                        struct ps_error *err);

/* CSV (RFC 4180) with a header line, one file a table. */
size_t profile_csv_tables(void);
const char *profile_csv_name(size_t table); /* "clients", "days", "documents", "values", ... */
int profile_render_csv(const struct ps_profile *profile,
                       const struct profile_render_options *options, size_t table,
                       struct buffer *out, struct ps_error *err);

/* A look of a client, in words and with the figures: one sentence or two without markup, for text
 * and HTML alike. They need no escaping, since nothing in them comes from outside. */
int profile_look_words(const struct ps_profile_client *client, enum ps_look look,
                       struct buffer *out, struct ps_error *err);
/* For a client without a look: the signs for and against each, in one sentence or two. */
int profile_unclear_words(const struct ps_profile_client *client, struct buffer *out,
                          struct ps_error *err);

/* The client's name as it is shown, shortened unless show_ids; not escaped, valid UTF-8. The text
 * of at most PROFILE_NAME bytes is in `name`. "all clients" for the whole fleet. */
#define PROFILE_NAME 96u
char *profile_client_name(const struct ps_profile_client *client, bool show_ids,
                          char name[PROFILE_NAME]);

#endif

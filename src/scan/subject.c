#include "scan/subject.h"
#include "base/error.h"

#include <assert.h>

static_assert(PING_PATHS <= NAMES_PATHS, "a subject has room for a field's paths");

int specs_capture(struct specs *specs, const char *path, struct ps_error *err) {
  if (specs->nspans == SCAN_SPANS) {
    (void)error_set(err, PS_E_ARGUMENT,
                    "\"%s\" is one path too many: the fields, the scope and the selection "
                    "together may look at %u",
                    path, SCAN_SPANS);
    return PS_E_ARGUMENT;
  }
  specs->list[specs->n++] =
      (struct scan_spec){.path = path, .slot = (uint8_t)specs->nspans++, .kind = SCAN_CAPTURE};
  return PS_OK;
}

int specs_share(struct specs *specs, const char *path, uint8_t *slot, struct ps_error *err) {
  for (unsigned i = 0; i < specs->n; i++) {
    *slot = specs->list[i].slot;
    if (specs->list[i].kind == SCAN_CAPTURE && !strcmp(specs->list[i].path, path)) return PS_OK;
  }
  *slot = (uint8_t)specs->nspans;
  return specs_capture(specs, path, err);
}

static bool has_star(const char *path) {
  for (const char *p = path; *p; p++)
    if (*p == '*' && (p == path || p[-1] == '/') && (!p[1] || p[1] == '/')) return true;
  return false;
}

/* The error of a path that stands for itself, told without the others. */
static int path_check(const char *path, struct ps_error *err) {
  struct scan_paths *paths;
  if (has_star(path))
    return error_set(err, PS_E_ARGUMENT,
                     "the path \"%s\" has a '*', which stands for many values: name one", path);
  int r = scan_paths_compile(&(struct scan_spec){path, 0, SCAN_CAPTURE}, 1, &paths, err);
  if (!r) scan_paths_free(paths);
  return r;
}

static int subject_add(struct subject *subject, const char *path, struct specs *specs,
                       struct ps_error *err) {
  uint8_t slot;
  int r = specs_share(specs, path, &slot, err);
  if (r) return r;
  if (!strcmp(path, URI_PATH)) subject->uri_slot = slot;
  subject->slots[subject->nslots++] = slot;
  subject->mask |= 1ull << slot;
  return PS_OK;
}

int subject_compile(const char *text, const char *const *const paths[PING_FIELDS],
                    struct specs *specs, struct subject *subject, struct ps_error *err) {
  struct name name;
  *subject = (struct subject){.uri_slot = SCAN_SPANS, .part = URI_PARTS};
  if (!name_find(text, &name)) {
    int r = path_check(text, err);
    return r ? r : subject_add(subject, text, specs, err);
  }
  subject->is_day = !name.paths;
  subject->is_id = name.is_id;
  subject->part = (uint8_t)name.part;
  if (subject->is_day) return PS_OK;
  const char *const *list = name.field < PING_FIELDS && paths ? paths[name.field] : NULL;
  if (!list || !*list) list = name.paths;
  for (unsigned i = 0; list[i] && i < NAMES_PATHS; i++) {
    int r = subject_add(subject, list[i], specs, err);
    if (r) return r;
  }
  return PS_OK;
}

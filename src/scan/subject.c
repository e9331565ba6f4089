#include "scan/subject.h"
#include "base/error.h"

#include <assert.h>

static_assert(PING_PATHS <= NAMES_PATHS, "a subject has room for a field's paths");

int specs_capture(struct specs *specs, const char *before, const char *path, uint8_t *slot,
                  struct ps_error *err) {
  const bool also = before && names_are_forms(before, path);
  if ((!also && specs->nspans == SCAN_SPANS) || specs->n == SPECS_MAX)
    return error_set(err, PS_E_ARGUMENT,
                     "\"%s\" is one path too many: the fields, the scope and the selection "
                     "together may look at %u",
                     path, SCAN_SPANS);
  if (!also) *slot = (uint8_t)specs->nspans++;
  specs->list[specs->n++] =
      (struct scan_spec){.path = path, .slot = *slot, .kind = also ? SCAN_ALSO : SCAN_CAPTURE};
  return PS_OK;
}

int specs_share(struct specs *specs, const char *before, const char *path, uint8_t *slot,
                struct ps_error *err) {
  for (unsigned i = 0; i < specs->n; i++) {
    if (specs->list[i].kind == SCAN_SUM || strcmp(specs->list[i].path, path) != 0) continue;
    *slot = specs->list[i].slot;
    return PS_OK;
  }
  return specs_capture(specs, before, path, slot, err);
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
  int r =
      scan_paths_compile(&(struct scan_spec){.path = path, .kind = SCAN_CAPTURE}, 1, &paths, err);
  if (!r) scan_paths_free(paths);
  return r;
}

static int subject_add(struct subject *subject, const char *before, const char *path,
                       struct specs *specs, struct ps_error *err) {
  uint8_t slot = subject->nslots ? subject->slots[subject->nslots - 1] : 0;
  int r = specs_share(specs, before, path, &slot, err);
  if (r) return r;
  if (uri_is_path(path)) subject->uris |= 1ull << slot;
  subject->slots[subject->nslots++] = slot;
  subject->mask |= 1ull << slot;
  return PS_OK;
}

int subject_compile(const char *text, const char *const *const paths[PS_FIELDS],
                    struct specs *specs, struct subject *subject, struct ps_error *err) {
  struct name name;
  *subject = (struct subject){.part = URI_PARTS};
  if (!name_find(text, &name)) {
    int r = path_check(text, err);
    return r ? r : subject_add(subject, NULL, text, specs, err);
  }
  subject->is_day = !name.paths;
  subject->is_id = name.is_id;
  subject->part = (uint8_t)name.part;
  if (subject->is_day) return PS_OK;
  const char *const *list = name.field < PS_FIELDS && paths ? paths[name.field] : NULL;
  if (!list || !*list) list = name.paths;
  for (unsigned i = 0; list[i] && i < NAMES_PATHS; i++) {
    int r = subject_add(subject, i ? list[i - 1] : NULL, list[i], specs, err);
    if (r) return r;
  }
  return PS_OK;
}

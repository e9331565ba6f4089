#include "scan/subject.h"
#include "base/error.h"

#include <assert.h>

static_assert(PING_PATHS <= NAMES_PATHS, "a subject has room for a field's paths");

int specs_capture(struct specs *specs, const char *const *paths, unsigned n, uint8_t *slot,
                  struct ps_error *err) {
  if (specs->nspans == SCAN_SPANS || n > SPECS_MAX - specs->n)
    return error_set(err, PS_E_ARGUMENT,
                     "\"%s\" is one path too many: the fields, the scope and the selection "
                     "together may look at %u",
                     paths[0], SCAN_SPANS);
  *slot = (uint8_t)specs->nspans++;
  for (unsigned i = 0; i < n; i++)
    specs->list[specs->n++] =
        (struct scan_spec){.path = paths[i], .slot = *slot, .kind = i ? SCAN_ALSO : SCAN_CAPTURE};
  return PS_OK;
}

/* Whether the slot whose first spec is number `at` is of these paths and no others. */
static bool specs_are(const struct specs *specs, unsigned at, const char *const *paths,
                      unsigned n) {
  const struct scan_spec *spec = &specs->list[at];
  if (n > specs->n - at || (n < specs->n - at && spec[n].kind == SCAN_ALSO)) return false;
  for (unsigned i = 0; i < n; i++)
    if (spec[i].kind != (i ? SCAN_ALSO : SCAN_CAPTURE) || strcmp(spec[i].path, paths[i]) != 0)
      return false;
  return true;
}

int specs_share(struct specs *specs, const char *const *paths, unsigned n, uint8_t *slot,
                struct ps_error *err) {
  for (unsigned i = 0; i < specs->n; i++) {
    if (!specs_are(specs, i, paths, n)) continue;
    *slot = specs->list[i].slot;
    return PS_OK;
  }
  return specs_capture(specs, paths, n, slot, err);
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

static int subject_add(struct subject *subject, const char *const *paths, unsigned n,
                       struct specs *specs, struct ps_error *err) {
  uint8_t slot = 0;
  int r = specs_share(specs, paths, n, &slot, err);
  if (r) return r;
  if (uri_is_path(paths[0])) subject->uris |= 1ull << slot;
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
    return r ? r : subject_add(subject, &text, 1, specs, err);
  }
  subject->is_day = !name.paths;
  subject->is_id = name.is_id;
  subject->part = (uint8_t)name.part;
  if (subject->is_day) return PS_OK;
  const char *const *list = name.field < PS_FIELDS && paths ? paths[name.field] : NULL;
  if (!list || !*list) list = name.paths;
  for (unsigned i = 0, n; list[i] && i < NAMES_PATHS; i += n) {
    n = list == name.paths ? names_forms(list + i) : 1;
    int r = subject_add(subject, list + i, n, specs, err);
    if (r) return r;
  }
  return PS_OK;
}

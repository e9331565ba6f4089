#include "profile/field.h"
#include "base/error.h"
#include "profile/field_parts.h"

#include <stdlib.h>

static const struct ps_profile_field_default defaults[] = {
    {"add-ons", "environment/addons/activeAddons/*/name where not isSystem"},
    {"session length", "payload/info/sessionLength"},
    {"subsession length", "payload/info/subsessionLength"},
    {"default browser", "environment/settings/isDefaultBrowser"},
    {"CPU MHz", "environment/system/cpu/speedMHz:max=5000"},
    {"OS", "environment/system/os/name+environment/system/os/version:major.minor"},
    {"city", "country+city"},
    {NULL, NULL},
};

const struct ps_profile_field_default *ps_profile_field_defaults(void) { return defaults; }

static const char *const evidence_texts[FIELD_EVIDENCES] = {
    [FIELD_CITY] = "country+city",
    [FIELD_SPEED] = "environment/system/cpu/speedMHz",
    [FIELD_LENGTH] = "payload/info/sessionLength",
    [FIELD_SESSION] = "payload/info/sessionId",
};

/* ---- making them ---- */

static int field_add(struct fields *fields, const char *name, const char *text,
                     struct ps_error *err) {
  struct field *field = &fields->list[fields->n++]; /* released even if it is not parsed */
  int r = field_parse(field, name, text, err);
  for (unsigned i = 0; !r && i + 1 < fields->n; i++)
    if (!strcmp(fields->list[i].name, field->name))
      r = error_set(err, PS_E_ARGUMENT,
                    "two fields have the name \"%.200s\": leave one out, or name it as in "
                    "NAME=PATH",
                    field->name);
  return r;
}

static int texts_add(struct fields *fields, const char *const *texts, struct ps_error *err) {
  int r = PS_OK;
  if (!texts)
    for (const struct ps_profile_field_default *d = defaults; d->name && !r; d++)
      r = field_add(fields, d->name, d->text, err);
  for (; !r && texts && *texts; texts++) {
    if (fields->n == PS_PROFILE_FIELDS)
      return error_set(err, PS_E_ARGUMENT, "the field \"%.200s\" is one too many: %u are possible",
                       *texts, PS_PROFILE_FIELDS);
    r = field_add(fields, NULL, *texts, err);
  }
  return r;
}

/* Do they look at the same, bounds aside? */
static bool is_same(const struct field *a, const struct field *b) {
  if (a->walk || b->walk || a->nparts != b->nparts) return false;
  for (unsigned i = 0; i < a->nparts; i++)
    if (a->parts[i].components != b->parts[i].components ||
        strcmp(a->parts[i].path, b->parts[i].path) != 0)
      return false;
  return true;
}

static int evidence_add(struct fields *fields, struct ps_error *err) {
  for (unsigned e = 0; e < FIELD_EVIDENCES; e++) {
    struct field *field = &fields->list[fields->n];
    int r = field_parse(field, NULL, evidence_texts[e], err);
    unsigned same = 0;
    while (!r && same < fields->visible && !is_same(&fields->list[same], field)) same++;
    if (r || same < fields->visible) field_release(field);
    else same = fields->n++;
    if (r) return r;
    fields->evidence[e] = same;
  }
  return PS_OK;
}

int fields_create(const char *const *texts, bool evidence, struct fields **fields,
                  struct ps_error *err) {
  *fields = NULL;
  struct fields *made = calloc(1, sizeof *made);
  if (!made) return error_memory(err, sizeof *made);
  for (unsigned e = 0; e < FIELD_EVIDENCES; e++) made->evidence[e] = FIELDS_MAX;
  int r = texts_add(made, texts, err);
  made->visible = made->n;
  if (!r && evidence) r = evidence_add(made, err);
  if (r) fields_free(made);
  else *fields = made;
  return r;
}

void fields_free(struct fields *fields) {
  if (!fields) return;
  for (unsigned i = 0; i < fields->n; i++) field_release(&fields->list[i]);
  free(fields);
}

/* ---- their place in a scan ---- */

static int capture_error(const struct field *field, struct ps_error *err) {
  return error_set(err, PS_E_INTERNAL,
                   "the field \"%.200s\" has another place in one scan than in the other",
                   field->text);
}

static int part_capture(const struct fields *fields, const struct field *field,
                        struct field_part *part, const char *const *const paths[PS_FIELDS],
                        struct specs *specs, struct ps_error *err) {
  struct subject subject;
  int r = subject_compile(part->path, paths, specs, &subject, err);
  if (r) return r;
  if (fields->captured && (subject.nslots != part->subject.nslots ||
                           memcmp(subject.slots, part->subject.slots, subject.nslots) != 0))
    return capture_error(field, err);
  part->subject = subject;
  return PS_OK;
}

static int walk_capture(const struct fields *fields, const struct field *field, struct specs *specs,
                        struct ps_error *err) {
  struct field_walk *walk = field->walk;
  uint8_t slot;
  int r = specs_share(specs, (const char *const[]){walk->container}, 1, &slot, err);
  if (r) return r;
  if (fields->captured && slot != walk->slot) return capture_error(field, err);
  walk->slot = slot;
  return PS_OK;
}

int fields_capture(struct fields *fields, const char *const *const paths[PS_FIELDS],
                   struct specs *specs, struct ps_error *err) {
  int r = PS_OK;
  for (unsigned f = 0; f < fields->n && !r; f++) {
    struct field *field = &fields->list[f];
    if (field->walk) r = walk_capture(fields, field, specs, err);
    for (unsigned i = 0; i < field->nparts && !field->walk && !r; i++)
      r = part_capture(fields, field, &field->parts[i], paths, specs, err);
  }
  fields->captured = !r;
  return r;
}

/* ---- properties of fields ---- */

unsigned fields_count(const struct fields *fields) { return fields->n; }
unsigned fields_visible(const struct fields *fields) { return fields->visible; }
const char *field_name(const struct fields *fields, unsigned field) {
  return fields->list[field].name;
}
const char *field_text(const struct fields *fields, unsigned field) {
  return fields->list[field].text;
}
bool field_is_walk(const struct fields *fields, unsigned field) {
  return fields->list[field].walk != NULL;
}
unsigned fields_evidence(const struct fields *fields, enum field_evidence evidence) {
  return fields->evidence[evidence];
}

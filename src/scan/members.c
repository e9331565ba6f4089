#include "scan/members.h"
#include "base/error.h"
#include "scan/extent.h"
#include "scan/token.h"

/* ---- paths ---- */

/* Takes a segment, which scan_paths_compile() has found well formed. */
static const char *take_key(const char *p, struct member_key *key) {
  for (key->len = 0; *p && *p != '/'; p++) {
    char c = *p;
    if (c == '~') c = *++p == '0' ? '~' : '/';
    key->text[key->len++] = (uint8_t)c;
  }
  return *p ? p + 1 : p;
}

int member_path_init(struct member_path *path, const char *text, struct ps_error *err) {
  struct scan_paths *checked;
  path->n = 0;
  if (!*text) return PS_OK;
  int r = scan_paths_compile(&(struct scan_spec){text, 0, SCAN_CAPTURE}, 1, &checked, err);
  if (r) return r;
  scan_paths_free(checked);
  for (const char *p = text; *p;) {
    if (path->n == MEMBER_KEYS)
      return error_set(err, PS_E_ARGUMENT,
                       "the path \"%.200s\" has more than the %d keys that are possible below '*'",
                       text, MEMBER_KEYS);
    struct member_key *key = &path->keys[path->n++];
    p = take_key(p, key);
    if (key->len == 1 && *key->text == '*')
      return error_set(err, PS_E_ARGUMENT,
                       "the path \"%.200s\" has a '*', which may stand there only once", text);
  }
  return PS_OK;
}

/* ---- walking ---- */

/* The value at p. Returns what follows it, or p for a container. */
static const uint8_t *value_at(const uint8_t *line, const uint8_t *p, struct scan_span *value) {
  static const uint8_t types[256] = {['"'] = SCAN_STRING, ['{'] = SCAN_OBJECT, ['['] = SCAN_ARRAY,
                                     ['t'] = SCAN_TRUE,   ['f'] = SCAN_FALSE,  ['n'] = SCAN_NULL};
  const uint8_t *end = p + 1;
  bool escaped = false;
  uint8_t type = types[*p];
  switch (type) {
  case SCAN_STRING: end = token_string_end(++p, &escaped); break;
  case SCAN_OBJECT:
  case SCAN_ARRAY: break;
  case SCAN_NONE: type = SCAN_INTEGER_OR_REAL; /* fall through */
  default:
    while (!token_is(*end, BYTE_ENDS_SCALAR)) end++;
  }
  *value = (struct scan_span){
      .offset = (uint32_t)(p - line), .len = (uint32_t)(end - p), .type = type, .escaped = escaped};
  return type >= SCAN_OBJECT ? p : end + (type == SCAN_STRING);
}

void members_open(struct members *m, const uint8_t *line, const struct scan_span *container) {
  *m = (struct members){.line = line};
  if (container->type != SCAN_OBJECT && container->type != SCAN_ARRAY) return;
  m->at = line + container->offset + 1;
  m->close = container->type == SCAN_OBJECT ? '}' : ']';
}

/* The next value, and the key of a member; false: `at` is behind the container. */
static inline bool next(struct members *m, struct scan_span *key, struct scan_span *value) {
  const uint8_t *p = token_skip_blanks(m->open ? extent_container(m->at) : m->at);
  m->open = false;
  if (*p == ',') p = token_skip_blanks(p + 1);
  if (*p == m->close) {
    m->at = p + 1;
    return false;
  }
  if (m->close == '}') {
    bool escaped = false;
    const uint8_t *end = token_string_end(++p, &escaped);
    *key = (struct scan_span){.offset = (uint32_t)(p - m->line),
                              .len = (uint32_t)(end - p),
                              .type = SCAN_STRING,
                              .escaped = escaped};
    p = token_skip_blanks(token_skip_blanks(end + 1) + 1);
  }
  m->at = value_at(m->line, p, value);
  m->open = value->type >= SCAN_OBJECT;
  return true;
}

bool members_next(struct members *m, struct scan_span *value) {
  struct scan_span key;
  if (m->close && next(m, &key, value)) return true;
  m->close = 0;
  return false;
}

/* ---- below a member ---- */

static __attribute__((noinline)) bool
escaped_key_is(const uint8_t *line, const struct scan_span *key, const struct member_key *wanted) {
  const uint8_t *p = line + key->offset, *end = p + key->len;
  size_t len = 0;
  while (p < end) {
    uint8_t character[4];
    size_t written;
    p = token_decode(p, end, character, &written);
    if (written > wanted->len - len || memcmp(wanted->text + len, character, written) != 0)
      return false;
    len += written;
  }
  return len == wanted->len;
}

static inline bool key_is(const uint8_t *line, const struct scan_span *key,
                          const struct member_key *wanted) {
  if (unlikely(key->escaped)) return escaped_key_is(line, key, wanted);
  return key->len == wanted->len && !memcmp(line + key->offset, wanted->text, wanted->len);
}

/* The value of the last member of that key. */
static struct scan_span last_of(const uint8_t *line, const struct scan_span *object,
                                const struct member_key *wanted) {
  struct scan_span key, value, found = {.type = SCAN_NONE};
  struct members m;
  if (object->type != SCAN_OBJECT) return found;
  members_open(&m, line, object);
  while (next(&m, &key, &value))
    if (key_is(line, &key, wanted)) found = value;
  return found;
}

/* The first keys of all paths are looked for in one go, which passes over the member as well. */
void members_find(struct members *m, const struct scan_span *value, const struct member_path *paths,
                  unsigned n, struct scan_span *found) {
  for (unsigned i = 0; i < n; i++)
    found[i] = paths[i].n ? (struct scan_span){.type = SCAN_NONE} : *value;
  if (value->type != SCAN_OBJECT) return;
  struct scan_span key, each;
  struct members below;
  members_open(&below, m->line, value);
  while (next(&below, &key, &each))
    for (unsigned i = 0; i < n; i++)
      if (paths[i].n && key_is(m->line, &key, &paths[i].keys[0])) found[i] = each;
  m->at = below.at;
  m->open = false;
  for (unsigned i = 0; i < n; i++)
    for (unsigned k = 1; k < paths[i].n && found[i].type != SCAN_NONE; k++)
      found[i] = last_of(m->line, &found[i], &paths[i].keys[k]);
}

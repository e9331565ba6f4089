#include "report/escape.h"

#include "base/utf8.h"
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* The characters of a visible form: an escape is several, anything else is one. */
static size_t columns_of(const char *form) { return form[0] == '\\' ? strlen(form) : 1; }

static size_t columns_wanted(const char *text, size_t len, size_t enough) {
  size_t columns = 0;
  for (size_t i = 0; i < len && columns <= enough;) {
    char form[UTF8_VISIBLE];
    i += utf8_visible((const uint8_t *)text + i, len - i, form);
    columns += columns_of(form);
  }
  return columns;
}

size_t escape_terminal_columns(const char *text, size_t len) {
  return columns_wanted(text, len, SIZE_MAX - 1);
}

int escape_terminal(struct buffer *out, const char *text, size_t len, size_t columns, bool ascii,
                    size_t *used, struct ps_error *err) {
  bool cut = columns_wanted(text, len, columns) > columns;
  size_t room = cut && columns > 0 ? columns - 1 : columns, at = 0;
  int r = PS_OK;
  for (size_t i = 0; i < len && r == PS_OK;) {
    char form[UTF8_VISIBLE];
    i += utf8_visible((const uint8_t *)text + i, len - i, form);
    size_t wide = columns_of(form);
    if (at + wide > room) break;
    if (ascii && (form[0] & 0x80)) memcpy(form, strcmp(form, ELLIPSIS) ? "?" : "~", 2);
    r = buffer_append(out, form, strlen(form), err);
    at += wide;
  }
  if (r == PS_OK && cut && columns > 0) {
    r = buffer_append(out, ascii ? "~" : ELLIPSIS, ascii ? 1 : strlen(ELLIPSIS), err);
    at++;
  }
  if (used) *used = at;
  return r;
}

static const char *html_entity(char c) {
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  case '`': return "&#96;";
  default: return NULL;
  }
}

int escape_html(struct buffer *out, const char *text, size_t len, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < len && r == PS_OK;) {
    char form[UTF8_VISIBLE];
    i += utf8_visible((const uint8_t *)text + i, len - i, form);
    const char *entity = html_entity(form[0]);
    if (!entity) entity = form;
    r = buffer_append(out, entity, strlen(entity), err);
  }
  return r;
}

int escape_csv(struct buffer *out, const char *text, size_t len, struct ps_error *err) {
  bool formula = len > 0 && memchr("=+-@\t\r", text[0], 6) != NULL;
  bool quoted = false;
  for (size_t i = 0; i < len; i++) quoted |= text[i] == ',' || text[i] == '"';
  quoted |= len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
  int r = quoted ? buffer_append(out, "\"", 1, err) : PS_OK;
  if (r == PS_OK && formula) r = buffer_append(out, "'", 1, err);
  for (size_t i = 0; i < len && r == PS_OK;) {
    char form[UTF8_VISIBLE];
    i += utf8_visible((const uint8_t *)text + i, len - i, form);
    r = buffer_append(out, form, strlen(form), err);
    if (r == PS_OK && form[0] == '"') r = buffer_append(out, "\"", 1, err);
  }
  return r == PS_OK && quoted ? buffer_append(out, "\"", 1, err) : r;
}

/* A character that has an escape in the visible form has JSON's own escape here. */
static int json_escape(struct buffer *out, const uint8_t *p, size_t len, const char *form,
                       struct ps_error *err) {
  if (utf8_length(p, len) == 0) return buffer_append(out, "\xef\xbf\xbd", 3, err);
  if (form[1] == 'n' || form[1] == 't' || form[1] == 'u')
    return buffer_append(out, form, strlen(form), err);
  return buffer_printf(out, err, "\\u00%s", form + 2);
}

int escape_json(struct buffer *out, const char *text, size_t len, struct ps_error *err) {
  int r = buffer_append(out, "\"", 1, err);
  for (size_t i = 0; i < len && r == PS_OK;) {
    const uint8_t *p = (const uint8_t *)text + i;
    char form[UTF8_VISIBLE];
    size_t used = utf8_visible(p, len - i, form);
    if (*p == '\\' || *p == '"') r = buffer_append(out, (char[]){'\\', (char)*p}, 2, err);
    else if (form[0] == '\\') r = json_escape(out, p, len - i, form, err);
    else r = buffer_append(out, form, strlen(form), err);
    i += used;
  }
  return r == PS_OK ? buffer_append(out, "\"", 1, err) : r;
}

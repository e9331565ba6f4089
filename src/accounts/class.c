#include <pingsieve/class.h>

const char *ps_class_name(enum ps_class which) {
  static const char *const names[] = {"unique", "duplicate", "malformed",   "no_id",
                                      "late",   "blank",     "not_selected"};
  return which < PS_CLASSES ? names[which] : "unknown";
}

/* The classes of lines: every line is in exactly one of them. */
#ifndef PINGSIEVE_CLASS_H
#define PINGSIEVE_CLASS_H

#include <pingsieve/export.h>

PS_BEGIN_DECLS

enum ps_class {
  PS_UNIQUE,       /* first of its documentId: output */
  PS_DUPLICATE,    /* dropped, or to the duplicates sink */
  PS_MALFORMED,    /* to the invalid sink */
  PS_NO_ID,        /* no documentId: output */
  PS_LATE,         /* its day is older than the retention: output */
  PS_BLANK,        /* only whitespace: output, not a ping */
  PS_NOT_SELECTED, /* a well-formed ping that the selection leaves out: neither written nor marked
                    */
  PS_CLASSES
};
#define PS_PING_CLASSES PS_BLANK /* the classes before this one are in the accounts */

/* "unique", "no_id", ...: the names used in reports. Static storage. */
PS_API const char *ps_class_name(enum ps_class which);

PS_END_DECLS

#endif

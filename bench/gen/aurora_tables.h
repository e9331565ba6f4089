/* The notebooks' tables (aurora.h), scaled, with what is below their last lines filled up. */
#ifndef GEN_AURORA_TABLES_H
#define GEN_AURORA_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aurora_row {
  char text[32];
  uint32_t all;   /* of all copies of the first span */
  uint32_t once;  /* of the documents seen exactly once, in the end */
  uint32_t early; /* of these the ones of the first span */
};

#define AURORA_ROWS   512u
#define AURORA_ADDONS 6u
struct aurora_table {
  uint32_t n;
  struct aurora_row rows[AURORA_ROWS];
};

struct aurora_tables {
  uint32_t all, once, early, late; /* pings; documents seen once; pings of the second span */
  struct aurora_table speed, length, city; /* each ping has one value: they sum up to those */
  struct aurora_row addons[AURORA_ADDONS]; /* each ping has any number */
};

/* Ends the program if the scale does not fit. */
void aurora_tables_make(struct aurora_tables *tables, uint32_t scale);

#endif

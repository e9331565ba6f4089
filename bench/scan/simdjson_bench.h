/* The same work done with simdjson, for comparison: each function scans the lines in [data,
 * data + len), of which SCAN_PAD bytes more are readable, and returns how many documentIds it
 * found, or -1 when the text is not what it should be.
 */
#ifndef BENCH_SIMDJSON_BENCH_H
#define BENCH_SIMDJSON_BENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef long simdjson_function(const uint8_t *data, size_t len, int64_t *sum);

simdjson_function simdjson_dom_parse;  /* the document is parsed, nothing is looked at */
simdjson_function simdjson_dom_ids;    /* and the default paths of all fields */
simdjson_function simdjson_dom_sum;    /* and one histogram's values are summed */
simdjson_function simdjson_dom_sums;   /* and those of all histograms */
simdjson_function simdjson_demand_ids; /* On-Demand in one pass: validates what it visits */
simdjson_function simdjson_demand_sum;
simdjson_function simdjson_demand_sums;
simdjson_function
    simdjson_pointers_ids; /* On-Demand, the paths asked for one by one until one is there */
const char *simdjson_kernel(void); /* the implementation it chose */

#ifdef __cplusplus
}
#endif
#endif

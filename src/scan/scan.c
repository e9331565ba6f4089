#include "scan/scan.h"
#include "base/error.h"
#include "scan/kernels.h"
#include "scan/portable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- kernels ---- */

#if defined(__x86_64__)

static bool has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
}

/* AMD before Zen 3 (families below 19h) runs PEXT and PDEP as microcode, at up to 300 cycles: of
 * those that have them, families 15h and 17h. The compiler's run-time has asked the processor once;
 * to ask it again is slow on a virtual machine, which must be left for each answer. */
static bool has_slow_pext(void) {
  return __builtin_cpu_is("amdfam15h") || __builtin_cpu_is("amdfam17h");
}

#  define LISTS 4
static const struct scan_kernel lists[LISTS][4] = {
    {{"portable", portable_scan}},
    {{"avx2", avx2_slow_pext_scan}, {"portable", portable_scan}},
    {{"avx2", avx2_scan}, {"portable", portable_scan}},
    {{"avx512", avx512_scan}, {"avx2", avx2_scan}, {"portable", portable_scan}},
};

const struct scan_kernel *scan_kernels(void) {
  __builtin_cpu_init();
  if (!has_avx2()) return lists[0];
  if (has_slow_pext()) return lists[1];
  return has_avx512() ? lists[3] : lists[2];
}

#elif defined(__aarch64__)

const struct scan_kernel *scan_kernels(void) {
  static const struct scan_kernel list[] = {
      {"neon", neon_scan}, {"portable", portable_scan}, {NULL, NULL}};
  return list;
}

#else

const struct scan_kernel *scan_kernels(void) {
  static const struct scan_kernel list[] = {{"portable", portable_scan}, {NULL, NULL}};
  return list;
}

#endif

static int unknown_kernel(const char *name, struct ps_error *err) {
  char names[64] = "";
  size_t len = 0;
  for (const struct scan_kernel *k = scan_kernels(); k->name && len < sizeof names; k++) {
    const char *join = !len ? "" : k[1].name ? ", " : " or ";
    len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", join, k->name);
  }
  return error_set(err, PS_E_ARGUMENT, "no SIMD kernel \"%s\" on this machine: possible is %s",
                   name, names);
}

int scan_kernel_choose(const char *name, const struct scan_kernel **kernel, struct ps_error *err) {
  *kernel = scan_kernels();
  if (!name) return PS_OK;
  for (; (*kernel)->name; (*kernel)++)
    if (!strcmp((*kernel)->name, name)) return PS_OK;
  *kernel = NULL;
  return unknown_kernel(name, err);
}

/* ---- codes ---- */

const char *scan_code_text(enum scan_code code) {
  static const char *const texts[SCAN_CODES] = {
      [SCAN_OK] = "well-formed",
      [SCAN_BLANK] = "blank line",
      [SCAN_NO_NEWLINE] = "no end of line",
      [SCAN_TRUNCATED] = "ends inside a value",
      [SCAN_TOKEN] = "unexpected byte",
      [SCAN_MISMATCH] = "mismatched bracket",
      [SCAN_NUMBER] = "bad number",
      [SCAN_LITERAL] = "bad literal",
      [SCAN_ESCAPE] = "bad escape",
      [SCAN_CONTROL] = "control byte in a string",
      [SCAN_UTF8] = "invalid UTF-8",
      [SCAN_TOO_DEEP] = "nested too deeply",
      [SCAN_TRAILING] = "bytes after the value",
      [SCAN_INTERNAL] = "internal error of the scanner",
      [SCAN_NO_TEXT] = "no JSON text where its framing has it",
  };
  return (unsigned)code < SCAN_CODES ? texts[code] : "unknown code";
}

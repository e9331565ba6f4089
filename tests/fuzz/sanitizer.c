/* How AddressSanitizer runs in fuzz targets: freed memory waits 1 MiB long instead of 256, as every
 * input would else be paid with fresh pages; a use after free within one input is still seen. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void) {
  return "quarantine_size_mb=1";
}

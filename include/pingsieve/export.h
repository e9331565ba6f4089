/* PS_API marks what the shared library exports; everything else is hidden. */
#ifndef PINGSIEVE_EXPORT_H
#define PINGSIEVE_EXPORT_H

#if defined(__GNUC__)
#  define PS_API __attribute__((visibility("default")))
#else
#  define PS_API
#endif

#endif

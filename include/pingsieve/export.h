/* PS_API marks what the shared library exports; everything else is hidden. PS_BEGIN_DECLS and
 * PS_END_DECLS let C++ programs link to it. */
#ifndef PINGSIEVE_EXPORT_H
#define PINGSIEVE_EXPORT_H

#if defined(__GNUC__)
#  define PS_API __attribute__((visibility("default")))
#else
#  define PS_API
#endif

#ifdef __cplusplus
#  define PS_BEGIN_DECLS extern "C" {
#  define PS_END_DECLS   }
#else
#  define PS_BEGIN_DECLS
#  define PS_END_DECLS
#endif

#endif

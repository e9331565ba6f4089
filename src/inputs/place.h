/* Places: where paths really are, to tell what lies in what and under which name a record is kept.
 */
#ifndef INPUTS_PLACE_H
#define INPUTS_PLACE_H

#include <pingsieve/error.h>
#include <stdbool.h>

#define INPUT_PATH 4096u /* bytes of a path, the NUL included */

/* realpath(3), which goes on after an interruption. False: errno says why. */
bool place_resolve(const char *path, char real[INPUT_PATH]);
/* The real path, also of what is not there yet: that of the deepest directory that is, and the rest
 * as written. PS_E_ARGUMENT: the path is wrong; `failed`: the system did not tell. */
int place_real(const char *path, char real[INPUT_PATH], enum ps_status failed,
               struct ps_error *err);
/* Both real; a place is inside itself. */
bool place_is_inside(const char *inner, const char *outer);

/* Remembers the last directory: neighbours share it. All zero at first. */
struct place_cache {
  bool known;
  char directory[INPUT_PATH], real[INPUT_PATH];
};
/* The real path of the file's directory, which stays in the cache. PS_E_INPUT: it is gone, or the
 * system did not tell (error_is_passing()). */
int place_directory_of(struct place_cache *cache, const char *path, struct ps_error *err);
/* That and the last component. PS_E_INPUT also when it is too long. */
int place_absolute(struct place_cache *cache, const char *path, char absolute[INPUT_PATH],
                   struct ps_error *err);

#endif

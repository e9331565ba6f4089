/* The sequence: the inputs of a sieve, read one after another, as one stream of chunks. Each begins
 * with its own first byte: offsets, lines and byte order marks are those of the input.
 *
 * A damaged input is used as far as it goes, and the next ones follow; the damage is told at the
 * end, or beside the error that ends the sequence earlier. An input that the system does not read
 * ends the sequence. One thread.
 */
#ifndef SIEVE_SEQUENCE_H
#define SIEVE_SEQUENCE_H

#include "inputs/inputs.h"
#include "record/slot.h"
#include <pingsieve/sieve.h>

struct sequence;

struct sequence_options {
  /* Without inputs and a list of files: a source, or else a descriptor alone. */
  const struct ps_inputs *inputs;
  const struct ps_source *source;
  int fd;
  const char *name; /* of the descriptor */
  int list_stop_fd; /* ends the reading of a list of files; -1: none */
  int stop_fd;      /* ends sequence_fill() with PS_E_STOPPED */
  struct reader_options reading;
};

/* Lists the inputs and looks whether they are there, but opens none but the source or descriptor.
 * PS_E_ARGUMENT, PS_E_INPUT as inputs_list(). */
int sequence_open(const struct sequence_options *options, struct sequence **sequence,
                  struct ps_error *err);
void sequence_close(struct sequence *sequence); /* NULL is fine */

/* Fills the slot's chunk as reader_fill() does, and sets slot->input: its name, when the chunk is
 * the first of an input, else NULL. The name lives as long as the sequence. */
int sequence_fill(struct sequence *sequence, struct slot *slot, bool *more, struct ps_error *err);
/* Bytes taken of all inputs, as source_bytes(). */
uint64_t sequence_bytes(const struct sequence *sequence);

#endif

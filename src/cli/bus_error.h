/* SIGBUS: a page of the store's map that is not there any more, since the file was cut under the
 * program (cp(1) of a backup cuts it first), or since its disk failed. No check comes before an
 * access of LMDB's; the process cannot go on, but it can say why it ends.
 */
#ifndef CLI_BUS_ERROR_H
#define CLI_BUS_ERROR_H

/* From now on such an access ends the process with EXIT_STORE and one sentence, which names the
 * file; nothing is committed. One that is not in a store's map ends it by the signal, as ever. Of
 * the whole process; inherited by fork(). */
void bus_error_tell(void);

#endif

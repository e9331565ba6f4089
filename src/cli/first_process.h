/* Process 1 of a container: the kernel drops what would end it by default, so that neither SIGTERM
 * nor ^C ends a command that does not ask for its signals. Nor can it die of a signal that it sends
 * to itself.
 */
#ifndef CLI_FIRST_PROCESS_H
#define CLI_FIRST_PROCESS_H

/* First thing in main(): process 1 goes on in a child (cli/child.h), for which signals do what they
 * do everywhere. Where there can be no other process it goes on itself. */
void first_process_leave(void);

#endif

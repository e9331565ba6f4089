#include "cli/exit_code.h"

#include <pingsieve/error.h>

static const struct {
  int status, code;
} codes[] = {
    {PS_OK, EXIT_DONE},
    {PS_E_ARGUMENT, EXIT_USAGE},
    {PS_E_MEMORY, EXIT_STORE},
    {PS_E_INTERNAL, EXIT_STORE},
    {PS_E_STOPPED, EXIT_DONE},
    {PS_E_STORE, EXIT_STORE},
    {PS_E_STORE_DAMAGED, EXIT_STORE},
    {PS_E_STORE_VERSION, EXIT_STORE},
    {PS_E_STORE_MISMATCH, EXIT_STORE},
    {PS_E_STORE_FULL, EXIT_STORE},
    {PS_E_STORE_ABSENT, EXIT_STORE},
    {PS_E_STORE_NUMBER, EXIT_STORE},
    {PS_E_INPUT, EXIT_INPUT},
    {PS_E_INPUT_DAMAGED, EXIT_INPUT},
    {PS_E_OUTPUT, EXIT_OUTPUT},
    {PS_E_PIPE, EXIT_OUTPUT},
};

int exit_code_of_status(int status) {
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (codes[i].status == status) return codes[i].code;
  return EXIT_STORE;
}

int exit_code_worse(int code, int status) {
  return code == EXIT_DONE || code == EXIT_STRICT ? exit_code_of_status(status) : code;
}

static const struct exit_code_row rows[] = {
    {"0", "done"},
    {"1", "done, but --strict was given and a ping was malformed or had no document id"},
    {"2", "usage: an option, operand or command is wrong; nothing was read"},
    {"3", "store: it could not be opened, read or written, or is damaged (also: out of memory)"},
    {"4", "input: it could not be read to its end; what was read is processed and committed"},
    {"5", "output: it could not be written; the pings of the open batch are not marked seen"},
    {"128+n",
     "ended by signal n after the open batch was finished; a closed output pipe ends it by "
     "SIGPIPE (141)"},
};

const struct exit_code_row *exit_code_rows(size_t *n) {
  *n = sizeof rows / sizeof rows[0];
  return rows;
}

#include "accounts/account.h"

#include "base/error.h"
#include <stdlib.h>

int account_create(day_t day, struct account **account, struct ps_error *err) {
  *account = calloc(1, sizeof **account);
  if (!*account) return error_memory(err, sizeof **account);
  (*account)->day = day;
  return PS_OK;
}

void account_free(struct account *account) {
  if (!account) return;
  rows_release(&account->rows);
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) distribution_release(&account->distribution[m]);
  for (unsigned r = 0; r < PS_RANKS_MAX; r++) ranking_release(&account->ranking[r]);
  flags_release(&account->flags);
  watch_free(account->watch);
  buffer_release(&account->journal);
  free(account);
}

void account_total(const struct account *account, struct ps_day_figures *total) {
  *total = (struct ps_day_figures){.bytes_in = 0};
  for (uint32_t i = 0; i < account->rows.n; i++)
    ps_day_figures_add(total, &account->rows.at[i].figures);
}

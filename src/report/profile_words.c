#include "report/profile_words.h"

#include "base/day.h"
#include "base/error.h"
#include "base/format.h"
#include "profile/look.h"
#include "report/identity.h"
#include "report/profile_render.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers ---- */

char *profile_share(uint64_t part, uint64_t of, char text[PROFILE_WORD]) {
  double share = of ? 100.0 * (double)part / (double)of : 0;
  if (!of) (void)snprintf(text, PROFILE_WORD, "-");
  else if (!part) (void)snprintf(text, PROFILE_WORD, "0 %%");
  else if (part == of) (void)snprintf(text, PROFILE_WORD, "100 %%");
  else if (share < 0.005) (void)snprintf(text, PROFILE_WORD, "<0.01 %%");
  else if (part < of && share >= 99.995) (void)snprintf(text, PROFILE_WORD, ">99.99 %%");
  else (void)snprintf(text, PROFILE_WORD, "%.2f %%", share);
  return text;
}

/* The bound is worth a word when it would change what is read. */
static bool is_bound(const struct ps_bounded *figure) {
  return figure->error > 0 && (double)figure->error > 0.005 * (double)figure->count;
}

static uint64_t upper(const struct ps_bounded *figure) {
  return figure->error > UINT64_MAX - figure->count ? UINT64_MAX : figure->count + figure->error;
}

char *profile_others(const struct ps_profile_client *client, const struct ps_profile_value *value,
                     bool ascii, char text[PROFILE_WORD]) {
  char share[PROFILE_WORD];
  uint64_t most = upper(&value->fleet);
  const char *sign = is_bound(&value->fleet) ? ascii ? "<=" : "\u2264" : "";
  *text = '\0';
  if (!client->fleet_pings) return text;
  if (!most) (void)snprintf(text, PROFILE_WORD, "none");
  else {
    (void)profile_share(most, client->fleet_pings, share);
    if (*share == '<' && *sign) (void)snprintf(text, PROFILE_WORD, "%s", share);
    else (void)snprintf(text, PROFILE_WORD, "%s%.24s", sign, share);
  }
  return text;
}

char *profile_lift(const struct ps_profile_value *value, enum ps_population population, bool ascii,
                   char text[PROFILE_WORD]) {
  double lift = value->lift[population];
  const char *sign = is_bound(&value->fleet) ? ascii ? ">=" : "\u2265" : "";
  char count[FORMAT_TEXT];
  *text = '\0';
  if (isinf(lift)) (void)snprintf(text, PROFILE_WORD, "only here");
  else if (lift >= 9.95 && lift < 1e15)
    (void)snprintf(text, PROFILE_WORD, "%s%s x", sign, format_count((uint64_t)(lift + 0.5), count));
  else if (lift > 0)
    (void)snprintf(text, PROFILE_WORD, lift >= 0.095 ? "%s%.1f x" : "%s%.2f x", sign, lift);
  if (lift > 0 && lift < 0.005) (void)snprintf(text, PROFILE_WORD, "<0.01 x");
  return text;
}

char *profile_number(double number, char text[PROFILE_WORD]) {
  char count[FORMAT_TEXT];
  double size = fabs(number);
  if (size < 1e15 && (size >= 999.5 || size == floor(size)))
    (void)snprintf(text, PROFILE_WORD, "%s%s", number < 0 && size >= 0.5 ? "-" : "",
                   format_count((uint64_t)(size + 0.5), count));
  else (void)snprintf(text, PROFILE_WORD, "%.4g", number);
  return text;
}

/* ---- values that stand out ---- */

/* Else it is a property of the documents that are repeated, not of the client. */
static bool is_in_enough_documents(const struct ps_profile_client *client,
                                   const struct ps_profile_value *value) {
  uint64_t documents = client->pings[PS_FIRST_COPIES], with = value->count[PS_FIRST_COPIES];
  return with >= PROFILE_STANDOUT_DOCUMENTS || with >= documents - documents / 2;
}

static bool weigh(const struct ps_profile_client *client, struct profile_standout *standout) {
  const struct ps_profile_value *value = standout->value;
  standout->score = 0;
  if (!is_in_enough_documents(client, value)) return false;
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    if (!client->pings[p] || !client->fleet_pings) continue;
    double share = (double)value->count[p] / (double)client->pings[p], lift = value->lift[p];
    if (share < PROFILE_STANDOUT_SHARE || lift < PROFILE_STANDOUT_LIFT) continue;
    if (isinf(lift)) lift = share * (double)client->fleet_pings;
    if (lift * share <= standout->score) continue;
    standout->score = lift * share;
    standout->population = (enum ps_population)p;
  }
  return standout->score > 0;
}

size_t profile_standouts(const struct ps_profile_client *client,
                         struct profile_standout out[PROFILE_STANDOUTS]) {
  size_t n = 0;
  for (size_t f = 0; f < client->nfields; f++)
    for (size_t v = 0; v < client->fields[f].n; v++) {
      struct profile_standout one = {.field = &client->fields[f],
                                     .value = &client->fields[f].values[v]};
      if (!weigh(client, &one)) continue;
      size_t at = n < PROFILE_STANDOUTS ? n++ : n;
      while (at > 0 && out[at - 1].score < one.score) {
        if (at < n) out[at] = out[at - 1];
        at--;
      }
      if (at < n) out[at] = one;
    }
  return n;
}

/* ---- names ---- */

char *profile_client_name(const struct ps_profile_client *client, bool show_ids,
                          char name[PROFILE_NAME]) {
  struct identity who;
  if (client->client.kind == PS_CLIENT_NONE) (void)snprintf(name, PROFILE_NAME, "all clients");
  else if (show_ids && client->name) identity_clean(client->name, name, PROFILE_NAME);
  else {
    identity_of_client(&who, &client->client, show_ids);
    (void)snprintf(name, PROFILE_NAME, "%s", who.name);
  }
  return name;
}

/* ---- looks ---- */

/* Words being put together; the first error sticks. */
struct words {
  struct buffer *out;
  struct ps_error *err;
  int status;
};

static void say(struct words *w, const char *text) {
  if (w->status == PS_OK) w->status = buffer_append(w->out, text, strlen(text), w->err);
}

static void say_count(struct words *w, uint64_t n, const char *one, const char *many) {
  char count[FORMAT_TEXT];
  if (w->status == PS_OK)
    w->status = buffer_printf(w->out, w->err, "%s %s", format_count(n, count), n == 1 ? one : many);
}

/* Counts of 0 are not told. False: all are 0. */
static bool say_machines(struct words *w, const struct ps_profile_evidence *e) {
  const struct {
    uint64_t n;
    const char *one, *many;
  } all[] = {{e->cities, "city", "cities"},
             {e->speeds, "CPU speed", "CPU speeds"},
             {e->lengths, "session length", "session lengths"},
             {e->sessions, "session", "sessions"}};
  size_t last = sizeof all / sizeof all[0];
  bool more = false;
  while (last > 0 && !all[last - 1].n) last--;
  for (size_t i = 0; i < last; i++) {
    if (!all[i].n) continue;
    if (more) say(w, i + 1 == last ? " and " : ", ");
    say_count(w, all[i].n, all[i].one, all[i].many);
    more = true;
  }
  return more;
}

static void say_rate(struct words *w, uint64_t part, uint64_t of) {
  char rate[PROFILE_WORD];
  double value = of ? (double)part / (double)of : 0;
  if (value >= 9.95 || value == floor(value)) say(w, profile_number(round(value), rate));
  else if (w->status == PS_OK) w->status = buffer_printf(w->out, w->err, "%.1f", value);
}

/* Pings without a documentId are copies of nothing. */
static uint64_t pings_with_id(const struct ps_profile_client *client) {
  uint64_t pings = client->evidence.pings;
  return pings > client->without_id ? pings - client->without_id : 0;
}

/* How few of the documents make up most of the pings, where that says more than their number. */
static void say_most(struct words *w, const struct ps_profile_client *client, uint64_t pings) {
  const uint64_t wanted = pings - pings / 100; /* 99 % */
  uint64_t sum = 0;
  size_t n = 0;
  char share[PROFILE_WORD];
  while (n < client->ndocuments && sum < wanted) sum += client->documents[n++].count;
  if (sum < wanted || n > client->evidence.documents / 2) return;
  say(w, "; ");
  say_count(w, n, "document is ", "documents are ");
  say(w, profile_share(sum, pings, share));
  say(w, " of the pings");
}

static void say_copies(struct words *w, const struct ps_profile_client *client) {
  const struct ps_profile_evidence *e = &client->evidence;
  uint64_t pings = pings_with_id(client);
  if (!pings && !e->documents) {
    say(w, "no ping has a documentId");
    return;
  }
  if (pings == e->documents) {
    say_count(w, pings, "ping is of one document", "pings are of as many documents");
    return;
  }
  say_count(w, pings, "ping is a copy", "pings are copies");
  say(w, " of ");
  say_count(w, e->documents, "document", "documents");
  say(w, ", ");
  say_rate(w, pings, e->documents);
  say(w, " each on average; the most repeated came ");
  say_count(w, e->most_copies, "time", "times");
  say_most(w, client, pings);
}

static void say_shared(struct words *w, const struct ps_profile_client *client) {
  const struct ps_profile_evidence *e = &client->evidence;
  uint64_t pings = pings_with_id(client);
  char share[PROFILE_WORD];
  say(w, "its ");
  say_count(w, e->documents, "first copy comes with", "first copies come with");
  say(w, " ");
  (void)say_machines(w, e);
  say(w, ". ");
  say_count(w, e->once, "document was", "documents were");
  say(w, " seen exactly once; ");
  say(w, profile_share(pings > e->documents ? pings - e->documents : 0, e->pings, share));
  say(w, " of its pings are further copies");
}

static void say_chatty(struct words *w, const struct ps_profile_evidence *e) {
  say_count(w, e->documents, "document", "documents");
  say(w, " in ");
  say_count(w, e->pings, "ping", "pings");
  say(w, " on ");
  say_count(w, e->days, "day", "days");
  if (e->days > 1) {
    char day[DAY_TEXT];
    day_format(e->busiest_day, day);
    say(w, ", the most on ");
    say(w, day);
    say(w, ", ");
    say_count(w, e->busiest_pings, "ping", "pings");
  }
  if (e->cities || e->speeds || e->lengths || e->sessions) {
    say(w, "; with ");
    (void)say_machines(w, e);
  }
}

int profile_look_words(const struct ps_profile_client *client, enum ps_look look,
                       struct buffer *out, struct ps_error *err) {
  struct words w = {.out = out, .err = err};
  switch (look) {
  case PS_LOOK_COPIES:
    say(&w, "Copies of a few documents: ");
    say_copies(&w, client);
    break;
  case PS_LOOK_SHARED:
    say(&w, "A profile shared by many machines: ");
    say_shared(&w, client);
    break;
  case PS_LOOK_CHATTY:
    say(&w, "One chatty client: ");
    say_chatty(&w, &client->evidence);
    break;
  case PS_LOOKS: return error_set(err, PS_E_ARGUMENT, "there is no such look");
  }
  say(&w, ".");
  return w.status;
}

/* Weak signs for each look: half of the pings are copies; one sign of several machines; as many
 * documents a day as call a client chatty. */
int profile_unclear_words(const struct ps_profile_client *client, struct buffer *out,
                          struct ps_error *err) {
  const struct ps_profile_evidence *e = &client->evidence;
  struct words w = {.out = out, .err = err};
  bool copies = e->documents && e->documents <= pings_with_id(client) / 2;
  bool shared = e->cities > LOOK_CHATTY_CITIES || e->speeds > LOOK_CHATTY_SPEEDS ||
                (e->days && e->sessions / e->days >= LOOK_SHARED_SESSIONS) ||
                e->busiest_documents > LOOK_SHARED_DAY;
  bool chatty = e->busiest_documents >= LOOK_CHATTY_DAY;
  if (!e->pings) {
    say(&w, "It has no pings here.");
    return w.status;
  }
  say(&w, "It is not clear what it is. ");
  say(&w, copies ? "For" : "Against");
  say(&w, " copies of a few documents: ");
  say_copies(&w, client);
  say(&w, shared ? ". For" : ". Against");
  say(&w, " a profile shared by many machines: ");
  if (!say_machines(&w, e)) say(&w, "no city, CPU speed or session is known");
  say(&w, chatty ? ". For" : ". Against");
  say(&w, " one chatty client: ");
  say_count(&w, e->busiest_documents, "document", "documents");
  say(&w, " a day at most");
  say(&w, ".");
  return w.status;
}

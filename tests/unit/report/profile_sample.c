#include "profile_sample.h"

#include "profile/numbers.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS   5u
#define DAYS      801u
#define DOCUMENTS 12u
#define FIELDS    10u
#define VALUES    12u
#define MEASURES  2u

struct room {
  struct ps_profile_day days[DAYS];
  struct ps_profile_document documents[DOCUMENTS];
  struct ps_profile_measure measures[MEASURES];
  struct ps_profile_field fields[FIELDS];
  struct ps_profile_value values[FIELDS][VALUES];
  char ids[DOCUMENTS][40];
  char name[PS_CLIENT_TEXT_BYTES];
};

/* One piece of memory; the profile is its first member. */
struct sample {
  struct ps_profile profile;
  struct ps_profile_client clients[CLIENTS];
  struct room rooms[CLIENTS];
};

/* ---- numbers ---- */

struct number {
  double value;
  uint64_t count[PS_POPULATIONS];
};

static void make_numbers(struct ps_profile_numbers *result, const struct number *numbers,
                         size_t n) {
  struct numbers made;
  numbers_begin(&made, result);
  for (size_t i = 0; i < n; i++) numbers_first(&made, numbers[i].value, numbers[i].count);
  numbers_turn(&made);
  for (size_t i = 0; i < n; i++) numbers_second(&made, numbers[i].value, numbers[i].count);
}

/* ---- parts of a client ---- */

static void set_pings(uint64_t out[PS_POPULATIONS], uint64_t all, uint64_t first, uint64_t once) {
  out[PS_ALL_COPIES] = all;
  out[PS_FIRST_COPIES] = first;
  out[PS_SEEN_ONCE] = once;
}

static void begin(struct ps_profile_client *client, struct room *room, uint8_t seed,
                  uint64_t fleet) {
  client->client.kind = PS_CLIENT_UUID;
  for (unsigned i = 0; i < 16; i++) client->client.id[i] = (uint8_t)(seed * 31 + 17 * i);
  client->fleet_pings = fleet;
  client->days = room->days;
  client->documents = room->documents;
  client->measures = room->measures;
  client->fields = room->fields;
}

/* Spreads the pings evenly; the remainder comes on the first days. */
static void add_days(struct ps_profile_client *client, struct room *room, uint16_t from, size_t n) {
  for (size_t i = 0; i < n; i++) {
    struct ps_profile_day *day = &room->days[client->ndays++];
    day->has_day = true;
    day->day = (uint16_t)(from + i);
    for (int p = 0; p < PS_POPULATIONS; p++)
      day->pings[p] = client->pings[p] / n + (i < client->pings[p] % n);
    uint64_t first = day->pings[PS_FIRST_COPIES];
    day->documents = first + (day->pings[PS_ALL_COPIES] - first) / 3;
    if (n == 1) day->documents = first;
  }
}

static void add_document(struct ps_profile_client *client, struct room *room, uint64_t count,
                         uint16_t day, uint64_t days) {
  size_t i = client->ndocuments++;
  (void)snprintf(room->ids[i], sizeof room->ids[i], "%08zx-0a1b-4c2d-8e3f-%012zx", 7919 * (i + 3),
                 104729 * (i + 1));
  struct ps_profile_document *document = &room->documents[i];
  *document = (struct ps_profile_document){.id = room->ids[i], .count = count, .days = days};
  document->has_day = true;
  document->first_day = day;
  document->last_day = (uint16_t)(day + days - 1);
  document->has_time = days == 1 || i % 4 != 3;
  document->first_ns = (day * UINT64_C(86400) + 61 * (i + 1)) * 1000000000;
  document->last_ns = (document->last_day * UINT64_C(86400) + 86399 - 67 * i) * 1000000000;
}

static void add_measure(struct ps_profile_client *client, struct room *room, const char *name,
                        const char *path, const struct number *numbers, size_t n) {
  struct ps_profile_measure *measure = &room->measures[client->nmeasures++];
  measure->name = name;
  measure->path = path;
  make_numbers(&measure->per_ping, numbers, n);
  for (int p = 0; p < PS_POPULATIONS; p++)
    for (size_t i = 0; i < n; i++)
      measure->sum[p] += (uint64_t)numbers[i].value * numbers[i].count[p];
}

static struct ps_profile_field *add_field(struct ps_profile_client *client, struct room *room,
                                          const char *name, const char *text) {
  struct ps_profile_field *field = &room->fields[client->nfields++];
  field->name = name;
  field->text = text;
  field->walk = strchr(text, '*') != NULL;
  field->values = room->values[field - room->fields];
  memcpy(field->pings, client->pings, sizeof field->pings);
  return field;
}

static void add_value(struct ps_profile_client *client, struct room *room, const char *text,
                      uint64_t all, uint64_t first, uint64_t once, uint64_t fleet, uint64_t error) {
  size_t at = client->nfields - 1;
  struct ps_profile_field *field = &room->fields[at];
  struct ps_profile_value *value = &room->values[at][field->n++];
  value->text = text;
  set_pings(value->count, all, first, once);
  value->fleet = (struct ps_bounded){fleet, error};
  for (int p = 0; p < PS_POPULATIONS; p++) {
    double share = (double)value->count[p] / (double)client->pings[p];
    if (!client->fleet_pings || !value->count[p]) value->lift[p] = 0;
    else if (fleet + error == 0) value->lift[p] = INFINITY;
    else value->lift[p] = share * (double)client->fleet_pings / (double)(fleet + error);
    if (value->count[p]) field->distinct[p]++;
  }
}

static void distinct(struct ps_profile_client *client, struct room *room, uint64_t all,
                     uint64_t first, uint64_t once) {
  set_pings(room->fields[client->nfields - 1].distinct, all, first, once);
}

/* ---- clients ---- */

static void make_copies(struct ps_profile_client *client, struct room *room) {
  static const uint64_t counts[10] = {40123, 36870, 31002, 28411, 24999,
                                      21340, 18766, 14508, 9900,  6368};
  static const struct number numbers[] = {{0, {9900, 1, 0}},       {140, {24999, 1, 0}},
                                          {1302, {28411, 1, 0}},   {64000, {31002, 1, 0}},
                                          {401877, {36870, 1, 0}}, {508085, {40123, 1, 0}},
                                          {931002, {21340, 1, 0}}, {1204410, {39642, 3, 0}}};
  begin(client, room, 3, 354713);
  set_pings(client->pings, 232287, 10, 0);
  add_days(client, room, 17237, 1);
  for (size_t i = 0; i < 10; i++) add_document(client, room, counts[i], 17237, 1);
  add_measure(client, room, "histograms", "payload/histograms/*/values/*", numbers,
              sizeof numbers / sizeof numbers[0]);
  add_measure(client, room, "SSL_HANDSHAKE_VERSION",
              "payload/histograms/SSL_HANDSHAKE_VERSION/values/*", numbers,
              sizeof numbers / sizeof numbers[0]);
  for (size_t m = 0; m < MEASURES; m++) {
    room->measures[m].sum[PS_ALL_COPIES] = UINT64_C(118021474114);
    room->measures[m].per_ping.mean[PS_ALL_COPIES] = 118021474114.0 / 232287;
  }
  struct ps_profile_measure *measure = &room->measures[1];
  measure->has_member = true;
  set_pings(measure->member_sum, measure->sum[0] - 9135122, measure->sum[1] - 210, 0);
  set_pings(measure->member_pings, 232287, 10, 0);
  set_pings(measure->disagree, 40123, 1, 0);
  set_pings(measure->member_odd, 24999, 1, 0);
  set_pings(measure->implausible, 28411, 1, 0);
  (void)add_field(client, room, "os", "environment/system/os/name+environment/system/os/version");
  add_value(client, room, "Windows_NT 6.1", 232287, 10, 0, 141002, 0);
  (void)add_field(client, room, "place", "meta/geoCountry+meta/geoCity");
  add_value(client, room, "CN Shenzhen", 171200, 7, 0, 0, 0);
  add_value(client, room, "CN ??", 61087, 3, 0, 4210, 0);
  client->looks[PS_LOOK_COPIES] = true;
  client->evidence = (struct ps_profile_evidence){.pings = 232287,
                                                  .documents = 10,
                                                  .most_copies = 40123,
                                                  .cities = 2,
                                                  .speeds = 1,
                                                  .lengths = 4,
                                                  .sessions = 4,
                                                  .sessions_of = 10,
                                                  .days = 1,
                                                  .busiest_pings = 232287,
                                                  .busiest_documents = 10,
                                                  .busiest_day = 17237};
}

static void make_shared_fields(struct ps_profile_client *client, struct room *room) {
  static const struct number lengths[] = {{-1, {4, 4, 3}},
                                          {0, {41000, 30112, 12004}},
                                          {17, {511002, 98000, 61020}},
                                          {215, {2756799, 90230, 2}},
                                          {400, {1262383, 394563, 239237}}};
  static const struct number speeds[] = {{1600, {301110, 98112, 70010}},
                                         {2400, {912001, 310200, 180033}},
                                         {3504, {2796444, 110220, 9010}},
                                         {5000, {561633, 94377, 53213}}};
  struct ps_profile_field *field = add_field(
      client, room, "addons", "environment/addons/activeAddons/*/name where not isSystem");
  set_pings(field->pings, 4570620, 612799, 312160);
  add_value(client, room, "Random Agent Spoofer", 4570618, 612798, 312159, 9412, 0);
  add_value(client, room, "Firefox Hotfix", 419985, 101230, 77021, 2214870, 1903);
  add_value(client, room, "uBlock Origin", 1, 1, 1, 1902110, 0);
  field = add_field(client, room, "sessionLength", "payload/info/sessionLength:max=400");
  field->numeric = true;
  set_pings(field->clamped, 1261902, 394501, 239200);
  make_numbers(&field->numbers, lengths, sizeof lengths / sizeof lengths[0]);
  add_value(client, room, "215", 2756799, 90230, 2, 30210, 512);
  add_value(client, room, "400", 1262383, 394563, 239237, 12110004, 0);
  add_value(client, room, "17", 511002, 98000, 61020, 44112, 512);
  distinct(client, room, 402, 402, 397);
  field = add_field(client, room, "defaultBrowser", "environment/settings/isDefaultBrowser");
  add_value(client, room, "false", 4488111, 580110, 300012, 9811044, 0);
  add_value(client, room, "true", 83077, 32799, 12254, 10377000, 0);
  field = add_field(client, room, "MHz", "environment/system/cpu/speedMHz:max=5000");
  field->numeric = true;
  set_pings(field->clamped, 7, 5, 4);
  make_numbers(&field->numbers, speeds, sizeof speeds / sizeof speeds[0]);
  add_value(client, room, "3504", 2796444, 110220, 9010, 0, 0);
  add_value(client, room, "2400", 912001, 310200, 180033, 1410200, 0);
  add_value(client, room, "5000", 561633, 94377, 53213, 102, 0);
  add_value(client, room, "1600", 301110, 98112, 70010, 200110, 0);
  distinct(client, room, 57, 57, 52);
  field = add_field(client, room, "os",
                    "environment/system/os/name+environment/system/os/version:major.minor");
  add_value(client, room, "Windows_NT 5.1", 4571188, 612909, 312266, 412002, 0);
  field = add_field(client, room, "place", "meta/geoCountry+meta/geoCity");
  add_value(client, room, "US Costa Mesa", 599161, 30100, 1902, 0, 77);
  add_value(client, room, "?? ??", 402110, 70002, 41000, 2110332, 0);
  add_value(client, room, "BR S\xc3\xa3o Paulo", 301002, 60110, 40221, 410220, 0);
  add_value(client, room, "VN Th\xc3\xa0nh ph\xe1\xbb\x91 H\xe1\xbb\x93 Ch\xc3\xad Minh", 299, 280,
            270, 91022, 0);
  distinct(client, room, 418, 418, 401);
}

static void make_shared(struct ps_profile_client *client, struct room *room) {
  static const struct number numbers[] = {{0, {120000, 18003, 11002}},
                                          {97, {1201001, 201044, 104410}},
                                          {140, {2011222, 301150, 190020}},
                                          {1302, {1200044, 90000, 6700}},
                                          {29911, {38921, 2712, 134}}};
  begin(client, room, 5, 20188044);
  set_pings(client->pings, 4571188, 612909, 312266);
  client->name = "c5a2b1d4-6f00-4e3c-9a77-0badc0ffee42";
  client->without_id = 12;
  add_days(client, room, 17167, 46);
  static const uint64_t counts[] = {2041, 1987, 1520, 1519, 1204, 901};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    add_document(client, room, counts[i], (uint16_t)(17167 + i), 12 + i);
  add_measure(client, room, "histograms", "payload/histograms/*/values/*", numbers,
              sizeof numbers / sizeof numbers[0]);
  make_shared_fields(client, room);
  client->looks[PS_LOOK_SHARED] = true;
  client->evidence = (struct ps_profile_evidence){.pings = 4571188,
                                                  .documents = 612909,
                                                  .once = 312266,
                                                  .most_copies = 2041,
                                                  .cities = 418,
                                                  .speeds = 57,
                                                  .lengths = 31022,
                                                  .sessions = 98112,
                                                  .sessions_of = 612000,
                                                  .days = 46,
                                                  .busiest_pings = 99374,
                                                  .busiest_documents = 13325,
                                                  .busiest_day = 17167};
}

static void make_chatty(struct ps_profile_client *client, struct room *room) {
  static const struct number numbers[] = {{2, {118, 117, 116}}, {3, {9002, 9001, 9000}}};
  begin(client, room, 7, 24759114);
  client->client.kind = PS_CLIENT_TEXT;
  memcpy(client->client.id, "build-bot\0\0\0\0\0\0", 16);
  set_pings(client->pings, 9120, 9118, 9116);
  add_days(client, room, 17232, 6);
  add_document(client, room, 2, 17233, 1);
  add_document(client, room, 2, 17234, 2);
  add_measure(client, room, "histograms", "payload/histograms/*/values/*", numbers, 2);
  struct ps_profile_field *field =
      add_field(client, room, "subsessionLength", "payload/info/subsessionLength");
  add_value(client, room, "60", 9118, 9116, 9114, 7002, 0);
  field->numeric = true;
  make_numbers(&field->numbers, &(struct number){60, {9118, 9116, 9114}}, 1);
  (void)add_field(client, room, "os", "environment/system/os/name");
  add_value(client, room, "Linux", 9120, 9118, 9116, 400010, 0);
  client->looks[PS_LOOK_CHATTY] = true;
  client->evidence = (struct ps_profile_evidence){.pings = 9120,
                                                  .documents = 9118,
                                                  .once = 9116,
                                                  .most_copies = 2,
                                                  .cities = 1,
                                                  .speeds = 1,
                                                  .lengths = 9001,
                                                  .sessions = 3,
                                                  .sessions_of = 9118,
                                                  .days = 6,
                                                  .busiest_pings = 1520,
                                                  .busiest_documents = 1520,
                                                  .busiest_day = 17232};
}

static void make_unclear(struct ps_profile_client *client, struct room *room) {
  static const struct number numbers[] = {{97, {301, 300, 299}}, {140, {511, 340, 180}}};
  begin(client, room, 11, 24767422);
  set_pings(client->pings, 812, 640, 479);
  add_days(client, room, 17230, 9);
  add_document(client, room, 4, 17231, 3);
  add_document(client, room, 3, 17231, 1);
  add_measure(client, room, "histograms", "payload/histograms/*/values/*", numbers, 2);
  (void)add_field(client, room, "place", "meta/geoCountry+meta/geoCity");
  add_value(client, room, "DE Berlin", 600, 520, 401, 90211, 0);
  add_value(client, room, "DE Potsdam", 212, 120, 78, 1211, 0);
  client->evidence = (struct ps_profile_evidence){.pings = 812,
                                                  .documents = 640,
                                                  .once = 479,
                                                  .most_copies = 4,
                                                  .cities = 2,
                                                  .speeds = 1,
                                                  .lengths = 512,
                                                  .sessions = 44,
                                                  .sessions_of = 640,
                                                  .days = 9,
                                                  .busiest_pings = 91,
                                                  .busiest_documents = 72,
                                                  .busiest_day = 17230};
}

static void make_whole(struct ps_profile_client *client, struct room *room) {
  static const struct number numbers[] = {
      {0, {10, 10, 9}}, {140, {600000, 590000, 580000}}, {508085, {399990, 9990, 991}}};
  begin(client, room, 0, 0);
  client->client = (struct ps_client){.kind = PS_CLIENT_NONE};
  set_pings(client->pings, 1000000, 600000, 581000);
  add_days(client, room, 16801, 800);
  struct ps_profile_day *last = &room->days[client->ndays++];
  set_pings(last->pings, 44, 40, 38);
  last->documents = 41;
  add_document(client, room, 40123, 17237, 1);
  add_measure(client, room, "histograms", "payload/histograms/*/values/*", numbers, 3);
  struct ps_profile_field *field = add_field(client, room, "session", "payload/info/sessionId");
  add_value(client, room, "0c52f9d1-5b0e-4f5d-b9a5-000000000001", 40123, 1, 0, 0, 0);
  add_value(client, room, "0c52f9d1-5b0e-4f5d-b9a5-000000000002", 812, 811, 790, 0, 0);
  distinct(client, room, 65536, 65101, 64002);
  field->capped = true;
  set_pings(field->other, 800123, 500010, 490001);
}

static void make_hostile(struct ps_profile_client *client, struct room *room) {
  static const char *const texts[] = {"\"><script>alert(1)</script>",
                                      "=1+cmd|' /C calc'!A0",
                                      "\033]0;owned\007\033[2J",
                                      "\xe2\x80\xaegnip\xff\xe2\x80\xac",
                                      "a,b\"c\r\nd",
                                      "</title></svg><img src=x onerror=alert(2)>",
                                      "",
                                      "%s%n\xc3("};
  static const struct number numbers[] = {{0, {8, 8, 8}}};
  begin(client, room, 0, 0);
  client->client.kind = PS_CLIENT_TEXT;
  memcpy(client->client.id, "<b>\033[1m=\xc3\"&'\0\0\0\0", 16);
  client->name = "<b>\033[1m=\xc3\"&'\n";
  set_pings(client->pings, 24, 8, 0);
  room->days[client->ndays++] = (struct ps_profile_day){.pings = {24, 8, 0}, .documents = 8};
  for (size_t i = 0; i < 8; i++)
    room->documents[client->ndocuments++] =
        (struct ps_profile_document){.id = texts[i], .count = 3, .days = 0};
  add_measure(client, room, texts[0], texts[3], numbers, 1);
  add_measure(client, room, texts[2], texts[1], numbers, 1);
  for (size_t i = 0; i < 4; i++) {
    (void)add_field(client, room, texts[i], texts[i + 1]);
    for (size_t k = 0; k < 8; k++)
      add_value(client, room, texts[(i + k) % 8], 24 - 2 * k, 8 - k, 0, 0, 0);
  }
  client->evidence = (struct ps_profile_evidence){.pings = 24, .documents = 8, .most_copies = 3};
}

/* ---- the whole ---- */

static void set_totals(struct ps_profile *profile, uint64_t pings, uint16_t from, uint16_t to) {
  profile->files = 120;
  profile->lines = pings + 1203;
  profile->bytes = pings * 9700;
  profile->pings = pings;
  profile->malformed = 3;
  profile->blank = 200;
  profile->not_selected = 1000;
  profile->without_client = 1411;
  profile->canary = 811;
  profile->any_day = true;
  profile->first_day = from;
  profile->last_day = to;
  profile->values = PS_PROFILE_VALUES;
  profile->nexamples = 3;
  for (size_t i = 0; i < 3; i++)
    profile->examples[i] =
        (struct ps_profile_place){.path = "archive/2017-03-12/main-00.ndjson.gz",
                                  .line = 4711 * (i + 1),
                                  .offset = 45683211 * (i + 1),
                                  .reason = i ? "a string that does not end" : "no object"};
}

struct ps_profile *profile_sample_create(enum profile_sample which) {
  struct sample *sample = calloc(1, sizeof *sample);
  if (!sample) return NULL;
  struct ps_profile *profile = &sample->profile;
  struct ps_profile_client *clients = sample->clients;
  struct room *rooms = sample->rooms;
  profile->clients = clients;
  profile->nclients = 1;
  profile->made = PROFILE_SAMPLE_MADE;
  switch (which) {
  case PROFILE_SAMPLE_COPIES:
    set_totals(profile, 589222, 17237, 17237);
    make_copies(&clients[0], &rooms[0]);
    break;
  case PROFILE_SAMPLE_SHARED:
    set_totals(profile, 24761454, 17167, 17212);
    make_shared(&clients[0], &rooms[0]);
    break;
  case PROFILE_SAMPLE_SEVERAL:
    set_totals(profile, 24770456, 17167, 17237);
    profile->nclients = 5;
    make_copies(&clients[0], &rooms[0]);
    make_shared(&clients[1], &rooms[1]);
    make_chatty(&clients[2], &rooms[2]);
    make_unclear(&clients[3], &rooms[3]);
    begin(&clients[4], &rooms[4], 13, 24768234);
    break;
  case PROFILE_SAMPLE_WHOLE:
    set_totals(profile, 1000000, 16801, 17600);
    profile->whole = true;
    profile->values_ended = true;
    make_whole(&clients[0], &rooms[0]);
    break;
  case PROFILE_SAMPLE_HOSTILE:
    profile->pings = profile->lines = 24;
    profile->malformed = profile->nexamples = 1;
    profile->examples[0] = (struct ps_profile_place){
        .path = "=\033[2J\xff<b>.ndjson", .line = 1, .offset = 0, .reason = "<i>\033[7m"};
    make_hostile(&clients[0], &rooms[0]);
    break;
  case PROFILE_SAMPLE_EMPTY: begin(&clients[0], &rooms[0], 17, 0); break;
  case PROFILE_SAMPLES: break;
  }
  for (size_t i = 0; i < profile->nclients; i++)
    if (!clients[i].name) clients[i].name = ps_client_format(&clients[i].client, rooms[i].name);
  return profile;
}

void profile_sample_free(struct ps_profile *profile) { free(profile); }

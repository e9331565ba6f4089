#include "scan/names.h"

#include <string.h>

/* ---- the fields ---- */

static const char *const default_paths[PING_FIELDS][PING_PATHS + 1] = {
    [PING_ID] = {"meta/documentId", "documentId", "document_id", "attributeMap/document_id",
                 URI_PATH, "id"},
    [PING_CLIENT] = {"clientId", "clientID", "client_id", "meta/clientId", "attributeMap/client_id",
                     "client_info/client_id"},
    [PING_TYPE] = {"meta/docType", "docType", "document_type", "metadata/document_type",
                   "attributeMap/document_type", URI_PATH, "type"},
    [PING_CHANNEL] = {"meta/appUpdateChannel", "meta/normalizedChannel", "normalized_channel",
                      "attributeMap/app_update_channel", "application/channel"},
    [PING_DATE] = {"meta/submissionDate", "submission_timestamp",
                   "attributeMap/submission_timestamp", "meta/Timestamp"},
    [PING_WATCHED] = {"payload/info/sessionLength"},
    [PING_CITY] = {"meta/geoCity"},
};

const char *const *ping_default_paths(enum ping_field field) { return default_paths[field]; }

const char *ping_field_name(enum ping_field field) {
  static const char *const names[PING_FIELDS] = {
      [PING_ID] = "documentId",   [PING_CLIENT] = "clientId",      [PING_TYPE] = "docType",
      [PING_CHANNEL] = "channel", [PING_DATE] = "submission date", [PING_WATCHED] = "watched value",
      [PING_CITY] = "city"};
  return names[field];
}

/* ---- the short names ---- */

#define PATHS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Names that are likely keys of a ping itself have that key as their last path: it could not be
 * written otherwise. */
static const struct ps_selection_name public_names[] = {
    {"submissionDate", NULL},
    {"documentId", default_paths[PING_ID]},
    {"clientId", default_paths[PING_CLIENT]},
    {"docType", default_paths[PING_TYPE]},
    {"channel", default_paths[PING_CHANNEL]},
    {"sourceName", PATHS("meta/sourceName", "attributeMap/document_namespace",
                         "metadata/document_namespace", URI_PATH)},
    {"sourceVersion", PATHS("meta/sourceVersion", "attributeMap/document_version",
                            "metadata/document_version", URI_PATH, "version")},
    {"appName", PATHS("meta/appName", "attributeMap/app_name", "metadata/uri/app_name", URI_PATH,
                      "application/name")},
    {"appVersion", PATHS("meta/appVersion", "attributeMap/app_version", "metadata/uri/app_version",
                         URI_PATH, "application/version", "client_info/app_display_version")},
    {"appUpdateChannel", PATHS("meta/appUpdateChannel", "attributeMap/app_update_channel",
                               "metadata/uri/app_update_channel", URI_PATH, "application/channel",
                               "client_info/app_channel")},
    {"appBuildId",
     PATHS("meta/appBuildId", "attributeMap/app_build_id", "metadata/uri/app_build_id", URI_PATH,
           "application/buildId", "client_info/app_build")},
    {"normalizedChannel",
     PATHS("meta/normalizedChannel", "normalized_channel", "attributeMap/normalized_channel")},
    {"country",
     PATHS("meta/geoCountry", "attributeMap/geo_country", "metadata/geo/country",
           "normalized_country_code", "attributeMap/normalized_country_code", "country")},
    {"city", PATHS("meta/geoCity", "attributeMap/geo_city", "metadata/geo/city", "city")},
    {"os", PATHS("meta/os", "environment/system/os/name", "normalized_os",
                 "attributeMap/normalized_os", "client_info/os", "os")},
    {"osVersion", PATHS("environment/system/os/version", "normalized_os_version",
                        "attributeMap/normalized_os_version", "client_info/os_version",
                        "os_version", "osversion")},
    {"architecture", PATHS("application/architecture", "environment/build/architecture",
                           "client_info/architecture", "arch", "architecture")},
    {"locale", PATHS("environment/settings/locale", "client_info/locale", "locale")},
    {"reason", PATHS("payload/info/reason", "ping_info/reason", "meta/reason", "reason")},
    {NULL, NULL},
};

const struct ps_selection_name *ps_selection_names(void) { return public_names; }

/* The meaning of a name beyond its paths; names without a row are paths and nothing else. */
static const struct {
  const char *name;
  enum ping_field field;
  enum uri_part part;
  bool is_id;
} meanings[] = {
    {"submissionDate", PING_DATE, URI_PARTS, false},
    {"documentId", PING_ID, URI_ID, true},
    {"clientId", PING_CLIENT, URI_PARTS, true},
    {"docType", PING_TYPE, URI_TYPE, false},
    {"channel", PING_CHANNEL, URI_PARTS, false},
    {"sourceName", PING_FIELDS, URI_NAMESPACE, false},
    {"sourceVersion", PING_FIELDS, URI_VERSION, false},
    {"appName", PING_FIELDS, URI_APP_NAME, false},
    {"appVersion", PING_FIELDS, URI_APP_VERSION, false},
    {"appUpdateChannel", PING_FIELDS, URI_CHANNEL, false},
    {"appBuildId", PING_FIELDS, URI_BUILD, false},
};

bool name_find(const char *text, struct name *name) {
  const struct ps_selection_name *n = public_names;
  while (n->name && strcmp(n->name, text) != 0) n++;
  if (!n->name) return false;
  *name = (struct name){.paths = n->paths, .field = PING_FIELDS, .part = URI_PARTS};
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
    if (strcmp(meanings[i].name, text) != 0) continue;
    name->field = meanings[i].field;
    name->part = meanings[i].part;
    name->is_id = meanings[i].is_id;
  }
  return true;
}

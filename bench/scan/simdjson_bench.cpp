// simdjson's side of the comparison, written as its documentation advises: one parser for all
// documents, one pass over the members of an object, spans as string_views, no exceptions.
#include "simdjson_bench.h"

#include <cstring>
#include <simdjson.h>
#include <string_view>

using namespace simdjson;
using std::string_view;

namespace {

constexpr size_t padding = 256; // as the scanner's
static_assert(padding >= SIMDJSON_PADDING);

// The default paths of pings, by the object they stand in.
const string_view top_keys[] = {"documentId",
                                "document_id",
                                "id",
                                "clientId",
                                "clientID",
                                "client_id",
                                "docType",
                                "document_type",
                                "type",
                                "normalized_channel",
                                "submission_timestamp"};
const string_view meta_keys[] = {"documentId",       "clientId",          "docType",
                                 "appUpdateChannel", "normalizedChannel", "submissionDate",
                                 "Timestamp"};
const string_view attribute_keys[] = {"document_id",        "uri",
                                      "client_id",          "document_type",
                                      "app_update_channel", "submission_timestamp"};
const string_view client_info_keys[] = {"client_id"};
const string_view metadata_keys[] = {"document_type"};
const string_view application_keys[] = {"channel"};

template <size_t n> bool is_one_of(string_view key, const string_view (&keys)[n]) {
  for (string_view k : keys)
    if (k == key) return true;
  return false;
}

enum class Sums { none, one, all };

struct Found {
  size_t bytes = 0; // of what was captured, so that nothing is optimized away
  bool id = false;
  int64_t sum = 0;
};

void capture(Found &found, string_view key, string_view value) {
  found.bytes += value.size();
  if (key == "documentId" || key == "document_id" || key == "id") found.id = true;
}

// Calls scan for the document of each line; false if one fails.
template <typename Scan> long each_line(const uint8_t *data, size_t len, Scan scan) {
  const uint8_t *end = data + len;
  long ids = 0;
  while (data < end) {
    auto newline =
        static_cast<const uint8_t *>(memchr(data, '\n', static_cast<size_t>(end - data)));
    Found found;
    if (!newline || scan(data, static_cast<size_t>(newline - data), found)) return -1;
    ids += found.id;
    data = newline + 1;
  }
  return ids;
}

// ---- DOM ----

template <size_t n>
void dom_object(dom::element element, const string_view (&keys)[n], Found &found) {
  dom::object object;
  if (element.get(object)) return;
  for (auto field : object) {
    string_view value;
    if (is_one_of(field.key, keys) && !field.value.get(value)) capture(found, field.key, value);
  }
}

void dom_values(dom::element histogram, Found &found) {
  dom::object values;
  if (histogram["values"].get(values)) return;
  for (auto field : values) {
    int64_t count;
    if (!field.value.get(count)) found.sum += count;
  }
}

void dom_sums(dom::element payload, Sums sums, Found &found) {
  dom::object histograms;
  if (payload["histograms"].get(histograms)) return;
  for (auto field : histograms)
    if (sums == Sums::all || field.key == "SSL_HANDSHAKE_VERSION") dom_values(field.value, found);
}

void dom_ping(dom::object ping, Sums sums, Found &found) {
  for (auto field : ping) {
    string_view value, key = field.key;
    if (is_one_of(key, top_keys)) {
      if (!field.value.get(value)) capture(found, key, value);
    } else if (key == "meta") dom_object(field.value, meta_keys, found);
    else if (key == "attributeMap") dom_object(field.value, attribute_keys, found);
    else if (key == "client_info") dom_object(field.value, client_info_keys, found);
    else if (key == "metadata") dom_object(field.value, metadata_keys, found);
    else if (key == "application") dom_object(field.value, application_keys, found);
    else if (key == "payload" && sums != Sums::none) dom_sums(field.value, sums, found);
  }
}

long dom_run(const uint8_t *data, size_t len, int64_t *sum, bool ids, Sums sums) {
  static dom::parser parser;
  return each_line(data, len, [&](const uint8_t *line, size_t n, Found &found) {
    dom::element document;
    dom::object ping;
    if (parser.parse(line, n, false).get(document)) return true;
    if (!ids) return false;
    if (document.get(ping)) return true;
    dom_ping(ping, sums, found);
    *sum += found.sum;
    return false;
  });
}

// ---- On-Demand ----

template <size_t n>
bool demand_object(ondemand::value element, const string_view (&keys)[n], Found &found) {
  ondemand::object object;
  if (element.get_object().get(object)) return false; // of another type: skipped
  for (auto item : object) {
    ondemand::field field;
    string_view key, value;
    if (std::move(item).get(field) || field.unescaped_key().get(key)) return true;
    if (is_one_of(key, keys) && !field.value().get_string().get(value)) capture(found, key, value);
  }
  return false;
}

bool demand_values(ondemand::value histogram, Found &found) {
  ondemand::object object, values;
  if (histogram.get_object().get(object)) return false;
  if (object["values"].get_object().get(values)) return false;
  for (auto item : values) {
    ondemand::field field;
    int64_t count;
    if (std::move(item).get(field)) return true;
    if (!field.value().get_int64().get(count)) found.sum += count;
  }
  return false;
}

bool demand_sums(ondemand::value payload, Sums sums, Found &found) {
  ondemand::object object, histograms;
  if (payload.get_object().get(object)) return false;
  if (object["histograms"].get_object().get(histograms)) return false;
  for (auto item : histograms) {
    ondemand::field field;
    string_view key;
    if (std::move(item).get(field) || field.unescaped_key().get(key)) return true;
    if (sums != Sums::all && key != "SSL_HANDSHAKE_VERSION") continue;
    if (demand_values(field.value(), found)) return true;
  }
  return false;
}

bool demand_ping(ondemand::object ping, Sums sums, Found &found) {
  for (auto item : ping) {
    ondemand::field field;
    string_view key, value;
    bool bad = false;
    if (std::move(item).get(field) || field.unescaped_key().get(key)) return true;
    if (is_one_of(key, top_keys)) {
      if (!field.value().get_string().get(value)) capture(found, key, value);
    } else if (key == "meta") bad = demand_object(field.value(), meta_keys, found);
    else if (key == "attributeMap") bad = demand_object(field.value(), attribute_keys, found);
    else if (key == "client_info") bad = demand_object(field.value(), client_info_keys, found);
    else if (key == "metadata") bad = demand_object(field.value(), metadata_keys, found);
    else if (key == "application") bad = demand_object(field.value(), application_keys, found);
    else if (key == "payload" && sums != Sums::none) bad = demand_sums(field.value(), sums, found);
    if (bad) return true;
  }
  return false;
}

long demand_run(const uint8_t *data, size_t len, int64_t *sum, Sums sums) {
  static ondemand::parser parser;
  return each_line(data, len, [&](const uint8_t *line, size_t n, Found &found) {
    ondemand::document document;
    ondemand::object ping;
    padded_string_view view(line, n, n + padding);
    if (parser.iterate(view).get(document) || document.get_object().get(ping)) return true;
    bool bad = demand_ping(ping, sums, found);
    *sum += found.sum;
    return bad;
  });
}

// ---- On-Demand, one path after the other ----

// JSON pointers by field, in order of precedence.
const char *const pointers[][8] = {
    {"/meta/documentId", "/documentId", "/document_id", "/attributeMap/document_id",
     "/attributeMap/uri", "/id", nullptr},
    {"/clientId", "/clientID", "/client_id", "/meta/clientId", "/attributeMap/client_id",
     "/client_info/client_id", nullptr},
    {"/meta/docType", "/docType", "/document_type", "/metadata/document_type",
     "/attributeMap/document_type", "/attributeMap/uri", "/type", nullptr},
    {"/meta/appUpdateChannel", "/meta/normalizedChannel", "/normalized_channel",
     "/attributeMap/app_update_channel", "/application/channel", nullptr},
    {"/meta/submissionDate", "/submission_timestamp", "/attributeMap/submission_timestamp",
     "/meta/Timestamp", nullptr}};

bool pointers_ping(ondemand::document &document, Found &found) {
  for (auto &field : pointers)
    for (const char *const *pointer = field; *pointer; pointer++) {
      string_view value;
      if (document.at_pointer(*pointer).get_string().get(value)) continue;
      found.bytes += value.size();
      if (&field == &pointers[0]) found.id = true;
      break;
    }
  return false;
}

long pointers_run(const uint8_t *data, size_t len) {
  static ondemand::parser parser;
  return each_line(data, len, [&](const uint8_t *line, size_t n, Found &found) {
    ondemand::document document;
    padded_string_view view(line, n, n + padding);
    return parser.iterate(view).get(document) || pointers_ping(document, found);
  });
}

} // namespace

long simdjson_dom_parse(const uint8_t *data, size_t len, int64_t *sum) {
  return dom_run(data, len, sum, false, Sums::none);
}
long simdjson_dom_ids(const uint8_t *data, size_t len, int64_t *sum) {
  return dom_run(data, len, sum, true, Sums::none);
}
long simdjson_dom_sum(const uint8_t *data, size_t len, int64_t *sum) {
  return dom_run(data, len, sum, true, Sums::one);
}
long simdjson_dom_sums(const uint8_t *data, size_t len, int64_t *sum) {
  return dom_run(data, len, sum, true, Sums::all);
}
long simdjson_demand_ids(const uint8_t *data, size_t len, int64_t *sum) {
  return demand_run(data, len, sum, Sums::none);
}
long simdjson_demand_sum(const uint8_t *data, size_t len, int64_t *sum) {
  return demand_run(data, len, sum, Sums::one);
}
long simdjson_demand_sums(const uint8_t *data, size_t len, int64_t *sum) {
  return demand_run(data, len, sum, Sums::all);
}
long simdjson_pointers_ids(const uint8_t *data, size_t len, int64_t *) {
  return pointers_run(data, len);
}
const char *simdjson_kernel(void) {
  static const std::string name = get_active_implementation()->name();
  return name.c_str();
}

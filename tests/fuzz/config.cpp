// SPDX-License-Identifier: MIT
// Layers of configuration, "#file" or "#environment" and what is in it. A fault names its layer; what is
// merged, taken as a layer, merges to the same; the last layer's word stands.
#include <nlohmann/json.hpp>

#include "../support/temp_dir.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/config.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;
using nlohmann::json;

namespace {

daemon::ConfigLayer environment(const std::string& text) {
  auto lines = split(text, '\n');
  std::vector<const char*> entries;
  for (const auto& line : lines) entries.push_back(line.c_str());
  entries.push_back(nullptr);
  return daemon::environment_layer(entries.data());
}

/// A leaf of the last layer is in force, and named as its.
void last_stands(const json& layer, const json& merged, const std::string& prefix, const daemon::MergedConfig& all, const std::string& origin) {
  for (const auto& [key, value] : layer.items()) {
    demand(merged.contains(key));
    if (value.is_object()) {
      last_stands(value, merged[key], prefix + key + ".", all, origin);
      continue;
    }
    const auto named = all.origins.find(prefix + key);
    demand(named != all.origins.end() && named->second == origin);
    // Bytes of the environment that are not UTF-8 are shown as U+FFFD.
    const bool whole = value.is_boolean() || value.is_number_integer() || (value.is_string() && is_utf8(value.get_ref<const std::string&>()));
    if (whole) demand(merged[key] == value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TempDir kFolder;
  std::vector<daemon::ConfigLayer> layers;
  for (const auto& [name, text] : fuzz::files_of(fuzz::text_of(data, size))) {
    if (layers.size() > 5) break;
    if (name == "environment") {
      layers.push_back(environment(text));
      continue;
    }
    const auto file = kFolder / ("layer" + std::to_string(layers.size()));
    test::write_file(file, text.empty() ? "{}" : text);
    auto layer = daemon::read_config_file(file);
    demand(layer || layer.error().message.contains(file.string()));
    if (layer) layers.push_back(*std::move(layer));
  }
  const auto merged = daemon::merge_config(layers);
  if (!merged) {
    demand(merged.error().code == Code::bad_configuration);
    demand(std::ranges::any_of(layers, [&](const auto& layer) { return merged.error().message.contains("(" + layer.origin + ")"); }));
    return 0;
  }
  const auto report = json::parse(dump_json(daemon::config_report(*merged)));
  const auto again = daemon::merge_config({{"again", std::make_shared<const json>(report["values"])}});
  demand(again && json::parse(dump_json(daemon::config_report(*again)))["values"] == report["values"]);
  if (!layers.empty()) last_stands(*layers.back().values, report["values"], "", *merged, layers.back().origin);
  return 0;
}

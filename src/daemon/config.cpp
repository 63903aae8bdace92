// SPDX-License-Identifier: MIT
// Layers of configuration, merged leaf by leaf.
#include "bpyd/daemon/config.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/project_config.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::daemon {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kPrefix = "BPYD_";
constexpr std::size_t kFileLimit = 1u << 20;

ordered_json defaults() {
  ordered_json values;
  to_json(Config{}, values);
  return values;
}

struct Bounds {
  std::string_view dotted;
  std::int64_t least, most;
};

/// What every number of the configuration may be. A leaf that is missing here is found by Config.EveryNumberHasBounds.
constexpr std::array kBounds{
    Bounds{"port", 0, 65535}, Bounds{"http_port", -1, 65535},
    Bounds{"watch.settle_ms", 0, 60'000}, Bounds{"analyzer.timeout_s", 1, 86'400},
    Bounds{"history.keep", 1, 1'000'000'000}, Bounds{"history.keep_days", 0, 100'000},
    Bounds{"limits.clients", 1, 1'000'000}, Bounds{"limits.message_bytes", 128, 33'554'432},
    Bounds{"limits.body_bytes", 128, 33'554'432}, Bounds{"limits.messages_per_second", 1, 1'000'000'000},
    Bounds{"limits.message_burst", 1, 1'000'000'000}, Bounds{"limits.publishes_per_second", 1, 1'000'000'000},
    Bounds{"limits.publish_burst", 1, 1'000'000'000}, Bounds{"limits.subscriptions", 1, 1'000'000},
    Bounds{"limits.channels", 1, 10'000'000}, Bounds{"limits.queue_messages", 1, 1'000'000'000},
    Bounds{"limits.queue_bytes", 1, 1'099'511'627'776}, Bounds{"limits.heartbeat_s", 1, 86'400},
    Bounds{"event_log.segment_bytes", 1, 1'099'511'627'776}, Bounds{"event_log.total_bytes", 1, 1'099'511'627'776},
    Bounds{"event_log.age_hours", 1, 1'000'000}, Bounds{"event_log.sync_ms", 1, 60'000},
};

/// Every leaf of the configuration as ("watch.settle_ms", its default).
template <class Visit>
void each_leaf(const ordered_json& values, const std::string& prefix, const Visit& visit) {
  for (const auto& [key, value] : values.items()) {
    if (value.is_object()) each_leaf(value, prefix + key + ".", visit);
    else visit(prefix + key, value);
  }
}

json* leaf_of(json& values, std::string_view dotted) {
  json* at = &values;
  for (const auto& key : split(dotted, '.')) at = &(*at)[key];
  return at;
}

std::string environment_name(std::string_view dotted) {
  std::string name(kPrefix);
  for (const char c : dotted) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

json environment_value(const std::string& text, const ordered_json& like) {
  if (like.is_string()) return text;
  if (like.is_array()) {
    auto parsed = json::parse(text, nullptr, false);
    return parsed.is_array() ? parsed : json(split(text, ','));
  }
  auto parsed = json::parse(text, nullptr, false);
  return parsed.is_discarded() ? json(text) : parsed;
}

/// The values are read already: they have the types of their fields.
Result<void> check_numbers(const Config& config, const ConfigLayer& layer) {
  ordered_json values;
  to_json(config, values);
  Result<void> found;
  each_leaf(values, "", [&](const std::string& dotted, const ordered_json& value) {
    const auto row = std::ranges::find(kBounds, dotted, &Bounds::dotted);
    if (!found || row == kBounds.end() || (value >= row->least && value <= row->most)) return;
    found = fail(Code::bad_configuration, "Configuration (" + layer.origin + "): '" + dotted + "' must be " + std::to_string(row->least) + " to " + std::to_string(row->most));
  });
  return found;
}

void overlay(json& base, const json& layer, const std::string& prefix, const std::string& origin,
             std::map<std::string, std::string>& origins) {
  for (const auto& [key, value] : layer.items()) {
    if (value.is_null()) continue;  // says nothing
    if (value.is_object() && base.contains(key) && base[key].is_object()) {
      overlay(base[key], value, prefix + key + ".", origin, origins);
    } else {
      base[key] = value;
      origins[prefix + key] = origin;
    }
  }
}

ConfigLayer empty_layer(const std::filesystem::path& file) { return {file.string(), std::make_shared<const json>(json::object())}; }

Result<ConfigLayer> layer_of(const std::filesystem::path& file, const Result<std::string>& text) {
  if (!text) return std::unexpected(text.error());
  auto parsed = parse_json_object(*text);
  if (!parsed) return fail(Code::bad_configuration, "Configuration " + file.string() + ": " + parsed.error().message);
  return ConfigLayer{file.string(), std::make_shared<const json>(*std::move(parsed))};
}

}  // namespace

Result<ConfigLayer> read_config_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return empty_layer(file);
  return layer_of(file, io::read_file(file, kFileLimit));
}

Result<ConfigLayer> read_project_config(const std::filesystem::path& root) {
  const auto file = root / kProjectConfig;
  std::error_code ignored;
  if (std::filesystem::symlink_status(file, ignored).type() == std::filesystem::file_type::not_found) return empty_layer(file);
  const auto opened = io::ProjectRoot::open(root);
  if (!opened) return std::unexpected(opened.error());
  return layer_of(file, opened->read(kProjectConfig, kFileLimit));
}

ConfigLayer environment_layer(const char* const* environment) {
  json values = json::object();
  const auto known = defaults();
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    const auto equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    each_leaf(known, "", [&](const std::string& dotted, const ordered_json& like) {
      if (environment_name(dotted) != entry.substr(0, equals)) return;
      *leaf_of(values, dotted) = environment_value(std::string(entry.substr(equals + 1)), like);
    });
  }
  return {"environment", std::make_shared<const json>(std::move(values))};
}

Result<MergedConfig> merge_config(const std::vector<ConfigLayer>& layers) {
  MergedConfig merged;
  json values = json::parse(defaults().dump());
  for (const auto& layer : layers) {
    // Each layer is read alone first, so that a mistake names the layer it is in.
    const auto read = from_json<Config>(*layer.values, UnknownKeys::refused);
    if (!read) return fail(Code::bad_configuration, "Configuration (" + layer.origin + "): " + read.error().message);
    if (const auto ok = check_numbers(*read, layer); !ok) return std::unexpected(ok.error());
    overlay(values, *layer.values, "", layer.origin, merged.origins);
  }
  auto config = from_json<Config>(values);
  if (!config) return std::unexpected(config.error());
  merged.config = *std::move(config);
  return merged;
}

ordered_json config_report(const MergedConfig& merged) {
  ordered_json report;
  to_json(merged.config, report["values"]);
  report["origins"] = ordered_json::object();
  each_leaf(report["values"], "", [&](const std::string& dotted, const ordered_json&) {
    const auto found = merged.origins.find(dotted);
    report["origins"][dotted] = found == merged.origins.end() ? "default" : found->second;
  });
  return report;
}

}  // namespace bpyd::daemon

// SPDX-License-Identifier: MIT
// Commands about the program itself: version, configuration, trust, tables.
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "../roster.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/io/files.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {
namespace {

using nlohmann::ordered_json;

/// What the capabilities declare, without a loop or a port.
daemon::Tables declared_tables() {
  daemon::Tables tables;
  static std::vector<std::unique_ptr<daemon::Capability>> declared;
  for (const auto& row : roster()) {
    if (row.asked_for) continue;
    declared.push_back(row.make());
    daemon::Binder binder(tables, declared.back()->name());
    declared.back()->install(binder);
  }
  return tables;
}

int print(const ordered_json& json) {
  std::cout << dump_json(json, 2) << "\n";
  return kExitOk;
}

}  // namespace

int version(const Common& common) {
  if (common.json) return print({{"version", BPYD_VERSION}, {"protocol_version", daemon::kProtocolVersion}});
  std::cout << "bpyd " << BPYD_VERSION << " (protocol " << daemon::kProtocolVersion << ")\n";
  return kExitOk;
}

int show_config(const Common& common, const std::filesystem::path& project) {
  const auto merged = load_config(common.run, project);
  if (!merged) return report(common, merged.error(), kExitUsage);
  const auto json = daemon::config_report(*merged);
  if (common.json) return print(json);
  for (const auto& [key, origin] : json["origins"].items()) {
    auto value = json["values"];
    for (std::size_t start = 0; start <= key.size();) {
      const auto end = std::min(key.find('.', start), key.size());
      value = ordered_json(value[key.substr(start, end - start)]);
      start = end + 1;
    }
    std::cout << std::left << std::setw(28) << key << " " << std::setw(20) << value.dump() << " " << origin.get<std::string>() << "\n";
  }
  return kExitOk;
}

int trust_project(const Common& common, const std::filesystem::path& root) {
  std::error_code error;
  const auto full = std::filesystem::canonical(root, error);
  if (error) return report(common, {Code::project_not_found, "There is no folder " + root.string()});
  for (const auto& folder : {common.run.runtime_dir, common.run.profile_dir()}) {
    if (const auto ok = io::make_private_dir(folder); !ok) return report(common, ok.error());
  }
  if (const auto ok = daemon::trust(common.run.profile_dir(), full); !ok) return report(common, ok.error());
  std::cout << "Trusted: " << full.string() << "\n";
  return kExitOk;
}

int routes(const Common& common) {
  ordered_json list = ordered_json::array();
  const auto tables = declared_tables();
  for (const auto& route : tables.routes.all()) {
    list.push_back({{"method", method_text(route.method)}, {"path", route.pattern}, {"capability", route.owner}, {"summary", route.summary}});
    if (!common.json) std::cout << std::left << std::setw(7) << method_text(route.method) << std::setw(28) << route.pattern << route.summary << "\n";
  }
  for (const auto& [path, door] : tables.doors.all()) {
    list.push_back({{"method", "WS"}, {"path", path}, {"capability", door.owner}, {"summary", door.summary}});
    if (!common.json) std::cout << std::left << std::setw(7) << "WS" << std::setw(28) << path << door.summary << "\n";
  }
  return common.json ? print(list) : kExitOk;
}

int events(const Common& common) {
  ordered_json list = ordered_json::array();
  for (const auto& event : declared_tables().events) {
    list.push_back({{"type", event.type}, {"channel", event.channel}, {"capability", event.owner}, {"summary", event.summary}});
    if (!common.json) std::cout << std::left << std::setw(22) << event.type << std::setw(18) << event.channel << event.summary << "\n";
  }
  return common.json ? print(list) : kExitOk;
}

int errors(const Common& common) {
  ordered_json list = ordered_json::array();
  for (const auto& row : code_table()) {
    list.push_back({{"code", code_text(row.code)}, {"status", row.http_status}, {"severity", severity_text(row.severity)}, {"title", row.title}, {"suggestion", row.suggestion}});
    if (!common.json) std::cout << code_text(row.code) << "  " << row.http_status << "  " << row.title << ". " << row.suggestion << "\n";
  }
  return common.json ? print(list) : kExitOk;
}

}  // namespace bpyd::app::cli

// SPDX-License-Identifier: MIT
// Ports, channels and rooms of the services (docs/capabilities/channels.md#profiles).
#include "profiles.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace bpyd::app {
namespace {

struct Row {
  std::string_view channel, purpose, events;  ///< events separated by spaces
};
struct Profile {
  std::string_view name;
  int http_port, ws_port;
  std::array<Row, 3> rows;
};

constexpr std::array kProfiles = {
    Profile{"session-buddy", 8678, 8688,
            {{{"session:{id}", "Session synchronization", "session_update"},
              {"knowledge", "Knowledge graph updates", "knowledge_update"},
              {"checkpoints", "Checkpoint notifications", "checkpoint"}}}},
    Profile{"mahavishnu", 8680, 8690,
            {{{"workflow:{id}", "Workflow execution progress", "workflow_progress stage_completed"},
              {"pools", "Worker pool status", "worker_status"},
              {"coordination", "Coordination between orchestrators", "coordination"}}}},
    Profile{"akosha", 8682, 8692,
            {{{"patterns", "Pattern detection alerts", "pattern_detected anomaly"},
              {"analytics", "Analytics dashboard feed", "analytics_update insight"},
              {"aggregation", "Cross-system aggregation", "aggregation"}}}},
    Profile{"crackerjack", 8676, 8686,
            {{{"test:{id}", "Test execution progress", "test_result test_progress"},
              {"quality", "Quality gate status", "quality_gate"},
              {"ci", "CI/CD notifications", "pipeline"}}}},
    Profile{"dhruva", 8683, 8693,
            {{{"adapter:{id}", "Adapter version updates", "adapter_update"},
              {"storage", "Storage synchronization", "storage_event"},
              {"distribution", "Distribution notifications", "distribution"}}}},
    Profile{"excalidraw", 3032, 3042,
            {{{"diagram:{id}", "Collaborative editing of one diagram", "diagram_update"},
              {"cursor:{id}", "Live cursor positions of one diagram", "cursor"},
              {"sync", "Synchronization between diagrams", "sync"}}}},
};

nlohmann::json words(std::string_view text) {
  auto list = nlohmann::json::array();
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    list.push_back(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

}  // namespace

daemon::ConfigLayer shipped_profile(std::string_view name) {
  auto values = nlohmann::json::object();
  for (const auto& profile : kProfiles) {
    if (profile.name != name) continue;
    values["port"] = profile.ws_port;
    values["http_port"] = profile.http_port;
    for (const auto& row : profile.rows) {
      values["channels"].push_back({{"channel", row.channel}, {"purpose", row.purpose}, {"events", words(row.events)}});
    }
  }
  return {"profile " + std::string(name), std::make_shared<const nlohmann::json>(std::move(values))};
}

}  // namespace bpyd::app

// SPDX-License-Identifier: MIT
// What `bpyd doctor` finds; `bpyd report` packs it too.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli.hpp"

namespace bpyd::app::cli {

struct Finding {
  enum State : std::uint8_t { fine, doubt, wrong };
  std::string what;
  State state = fine;
  std::string found, advice;  ///< advice: what to do, empty when all is well
};

/// Looks at the configuration, the folders, the ports, the limits, the daemon that runs. Changes nothing.
std::vector<Finding> examine(const RunOptions& run);
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings);

}  // namespace bpyd::app::cli

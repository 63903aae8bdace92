// SPDX-License-Identifier: MIT
// One question to the running daemon.
#pragma once

#include <string>

#include "../metadata.hpp"
#include "bpyd/core/error.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {

struct Answer {
  Metadata metadata;
  std::string body;
};

/// Asks the daemon of the profile; an error reply becomes an Error with its code and words.
Result<Answer> ask(const Common& common, const std::string& method, const std::string& target, const std::string& body = {});

}  // namespace bpyd::app::cli

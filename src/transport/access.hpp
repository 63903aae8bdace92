// SPDX-License-Identifier: MIT
// STUB until the real one comes.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include "bpyd/core/clock.hpp"
#include "bpyd/core/error.hpp"
#include "bpyd/protocol/grant.hpp"
namespace bpyd::transport {
struct AccessOptions {
  std::string mode = "none";
  std::filesystem::path profile_dir;
  std::string jwt_algorithm;
  std::filesystem::path jwt_key;
};
class Access {
 public:
  static Result<Access> open(AccessOptions) { return Access{}; }
  Result<protocol::Grant> judge(std::string_view, SteadyTime, std::int64_t) { return protocol::Grant{}; }
  std::string make_code(SteadyTime, protocol::Grant) { return {}; }
  std::optional<std::string> redeem(std::string_view, SteadyTime) { return {}; }
  bool required() const { return false; }
  void close() {}
};
}  // namespace bpyd::transport

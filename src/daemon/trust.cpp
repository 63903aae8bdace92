// SPDX-License-Identifier: MIT
// The list of trusted projects: <profile>/trusted.json.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/io/lock.hpp"

namespace bpyd::daemon {
namespace {

struct TrustList {
  std::vector<std::string> projects;
  static void describe(auto& fields, auto& self) { fields.optional("projects", self.projects, "canonical roots"); }
};

TrustList read(const std::filesystem::path& file) {
  const auto text = io::read_file(file, 1u << 20);
  if (!text) return {};
  const auto json = parse_json_object(*text);
  if (!json) return {};
  return from_json<TrustList>(*json).value_or(TrustList{});
}

/// Of two who trust at once, the later one reads what the first has written.
Result<io::ProcessLock> alone(const std::filesystem::path& profile_dir) {
  constexpr std::chrono::milliseconds kPause{5};
  constexpr int kTries = 600;
  for (int tries = 0; tries < kTries; ++tries) {
    auto lock = io::ProcessLock::acquire(profile_dir / "trusted.lock");
    if (!lock) return std::unexpected(lock.error());
    if (*lock) return std::move(**lock);
    std::this_thread::sleep_for(kPause);
  }
  return fail(Code::wrong_state, "Another `bpyd trust` is at work in " + profile_dir.string() + " and does not come to an end", "End it, then try again");
}

}  // namespace

bool is_trusted(const std::filesystem::path& profile_dir, const std::filesystem::path& root) {
  const auto list = read(profile_dir / "trusted.json");
  return std::ranges::find(list.projects, root.string()) != list.projects.end();
}

Result<void> trust(const std::filesystem::path& profile_dir, const std::filesystem::path& root) {
  const auto lock = alone(profile_dir);
  if (!lock) return std::unexpected(lock.error());
  auto list = read(profile_dir / "trusted.json");
  if (std::ranges::find(list.projects, root.string()) == list.projects.end()) list.projects.push_back(root.string());
  return io::write_atomically(profile_dir / "trusted.json", to_json_text(list, 1) + "\n");
}

}  // namespace bpyd::daemon

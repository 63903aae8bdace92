// SPDX-License-Identifier: MIT
// Reading and writing wsd.meta.json.
#include "metadata.hpp"

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/io/lock.hpp"

namespace bpyd::app {

std::string http_base(const std::string& host, std::int64_t port, bool tls) {
  return std::string(tls ? "https://" : "http://") + (host.contains(':') ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

transport::Endpoint endpoint_of(const Metadata& metadata, const RunOptions& options) {
  transport::Endpoint where{metadata.host, static_cast<std::uint16_t>(metadata.http_port)};
  if (const char* given = std::getenv("BPYD_TOKEN")) where.token = given;
  if (where.token.empty()) where.token = std::string(trim(io::read_file(options.profile_dir() / "token", 4096).value_or("")));
  where.tls = metadata.tls;
  if (const auto config = load_config(options, {})) where.certificate = config->config.tls_cert;
  return where;
}

std::filesystem::path crash_note(const std::filesystem::path& profile_dir) { return profile_dir / "crash.json"; }
std::filesystem::path last_crash(const std::filesystem::path& profile_dir) { return profile_dir / "last_crash.json"; }

std::filesystem::path metadata_file(const std::filesystem::path& profile_dir) { return profile_dir / "wsd.meta.json"; }

Result<void> write_metadata(const std::filesystem::path& profile_dir, const Metadata& metadata) {
  return io::write_atomically(metadata_file(profile_dir), to_json_text(metadata, 2) + "\n");
}

Result<Metadata> read_metadata(const std::filesystem::path& profile_dir) {
  const auto text = io::read_file(metadata_file(profile_dir), 1u << 20);
  if (!text) return std::unexpected(text.error());
  const auto json = parse_json_object(*text);
  if (!json) return std::unexpected(json.error());
  return from_json<Metadata>(*json);
}

std::filesystem::path lock_file(const std::filesystem::path& profile_dir) { return profile_dir / "wsd.lock"; }

Result<Metadata> running_daemon(const RunOptions& options) {
  auto metadata = read_metadata(options.profile_dir());
  if (metadata && io::ProcessLock::held(lock_file(options.profile_dir()))) return metadata;
  return fail(Code::unreadable, "No bpyd runs for profile '" + options.profile + "'", "Start it: bpyd");
}

bool answers(const Metadata& metadata, const RunOptions& options) {
  auto where = endpoint_of(metadata, options);
  where.token.clear();
  const auto health = transport::http_call(where, "GET", "/pilot/health", "", std::chrono::seconds(2));
  if (!health || health->status != 200) return false;
  const auto json = parse_json_object(health->body);
  return json && json->contains("pid") && json->at("pid") == metadata.pid;
}

}  // namespace bpyd::app

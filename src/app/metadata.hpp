// SPDX-License-Identifier: MIT
// wsd.meta.json: where others find the daemon of a profile. Never a reason to signal a process.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/core/fields.hpp"
#include "bpyd/transport/http_client.hpp"
#include "options.hpp"

namespace bpyd::app {

struct Metadata {
  std::int64_t pid = 0, ws_port = 0, http_port = 0;
  std::string protocol_version, server_version, started_at;
  std::vector<std::string> capabilities;
  std::string host, profile, epoch, runtime_dir;
  bool tls = false;
  static void describe(auto& fields, auto& self) {
    fields.required("pid", self.pid, "process id");
    fields.required("ws_port", self.ws_port, "the WebSocket role's port");
    fields.required("http_port", self.http_port, "the HTTP role's port");
    fields.required("protocol_version", self.protocol_version, "spoken");
    fields.required("server_version", self.server_version, "of the daemon");
    fields.required("started_at", self.started_at, "ISO 8601, UTC");
    fields.required("capabilities", self.capabilities, "switched on");
    fields.required("host", self.host, "address listened on");
    fields.required("profile", self.profile, "of this daemon");
    fields.required("epoch", self.epoch, "new for each life of the daemon's numbering");
    fields.required("runtime_dir", self.runtime_dir, "logs and state");
    fields.optional("tls", self.tls, "https and wss?");
  }
};

/// "http://127.0.0.1:8766", "https://[::1]:8766".
std::string http_base(const std::string& host, std::int64_t port, bool tls);

/// How the command line reaches that daemon: with the profile's token (or BPYD_TOKEN), and over TLS
/// with the certificate that the profile's configuration names.
transport::Endpoint endpoint_of(const Metadata& metadata, const RunOptions& options);

/// What a fatal signal leaves, and where the next start puts it once it has told it.
std::filesystem::path crash_note(const std::filesystem::path& profile_dir);
std::filesystem::path last_crash(const std::filesystem::path& profile_dir);

std::filesystem::path metadata_file(const std::filesystem::path& profile_dir);
Result<void> write_metadata(const std::filesystem::path& profile_dir, const Metadata& metadata);
Result<Metadata> read_metadata(const std::filesystem::path& profile_dir);
/// As read_metadata, of a daemon that runs: somebody holds the profile's lock. What a killed one left names a port
/// that may be a stranger's by now, who must not be sent the token.
Result<Metadata> running_daemon(const RunOptions& options);
/// Does that daemon answer, and not a stranger at its port? Asked without the token.
bool answers(const Metadata& metadata, const RunOptions& options);

std::filesystem::path lock_file(const std::filesystem::path& profile_dir);

}  // namespace bpyd::app

// SPDX-License-Identifier: MIT
// One file of the event log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "bpyd/core/error.hpp"
#include "bpyd/runtime/event_log.hpp"

namespace bpyd::runtime {

/// Loop thread, but for its descriptor's fdatasync. The file is named by its number.
struct EventLog::Segment {
  static Result<std::shared_ptr<Segment>> create(const std::filesystem::path& folder, std::uint64_t number);
  static Result<std::shared_ptr<Segment>> open(const std::filesystem::path& file, std::uint64_t number);
  Segment() = default;
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// Appends whole or not at all; errno when not.
  int append(std::string_view bytes);
  /// Fills `block` with whole lines from `offset` on; false at the end.
  bool read_lines(std::uint64_t offset, std::size_t most, std::string& block) const;
  void cut(std::uint64_t at);
  void remove() const;
  [[nodiscard]] std::filesystem::path index_file() const;

  std::filesystem::path file;
  std::uint64_t number = 0;
  std::uint64_t size = 0;
  std::int64_t newest = 0;  ///< milliseconds since 1970 of its last event
  int fd = -1;
  bool broken = false;      ///< half a line could not be taken back: write elsewhere
};

}  // namespace bpyd::runtime

// SPDX-License-Identifier: MIT
// The texts of a story's files as the database keeps them: each once, as what differs from an earlier one.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "bpyd/io/database.hpp"

namespace bpyd::history {

using Text = std::shared_ptr<const std::string>;

/// The n-th text of a file is kept as the difference from the text whose number is n without its lowest bit
/// (Subversion's skip-deltas): any is read in few steps, and most differences are small. Every 32nd stands alone.
///
/// Thread: as its database's.
class Texts {
 public:
  explicit Texts(io::Database& database) : database_(database) {}

  /// Its number; the one it has when it is there already. `print`: print_of() it. Within the caller's transaction.
  Result<std::int64_t> put(std::int64_t file, const Text& text, const std::string& print);
  Result<Text> get(std::int64_t id);
  /// Forgets a text that no span refers to any more, unless another is kept as the difference from it.
  Result<void> drop_unused(std::int64_t id);
  /// After a transaction that was undone: numbers given in it will be given again.
  void forget_kept();

 private:
  struct Base {
    std::int64_t id = 0;  ///< 0: none
    Text text;
  };
  Result<Base> base_of(std::int64_t file, std::int64_t serial);
  void remember(std::int64_t id, Text text);

  struct Kept {
    Text text;
    std::list<std::int64_t>::iterator used;
  };
  io::Database& database_;
  std::unordered_map<std::int64_t, Kept> kept_;
  std::list<std::int64_t> used_;  ///< the newest first
  std::size_t kept_bytes_ = 0;
};

}  // namespace bpyd::history
